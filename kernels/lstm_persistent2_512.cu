// Up to 512 units, 16 of them a block; all else in lstm_persistent2.cuh. Tensor cores: PTX 7.0, sm_80.

#include "lstm_persistent2.cuh"

extern "C" __global__ void __launch_bounds__(256, 1) lstm_persistent2_forward_512_tf32(FORWARD) {
  forward<512, 16, false>(FORWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(256, 1) lstm_persistent2_forward_512_bf16(FORWARD) {
  forward<512, 16, true>(FORWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(256, 1) lstm_persistent2_backward_512_tf32(BACKWARD) {
  backward<512, 16, false>(BACKWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(256, 1) lstm_persistent2_backward_512_bf16(BACKWARD) {
  backward<512, 16, true>(BACKWARD_ARGUMENTS);
}

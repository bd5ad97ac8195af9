// Up to 1024 units, 8 of them a block (bfloat16: 16); all else in lstm_persistent2.cuh. Tensor cores: PTX 7.0, sm_80.

#include "lstm_persistent2.cuh"

extern "C" __global__ void __launch_bounds__(256, 1) lstm_persistent2_forward_1024_tf32(FORWARD) {
  forward<1024, 8, false>(FORWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(256, 1) lstm_persistent2_forward_1024_bf16(FORWARD) {
  forward<1024, 16, true>(FORWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(256, 1) lstm_persistent2_backward_1024_tf32(BACKWARD) {
  backward<1024, 8, false>(BACKWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(256, 1) lstm_persistent2_backward_1024_bf16(BACKWARD) {
  backward<1024, 16, true>(BACKWARD_ARGUMENTS);
}

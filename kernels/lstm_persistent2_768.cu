// Up to 768 units, 8 of them a block (bfloat16: 16); all else in lstm_persistent2.cuh. Tensor cores: PTX 7.0, sm_80.

#include "lstm_persistent2.cuh"

extern "C" __global__ void __launch_bounds__(256, 1) lstm_persistent2_forward_768_tf32(FORWARD) {
  forward<768, 8, false>(FORWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(256, 1) lstm_persistent2_forward_768_bf16(FORWARD) {
  forward<768, 16, true>(FORWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(256, 1) lstm_persistent2_backward_768_tf32(BACKWARD) {
  backward<768, 8, false>(BACKWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(256, 1) lstm_persistent2_backward_768_bf16(BACKWARD) {
  backward<768, 16, true>(BACKWARD_ARGUMENTS);
}

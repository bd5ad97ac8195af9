// One timestep of back-propagation through the simple recurrent cell: everything between two matrix products.
//
// Equations: those of simple_rnn_forward.cu, differentiated; CPU twin: backend.cpu.CpuSimpleRnnCell. With dh the
// gradient of the state after t that comes from later steps, and primes for derivatives:
//
//   dh += dy   dz = dh∘φ'(z)   dh₋ = dz·Rᵀ
//
// Shapes, order and mapping as in simple_rnn_forward.cu: thread at = b·U + u, grid ceil(B·U/256), block 256.
//
// What the launch list does, from the last processed step to the first, is what lstm_backward.cu says, with 1 gate for
// 4 and without c:
//   before all steps      dh = dhLast, dyCarry = dyLast, each 0 if absent
//   simple_rnn_backward   this kernel: gates[t] becomes dZ[t]; dh becomes what passes by the gate: 0, or dh itself at
//                         masked rows
//   GEMM                  dh += dZ[t]·Rᵀ (beta 1), or with recurrent dropout dDroppedH = dZ[t]·Rᵀ (beta 0), which the
//                         next step's kernel adds to dh times the mask
//   after all steps, over all T: as there
//
// Parameters; a pointer may be 0 where it says so:
//   gates        (B,U) slot t: in as simple_rnn_forward kept it, out dZ; 0 at masked rows
//   mask         (B) 1 or 0, or pointer 0
//   dy           (B,U) slot t, or 0
//   dyCarry      (B,U) or 0 if the outputs are the states. In place: what masked outputs pass to the output before
//   dDroppedH, dropMasks  (1,B,U), both 0 without recurrent dropout and at the last processed step
//   dh           (B,U) in place, see above
//   zeroOutputForMask  1: masked outputs are zeros and pass nothing
//   activation, alpha, beta, gamma: φ, of activations.cuh

#include "activations.cuh"
#include "sequence.cuh"

extern "C" __global__ void simple_rnn_backward(float* gates, const float* mask, const float* dy, float* dyCarry,
                                               const float* dDroppedH, const float* dropMasks,
                                               const float* dhLater, float* dh, int zeroOutputForMask, int batch, int units, int activation,
                                               float alpha, float beta, float gamma) {
  unsigned at = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned size = batch * units;
  if (at >= size) {
    return;
  }
  bool masked = mask && mask[at / units] == 0.0f;
  float dhNew = state_gradient<1>(at, size, masked, dy, dyCarry, dDroppedH, dropMasks, dhLater, dh, zeroOutputForMask);
  Activation phi = {activation, alpha, beta, gamma};
  gates[at] = masked ? 0.0f : dhNew * slope(phi, gates[at]);
}

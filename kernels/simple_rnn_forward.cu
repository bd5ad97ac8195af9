// One timestep of the simple recurrent cell's forward pass: everything after the matrix products.
//
// Equations: graph.CellSpec.SimpleRnn. CPU twin: backend.cpu.CpuSimpleRnnCell.
//
//   z = x·K + h₋·R + b   h = φ(z)
//
// Shapes and order: B batch, U units; one gate, z; everything float32, row-major.
// Mapping: thread at = b·U + u computes unit u of sample b; grid ceil(B·U/256), block 256. Memory-bound: each thread
// reads z and writes z and h, neighbours in neighbouring addresses.
//
// What the launch list does for each processed step t is what lstm_forward.cu says, with 1 gate for 4:
//   before all steps     gates = X·K over all T; hs holds h0, or zeros, in the initial slot; recurrent dropout as there
//   GEMM                 gates[t] += h₋·R, or with recurrent dropout gates[t] += droppedH[t]·R
//   simple_rnn_forward   this kernel
//
// Parameters; a pointer may be 0 where it says so:
//   gates        (B,U) slot t: in z without bias; out as kept (activations.cuh), 0 at masked rows
//   bias         (U) or 0
//   hBefore      (B,U) slot before t; read at masked rows only
//   mask         (B) 1 or 0, or pointer 0: nothing is masked
//   h            (B,U) slot after t. Masked rows copy hBefore; their z may be NaN and is not read
//   yBefore      (B,U) the output of the step before, or 0: at the first step, and always with zeroOutputForMask
//   y            (B,U) the output, or 0 if it is h: masked rows repeat yBefore, or are 0 without it
//   dropMasks    (1,B,U) recurrent dropout, or 0
//   droppedNext  (B,U) droppedH's slot of the next processed step. Pointer 0 without recurrent dropout and at the last
//                step; gateStride has no meaning with one gate
//   activation, alpha, beta, gamma: φ, of activations.cuh

#include "activations.cuh"
#include "sequence.cuh"

extern "C" __global__ void simple_rnn_forward(float* gates, const float* bias, const float* hBefore, const float* mask,
                                              float* h, const float* yBefore, float* y, const float* dropMasks,
                                              float* droppedNext, int gateStride, int batch, int units,
                                              int activation, float alpha, float beta, float gamma) {
  unsigned at = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned size = batch * units;
  if (at >= size) {
    return;
  }
  unsigned b = at / units;
  unsigned u = at - b * units;
  bool masked = mask && mask[b] == 0.0f;
  float hNew;
  if (masked) {
    gates[at] = 0.0f;
    hNew = or_zero(hBefore, at);
  } else {
    Activation phi = {activation, alpha, beta, gamma};
    float z = bias ? gates[at] + bias[u] : gates[at];
    hNew = activate(phi, z);
    gates[at] = kept(phi, z, hNew);
  }
  store<1>(at, size, masked, hNew, h, yBefore, y, dropMasks, droppedNext, gateStride);
}

// One timestep of the LSTM's forward pass: everything between two matrix products.
//
// Equations: graph.CellSpec.Lstm, deeplearning.net LSTM tutorial eq. 1-7 (the full-matrix peephole is eq. 5).
// CPU twin: backend.cpu.CpuLstmCell.
//
//   i = σ(z_i [+ p_i∘c₋])   f = σ(z_f [+ p_f∘c₋])   g = φ(z_g)   c = f∘c₋ + i∘g
//   o = σ(z_o [+ c·V or p_o∘c])   h = o∘φ(c)
//
// Shapes and order: B batch, U units; gates i, f, g, o side by side in a row of 4U; everything float32, row-major.
// Mapping: thread at = b·U + u computes unit u of sample b; grid ceil(B·U/256), block 256. Memory-bound: each thread
// reads 4 gates and c₋ and writes 4 gates, c and h, neighbours in neighbouring addresses.
//
// What the launch list does for each processed step t (slots as in graph.SequenceSpec):
//   before all steps   gates = X·K over all T; hs and cs hold h0 and c0 in the initial slot, if there are any;
//                      with these and recurrent dropout: sequence_dropout (dropout.cu) writes droppedH[:, t₀] = h0·masks
//   GEMM               gates[t] += h₋·R, or with recurrent dropout gates[t][k] += droppedH[k, t]·R[k] for 4 gates k
//   lstm_forward       this kernel
//   or, for FULL_OUTPUT:  lstm_forward_cell;  GEMM gates[t][o] += c·V  (ldc 4U, beta 1);  lstm_forward_output
//
// Parameters; a pointer may be 0 where it says so:
//   gates        (B,4U) slot t: in z without bias; out, if keep is not 0, each gate as kept (activations.cuh), 0 at
//                masked rows
//   bias         (4U) or 0
//   peepholeIF   (2U) p_i, p_f or 0
//   peepholeO    (U) p_o or 0
//   cBefore, hBefore  (B,U) slot before t, or 0: zeros; hBefore is read at masked rows only
//   mask         (B) 1 or 0, or pointer 0: nothing is masked
//   c, h         (B,U) slot after t. Masked rows copy cBefore and hBefore; their z may be NaN and is not read
//   yBefore      (B,U) the output of the step before, or 0: at the first step, and always with zeroOutputForMask
//   y            (B,U) the output, or 0 if it is h: masked rows repeat yBefore, or are 0 without it
//   dropMasks    (4,B,U) recurrent dropout, or 0
//   droppedNext  (B,U) of gate i in droppedH's slot of the next processed step; gate k is k·gateStride further. Pointer
//                0 without recurrent dropout and at the last step
//   activation, alpha, beta, gamma: φ, and recurrentActivation, recurrentAlpha, …: σ, of activations.cuh. The pair tanh,
//                sigmoid has its code compiled for it.

#include "activations.cuh"
#include "sequence.cuh"

// Gate k of a row of 4U, with its bias
static __device__ __forceinline__ float gate(const float* z, const float* bias, unsigned k, unsigned units) {
  return bias ? z[k * units] + bias[k * units] : z[k * units];
}

// i, f, g and the new cell state; keeps the gates unless z, which is gates at (b,u), is 0
static __device__ __forceinline__ float cell_state(float* z, float zi, float zf, float zg, float cBefore,
                                                   unsigned units, Activation phi, Activation sigma) {
  float i = activate(sigma, zi);
  float f = activate(sigma, zf);
  float g = activate(phi, zg);
  if (z) {
    z[0] = kept(sigma, zi, i);
    z[units] = kept(sigma, zf, f);
    z[2 * units] = kept(phi, zg, g);
  }
  return f * cBefore + i * g;
}

// o and the output; keeps the gate unless z is 0
static __device__ __forceinline__ float output(float* z, float zo, float c, unsigned units, Activation phi,
                                               Activation sigma) {
  float o = activate(sigma, zo);
  if (z) {
    z[3 * units] = kept(sigma, zo, o);
  }
  return o * activate(phi, c);
}

extern "C" __global__ void lstm_forward(float* gates, const float* bias, const float* peepholeIF,
                                        const float* peepholeO, const float* cBefore, const float* hBefore,
                                        const float* mask, float* c, float* h, const float* yBefore, float* y,
                                        const float* dropMasks, float* droppedNext, int gateStride, int keep,
                                        int batch, int units, int activation, float alpha, float beta, float gamma,
                                        int recurrentActivation, float recurrentAlpha, float recurrentBeta,
                                        float recurrentGamma) {
  unsigned at = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned size = batch * units;
  if (at >= size) {
    return;
  }
  unsigned b = at / units;
  unsigned u = at - b * units;
  float* z = gates + 4 * b * units + u;
  float* keeping = keep ? z : 0;
  bool masked = mask && mask[b] == 0.0f;
  float cNew = or_zero(cBefore, at);
  float hNew;
  if (masked) {
    if (keep) {
      z[0] = z[units] = z[2 * units] = z[3 * units] = 0.0f;
    }
    hNew = or_zero(hBefore, at);
  } else {
    const float* bu = bias ? bias + u : 0;
    float zi = gate(z, bu, 0, units);
    float zf = gate(z, bu, 1, units);
    float zg = gate(z, bu, 2, units);
    float zo = gate(z, bu, 3, units);
    float po = peepholeO ? peepholeO[u] : 0.0f;
    if (peepholeIF) {
      zi += peepholeIF[u] * cNew;
      zf += peepholeIF[units + u] * cNew;
    }
    Activation phi = {activation, alpha, beta, gamma};
    Activation sigma = {recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma};
    if (phi.kind == TANH && sigma.kind == SIGMOID) {
      cNew = cell_state(keeping, zi, zf, zg, cNew, units, Activation{TANH}, Activation{SIGMOID});
      hNew = output(keeping, peepholeO ? zo + po * cNew : zo, cNew, units, Activation{TANH}, Activation{SIGMOID});
    } else {
      cNew = cell_state(keeping, zi, zf, zg, cNew, units, phi, sigma);
      hNew = output(keeping, peepholeO ? zo + po * cNew : zo, cNew, units, phi, sigma);
    }
  }
  c[at] = cNew;
  store<4>(at, size, masked, hNew, h, yBefore, y, dropMasks, droppedNext, gateStride);
}

// FULL_OUTPUT, before z_o += c·V: i, f, g and c.
extern "C" __global__ void lstm_forward_cell(float* gates, const float* bias, const float* cBefore, const float* mask,
                                             float* c, int batch, int units, int activation, float alpha, float beta,
                                             float gamma, int recurrentActivation, float recurrentAlpha,
                                             float recurrentBeta, float recurrentGamma) {
  unsigned at = blockIdx.x * blockDim.x + threadIdx.x;
  if (at >= (unsigned)(batch * units)) {
    return;
  }
  unsigned b = at / units;
  unsigned u = at - b * units;
  float* z = gates + 4 * b * units + u;
  float cNew = or_zero(cBefore, at);
  if (mask && mask[b] == 0.0f) {
    z[0] = z[units] = z[2 * units] = 0.0f;
  } else {
    const float* bu = bias ? bias + u : 0;
    float zi = gate(z, bu, 0, units);
    float zf = gate(z, bu, 1, units);
    float zg = gate(z, bu, 2, units);
    Activation phi = {activation, alpha, beta, gamma};
    Activation sigma = {recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma};
    if (phi.kind == TANH && sigma.kind == SIGMOID) {
      cNew = cell_state(z, zi, zf, zg, cNew, units, Activation{TANH}, Activation{SIGMOID});
    } else {
      cNew = cell_state(z, zi, zf, zg, cNew, units, phi, sigma);
    }
  }
  c[at] = cNew;
}

// FULL_OUTPUT, after z_o += c·V: o and h.
extern "C" __global__ void lstm_forward_output(float* gates, const float* bias, const float* c, const float* hBefore,
                                               const float* mask, float* h, const float* yBefore, float* y,
                                               const float* dropMasks, float* droppedNext, int gateStride, int batch,
                                               int units, int activation, float alpha, float beta, float gamma,
                                               int recurrentActivation, float recurrentAlpha, float recurrentBeta,
                                               float recurrentGamma) {
  unsigned at = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned size = batch * units;
  if (at >= size) {
    return;
  }
  unsigned b = at / units;
  unsigned u = at - b * units;
  float* z = gates + 4 * b * units + u;
  bool masked = mask && mask[b] == 0.0f;
  float hNew;
  if (masked) {
    z[3 * units] = 0.0f;
    hNew = or_zero(hBefore, at);
  } else {
    float zo = gate(z, bias ? bias + u : 0, 3, units);
    Activation phi = {activation, alpha, beta, gamma};
    Activation sigma = {recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma};
    if (phi.kind == TANH && sigma.kind == SIGMOID) {
      hNew = output(z, zo, c[at], units, Activation{TANH}, Activation{SIGMOID});
    } else {
      hNew = output(z, zo, c[at], units, phi, sigma);
    }
  }
  store<4>(at, size, masked, hNew, h, yBefore, y, dropMasks, droppedNext, gateStride);
}

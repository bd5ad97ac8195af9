// One timestep of back-propagation through the LSTM: everything between two matrix products.
//
// Equations: those of lstm_forward.cu, differentiated; CPU twins: backend.cpu.CpuLstmCell, CpuRecurrentGrad. With dh, dc
// the gradients of the state after t that come from later steps, and primes for derivatives:
//
//   dh += dy               dzo = dh∘φ(c)∘σ'(o)
//   dc += dh∘o∘φ'(c) [+ dzo·Vᵀ or dzo∘p_o]
//   dzi = dc∘g∘σ'(i)       dzf = dc∘c₋∘σ'(f)       dzg = dc∘i∘φ'(g)
//   dc₋ = dc∘f [+ dzi∘p_i + dzf∘p_f]               dh₋ = dZ·Rᵀ
//
// Shapes, order and mapping as in lstm_forward.cu: thread at = b·U + u, grid ceil(B·U/256), block 256.
//
// What the launch list does (slots as in graph.SequenceSpec), from the last processed step to the first:
//   before all steps   dyCarry = dyLast, or 0 if that is absent
//   lstm_backward      this kernel: gates[t] becomes dZ[t]; dc becomes the gradient of the cell state before t; dh
//                      becomes what passes by the gates: 0, or dh itself at masked rows. The last processed step gets
//                      dhLast and dcLast as what later steps give, the others dh and dc
//   or, for FULL_OUTPUT:  lstm_backward_output;  GEMM dc += dzo·Vᵀ  (dzo with ld 4U, beta 1);  lstm_backward_cell
//   GEMM               dh += dZ[t]·Rᵀ  (beta 1; beta 0 where nothing is masked, and dh is written by it alone)
//                      with recurrent dropout instead dDroppedH[k] = dZ[t][k]·R[k]ᵀ for 4 gates k (one strided batch
//                      of 4, beta 0); the next step's kernel adds Σ_k dDroppedH[k]∘masks[k] to dh, so it gets
//                      dDroppedH, while the first kernel (the last processed step) gets 0
//   after all steps    with recurrent dropout: sequence_dropout_grad (dropout.cu, accumulate) adds
//                      Σ_k dDroppedH[k]∘masks[k] to dh. Then dh0 = dh and dc0 = dc
//   over all T         dK = Xᵀ·dZ, dR = H₋ᵀ·dZ, dX = dZ·Kᵀ, dV = Cᵀ·dZo; db and peephole gradients: reduce.cu.
//                      Masked rows of dZ are 0, but 0·NaN is NaN: where masked rows of X may hold NaN,
//                      mask_rows (elementwise.cu) clears a copy of X for dK
//
// Parameters; a pointer may be 0 where it says so:
//   gates        (B,4U) slot t: in as lstm_forward kept it, out dZ; 0 at masked rows
//   peepholeIF, peepholeO  (2U), (U), or 0
//   cBefore, c   (B,U) slots before and after t; cBefore 0: zeros
//   mask         (B) 1 or 0, or pointer 0
//   dy           (B,U) slot t, or 0
//   dyCarry      (B,U) or 0 if the outputs are the states. In place: what masked outputs pass to the output before
//   dDroppedH, dropMasks  (4,B,U), both 0 without recurrent dropout and at the last processed step
//   dhLater, dcLater  (B,U) what later steps give, or 0; dhLater may be dh, dcLater dc
//   dh           (B,U) what passes by the gates, or 0 if nothing is masked
//   dc           (B,U)
//   zeroOutputForMask  1: masked outputs are zeros and pass nothing
//   activation, alpha, beta, gamma: φ, and recurrentActivation, …: σ, of activations.cuh

#include "activations.cuh"
#include "sequence.cuh"

// What h = o∘φ(c) and o give: dzo, and the part of dc that comes through h
struct OutputGradient {
  float dzo;
  float dc;
};

static __device__ __forceinline__ OutputGradient output_gradient(float dh, float so, float c, Activation phi,
                                                                 Activation sigma) {
  float o = value_of_kept(sigma, so);
  float phiC = activate(phi, c);
  OutputGradient d;
  d.dzo = dh * phiC * slope(sigma, so);
  d.dc = dh * o * slope(phi, kept(phi, c, phiC));
  return d;
}

// dzi, dzf, dzg from the whole dc, and dc₋. z is gates at (b,u), of which si, sf, sg were kept
static __device__ __forceinline__ float cell_gradient(float* z, float si, float sf, float sg, float dc, float cBefore,
                                                      const float* peepholeIF, unsigned units, Activation phi,
                                                      Activation sigma) {
  float dzi = dc * value_of_kept(phi, sg) * slope(sigma, si);
  float dzf = dc * cBefore * slope(sigma, sf);
  float dzg = dc * value_of_kept(sigma, si) * slope(phi, sg);
  z[0] = dzi;
  z[units] = dzf;
  z[2 * units] = dzg;
  float dcBefore = dc * value_of_kept(sigma, sf);
  return peepholeIF ? dcBefore + dzi * peepholeIF[0] + dzf * peepholeIF[units] : dcBefore;
}

extern "C" __global__ void lstm_backward(float* gates, const float* peepholeIF, const float* peepholeO,
                                         const float* cBefore, const float* c, const float* mask, const float* dy,
                                         float* dyCarry, const float* dDroppedH, const float* dropMasks,
                                         const float* dhLater, const float* dcLater, float* dh, float* dc, int zeroOutputForMask, int batch, int units, int activation,
                                         float alpha, float beta, float gamma, int recurrentActivation,
                                         float recurrentAlpha, float recurrentBeta, float recurrentGamma) {
  unsigned at = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned size = batch * units;
  if (at >= size) {
    return;
  }
  unsigned b = at / units;
  unsigned u = at - b * units;
  float* z = gates + 4 * b * units + u;
  bool masked = mask && mask[b] == 0.0f;
  float dhNew = state_gradient<4>(at, size, masked, dy, dyCarry, dDroppedH, dropMasks, dhLater, dh, zeroOutputForMask);
  if (masked) {
    z[0] = z[units] = z[2 * units] = z[3 * units] = 0.0f;
    dc[at] = or_zero(dcLater, at);
    return;
  }
  float si = z[0], sf = z[units], sg = z[2 * units], so = z[3 * units];
  const float* pif = peepholeIF ? peepholeIF + u : 0;
  float po = peepholeO ? peepholeO[u] : 0.0f;
  OutputGradient d;
  float dcNew = or_zero(dcLater, at);
  Activation phi = {activation, alpha, beta, gamma};
  Activation sigma = {recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma};
  if (phi.kind == TANH && sigma.kind == SIGMOID) {
    d = output_gradient(dhNew, so, c[at], Activation{TANH}, Activation{SIGMOID});
    dcNew = cell_gradient(z, si, sf, sg, dcNew + d.dc + d.dzo * po, or_zero(cBefore, at), pif, units, Activation{TANH},
                          Activation{SIGMOID});
  } else {
    d = output_gradient(dhNew, so, c[at], phi, sigma);
    dcNew = cell_gradient(z, si, sf, sg, dcNew + d.dc + d.dzo * po, or_zero(cBefore, at), pif, units, phi, sigma);
  }
  z[3 * units] = d.dzo;
  dc[at] = dcNew;
}

// FULL_OUTPUT, before dc += dzo·Vᵀ: dzo in place of o, dc without that term, dh and dyCarry as lstm_backward leaves
// them.
extern "C" __global__ void lstm_backward_output(float* gates, const float* c, const float* mask, const float* dy,
                                                float* dyCarry, const float* dDroppedH, const float* dropMasks,
                                                const float* dhLater, const float* dcLater, float* dh, float* dc,
                                                int zeroOutputForMask, int batch, int units,
                                                int activation, float alpha, float beta, float gamma,
                                                int recurrentActivation, float recurrentAlpha, float recurrentBeta,
                                                float recurrentGamma) {
  unsigned at = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned size = batch * units;
  if (at >= size) {
    return;
  }
  unsigned b = at / units;
  unsigned u = at - b * units;
  float* zo = gates + 4 * b * units + 3 * units + u;
  bool masked = mask && mask[b] == 0.0f;
  float dhNew = state_gradient<4>(at, size, masked, dy, dyCarry, dDroppedH, dropMasks, dhLater, dh, zeroOutputForMask);
  if (masked) {
    *zo = 0.0f;
    dc[at] = or_zero(dcLater, at);
    return;
  }
  Activation phi = {activation, alpha, beta, gamma};
  Activation sigma = {recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma};
  OutputGradient d = phi.kind == TANH && sigma.kind == SIGMOID
                         ? output_gradient(dhNew, *zo, c[at], Activation{TANH}, Activation{SIGMOID})
                         : output_gradient(dhNew, *zo, c[at], phi, sigma);
  *zo = d.dzo;
  dc[at] = or_zero(dcLater, at) + d.dc;
}

// FULL_OUTPUT, after dc += dzo·Vᵀ: dzi, dzf, dzg in place of i, f, g, and dc₋ in place of dc.
extern "C" __global__ void lstm_backward_cell(float* gates, const float* cBefore, const float* mask, float* dc,
                                              int batch, int units, int activation, float alpha, float beta,
                                              float gamma, int recurrentActivation, float recurrentAlpha,
                                              float recurrentBeta, float recurrentGamma) {
  unsigned at = blockIdx.x * blockDim.x + threadIdx.x;
  if (at >= (unsigned)(batch * units)) {
    return;
  }
  unsigned b = at / units;
  unsigned u = at - b * units;
  float* z = gates + 4 * b * units + u;
  if (mask && mask[b] == 0.0f) {
    z[0] = z[units] = z[2 * units] = 0.0f;
    return;
  }
  float si = z[0], sf = z[units], sg = z[2 * units];
  Activation phi = {activation, alpha, beta, gamma};
  Activation sigma = {recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma};
  if (phi.kind == TANH && sigma.kind == SIGMOID) {
    dc[at] = cell_gradient(z, si, sf, sg, dc[at], or_zero(cBefore, at), 0, units, Activation{TANH}, Activation{SIGMOID});
  } else {
    dc[at] = cell_gradient(z, si, sf, sg, dc[at], or_zero(cBefore, at), 0, units, phi, sigma);
  }
}

// One timestep of back-propagation through the GRU: everything between two matrix products.
//
// Equations: those of gru_forward.cu, differentiated; CPU twin: backend.cpu.CpuGruCell. With dh the gradient of the
// state after t that comes from later steps, and primes for derivatives:
//
//   dh += dy   dz = dh∘(h₋−g)∘σ'(z)   dg = dh∘(1−z)∘φ'(g)
//   reset after:   dr = dg∘p_g∘σ'(r)   dp = [dz, dr, dg∘r]   dh₋ = dh∘z + dp·Rᵀ
//   reset before:  dq = dg·R_gᵀ   dr = dq∘h₋∘σ'(r)   dh₋ = dh∘z + dq∘r + [dz, dr]·R[z, r]ᵀ
//
// Shapes, order and mapping as in gru_forward.cu: thread at = b·U + u, grid ceil(B·U/256), block 256.
//
// What the launch list does, from the last processed step to the first, is what lstm_backward.cu says, without c:
//   before all steps  dh = dhLast, dyCarry = dyLast, each 0 if absent
//   gru_backward      gates[t] becomes dZ[t] (reset before: but for dr), inner[t] dp; dh becomes what passes by R:
//                     dh∘z, or dh itself at masked rows
//   reset before:     GEMM dq = dg·R_gᵀ (dg with ld 3U, beta 0);  gru_backward_reset
//   GEMM              dh += dp·Rᵀ, reset before dh += [dz, dr]·R[z, r]ᵀ (beta 1); with recurrent dropout dDroppedH[k]
//                     for these gates k, as there
//   over all T        dK = Xᵀ·dZ, dX = dZ·Kᵀ, db = Σ dZ; dR = H₋ᵀ·dp, db' = Σ dp; reset before dR[z, r] =
//                     H₋ᵀ·dZ[z, r], dR_g = Qᵀ·dg
//
// Parameters; a pointer may be 0 where it says so:
//   gates        (B,3U) slot t: in as gru_forward kept it, out dZ; 0 at masked rows
//   inner        (B,3U) slot t: in p, out dp; or 0: reset before
//   hBefore      (B,U) slot before t
//   hSeen        (B,U) what gate g sees of h₋
//   mask         (B) 1 or 0, or pointer 0
//   dy           (B,U) slot t, or 0
//   dyCarry      (B,U) or 0 if the outputs are the states. In place: what masked outputs pass to the output before
//   dDroppedH, dropMasks  (3,B,U), reset before the first 2 of them; both 0 without recurrent dropout and at the last
//                processed step
//   dq           (B,U)
//   dropMaskG    (B,U) recurrent dropout's mask of gate g, or 0
//   dh           (B,U) in place, see above
//   zeroOutputForMask  1: masked outputs are zeros and pass nothing
//   activation, alpha, beta, gamma: φ, and recurrentActivation, …: σ, of activations.cuh

#include "activations.cuh"
#include "sequence.cuh"

// dz, dr, dg in place of the gates and dp in place of p, and what h₋ gets through z. a and p are at (b,u), p may be 0
static __device__ __forceinline__ float cell_gradient(float* a, float* p, float dh, float hBefore, unsigned units,
                                                      Activation phi, Activation sigma) {
  float sz = a[0], sr = a[units], sg = a[2 * units];
  float z = value_of_kept(sigma, sz);
  float g = value_of_kept(phi, sg);
  float dz = dh * (hBefore - g) * slope(sigma, sz);
  float dg = dh * (1.0f - z) * slope(phi, sg);
  a[0] = dz;
  a[2 * units] = dg;
  if (p) {
    float dr = dg * p[2 * units] * slope(sigma, sr);
    a[units] = dr;
    p[0] = dz;
    p[units] = dr;
    p[2 * units] = dg * value_of_kept(sigma, sr);
  }
  return dh * z;
}

extern "C" __global__ void gru_backward(float* gates, float* inner, const float* hBefore, const float* mask,
                                        const float* dy, float* dyCarry, const float* dDroppedH, const float* dropMasks,
                                        const float* dhLater, float* dh, int zeroOutputForMask, int batch, int units, int activation,
                                        float alpha, float beta, float gamma, int recurrentActivation,
                                        float recurrentAlpha, float recurrentBeta, float recurrentGamma) {
  unsigned at = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned size = batch * units;
  if (at >= size) {
    return;
  }
  unsigned b = at / units;
  unsigned u = at - b * units;
  float* a = gates + 3 * b * units + u;
  float* p = inner ? inner + 3 * b * units + u : 0;
  bool masked = mask && mask[b] == 0.0f;
  float dhNew = p ? state_gradient<3>(at, size, masked, dy, dyCarry, dDroppedH, dropMasks, dhLater, dh, zeroOutputForMask)
                  : state_gradient<2>(at, size, masked, dy, dyCarry, dDroppedH, dropMasks, dhLater, dh, zeroOutputForMask);
  if (masked) {
    a[0] = a[units] = a[2 * units] = 0.0f;
    if (p) {
      p[0] = p[units] = p[2 * units] = 0.0f;
    }
    return;
  }
  Activation phi = {activation, alpha, beta, gamma};
  Activation sigma = {recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma};
  dh[at] = phi.kind == TANH && sigma.kind == SIGMOID
               ? cell_gradient(a, p, dhNew, or_zero(hBefore, at), units, Activation{TANH}, Activation{SIGMOID})
               : cell_gradient(a, p, dhNew, or_zero(hBefore, at), units, phi, sigma);
}

// Reset before, after dq = dg·R_gᵀ: dr in place of r, and dh += dq∘r.
extern "C" __global__ void gru_backward_reset(float* gates, const float* hSeen, const float* mask, const float* dq,
                                              const float* dropMaskG, float* dh, int batch, int units,
                                              int recurrentActivation, float recurrentAlpha, float recurrentBeta,
                                              float recurrentGamma) {
  unsigned at = blockIdx.x * blockDim.x + threadIdx.x;
  if (at >= (unsigned)(batch * units)) {
    return;
  }
  unsigned b = at / units;
  if (mask && mask[b] == 0.0f) {
    return;
  }
  float* r = gates + 3 * b * units + units + (at - b * units);
  Activation sigma = {recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma};
  float sr = *r;
  float d = dq[at];
  *r = d * or_zero(hSeen, at) * slope(sigma, sr);
  float dSeen = d * value_of_kept(sigma, sr);
  dh[at] += dropMaskG ? dSeen * dropMaskG[at] : dSeen;
}

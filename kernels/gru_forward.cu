// One timestep of the GRU's forward pass: everything between two matrix products.
//
// Equations: graph.CellSpec.Gru. CPU twin: backend.cpu.CpuGruCell.
//
//   z = σ(a_z + p_z)   r = σ(a_r + p_r)   g = φ(a_g + r∘p_g)   h = z∘h₋ + (1−z)∘g
// or, with the reset gate before the product:
//   q = r∘h₋   g = φ(a_g + q·R_g)
//
// Shapes and order: B batch, U units; gates z, r, g side by side in a row of 3U; everything float32, row-major.
// Mapping: thread at = b·U + u computes unit u of sample b; grid ceil(B·U/256), block 256. Memory-bound: each thread
// reads its gates and h₋ and writes them and h, neighbours in neighbouring addresses.
//
// What the launch list does for each processed step t is what lstm_forward.cu says, with 3 gates for 4:
//   before all steps  gates = X·K over all T; hs holds h0, or zeros, in the initial slot; recurrent dropout as there
//   reset after:      GEMM inner[t] = h₋·R (beta 0), or with recurrent dropout inner[t][k] = droppedH[k, t]·R[k];
//                     at the first step from zero inner[t] is set to 0 instead.  gru_forward
//   reset before:     GEMM gates[t][z, r] += h₋·R[z, r], or each from its droppedH;  gru_forward_reset;
//                     GEMM gates[t][g] += q·R_g (ldc 3U, beta 1);  gru_forward_output
//
// Parameters; a pointer may be 0 where it says so:
//   gates        (B,3U) slot t: in x·K without bias (and with h₋·R, reset before); out each gate as kept
//                (activations.cuh), 0 at masked rows
//   inner        (B,3U) slot t: in h₋·R without bias, out p, which has it
//   bias, recurrentBias  (3U) or 0
//   hBefore      (B,U) slot before t
//   hSeen        (B,U) what gate g sees of h₋: hBefore itself, or droppedH's of gate g
//   mask         (B) 1 or 0, or pointer 0: nothing is masked
//   q            (B,U) out, slot t; 0 at masked rows
//   h            (B,U) slot after t. Masked rows copy hBefore; their gates may be NaN and are not read
//   yBefore, y, dropMasks (3,B,U), droppedNext, gateStride  as in lstm_forward.cu
//   activation, alpha, beta, gamma: φ, and recurrentActivation, recurrentAlpha, …: σ, of activations.cuh. The pair tanh,
//                sigmoid has its code compiled for it.

#include "activations.cuh"
#include "sequence.cuh"

// The gates from a and p, and the new h; keeps the gates. a is gates at (b,u)
static __device__ __forceinline__ float cell(float* a, float az, float ar, float ag, float pg, float hBefore,
                                             unsigned units, Activation phi, Activation sigma) {
  float z = activate(sigma, az);
  float r = activate(sigma, ar);
  float sum = ag + r * pg;
  float g = activate(phi, sum);
  a[0] = kept(sigma, az, z);
  a[units] = kept(sigma, ar, r);
  a[2 * units] = kept(phi, sum, g);
  return z * hBefore + (1.0f - z) * g;
}

extern "C" __global__ void gru_forward(float* gates, float* inner, const float* bias, const float* recurrentBias,
                                       const float* hBefore, const float* mask, float* h, const float* yBefore,
                                       float* y, const float* dropMasks, float* droppedNext, int gateStride, int batch,
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
  float* a = gates + 3 * b * units + u;
  float* p = inner + 3 * b * units + u;
  bool masked = mask && mask[b] == 0.0f;
  float hNew = or_zero(hBefore, at);
  if (masked) {
    a[0] = a[units] = a[2 * units] = 0.0f;
    p[0] = p[units] = p[2 * units] = 0.0f;
  } else {
    float az = a[0], ar = a[units], ag = a[2 * units];
    float pz = p[0], pr = p[units], pg = p[2 * units];
    if (bias) {
      az += bias[u];
      ar += bias[units + u];
      ag += bias[2 * units + u];
      pz += recurrentBias[u];
      pr += recurrentBias[units + u];
      pg += recurrentBias[2 * units + u];
    }
    p[0] = pz;
    p[units] = pr;
    p[2 * units] = pg;
    Activation phi = {activation, alpha, beta, gamma};
    Activation sigma = {recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma};
    if (phi.kind == TANH && sigma.kind == SIGMOID) {
      hNew = cell(a, az + pz, ar + pr, ag, pg, hNew, units, Activation{TANH}, Activation{SIGMOID});
    } else {
      hNew = cell(a, az + pz, ar + pr, ag, pg, hNew, units, phi, sigma);
    }
  }
  store<3>(at, size, masked, hNew, h, yBefore, y, dropMasks, droppedNext, gateStride);
}

// Reset before, ahead of a_g += q·R_g: z, r and q.
extern "C" __global__ void gru_forward_reset(float* gates, const float* bias, const float* hSeen, const float* mask,
                                             float* q, int batch, int units, int recurrentActivation,
                                             float recurrentAlpha, float recurrentBeta, float recurrentGamma) {
  unsigned at = blockIdx.x * blockDim.x + threadIdx.x;
  if (at >= (unsigned)(batch * units)) {
    return;
  }
  unsigned b = at / units;
  unsigned u = at - b * units;
  float* a = gates + 3 * b * units + u;
  if (mask && mask[b] == 0.0f) {
    a[0] = a[units] = 0.0f;
    q[at] = 0.0f;
    return;
  }
  Activation sigma = {recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma};
  float az = bias ? a[0] + bias[u] : a[0];
  float ar = bias ? a[units] + bias[units + u] : a[units];
  float r = activate(sigma, ar);
  a[0] = kept(sigma, az, activate(sigma, az));
  a[units] = kept(sigma, ar, r);
  q[at] = r * or_zero(hSeen, at);
}

// Reset before, after a_g += q·R_g: g and h.
extern "C" __global__ void gru_forward_output(float* gates, const float* bias, const float* hBefore, const float* mask,
                                              float* h, const float* yBefore, float* y, const float* dropMasks,
                                              float* droppedNext, int gateStride, int batch, int units, int activation,
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
  bool masked = mask && mask[b] == 0.0f;
  float hNew = or_zero(hBefore, at);
  if (masked) {
    a[2 * units] = 0.0f;
  } else {
    Activation phi = {activation, alpha, beta, gamma};
    Activation sigma = {recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma};
    float z = value_of_kept(sigma, a[0]);
    float ag = bias ? a[2 * units] + bias[2 * units + u] : a[2 * units];
    float g = activate(phi, ag);
    a[2 * units] = kept(phi, ag, g);
    hNew = z * hNew + (1.0f - z) * g;
  }
  store<3>(at, size, masked, hNew, h, yBefore, y, dropMasks, droppedNext, gateStride);
}

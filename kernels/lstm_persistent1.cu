// The LSTM's forward pass over a whole sequence in one launch; needs no other block. Replaces, for up to 128 units, the
// T products h₋·R and T launches of lstm_forward: same equations, same slots, same gates kept.
//
// Mapping: lstm_persistent1.cuh; grid B, block 4·UNITS. A thread has R[k, all 4 gates of u] for the UNITS/4
// rows k of part q. A step:
//   its part of the sums of all 4 gates -> exchange, after which lane q has the sum of gate q -> its activation
//   -> every lane gets all gates: c and h in every lane -> h to shared memory -> one barrier (there are two h by turns)
// z and the mask of the next step are read a step ahead.
//
// Dynamic shared memory: 16·4·UNITS·(UNITS/4 − REGISTERS) bytes of weights, then 2·4·(UNITS/4 + 4) floats of h.
//
// Parameters; a pointer may be 0 where it says so:
//   gates        (T,B,4U): in x·K, out, if keep is 1, each gate as kept (activations.cuh), 0 at masked rows
//   bias         (4U) or 0
//   recurrent    R (U,4U)
//   peepholeIF, peepholeO  (2U), (U), or 0
//   h0, c0       (B,U), or 0: zeros
//   mask         (T,B) 1 or 0, or pointer 0. z of masked rows may be NaN
//   hs, cs       (T+1,B,U) slots as in graph.SequenceSpec, the initial one written here; cs or 0 if nobody reads it
//   y            (T,B,U) the outputs where they are not the states, or 0; zeroOutputForMask as in lstm_forward.cu
//   steps, batch, units    T, B, U ≤ UNITS
//   backwards    1: from the last time to the first
//   activation, alpha, beta, gamma: φ, and recurrentActivation, recurrentAlpha, …: σ, of activations.cuh
// lstm_persistent1_UNITS is for tanh and sigmoid without mask and peepholes, lstm_persistent1_any_UNITS for all.

#include "lstm_persistent1.cuh"

template <int UNITS, int REGISTERS, bool ANY>
static __device__ __forceinline__ void forward(float* gates, const float* bias, const float* recurrent,
                                               const float* peepholeIF, const float* peepholeO, const float* h0,
                                               const float* c0, const float* mask, float* hs, float* cs, float* y,
                                               int keep, int zeroOutputForMask, int steps, int batch, int units,
                                               int backwards, Activations<ANY> f) {
  constexpr int PART = UNITS / 4;  // rows of R that a thread has
  constexpr int PITCH = PART + 4;  // floats from part to part of h: 16-byte aligned, and in other banks
  constexpr int H = 4 * PITCH;     // floats of one of the two h
  extern __shared__ __align__(16) float shared[];
  float4* weights = (float4*)shared;                       // [PART - REGISTERS][4·UNITS]
  float* h = shared + 4 * (PART - REGISTERS) * 4 * UNITS;  // [2][4][PITCH]
  unsigned tid = threadIdx.x;
  unsigned u = tid >> 2, q = tid & 3;
  unsigned row = blockIdx.x;
  unsigned fourU = 4 * units;
  bool mine = u < (unsigned)units;

  float4 w[REGISTERS];
#pragma unroll
  for (int k = 0; k < PART; k++) {
    unsigned from = q * PART + k;
    float4 v = {0.0f, 0.0f, 0.0f, 0.0f};
    if (mine && from < (unsigned)units) {
      const float* r = recurrent + from * fourU + u;
      v = {r[0], r[units], r[2 * units], r[3 * units]};
    }
    if (k < REGISTERS) {
      w[k] = v;
    } else {
      weights[(k - REGISTERS) * 4 * UNITS + tid] = v;
    }
  }
  float b = bias && mine ? bias[q * units + u] : 0.0f;
  float p = ANY && mine ? peephole_of_lane(peepholeIF, peepholeO, u, q, units) : 0.0f;

  unsigned state = batch * units;
  unsigned time = backwards ? steps - 1 : 0;
  long long stride = backwards ? -(long long)state : (long long)state;  // from a slot to that of the next step
  unsigned at = row * units + u;
  float* z = gates + (time * batch + row) * fourU + q * units + u;
  const float* m = mask + time * batch + row;
  // lane 0 writes h, lane 1 c, and lane 2 y if there is one
  float* out = ANY && q == 2 ? y + (time * state + at) - stride
                             : (q == 0 ? hs : cs) + (backwards ? steps * state : 0) + at;
  bool writes = mine && (q == 0 || (q == 1 && cs) || (ANY && q == 2 && y));
  float* hOut = h + u / PART * PITCH + u % PART;

  float c = mine && c0 ? c0[at] : 0.0f;
  float hOwn = mine && h0 ? h0[at] : 0.0f;
  float yOwn = 0.0f;
  float x = mine ? *z : 0.0f;
  bool masked = ANY && (!mine || (mask && *m == 0.0f));
  if (writes && q < 2) *out = q == 0 ? hOwn : c;
  if (q == 0) *hOut = hOwn;
  __syncthreads();

  for (int s = 0; s < steps; s++) {
    const float4* hNow = (const float4*)(h + (s & 1) * H + q * PITCH);
    float sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
#pragma unroll
    for (int k = 0; k < PART; k += 4) {
      float4 four = hNow[k / 4];
      float hk[4] = {four.x, four.y, four.z, four.w};
#pragma unroll
      for (int j = 0; j < 4; j++) {
        float4 v = k + j < REGISTERS ? w[k + j < REGISTERS ? k + j : 0]
                                     : weights[(k + j - REGISTERS) * 4 * UNITS + tid];
        sum[0] = fmaf(hk[j], v.x, sum[0]);
        sum[1] = fmaf(hk[j], v.y, sum[1]);
        sum[2] = fmaf(hk[j], v.z, sum[2]);
        sum[3] = fmaf(hk[j], v.w, sum[3]);
      }
    }
    // lanes 0, 1 exchange with 2, 3, then each with its neighbour: lane q ends with the sum of gate q
    bool high = q & 2, odd = q & 1;
    float keep0 = high ? sum[2] : sum[0], give0 = high ? sum[0] : sum[2];
    float keep1 = high ? sum[3] : sum[1], give1 = high ? sum[1] : sum[3];
    keep0 += of_partner(give0, 2);
    keep1 += of_partner(give1, 2);
    float a = x + b + ((odd ? keep1 : keep0) + of_partner(odd ? keep0 : keep1, 1));
    bool skip = masked;
    float* zNow = z;
    z += 4 * stride;
    m += backwards ? -batch : batch;
    if (s + 1 < steps && mine) {
      x = *z;
      if (ANY && mask) masked = *m == 0.0f;
    }
    float own, phiC, cNew;
    if (ANY) {
      if (q < GATE_G) a = fmaf(p, c, a);
      own = f(q == GATE_G, a);  // of lane 3 not yet: it wants c
      cNew = fmaf(of_lane(own, GATE_F), c, of_lane(own, GATE_I) * of_lane(own, GATE_G));
      if (q == GATE_O) a = fmaf(p, cNew, a);
      float second = f(q != GATE_O, q == GATE_O ? a : cNew);
      if (q == GATE_O) own = second;
      phiC = of_lane(second, GATE_I);
    } else {
      own = f(q == GATE_G, a);
      cNew = fmaf(of_lane(own, GATE_F), c, of_lane(own, GATE_I) * of_lane(own, GATE_G));
      phiC = tanhf(cNew);
    }
    float hNew = of_lane(own, GATE_O) * phiC;
    c = skip ? c : cNew;
    hOwn = skip ? hOwn : hNew;
    if (q == 0) hOut[(~s & 1) * H] = hOwn;
    if (mine && keep) *zNow = skip ? 0.0f : f.kept_of(q == GATE_G, a, own);
    float value = q == 0 ? hOwn : c;
    if (ANY && q == 2) value = yOwn = !skip ? hNew : zeroOutputForMask ? 0.0f : yOwn;
    out += stride;
    if (writes) *out = value;
    __syncthreads();
  }
}

// What every entry takes, and hands on
#define FORWARD                                                                                                      \
  float* gates, const float* bias, const float* recurrent, const float* peepholeIF, const float* peepholeO,          \
  const float* h0, const float* c0, const float* mask, float* hs, float* cs, float* y, int keep,                     \
  int zeroOutputForMask, int steps, int batch, int units, int backwards, int activation, float alpha, float beta,    \
  float gamma, int recurrentActivation, float recurrentAlpha, float recurrentBeta, float recurrentGamma

#define FORWARD_ARGUMENTS                                                                                            \
  gates, bias, recurrent, peepholeIF, peepholeO, h0, c0, mask, hs, cs, y, keep, zeroOutputForMask, steps, batch,     \
  units, backwards, {{activation, alpha, beta, gamma}, {recurrentActivation, recurrentAlpha, recurrentBeta,          \
  recurrentGamma}}

extern "C" __global__ void __launch_bounds__(128) lstm_persistent1_32(FORWARD) {
  forward<32, 8, false>(FORWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(256) lstm_persistent1_64(FORWARD) {
  forward<64, 16, false>(FORWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(512) lstm_persistent1_128(FORWARD) {
  forward<128, 25, false>(FORWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(128) lstm_persistent1_any_32(FORWARD) {
  forward<32, 8, true>(FORWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(256) lstm_persistent1_any_64(FORWARD) {
  forward<64, 16, true>(FORWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(512) lstm_persistent1_any_128(FORWARD) {
  forward<128, 20, true>(FORWARD_ARGUMENTS);
}

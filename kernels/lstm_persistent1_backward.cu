// Back-propagation through the LSTM over a whole sequence in one launch; needs no other block. Replaces, for up to 128
// units, T launches of lstm_backward and the T products dZ·Rᵀ: same equations, same slots.
//
// Mapping: lstm_persistent1.cuh; grid B, block 4·UNITS. A thread has R[u, j of gate q] for all units j. A step,
// from the last processed one to the first:
//   every lane gets all gates and has dh, dc -> dZ of its own gate, which takes the gate's place -> to shared memory
//   -> one barrier (there are two dZ by turns) -> its part of dh₋ = dZ·Rᵀ, exchanged so that all have the sum
// What a step reads is read a step ahead.
//
// Dynamic shared memory: 4·4·UNITS·(UNITS − REGISTERS) bytes of weights, then 2·4·(UNITS + 4) floats of dZ.
//
// Parameters; a pointer may be 0 where it says so:
//   gates        (T,B,4U): in as kept by the forward pass, out dZ; 0 at masked rows
//   recurrent    R (U,4U)
//   peepholeIF, peepholeO  (2U), (U), or 0
//   cs           (T+1,B,U) slots as in graph.SequenceSpec
//   mask         (T,B) 1 or 0, or pointer 0
//   dy           (T,B,U) gradient of the outputs, or 0
//   dhLast, dcLast, dyLast  (B,U) gradients of the last states, and of the last output where it is not h; or 0: zeros
//   dh0, dc0     (B,U) out, or 0 if not wanted
//   separate     1: the outputs are not the states, so that masked outputs pass their gradient to the output before,
//                or with zeroOutputForMask to nothing
//   steps, batch, units, backwards, activation …  as in lstm_persistent1.cu
// lstm_persistent1_backward_UNITS is for tanh and sigmoid without mask and peepholes, …_any_UNITS for all.

#include "lstm_persistent1.cuh"

template <int UNITS, int REGISTERS, bool ANY>
static __device__ __forceinline__ void backward(float* gates, const float* recurrent, const float* peepholeIF,
                                                const float* peepholeO, const float* cs, const float* mask,
                                                const float* dy, const float* dhLast, const float* dcLast,
                                                const float* dyLast, float* dh0, float* dc0, int separate,
                                                int zeroOutputForMask, int steps, int batch, int units, int backwards,
                                                Activations<ANY> f) {
  constexpr int PITCH = UNITS + 4;  // floats from gate to gate of dZ: 16-byte aligned, and in other banks
  constexpr int DZ = 4 * PITCH;     // floats of one of the two dZ
  extern __shared__ __align__(16) float shared[];
  float4* weights = (float4*)shared;                     // [(UNITS - REGISTERS)/4][4·UNITS]
  float* dz = shared + (UNITS - REGISTERS) * 4 * UNITS;  // [2][4][PITCH]
  unsigned tid = threadIdx.x;
  unsigned u = tid >> 2, q = tid & 3;
  unsigned row = blockIdx.x;
  unsigned fourU = 4 * units;
  bool mine = u < (unsigned)units;

  float4 w[REGISTERS / 4];
  const float* r = recurrent + u * fourU + q * units;
#pragma unroll
  for (int j = 0; j < UNITS; j += 4) {
    float4 v;
    v.x = mine && j < units ? r[j] : 0.0f;
    v.y = mine && j + 1 < units ? r[j + 1] : 0.0f;
    v.z = mine && j + 2 < units ? r[j + 2] : 0.0f;
    v.w = mine && j + 3 < units ? r[j + 3] : 0.0f;
    if (j < REGISTERS) {
      w[j / 4] = v;
    } else {
      weights[(j - REGISTERS) * UNITS + tid] = v;
    }
  }
  float p = ANY && mine ? peephole_of_lane(peepholeIF, peepholeO, u, q, units) : 0.0f;

  unsigned state = batch * units;
  unsigned time = backwards ? 0 : steps - 1;
  long long stride = backwards ? (long long)state : -(long long)state;  // from a slot to that of the step before
  unsigned at = row * units + u;
  float* z = gates + (time * batch + row) * fourU + q * units + u;
  const float* before = cs + (backwards ? state : time * state) + at;
  const float* above = dy + time * state + at;
  const float* m = mask + time * batch + row;

  float dh = mine && dhLast ? dhLast[at] : 0.0f;
  float dc = mine && dcLast ? dcLast[at] : 0.0f;
  float carry = ANY && mine && dyLast ? dyLast[at] : 0.0f;
  float c = mine ? *(before - stride) : 0.0f;
  float cBefore = mine ? *before : 0.0f;
  float gate = mine ? *z : 0.0f;
  float dOut = mine && dy ? *above : 0.0f;
  bool masked = ANY && (!mine || (mask && *m == 0.0f));

  for (int s = 0; s < steps; s++) {
    float* dzNow = dz + (s & 1) * DZ + q * PITCH;
    bool more = s + 1 < steps;
    float y = f.value(q == GATE_G, gate);
    float own = f.slope_of(q == GATE_G, gate);
    float i = of_lane(y, GATE_I), forget = of_lane(y, GATE_F), g = of_lane(y, GATE_G), o = of_lane(y, GATE_O);
    float phiC = f(true, c);
    float fromOutput = dOut + carry;
    float total = dh + fromOutput;
    if (ANY && separate) {
      carry = masked && !zeroOutputForMask ? fromOutput : 0.0f;
      fromOutput = 0.0f;
    }
    float d = total * phiC * own;  // of lane 3
    float dcNew = fmaf(total * o, f.slope_of(true, f.kept_of(true, c, phiC)), dc);
    if (ANY) dcNew = fmaf(of_lane(d, GATE_O), of_lane(p, GATE_O), dcNew);
    if (q != GATE_O) d = dcNew * (q == GATE_I ? g : q == GATE_F ? cBefore : i) * own;
    float dcBefore = dcNew * forget;
    if (ANY) {
      float through = d * p;
      dcBefore += of_lane(through, GATE_I) + of_lane(through, GATE_F);
    }
    d = masked ? 0.0f : d;
    dc = masked ? dc : dcBefore;
    dh = masked ? dh + fromOutput : 0.0f;
    dzNow[u] = d;
    if (mine) *z = d;
    c = cBefore;
    z += 4 * stride;
    before += stride;
    above += stride;
    m += backwards ? batch : -batch;
    if (more && mine) {
      cBefore = *before;
      gate = *z;
      if (dy) dOut = *above;
      if (ANY && mask) masked = *m == 0.0f;
    }
    __syncthreads();
    if (!more && !dh0) break;
    const float4* dzFour = (const float4*)dzNow;
    float even = 0.0f, odd = 0.0f;
#pragma unroll
    for (int j = 0; j < UNITS; j += 4) {
      float4 v = dzFour[j / 4];
      float4 wj = j < REGISTERS ? w[j < REGISTERS ? j / 4 : 0] : weights[(j - REGISTERS) * UNITS + tid];
      even = fmaf(v.x, wj.x, even);
      odd = fmaf(v.y, wj.y, odd);
      even = fmaf(v.z, wj.z, even);
      odd = fmaf(v.w, wj.w, odd);
    }
    float x = even + odd;
    x += of_partner(x, 1);
    x += of_partner(x, 2);
    dh += x;
  }
  if (mine && q == 0 && dh0) dh0[at] = dh;
  if (mine && q == 1 && dc0) dc0[at] = dc;
}

// What every entry takes, and hands on
#define BACKWARD                                                                                                     \
  float* gates, const float* recurrent, const float* peepholeIF, const float* peepholeO, const float* cs,            \
  const float* mask, const float* dy, const float* dhLast, const float* dcLast, const float* dyLast, float* dh0,     \
  float* dc0, int separate, int zeroOutputForMask, int steps, int batch, int units, int backwards, int activation,   \
  float alpha, float beta, float gamma, int recurrentActivation, float recurrentAlpha, float recurrentBeta,          \
  float recurrentGamma

#define BACKWARD_ARGUMENTS                                                                                           \
  gates, recurrent, peepholeIF, peepholeO, cs, mask, dy, dhLast, dcLast, dyLast, dh0, dc0, separate,                 \
  zeroOutputForMask, steps, batch, units, backwards, {{activation, alpha, beta, gamma}, {recurrentActivation,        \
  recurrentAlpha, recurrentBeta, recurrentGamma}}

extern "C" __global__ void __launch_bounds__(128) lstm_persistent1_backward_32(BACKWARD) {
  backward<32, 32, false>(BACKWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(256) lstm_persistent1_backward_64(BACKWARD) {
  backward<64, 64, false>(BACKWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(512) lstm_persistent1_backward_128(BACKWARD) {
  backward<128, 96, false>(BACKWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(128) lstm_persistent1_backward_any_32(BACKWARD) {
  backward<32, 32, true>(BACKWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(256) lstm_persistent1_backward_any_64(BACKWARD) {
  backward<64, 64, true>(BACKWARD_ARGUMENTS);
}

extern "C" __global__ void __launch_bounds__(512) lstm_persistent1_backward_any_128(BACKWARD) {
  backward<128, 76, true>(BACKWARD_ARGUMENTS);
}

// The LSTM over a whole sequence in one cooperative launch: recurrent weights in registers, products in tensor cores.
// Replaces, for 128 < U <= 1024, the T products h₋·R (or dZ·Rᵀ) and the T launches of lstm_forward (lstm_backward): same
// equations, same slots, same gates kept. Products round their inputs to TF32, or to bfloat16; sums are float32.
//
// Mapping: grid (ceil(U/UNITS), slices), block 256, all blocks at once. A block owns UNITS units of the samples of its
// slice; only the blocks of a slice wait for one another. Its 8 warps split K, the length of the sums: a warp has its
// rows of R, for all of the block's columns, as fragments of mma's B operand in registers from beginning to end. A step:
//   forward    (rows, U) h₋ of the slice, from L2, times R's columns (U, 4·UNITS): K = U. The 8 partial sums meet in
//              shared memory; then a thread a unit and sample: gates, c, h
//   backward   a thread a unit and sample: dz of 4 gates, dc; then (rows, 4U) dZ of the slice, from L2, times R's rows,
//              transposed (4U, UNITS): K = 4U, partial sums as before: dh₋
// Padding: R counts as 0 beyond U; samples that are not there compute as the last one and are not stored. U is a
// multiple of 4, so that rows are read 16 bytes at a time. The sum of a unit and sample is in the same order whatever
// the batch, the slices and the place in them.
//
// Between steps each block tells the others of its slice that its part is written: thread 0, after a barrier of the
// block, stores the number of the step to the block's flag (a sector of its own) with st.release.gpu; then each thread
// reads one block's flag with ld.acquire.gpu until it says so. Whoever has read `polls` times in vain, or sees that
// another has, sets *status and leaves, as does a launch that finds it set: nobody waits for ever.
//
// Dynamic shared memory, floats: 8·sliceRows·(COLUMNS + 8) of partial sums with COLUMNS = 4·UNITS (UNITS backward), then
// sliceRows·UNITS each of c and h (of dc, dh and dyCarry).
//
// Parameters; a pointer may be 0 where it says so:
//   gates        (T,B,4U): forward in x·K, out each gate as kept (activations.cuh), 0 at masked rows; backward out dZ
//   bias         (4U) or 0
//   recurrent    R (U,4U)
//   peepholeIF, peepholeO  (2U), (U), or 0
//   mask         (T,B) 1 or 0, or pointer 0. x·K of masked rows may be NaN
//   hs, cs       (T+1,B,U) slots as in graph.SequenceSpec; the initial one is read
//   y            (T,B,U) the outputs where they are not the states, or 0; zeroOutputForMask as in lstm_forward.cu
//   dy           (T,B,U), or 0
//   dyCarry      (B,U) dyLast, or 0 if the outputs are the states
//   dh, dc       (B,U) in dhLast and dcLast, out the gradients of the initial states; of dh only if toInitial is 1
//   flags        (blocks, 8) zeros
//   status       1 word, 0 but for somebody who gave up
//   steps, batch, units    T, B, U; sliceRows: samples of a slice, a multiple of 16
//   backwards    1: from the last time to the first
//   activation, alpha, beta, gamma: φ, and recurrentActivation, …: σ, of activations.cuh
#pragma once

#include "activations.cuh"

#define THREADS 256
#define WARPS 8

// ------------------------------------------------------------------------------------------------ between blocks

static __device__ __forceinline__ void release(unsigned* flag, unsigned value) {
  asm volatile("st.release.gpu.global.u32 [%0], %1;" ::"l"(flag), "r"(value) : "memory");
}

static __device__ __forceinline__ unsigned acquire(const unsigned* flag) {
  unsigned value;
  asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(flag) : "memory");
  return value;
}

static __device__ __forceinline__ unsigned look(const unsigned* word) {
  unsigned value;
  asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(word) : "memory");
  return value;
}

// Tells the blocks of the slice that `step` is written, and waits until they say so too. false: somebody gave up.
static __device__ __forceinline__ bool exchange(unsigned* flags, unsigned* status, unsigned step, unsigned polls,
                                                int* gaveUp) {
  unsigned* slice = flags + blockIdx.y * gridDim.x * 8;
  __syncthreads();
  if (threadIdx.x == 0) {
    release(slice + blockIdx.x * 8, step);
  }
  for (unsigned p = threadIdx.x; p < gridDim.x; p += THREADS) {
    unsigned tries = 0;
    while (acquire(slice + p * 8) < step) {
      tries++;
      if (tries == polls || (tries % 1024 == 0 && look(status) != 0)) {
        asm volatile("st.relaxed.gpu.global.u32 [%0], %1;" ::"l"(status), "r"(1) : "memory");
        *gaveUp = 1;
        break;
      }
    }
  }
  __syncthreads();
  return *gaveUp == 0;
}

// Whether nobody gave up before this launch, the same for all threads of the block
static __device__ __forceinline__ bool begin(const unsigned* status, int* gaveUp) {
  if (threadIdx.x == 0) {
    *gaveUp = look(status) != 0;
  }
  __syncthreads();
  return *gaveUp == 0;
}

// Four floats that other blocks wrote
static __device__ __forceinline__ float4 from_others(const float* place) {
  float4 v;
  asm volatile("ld.relaxed.gpu.global.v4.f32 {%0, %1, %2, %3}, [%4];"
               : "=f"(v.x), "=f"(v.y), "=f"(v.z), "=f"(v.w)
               : "l"(place)
               : "memory");
  return v;
}

// ------------------------------------------------------------------------------------------------ products

static __device__ __forceinline__ unsigned tf32(float x) {
  unsigned r;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(r) : "f"(x));
  return r;
}

static __device__ __forceinline__ unsigned bf16_pair(float low, float high) {
  unsigned r;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  return r;
}

// Of 16 values of k a thread with q = lane % 4 has 4q to 4q + 3, in both operands: any order of k does, if it is the
// same. So a thread reads 16 bytes of a row at once.
template <bool BF16>
struct Sixteen {
  unsigned v[BF16 ? 2 : 4];

  __device__ __forceinline__ void set(float x, float y, float z, float w) {
    if (BF16) {
      v[0] = bf16_pair(x, y);
      v[1] = bf16_pair(z, w);
    } else {
      v[0] = tf32(x);
      v[1] = tf32(y);
      v[BF16 ? 0 : 2] = tf32(z);
      v[BF16 ? 0 : 3] = tf32(w);
    }
  }
};

// c (16,8) += low and high rows (16,16) · b (16,8)
template <bool BF16>
static __device__ __forceinline__ void multiply(float (&c)[4], const Sixteen<BF16>& low, const Sixteen<BF16>& high,
                                                const Sixteen<BF16>& b) {
  if (BF16) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3},{%4,%5,%6,%7},{%8,%9},{%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(low.v[0]), "r"(high.v[0]), "r"(low.v[1]), "r"(high.v[1]), "r"(b.v[0]), "r"(b.v[1]));
  } else {
#pragma unroll
    for (int i = 0; i < (BF16 ? 0 : 4); i += 2) {
      asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3},{%4,%5,%6,%7},{%8,%9},{%0,%1,%2,%3};"
          : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
          : "r"(low.v[i]), "r"(high.v[i]), "r"(low.v[i + 1]), "r"(high.v[i + 1]), "r"(b.v[i]), "r"(b.v[i + 1]));
    }
  }
}

// part (sliceRows, COLUMNS) of this warp = its part of x (rows, k) · w: (rows, 16·KT)x(16·KT, 8·NT)
template <int KT, int NT, bool BF16>
static __device__ __forceinline__ void partial_sums(const Sixteen<BF16> (&w)[KT][NT], const float* x, unsigned k,
                                                    unsigned rows, unsigned sliceRows, float* part) {
  constexpr int PITCH = 8 * NT + 8;
  unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32, g = lane / 4, q = lane % 4;
  unsigned first = warp * 16 * KT + 4 * q;
  float* mine = part + warp * sliceRows * PITCH + g * PITCH + 2 * q;
  for (unsigned m = 0; m < sliceRows; m += 16) {
    float c[NT][4];
#pragma unroll
    for (int n = 0; n < NT; n++) c[n][0] = c[n][1] = c[n][2] = c[n][3] = 0.0f;
    const float* low = x + min(m + g, rows - 1) * k;
    const float* high = x + min(m + g + 8, rows - 1) * k;
#pragma unroll
    for (int i = 0; i < KT; i++) {
      unsigned at = first + 16 * i;
      bool there = at < k;
      float4 l = from_others(low + (there ? at : 0));
      float4 h = from_others(high + (there ? at : 0));
      Sixteen<BF16> a, b;
      a.set(there ? l.x : 0.0f, there ? l.y : 0.0f, there ? l.z : 0.0f, there ? l.w : 0.0f);
      b.set(there ? h.x : 0.0f, there ? h.y : 0.0f, there ? h.z : 0.0f, there ? h.w : 0.0f);
#pragma unroll
      for (int n = 0; n < NT; n++) multiply<BF16>(c[n], a, b, w[i][n]);
      if (i % 8 == 7 && i + 1 < KT) __threadfence_block();  // else all is read ahead, into more registers than there are
    }
#pragma unroll
    for (int n = 0; n < NT; n++) {
      *(float2*)(mine + m * PITCH + 8 * n) = {c[n][0], c[n][1]};
      *(float2*)(mine + (m + 8) * PITCH + 8 * n) = {c[n][2], c[n][3]};
    }
  }
}

// A sum over all warps
template <int PITCH>
static __device__ __forceinline__ float sum(const float* part, unsigned sliceRows, unsigned row, unsigned column,
                                            float start) {
#pragma unroll
  for (int p = 0; p < WARPS; p++) start += part[(p * sliceRows + row) * PITCH + column];
  return start;
}

// ------------------------------------------------------------------------------------------------ the cell

// From the four gates before activation to c and h; z, at (b,u), keeps the gates. ANY: all activations, with their code
// once; else tanh and sigmoid
template <bool ANY>
static __device__ __forceinline__ void cell(float* z, float zi, float zf, float zg, float zo, float po, float& c,
                                            float& h, unsigned units, Activation phi, Activation sigma) {
  float i = 0.0f, f = 0.0f, o = 0.0f;
#pragma unroll(ANY ? 1 : 5)
  for (int k = 0; k < 5; k++) {
    float x = k == 0 ? zi : k == 1 ? zf : k == 2 ? zg : k == 3 ? zo + po * c : c;
    Activation a = k == 2 || k == 4 ? (ANY ? phi : Activation{TANH}) : (ANY ? sigma : Activation{SIGMOID});
    float v = activate(a, x);
    if (k < 4) z[k * units] = kept(a, x, v);
    if (k == 0) i = v;
    if (k == 1) f = v;
    if (k == 2) c = f * c + i * v;
    if (k == 3) o = v;
    if (k == 4) h = o * v;
  }
}

// From the gradient of h to dz of the gates, in z where what was kept is, and to that of c before
template <bool ANY>
static __device__ __forceinline__ void cell_backward(float* z, float dh, float& dc, float c, float cBefore,
                                                     const float* peepholeIF, float po, unsigned units,
                                                     Activation phi, Activation sigma) {
  float vi = 0.0f, vf = 0.0f, vg = 0.0f, vo = 0.0f, di = 0.0f, df = 0.0f, dg = 0.0f, dO = 0.0f, vc = 0.0f, dC = 0.0f;
#pragma unroll(ANY ? 1 : 5)
  for (int k = 0; k < 5; k++) {
    Activation a = k == 2 || k == 4 ? (ANY ? phi : Activation{TANH}) : (ANY ? sigma : Activation{SIGMOID});
    float s = k == 4 ? c : z[k * units];
    float v = k == 4 || !derives_from_output(a) ? activate(a, s) : s;
    float d = slope(a, k == 4 ? kept(a, s, v) : s);
    if (k == 0) vi = v, di = d;
    if (k == 1) vf = v, df = d;
    if (k == 2) vg = v, dg = d;
    if (k == 3) vo = v, dO = d;
    if (k == 4) vc = v, dC = d;
  }
  float dzo = dh * vc * dO;
  dc += dh * vo * dC + dzo * po;
  float dzi = dc * vg * di;
  float dzf = dc * cBefore * df;
  z[0] = dzi;
  z[units] = dzf;
  z[2 * units] = dc * vi * dg;
  z[3 * units] = dzo;
  dc *= vf;
  if (peepholeIF) {
    dc += dzi * peepholeIF[0] + dzf * peepholeIF[units];
  }
}

// ------------------------------------------------------------------------------------------------ forward

#define FORWARD                                                                                                      \
  float *gates, const float *bias, const float *recurrent, const float *peepholeIF, const float *peepholeO,          \
      const float *mask, float *hs, float *cs, float *y, int zeroOutputForMask, unsigned *flags, unsigned *status,         \
      int polls, int steps, int batch, int units, int sliceRows, int backwards, int activation, float alpha,         \
      float beta, float gamma, int recurrentActivation, float recurrentAlpha, float recurrentBeta,                   \
      float recurrentGamma

template <int UP, int UNITS, bool BF16>
static __device__ __forceinline__ void forward(FORWARD) {
  constexpr int KT = UP / WARPS / 16, NT = 4 * UNITS / 8, PITCH = 4 * UNITS + 8;
  extern __shared__ __align__(16) float shared[];
  __shared__ int gaveUp;
  float* part = shared;
  float* cOwn = part + WARPS * sliceRows * PITCH;
  float* hOwn = cOwn + sliceRows * UNITS;
  unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  unsigned unit0 = blockIdx.x * UNITS, row0 = blockIdx.y * sliceRows;
  unsigned rows = min(sliceRows, batch - (int)row0), size = batch * units;
  Activation phi = {activation, alpha, beta, gamma};
  Activation sigma = {recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma};
  bool usual = phi.kind == TANH && sigma.kind == SIGMOID;
  if (!begin(status, &gaveUp)) return;

  Sixteen<BF16> w[KT][NT];
#pragma unroll
  for (int i = 0; i < KT; i++) {
#pragma unroll
    for (int n = 0; n < NT; n++) {
      unsigned column = 8 * n + lane / 4, unit = unit0 + column % UNITS;
      float v[4];
#pragma unroll
      for (int j = 0; j < 4; j++) {
        unsigned k = (warp * KT + i) * 16 + lane % 4 * 4 + j;
        v[j] = k < (unsigned)units && unit < (unsigned)units ? recurrent[(4 * k + column / UNITS) * units + unit] : 0.0f;
      }
      w[i][n].set(v[0], v[1], v[2], v[3]);
    }
  }
  unsigned initial = backwards ? steps * size : 0;
  for (unsigned e = threadIdx.x; e < sliceRows * UNITS; e += THREADS) {
    unsigned r = e / UNITS, unit = unit0 + e % UNITS;
    if (r < rows && unit < (unsigned)units) {
      cOwn[e] = cs[initial + (row0 + r) * units + unit];
      hOwn[e] = hs[initial + (row0 + r) * units + unit];
    }
  }

  for (int s = 0; s < steps; s++) {
    unsigned t = backwards ? steps - 1 - s : s;
    unsigned before = (backwards ? t + 1 : t) * size, after = (backwards ? t : t + 1) * size;
    partial_sums<KT, NT, BF16>(w, hs + before + row0 * units, units, rows, sliceRows, part);
    __syncthreads();
    for (unsigned e = threadIdx.x; e < sliceRows * UNITS; e += THREADS) {
      unsigned r = e / UNITS, u = e % UNITS, unit = unit0 + u;
      if (r >= rows || unit >= (unsigned)units) {
        continue;
      }
      unsigned at = (row0 + r) * units + unit;
      float* z = gates + 4 * (t * size + (row0 + r) * units) + unit;
      float c = cOwn[e], h = hOwn[e];
      bool masked = mask && mask[t * batch + row0 + r] == 0.0f;
      if (masked) {
        z[0] = z[units] = z[2 * units] = z[3 * units] = 0.0f;
      } else {
        float zk[4];
#pragma unroll
        for (int k = 0; k < 4; k++) {
          float x = bias ? z[k * units] + bias[k * units + unit] : z[k * units];
          zk[k] = sum<PITCH>(part, sliceRows, r, k * UNITS + u, x);
        }
        if (peepholeIF) {
          zk[0] += peepholeIF[unit] * c;
          zk[1] += peepholeIF[units + unit] * c;
        }
        float po = peepholeO ? peepholeO[unit] : 0.0f;
        if (usual) {
          cell<false>(z, zk[0], zk[1], zk[2], zk[3], po, c, h, units, phi, sigma);
        } else {
          cell<true>(z, zk[0], zk[1], zk[2], zk[3], po, c, h, units, phi, sigma);
        }
        cOwn[e] = c;
        hOwn[e] = h;
      }
      cs[after + at] = c;
      hs[after + at] = h;
      if (y) {
        float last = s == 0 || zeroOutputForMask ? 0.0f : y[(backwards ? t + 1 : t - 1) * size + at];
        y[t * size + at] = masked ? last : h;
      }
    }
    if (s + 1 < steps && !exchange(flags, status, s + 1, polls, &gaveUp)) return;
  }
}

// ------------------------------------------------------------------------------------------------ backward

#define BACKWARD                                                                                                     \
  float *gates, const float *recurrent, const float *peepholeIF, const float *peepholeO, const float *mask,          \
      const float *cs, const float *dy, const float *dyCarry, float *dh, float *dc, int zeroOutputForMask,           \
      int toInitial, unsigned *flags, unsigned *status, int polls, int steps, int batch, int units, int sliceRows,         \
      int backwards, int activation, float alpha, float beta, float gamma, int recurrentActivation,                  \
      float recurrentAlpha, float recurrentBeta, float recurrentGamma

template <int UP, int UNITS, bool BF16>
static __device__ __forceinline__ void backward(BACKWARD) {
  constexpr int KT = 4 * UP / WARPS / 16, NT = UNITS / 8, PITCH = UNITS + 8;
  extern __shared__ __align__(16) float shared[];
  __shared__ int gaveUp;
  float* part = shared;
  float* dcOwn = part + WARPS * sliceRows * PITCH;
  float* dhOwn = dcOwn + sliceRows * UNITS;
  float* carryOwn = dhOwn + sliceRows * UNITS;
  unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  unsigned unit0 = blockIdx.x * UNITS, row0 = blockIdx.y * sliceRows;
  unsigned rows = min(sliceRows, batch - (int)row0), size = batch * units, fourU = 4 * units;
  Activation phi = {activation, alpha, beta, gamma};
  Activation sigma = {recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma};
  bool usual = phi.kind == TANH && sigma.kind == SIGMOID;
  if (!begin(status, &gaveUp)) return;

  Sixteen<BF16> w[KT][NT];
#pragma unroll
  for (int i = 0; i < KT; i++) {
#pragma unroll
    for (int n = 0; n < NT; n++) {
      unsigned unit = unit0 + 8 * n + lane / 4, k = (warp * KT + i) * 16 + lane % 4 * 4;
      float4 v = {0.0f, 0.0f, 0.0f, 0.0f};
      if (k < fourU && unit < (unsigned)units) v = *(const float4*)(recurrent + unit * fourU + k);
      w[i][n].set(v.x, v.y, v.z, v.w);
    }
  }
  for (unsigned e = threadIdx.x; e < sliceRows * UNITS; e += THREADS) {
    unsigned r = e / UNITS, unit = unit0 + e % UNITS;
    if (r < rows && unit < (unsigned)units) {
      unsigned at = (row0 + r) * units + unit;
      dcOwn[e] = dc[at];
      dhOwn[e] = dh[at];
      carryOwn[e] = dyCarry ? dyCarry[at] : 0.0f;
    }
  }

  for (int s = steps - 1; s >= 0; s--) {
    unsigned t = backwards ? steps - 1 - s : s;
    unsigned before = (backwards ? t + 1 : t) * size, after = (backwards ? t : t + 1) * size;
    for (unsigned e = threadIdx.x; e < sliceRows * UNITS; e += THREADS) {
      unsigned r = e / UNITS, unit = unit0 + e % UNITS;
      if (r >= rows || unit >= (unsigned)units) {
        continue;
      }
      unsigned at = (row0 + r) * units + unit;
      float* z = gates + 4 * (t * size + (row0 + r) * units) + unit;
      bool masked = mask && mask[t * batch + row0 + r] == 0.0f;
      float fromState = dhOwn[e], fromOutput = dy ? dy[t * size + at] : 0.0f;
      if (dyCarry) {
        fromOutput += carryOwn[e];
        carryOwn[e] = masked && !zeroOutputForMask ? fromOutput : 0.0f;
        dhOwn[e] = masked ? fromState : 0.0f;
      } else {
        dhOwn[e] = masked ? fromState + fromOutput : 0.0f;
      }
      if (masked) {
        z[0] = z[units] = z[2 * units] = z[3 * units] = 0.0f;
        continue;
      }
      float dhNew = fromState + fromOutput, dcNew = dcOwn[e];
      const float* pif = peepholeIF ? peepholeIF + unit : 0;
      float po = peepholeO ? peepholeO[unit] : 0.0f;
      float c = cs[after + at], cBefore = cs[before + at];
      if (usual) {
        cell_backward<false>(z, dhNew, dcNew, c, cBefore, pif, po, units, phi, sigma);
      } else {
        cell_backward<true>(z, dhNew, dcNew, c, cBefore, pif, po, units, phi, sigma);
      }
      dcOwn[e] = dcNew;
    }
    if (s == 0 && !toInitial) break;
    if (!exchange(flags, status, steps - s, polls, &gaveUp)) return;
    partial_sums<KT, NT, BF16>(w, gates + 4 * t * size + row0 * fourU, fourU, rows, sliceRows, part);
    __syncthreads();
    for (unsigned e = threadIdx.x; e < sliceRows * UNITS; e += THREADS) {
      unsigned r = e / UNITS, u = e % UNITS;
      if (r < rows && unit0 + u < (unsigned)units) {
        dhOwn[e] = sum<PITCH>(part, sliceRows, r, u, dhOwn[e]);
      }
    }
  }
  for (unsigned e = threadIdx.x; e < sliceRows * UNITS; e += THREADS) {
    unsigned r = e / UNITS, unit = unit0 + e % UNITS;
    if (r < rows && unit < (unsigned)units) {
      dc[(row0 + r) * units + unit] = dcOwn[e];
      dh[(row0 + r) * units + unit] = dhOwn[e];
    }
  }
}

#define FORWARD_ARGUMENTS                                                                                            \
  gates, bias, recurrent, peepholeIF, peepholeO, mask, hs, cs, y, zeroOutputForMask, flags, status, polls, steps,    \
      batch, units, sliceRows, backwards, activation, alpha, beta, gamma, recurrentActivation, recurrentAlpha,       \
      recurrentBeta, recurrentGamma

#define BACKWARD_ARGUMENTS                                                                                           \
  gates, recurrent, peepholeIF, peepholeO, mask, cs, dy, dyCarry, dh, dc, zeroOutputForMask, toInitial, flags,       \
      status, polls, steps, batch, units, sliceRows, backwards, activation, alpha, beta, gamma,                      \
      recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma

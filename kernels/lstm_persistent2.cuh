// The LSTM over a whole sequence in one cooperative launch: recurrent weights in registers, products in tensor cores.
// Replaces, for 128 < U <= 1024, the T products h₋·R (or dZ·Rᵀ) and the T launches of lstm_forward (lstm_backward): same
// equations, same slots, same gates kept. Products round their inputs to TF32, or to bfloat16; sums are float32.
//
// Mapping: grid (ceil(U/UNITS), slices), block 256, all blocks at once. A block owns UNITS units of the samples of its
// slice; only the blocks of a slice wait for one another. Its 8 warps split K, the length of the sums: a warp has its
// rows of R, for all of the block's columns, as fragments of mma's B operand in registers from beginning to end. A step:
//   forward    (rows, P) h₋ of the slice, from L2, times R's columns (P, 4·UNITS): K = P. The 8 partial sums meet in
//              shared memory; then a thread a unit and sample: gates, c, h
//   backward   a thread a unit and sample: dz of 4 gates, dc; then (rows, 4P) dZ of the slice, from L2, times R's rows,
//              transposed (4P, UNITS): K = 4P, partial sums as before: dh₋. k is 4·unit + gate, so that a thread hands
//              on its four at once
// Padding: P = UNITS·ceil(U/UNITS); R, h and dZ count as 0 beyond U; samples that are not there compute as the last one
// and are not stored. The sum of a unit and sample is in the same order whatever the batch, the slices and the place in
// them.
//
// What blocks hand to one another, h or dZ, is rounded by who writes it to what the products take, 16 bits in bfloat16,
// and lies apart from the slots, in two places that take turns. That a step is written, each block tells the others of
// its slice: thread 0, after a barrier of the block, stores the number of the step to the block's flag (a sector of its
// own) with st.release.gpu; then each thread reads one block's flag with ld.acquire.gpu until it says so. Whoever has
// read `polls` times in vain, or sees that another has, sets *status and leaves, as does a launch that finds it set:
// nobody waits for ever. Meanwhile cp.async brings what a thread takes from the next step's slots to its own place in
// shared memory: for registers there is no room beside the weights.
//
// Dynamic shared memory, floats: 8·sliceRows·(COLUMNS + 8) of partial sums with COLUMNS = 4·UNITS (UNITS backward), then
// sliceRows·UNITS each of c, h, 4 gates ahead (of dc, dh, dyCarry, c, 4 gates ahead, dy ahead, c before ahead).
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
//   handed       (2,B,P) (backward (2,B,4P)) of 32 bits (bfloat16: 16), at a multiple of 16 bytes; whatever it holds
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

// Begins to bring a float of this thread's own to its place in shared memory
static __device__ __forceinline__ void fetch(float* shared, const float* global) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" ::"r"((unsigned)__cvta_generic_to_shared(shared)), "l"(global)
               : "memory");
}

// All that this thread began to fetch is there
static __device__ __forceinline__ void fetched() { asm volatile("cp.async.wait_all;" ::: "memory"); }

// Tells the blocks of the slice that `step` is written, and waits until they say so too, and for what this thread
// fetches `meanwhile`. false: somebody gave up.
template <class Meanwhile>
static __device__ __forceinline__ bool exchange(unsigned* flags, unsigned* status, unsigned step, unsigned polls,
                                                int* gaveUp, Meanwhile meanwhile) {
  unsigned* slice = flags + blockIdx.y * gridDim.x * 8;
  __syncthreads();
  if (threadIdx.x == 0) {
    release(slice + blockIdx.x * 8, step);
  }
  meanwhile();
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
  fetched();
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
// same. So a thread reads 4 of a row at once.
template <bool BF16>
struct Sixteen;

template <>
struct Sixteen<false> {
  typedef unsigned Element;  // as it is handed on
  unsigned v[4];

  __device__ __forceinline__ void set(float x, float y, float z, float w) {
    v[0] = tf32(x);
    v[1] = tf32(y);
    v[2] = tf32(z);
    v[3] = tf32(w);
  }

  // Four elements that other blocks wrote, or zeros
  __device__ __forceinline__ void read(const Element* place, bool there) {
    asm volatile("ld.relaxed.gpu.global.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(v[0]), "=r"(v[1]), "=r"(v[2]), "=r"(v[3])
                 : "l"(place)
                 : "memory");
    for (int i = 0; i < 4; i++) v[i] = there ? v[i] : 0;
  }

  // Hands on four
  __device__ __forceinline__ void write(Element* place) const { *(uint4*)place = {v[0], v[1], v[2], v[3]}; }

  // Hands on one
  static __device__ __forceinline__ void write(Element* place, float x) { *place = tf32(x); }

  // c (16,8) += low and high rows (16,16) · b (16,8)
  static __device__ __forceinline__ void multiply(float (&c)[4], const Sixteen& low, const Sixteen& high,
                                                  const Sixteen& b) {
#pragma unroll
    for (int i = 0; i < 4; i += 2) {
      asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3},{%4,%5,%6,%7},{%8,%9},{%0,%1,%2,%3};"
          : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
          : "r"(low.v[i]), "r"(high.v[i]), "r"(low.v[i + 1]), "r"(high.v[i + 1]), "r"(b.v[i]), "r"(b.v[i + 1]));
    }
  }
};

template <>
struct Sixteen<true> {
  typedef unsigned short Element;
  unsigned v[2];

  __device__ __forceinline__ void set(float x, float y, float z, float w) {
    v[0] = bf16_pair(x, y);
    v[1] = bf16_pair(z, w);
  }

  __device__ __forceinline__ void read(const Element* place, bool there) {
    asm volatile("ld.relaxed.gpu.global.v2.u32 {%0, %1}, [%2];" : "=r"(v[0]), "=r"(v[1]) : "l"(place) : "memory");
    for (int i = 0; i < 2; i++) v[i] = there ? v[i] : 0;
  }

  __device__ __forceinline__ void write(Element* place) const { *(uint2*)place = {v[0], v[1]}; }

  static __device__ __forceinline__ void write(Element* place, float x) {
    unsigned short r;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(r) : "f"(x));
    *place = r;
  }

  static __device__ __forceinline__ void multiply(float (&c)[4], const Sixteen& low, const Sixteen& high,
                                                  const Sixteen& b) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3},{%4,%5,%6,%7},{%8,%9},{%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(low.v[0]), "r"(high.v[0]), "r"(low.v[1]), "r"(high.v[1]), "r"(b.v[0]), "r"(b.v[1]));
  }
};

// part (sliceRows, COLUMNS) of this warp = its part of x (rows, k) · w: (rows, 16·KT)x(16·KT, 8·NT)
template <int KT, int NT, bool BF16>
static __device__ __forceinline__ void partial_sums(const Sixteen<BF16> (&w)[KT][NT],
                                                    const typename Sixteen<BF16>::Element* x, unsigned k,
                                                    unsigned rows, unsigned sliceRows, float* part) {
  constexpr int PITCH = 8 * NT + 8;
  constexpr int AHEAD = KT < 32 ? 8 : 4;  // what is read before it is multiplied: more takes more registers than there are
  unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32, g = lane / 4, q = lane % 4;
  unsigned first = warp * 16 * KT + 4 * q;
  float* mine = part + warp * sliceRows * PITCH + g * PITCH + 2 * q;
  for (unsigned m = 0; m < sliceRows; m += 16) {
    float c[NT][4];
#pragma unroll
    for (int n = 0; n < NT; n++) c[n][0] = c[n][1] = c[n][2] = c[n][3] = 0.0f;
    const auto* low = x + min(m + g, rows - 1) * k;
    const auto* high = x + min(m + g + 8, rows - 1) * k;
#pragma unroll
    for (int i = 0; i < KT; i++) {
      unsigned at = first + 16 * i;
      bool there = at < k;
      Sixteen<BF16> a, b;
      a.read(low + (there ? at : 0), there);
      b.read(high + (there ? at : 0), there);
#pragma unroll
      for (int n = 0; n < NT; n++) Sixteen<BF16>::multiply(c[n], a, b, w[i][n]);
      if (i % AHEAD == AHEAD - 1 && i + 1 < KT) __threadfence_block();
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

// From the gradient of h, and the gates as kept, pitch apart, to dz of the gates and to the gradient of c before
template <bool ANY>
static __device__ __forceinline__ void cell_backward(const float* z, unsigned pitch, float (&dz)[4], float dh, float& dc,
                                                     float c, float cBefore, const float* peepholeIF, float po,
                                                     unsigned units, Activation phi, Activation sigma) {
  float vi = 0.0f, vf = 0.0f, vg = 0.0f, vo = 0.0f, di = 0.0f, df = 0.0f, dg = 0.0f, dO = 0.0f, vc = 0.0f, dC = 0.0f;
#pragma unroll(ANY ? 1 : 5)
  for (int k = 0; k < 5; k++) {
    Activation a = k == 2 || k == 4 ? (ANY ? phi : Activation{TANH}) : (ANY ? sigma : Activation{SIGMOID});
    float s = k == 4 ? c : z[k * pitch];
    float v = k == 4 || !derives_from_output(a) ? activate(a, s) : s;
    float d = slope(a, k == 4 ? kept(a, s, v) : s);
    if (k == 0) vi = v, di = d;
    if (k == 1) vf = v, df = d;
    if (k == 2) vg = v, dg = d;
    if (k == 3) vo = v, dO = d;
    if (k == 4) vc = v, dC = d;
  }
  dz[3] = dh * vc * dO;
  dc += dh * vo * dC + dz[3] * po;
  dz[0] = dc * vg * di;
  dz[1] = dc * cBefore * df;
  dz[2] = dc * vi * dg;
  dc *= vf;
  if (peepholeIF) {
    dc += dz[0] * peepholeIF[0] + dz[1] * peepholeIF[units];
  }
}

// ------------------------------------------------------------------------------------------------ forward

#define FORWARD                                                                                                      \
  float *gates, const float *bias, const float *recurrent, const float *peepholeIF, const float *peepholeO,          \
      const float *mask, float *hs, float *cs, float *y, int zeroOutputForMask, void *handed, unsigned *flags,       \
      unsigned *status, int polls, int steps, int batch, int units, int sliceRows, int backwards, int activation,    \
      float alpha, float beta, float gamma, int recurrentActivation, float recurrentAlpha, float recurrentBeta,      \
      float recurrentGamma

template <int UP, int UNITS, bool BF16>
static __device__ __forceinline__ void forward(FORWARD) {
  typedef Sixteen<BF16> Four;
  constexpr int KT = UP / WARPS / 16, NT = 4 * UNITS / 8, PITCH = 4 * UNITS + 8;
  extern __shared__ __align__(16) float shared[];
  __shared__ int gaveUp;
  unsigned own = sliceRows * UNITS;
  float* part = shared;
  float* cOwn = part + WARPS * sliceRows * PITCH;
  float* hOwn = cOwn + own;
  float* ahead = hOwn + own;
  unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  unsigned unit0 = blockIdx.x * UNITS, row0 = blockIdx.y * sliceRows, padded = gridDim.x * UNITS;
  unsigned rows = min(sliceRows, batch - (int)row0), size = batch * units;
  typename Four::Element* x = (typename Four::Element*)handed + row0 * padded;
  Activation phi = {activation, alpha, beta, gamma};
  Activation sigma = {recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma};
  bool usual = phi.kind == TANH && sigma.kind == SIGMOID;
  if (!begin(status, &gaveUp)) return;

  // the thread's own of x·K before step s
  auto fetch_inputs = [&](int s) {
    unsigned t = backwards ? steps - 1 - s : s;
    for (unsigned e = threadIdx.x; e < own; e += THREADS) {
      unsigned r = e / UNITS, unit = unit0 + e % UNITS;
      if (r < rows && unit < (unsigned)units) {
        const float* z = gates + 4 * (t * size + (row0 + r) * units) + unit;
        for (int k = 0; k < 4; k++) fetch(ahead + k * own + e, z + k * units);
      }
    }
  };

  Four w[KT][NT];
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
  for (unsigned e = threadIdx.x; e < own; e += THREADS) {
    unsigned r = e / UNITS, unit = unit0 + e % UNITS;
    if (r < rows) {
      bool there = unit < (unsigned)units;
      unsigned at = initial + (row0 + r) * units + unit;
      cOwn[e] = there ? cs[at] : 0.0f;
      hOwn[e] = there ? hs[at] : 0.0f;
      Four::write(x + r * padded + unit, hOwn[e]);
    }
  }
  if (!exchange(flags, status, 1, polls, &gaveUp, [&] { fetch_inputs(0); })) return;

  for (int s = 0; s < steps; s++) {
    unsigned t = backwards ? steps - 1 - s : s;
    unsigned after = (backwards ? t : t + 1) * size;
    partial_sums<KT, NT, BF16>(w, x + s % 2 * batch * padded, padded, rows, sliceRows, part);
    __syncthreads();
    for (unsigned e = threadIdx.x; e < own; e += THREADS) {
      unsigned r = e / UNITS, u = e % UNITS, unit = unit0 + u;
      if (r >= rows) {
        continue;
      }
      typename Four::Element* next = x + ((s + 1) % 2 * batch + r) * padded + unit;
      if (unit >= (unsigned)units) {
        Four::write(next, 0.0f);
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
          float in = ahead[k * own + e];
          zk[k] = sum<PITCH>(part, sliceRows, r, k * UNITS + u, bias ? in + bias[k * units + unit] : in);
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
      Four::write(next, h);
      cs[after + at] = c;
      hs[after + at] = h;
      if (y) {
        float last = s == 0 || zeroOutputForMask ? 0.0f : y[(backwards ? t + 1 : t - 1) * size + at];
        y[t * size + at] = masked ? last : h;
      }
    }
    if (s + 1 < steps && !exchange(flags, status, s + 2, polls, &gaveUp, [&] { fetch_inputs(s + 1); })) return;
  }
}

// ------------------------------------------------------------------------------------------------ backward

#define BACKWARD                                                                                                     \
  float *gates, const float *recurrent, const float *peepholeIF, const float *peepholeO, const float *mask,          \
      const float *cs, const float *dy, const float *dyCarry, float *dh, float *dc, int zeroOutputForMask,           \
      int toInitial, void *handed, unsigned *flags, unsigned *status, int polls, int steps, int batch, int units,    \
      int sliceRows, int backwards, int activation, float alpha, float beta, float gamma, int recurrentActivation,   \
      float recurrentAlpha, float recurrentBeta, float recurrentGamma

template <int UP, int UNITS, bool BF16>
static __device__ __forceinline__ void backward(BACKWARD) {
  typedef Sixteen<BF16> Four;
  constexpr int KT = 4 * UP / WARPS / 16, NT = UNITS / 8, PITCH = UNITS + 8;
  extern __shared__ __align__(16) float shared[];
  __shared__ int gaveUp;
  unsigned own = sliceRows * UNITS;
  float* part = shared;
  float* dcOwn = part + WARPS * sliceRows * PITCH;
  float* dhOwn = dcOwn + own;
  float* carryOwn = dhOwn + own;
  float* cOwn = carryOwn + own;
  float* ahead = cOwn + own;
  unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  unsigned unit0 = blockIdx.x * UNITS, row0 = blockIdx.y * sliceRows, width = 4 * gridDim.x * UNITS;
  unsigned rows = min(sliceRows, batch - (int)row0), size = batch * units;
  typename Four::Element* x = (typename Four::Element*)handed + row0 * width;
  Activation phi = {activation, alpha, beta, gamma};
  Activation sigma = {recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma};
  bool usual = phi.kind == TANH && sigma.kind == SIGMOID;
  if (!begin(status, &gaveUp)) return;

  // the thread's own of the gates of step s, of dy and of c before
  auto fetch_step = [&](int s) {
    unsigned t = backwards ? steps - 1 - s : s;
    for (unsigned e = threadIdx.x; e < own; e += THREADS) {
      unsigned r = e / UNITS, unit = unit0 + e % UNITS;
      if (r < rows && unit < (unsigned)units) {
        unsigned at = (row0 + r) * units + unit;
        const float* z = gates + 4 * (t * size + (row0 + r) * units) + unit;
        for (int k = 0; k < 4; k++) fetch(ahead + k * own + e, z + k * units);
        if (dy) fetch(ahead + 4 * own + e, dy + t * size + at);
        fetch(ahead + 5 * own + e, cs + (backwards ? t + 1 : t) * size + at);
      }
    }
  };

  fetch_step(steps - 1);
  Four w[KT][NT];
#pragma unroll
  for (int i = 0; i < KT; i++) {
#pragma unroll
    for (int n = 0; n < NT; n++) {
      unsigned unit = unit0 + 8 * n + lane / 4, u = (warp * KT + i) * 4 + lane % 4;
      float v[4];
#pragma unroll
      for (int j = 0; j < 4; j++) {
        v[j] = u < (unsigned)units && unit < (unsigned)units ? recurrent[(4 * unit + j) * units + u] : 0.0f;
      }
      w[i][n].set(v[0], v[1], v[2], v[3]);
    }
  }
  for (unsigned e = threadIdx.x; e < own; e += THREADS) {
    unsigned r = e / UNITS, unit = unit0 + e % UNITS;
    if (r < rows && unit < (unsigned)units) {
      unsigned at = (row0 + r) * units + unit;
      dcOwn[e] = dc[at];
      dhOwn[e] = dh[at];
      carryOwn[e] = dyCarry ? dyCarry[at] : 0.0f;
      cOwn[e] = cs[(backwards ? 0 : steps) * size + at];
    }
  }
  fetched();

  for (int s = steps - 1; s >= 0; s--) {
    unsigned t = backwards ? steps - 1 - s : s;
    typename Four::Element* now = x + s % 2 * batch * width;
    for (unsigned e = threadIdx.x; e < own; e += THREADS) {
      unsigned r = e / UNITS, unit = unit0 + e % UNITS;
      if (r >= rows) {
        continue;
      }
      float dz[4] = {0.0f, 0.0f, 0.0f, 0.0f};
      if (unit < (unsigned)units) {
        bool masked = mask && mask[t * batch + row0 + r] == 0.0f;
        float fromState = dhOwn[e], fromOutput = dy ? ahead[4 * own + e] : 0.0f;
        float c = cOwn[e], cBefore = ahead[5 * own + e];
        cOwn[e] = cBefore;
        if (dyCarry) {
          fromOutput += carryOwn[e];
          carryOwn[e] = masked && !zeroOutputForMask ? fromOutput : 0.0f;
          dhOwn[e] = masked ? fromState : 0.0f;
        } else {
          dhOwn[e] = masked ? fromState + fromOutput : 0.0f;
        }
        if (!masked) {
          float dhNew = fromState + fromOutput, dcNew = dcOwn[e];
          const float* pif = peepholeIF ? peepholeIF + unit : 0;
          float po = peepholeO ? peepholeO[unit] : 0.0f;
          if (usual) {
            cell_backward<false>(ahead + e, own, dz, dhNew, dcNew, c, cBefore, pif, po, units, phi, sigma);
          } else {
            cell_backward<true>(ahead + e, own, dz, dhNew, dcNew, c, cBefore, pif, po, units, phi, sigma);
          }
          dcOwn[e] = dcNew;
        }
        float* z = gates + 4 * (t * size + (row0 + r) * units) + unit;
#pragma unroll
        for (int k = 0; k < 4; k++) z[k * units] = dz[k];
      }
      Four four;
      four.set(dz[0], dz[1], dz[2], dz[3]);
      four.write(now + r * width + 4 * unit);
    }
    if (s == 0 && !toInitial) break;
    if (!exchange(flags, status, steps - s, polls, &gaveUp, [&] {
          if (s > 0) fetch_step(s - 1);
        }))
      return;
    partial_sums<KT, NT, BF16>(w, now, width, rows, sliceRows, part);
    __syncthreads();
    for (unsigned e = threadIdx.x; e < own; e += THREADS) {
      unsigned r = e / UNITS, u = e % UNITS;
      if (r < rows && unit0 + u < (unsigned)units) {
        dhOwn[e] = sum<PITCH>(part, sliceRows, r, u, dhOwn[e]);
      }
    }
  }
  for (unsigned e = threadIdx.x; e < own; e += THREADS) {
    unsigned r = e / UNITS, unit = unit0 + e % UNITS;
    if (r < rows && unit < (unsigned)units) {
      dc[(row0 + r) * units + unit] = dcOwn[e];
      dh[(row0 + r) * units + unit] = dhOwn[e];
    }
  }
}

#define FORWARD_ARGUMENTS                                                                                            \
  gates, bias, recurrent, peepholeIF, peepholeO, mask, hs, cs, y, zeroOutputForMask, handed, flags, status, polls,   \
      steps, batch, units, sliceRows, backwards, activation, alpha, beta, gamma, recurrentActivation,                \
      recurrentAlpha, recurrentBeta, recurrentGamma

#define BACKWARD_ARGUMENTS                                                                                           \
  gates, recurrent, peepholeIF, peepholeO, mask, cs, dy, dyCarry, dh, dc, zeroOutputForMask, toInitial, handed,      \
      flags, status, polls, steps, batch, units, sliceRows, backwards, activation, alpha, beta, gamma,               \
      recurrentActivation, recurrentAlpha, recurrentBeta, recurrentGamma

// Sums and extremes along an axis, in an order that follows from the shape alone. CPU twin: backend.cpu.CpuReduce.

#include "warp.cuh"

// Ordinals of graph.ReduceOp.Reduction; a test compares the two lists.
enum Fold {
  SUM,
  MEAN,
  MAX,
  MIN,
};

static __device__ __forceinline__ float none(int fold) {
  return fold == SUM ? 0.0f : fold == MAX ? -INFINITY : INFINITY;
}

// NaN if either is
static __device__ __forceinline__ float folded(int fold, float a, float b) {
  if (fold == SUM) {
    return a + b;
  }
  return a != a || (fold == MAX ? a > b : a < b) ? a : b;
}

// Op.Reduce over rows: y[row] = all of x(rows,n) in the row. A block of whole warps, at most 1024 threads, a row.
extern "C" __global__ void reduce_rows(const float* x, int n, int fold, float* y) {
  __shared__ float part[32];
  const float* row = x + blockIdx.x * (unsigned)n;
  float v = none(fold);
  for (unsigned c = threadIdx.x; c < n; c += blockDim.x) {
    v = folded(fold, v, row[c]);
  }
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    v = folded(fold, v, __shfl_xor_sync(ALL_LANES, v, distance));
  }
  if (threadIdx.x % 32 == 0) {
    part[threadIdx.x / 32] = v;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    for (unsigned w = 1; w < blockDim.x / 32; w++) {
      v = folded(fold, v, part[w]);
    }
    y[blockIdx.x] = v;
  }
}

// Op.Reduce over columns: y(outer,inner) = all of x(outer,n,inner) along n. Block (32,8): 32 columns, 8 rows at a time;
// grid outer·ceil(inner/32).
extern "C" __global__ void reduce_columns(const float* x, int n, int inner, int fold, float* y) {
  __shared__ float part[8][32];
  unsigned across = ((unsigned)inner + 31) / 32;
  unsigned outer = blockIdx.x / across;
  unsigned c = (blockIdx.x - outer * across) * 32 + threadIdx.x;
  float v = none(fold);
  if (c < inner) {
    for (unsigned r = threadIdx.y; r < n; r += 8) {
      v = folded(fold, v, x[(outer * n + r) * inner + c]);
    }
  }
  part[threadIdx.y][threadIdx.x] = v;
  __syncthreads();
  if (threadIdx.y == 0 && c < inner) {
    for (unsigned w = 1; w < 8; w++) {
      v = folded(fold, v, part[w][threadIdx.x]);
    }
    y[outer * inner + c] = v;
  }
}

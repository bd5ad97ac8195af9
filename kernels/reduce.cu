// Sums in a fixed order: no atomics, and which thread adds what depends on the shape alone, so the bits are always the
// same. CPU twins: the bias gradients of backend.cpu.CpuMatMul and CpuRecurrentGrad; CpuLosses, CpuUpdates.

#include "indexing.cuh"
#include "rowweight.cuh"
#include "twosum.cuh"
#include "warp.cuh"

// The sum of x over a block of 1024, in thread 0: warps first, then the warps' sums.
static __device__ __forceinline__ TwoFloats block_sum(TwoFloats x) {
  __shared__ float high[32], low[32];
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    float otherHigh = __shfl_xor_sync(ALL_LANES, x.high, distance);
    float otherLow = __shfl_xor_sync(ALL_LANES, x.low, distance);
    x = two_sum(x, otherHigh);
    x.low += otherLow;
  }
  unsigned warp = threadIdx.x / 32;
  if (threadIdx.x % 32 == 0) {
    high[warp] = x.high;
    low[warp] = x.low;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    for (unsigned w = 1; w < blockDim.x / 32; w++) {
      x = two_sum(x, high[w]);
      x.low += low[w];
    }
  }
  __syncthreads();  // the shared sums may be written again
  return x;
}

// Adds up the 8 threads of a column, in order.
static __device__ __forceinline__ void store_column_sum(float sum, unsigned c, unsigned columns, float* out) {
  __shared__ float part[8][32];
  part[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y == 0 && c < columns) {
    for (unsigned y = 1; y < 8; y++) {
      sum += part[y][threadIdx.x];
    }
    out[blockIdx.y * columns + c] = sum;
  }
}

// Column sums of x(rows,columns): out[y·columns + c] = Σ x[r,c] over the rowsPerBlock rows r of block row y.
// Bias gradients (dZ: T·B rows, 4U columns) and the gradient of repeat (T rows, B·F columns).
//
// Mapping: block (32,8): 32 columns, 8 rows at a time; grid (ceil(columns/32), ceil(rows/rowsPerBlock)). With one block
// row, out is the result. Else out is scratch of gridDim.y·columns floats, and a second launch with rows = that
// gridDim.y and one block row sums it up. rowsPerBlock must follow from the shape alone; max(64, ceil(rows/128))
// is good.
extern "C" __global__ void column_sums(const float* x, int rows, int columns, int rowsPerBlock, float* out) {
  unsigned c = blockIdx.x * 32 + threadIdx.x;
  unsigned first = blockIdx.y * rowsPerBlock;
  unsigned end = min(first + rowsPerBlock, (unsigned)rows);
  float sum = 0.0f;
  if (c < columns) {
    for (unsigned r = first + threadIdx.y; r < end; r += 8) {
      sum += x[r * columns + c];
    }
  }
  store_column_sum(sum, c, columns, out);
}

// Column sums of a product: out[y·columns + c] = Σ a[r·strideA + c]·b[r·strideB + c]; mapping as column_sums, whose
// second launch sums up likewise. Peephole gradients: a = dZ at gate i, f or o (stride 4U), b = the cell states before
// (i, f) or after (o) the steps (stride U), T·B rows, U columns.
extern "C" __global__ void column_dots(const float* a, int strideA, const float* b, int strideB, int rows, int columns,
                                       int rowsPerBlock, float* out) {
  unsigned c = blockIdx.x * 32 + threadIdx.x;
  unsigned first = blockIdx.y * rowsPerBlock;
  unsigned end = min(first + rowsPerBlock, (unsigned)rows);
  float sum = 0.0f;
  if (c < columns) {
    for (unsigned r = first + threadIdx.y; r < end; r += 8) {
      sum += a[r * strideA + c] * b[r * strideB + c];
    }
  }
  store_column_sum(sum, c, columns, out);
}

// The end of MetricValue: result = (Σ rows, Σ weights of the rows). One block of 1024.
extern "C" __global__ void sum_rows(const float* rows, const float* sampleWeights, int samples, const float* mask,
                                    const float* classes, int ignored, int n, float* result) {
  TwoFloats sum = {0.0f, 0.0f};
  TwoFloats count = {0.0f, 0.0f};
  for (unsigned i = threadIdx.x; i < n; i += 1024) {
    sum = two_sum(sum, rows[i]);
    count = two_sum(count, row_weight(sampleWeights, samples, mask, classes, ignored, i));
  }
  sum = block_sum(sum);
  count = block_sum(count);
  if (threadIdx.x == 0) {
    result[0] = rounded(sum);
    result[1] = rounded(count);
  }
}

// Ordinals of losses.Loss.Reduction; a test compares the two lists.
enum Reduction {
  SUM_OVER_BATCH_SIZE,
  SUM,
  MEAN_WITH_SAMPLE_WEIGHT,
  NONE,
};

// The end of LossValue: result = (weight·Σ rows / d, weight / d, what the loss adds to its mean over an epoch: loss·batch,
// batch), a quotient 0 if the divisor d is. d is the number of rows that are not masked, 1, or Σ weights of these, where
// with nothing masked each sample counts once. Without reduction it is n for the loss and 1 for the gradient. One block
// of 1024.
extern "C" __global__ void loss_of_rows(const float* rows, const float* sampleWeights, int samples, const float* mask,
                                        const float* classes, int ignored, int n, int reduction, float weight,
                                        int batch, float* result) {
  bool weighted = reduction == MEAN_WITH_SAMPLE_WEIGHT && sampleWeights;
  unsigned counted = weighted && !mask && !classes ? samples : n;
  TwoFloats sum = {0.0f, 0.0f};
  TwoFloats divisor = {0.0f, 0.0f};
  for (unsigned i = threadIdx.x; i < n; i += 1024) {
    sum = two_sum(sum, rows[i]);
    if (i < counted) {
      divisor = two_sum(divisor, row_weight(weighted ? sampleWeights : 0, samples, mask, classes, ignored, i));
    }
  }
  sum = block_sum(sum);
  divisor = block_sum(divisor);
  if (threadIdx.x == 0) {
    float d = reduction == SUM ? 1.0f : reduction == NONE ? n : rounded(divisor);
    float loss = d != 0.0f ? weight * (rounded(sum) / d) : 0.0f;
    result[0] = loss;
    result[1] = reduction == NONE ? weight : d != 0.0f ? weight / d : 0.0f;
    result[2] = __fmul_rn(loss, (float)batch);
    result[3] = batch;
  }
}

// The first half of a sum of squares, Op.ClipNorm: parts[block] = Σ x² over the block's elements. Grid: at most 1024
// blocks, following from n alone (min(1024, ceil(n/4096)) is good), block 1024; parts holds a float for each block.
extern "C" __global__ void squares(const float* x, int n, float* parts) {
  TwoFloats sum = {0.0f, 0.0f};
  FOR_EACH (i, n) {
    sum = two_sum(sum, x[i] * x[i]);
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) {
    parts[blockIdx.x] = rounded(sum);
  }
}

// The second half: *result = Σ parts(n). One block of 1024.
extern "C" __global__ void sum_parts(const float* parts, int n, float* result) {
  TwoFloats sum = {0.0f, 0.0f};
  for (unsigned i = threadIdx.x; i < n; i += 1024) {
    sum = two_sum(sum, parts[i]);
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) {
    *result = rounded(sum);
  }
}

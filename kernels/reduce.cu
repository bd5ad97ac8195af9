// Sums in a fixed order: no atomics, and which thread adds what depends on the shape alone, so the bits are always the
// same. CPU twins: the bias gradients of backend.cpu.CpuMatMul and CpuRecurrentGrad; CpuMetrics, CpuUpdates.

#include "blocksum.cuh"
#include "indexing.cuh"
#include "rowweight.cuh"

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

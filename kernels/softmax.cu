// Softmax over the last axis, its logarithm, and their gradients. CPU twin: backend.cpu.CpuActivations.
//
// x, y, dy, dx (rows,columns). Mapping: a warp a row, lanes strided over the columns; block (32,8), grid ceil(rows/8).
// The maximum is subtracted first, so nothing overflows. y may be x, dx may be dy.

#include "indexing.cuh"
#include "warp.cuh"

// max(x) of a row, by the whole warp
static __device__ __forceinline__ float row_max(const float* x, unsigned columns) {
  float max = -INFINITY;
  for (unsigned c = threadIdx.x; c < columns; c += 32) {
    max = fmaxf(max, x[c]);
  }
  return warp_max(max);
}

// Σ exp(x - max) of a row
static __device__ __forceinline__ float row_sum_exp(const float* x, float max, unsigned columns) {
  float sum = 0.0f;
  for (unsigned c = threadIdx.x; c < columns; c += 32) {
    sum += expf(x[c] - max);
  }
  return warp_sum(sum);
}

// y = exp(x - max) / Σ exp(x - max)
extern "C" __global__ void softmax(const float* x, float* y, int rows, int columns) {
  unsigned row = WARP_ROW;
  if (row >= rows) {
    return;
  }
  x += row * columns;
  y += row * columns;
  float max = row_max(x, columns);
  float sum = row_sum_exp(x, max, columns);
  for (unsigned c = threadIdx.x; c < columns; c += 32) {
    y[c] = expf(x[c] - max) / sum;
  }
}

// y = x - max - log Σ exp(x - max)
extern "C" __global__ void log_softmax(const float* x, float* y, int rows, int columns) {
  unsigned row = WARP_ROW;
  if (row >= rows) {
    return;
  }
  x += row * columns;
  y += row * columns;
  float max = row_max(x, columns);
  float logSum = logf(row_sum_exp(x, max, columns));
  for (unsigned c = threadIdx.x; c < columns; c += 32) {
    y[c] = x[c] - max - logSum;
  }
}

// dx = y·(dy - Σ y·dy)
extern "C" __global__ void softmax_grad(const float* y, const float* dy, float* dx, int rows, int columns) {
  unsigned row = WARP_ROW;
  if (row >= rows) {
    return;
  }
  y += row * columns;
  dy += row * columns;
  dx += row * columns;
  float sum = 0.0f;
  for (unsigned c = threadIdx.x; c < columns; c += 32) {
    sum += y[c] * dy[c];
  }
  sum = warp_sum(sum);
  for (unsigned c = threadIdx.x; c < columns; c += 32) {
    dx[c] = y[c] * (dy[c] - sum);
  }
}

// dx = dy - exp(y)·Σ dy
extern "C" __global__ void log_softmax_grad(const float* y, const float* dy, float* dx, int rows, int columns) {
  unsigned row = WARP_ROW;
  if (row >= rows) {
    return;
  }
  y += row * columns;
  dy += row * columns;
  dx += row * columns;
  float sum = 0.0f;
  for (unsigned c = threadIdx.x; c < columns; c += 32) {
    sum += dy[c];
  }
  sum = warp_sum(sum);
  for (unsigned c = threadIdx.x; c < columns; c += 32) {
    dx[c] = dy[c] - expf(y[c]) * sum;
  }
}

// Metrics: the value of each row, and the states of an epoch. CPU twin: backend.cpu.CpuMetrics.
// Formulas: metrics.Metric, https://keras.io/api/metrics/.
// A mean is metric_rows, then reduce.cu's sum_rows.

#include "indexing.cuh"
#include "twosum.cuh"
#include "warp.cuh"

// Ordinals of metrics.Metric; a test compares the two lists.
enum Metric {
  MEAN_ABSOLUTE_ERROR,
  MEAN_SQUARED_ERROR,
  ROOT_MEAN_SQUARED_ERROR,  // rows are squares, the root is taken of the epoch's mean
  BINARY_ACCURACY,
  CATEGORICAL_ACCURACY,
  SPARSE_CATEGORICAL_ACCURACY,
};

// The column of the largest element, the first of equals, by the whole warp. NaN is not larger than anything, nor
// anything than a NaN in column 0.
static __device__ __forceinline__ unsigned largest(const float* x, unsigned columns) {
  float best = -INFINITY;
  unsigned at = columns;
  for (unsigned c = threadIdx.x; c < columns; c += 32) {
    if (x[c] > best || (at == columns && x[c] == x[c])) {
      best = x[c];
      at = c;
    }
  }
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    float other = __shfl_xor_sync(ALL_LANES, best, distance);
    unsigned otherAt = __shfl_xor_sync(ALL_LANES, at, distance);
    if (otherAt < columns && (other > best || at == columns || (other == best && otherAt < at))) {
      best = other;
      at = otherAt;
    }
  }
  return x[0] == x[0] ? at : 0;
}

// One element's value, for the metrics that average over the columns
static __device__ __forceinline__ float value(int metric, float t, float p) {
  switch (metric) {
    case MEAN_ABSOLUTE_ERROR: return fabsf(p - t);
    case BINARY_ACCURACY: return (p > 0.5f ? 1.0f : 0.0f) == t ? 1.0f : 0.0f;
    default: return (p - t) * (p - t);  // MEAN_SQUARED_ERROR, ROOT_MEAN_SQUARED_ERROR
  }
}

// values[row] = mask·value of the row. prediction (rows,columns); target likewise, or (rows) class numbers for the
// sparse metric; mask (rows) 1 or 0, or pointer 0. A warp a row; block (32,8), grid ceil(rows/8).
extern "C" __global__ void metric_rows(const float* prediction, const float* target, const float* mask,
                                       float* values, int rows, int columns, int metric) {
  unsigned row = WARP_ROW;
  if (row >= rows) {
    return;
  }
  float weight = mask ? mask[row] : 1.0f;
  float sum = 0.0f;
  if (weight != 0.0f) {
    const float* p = prediction + row * columns;
    const float* t = target + row * columns;
    if (metric == SPARSE_CATEGORICAL_ACCURACY) {
      sum = largest(p, columns) == (unsigned)target[row] ? 1.0f : 0.0f;
    } else if (metric == CATEGORICAL_ACCURACY) {
      sum = largest(p, columns) == largest(t, columns) ? 1.0f : 0.0f;
    } else {
      for (unsigned c = threadIdx.x; c < columns; c += 32) {
        sum += value(metric, t[c], p[c]);
      }
      sum = warp_sum(sum) / columns;
    }
    sum *= weight;
  }
  if (threadIdx.x == 0) {
    values[row] = sum;
  }
}

// Accumulate, in place: state(n) += addend(n), each number of the state a sum of two floats. A thread a number.
extern "C" __global__ void accumulate(const float* addend, float* state, int n) {
  FOR_EACH (i, n) {
    TwoFloats sum = two_sum({state[2 * i], state[2 * i + 1]}, addend[i]);
    state[2 * i] = sum.high;
    state[2 * i + 1] = sum.low;
  }
}

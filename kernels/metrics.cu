// Metrics: the value of each row, and the totals of an epoch. CPU twin: backend.cpu.CpuMetrics.
// Formulas: metrics.Metric, https://keras.io/api/metrics/. A metric is metric_rows, then reduce.cu's sum_rows with mean 0.

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

// The column of the largest element, the first of equals, by the whole warp. NaN is never the largest: columns if all are.
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
  return at;
}

// values[row] = weight·value of the row. prediction (rows,columns); target likewise, or (rows) class numbers for the sparse
// metric; weights (rows) 1 or 0, or pointer 0. A warp a row; block (32,8), grid ceil(rows/8).
extern "C" __global__ void metric_rows(const float* prediction, const float* target, const float* weights,
                                       float* values, int rows, int columns, int metric) {
  unsigned row = WARP_ROW;
  if (row >= rows) {
    return;
  }
  float weight = weights ? weights[row] : 1.0f;
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
        float e = p[c] - t[c];
        sum += metric == MEAN_ABSOLUTE_ERROR ? fabsf(e)
               : metric == BINARY_ACCURACY   ? ((p[c] > 0.5f ? 1.0f : 0.0f) == t[c] ? 1.0f : 0.0f)
                                             : e * e;
      }
      sum = warp_sum(sum) / columns;
    }
    sum *= weight;
  }
  if (threadIdx.x == 0) {
    values[row] = sum;
  }
}

// One line of Op.Accumulate, in place: totals[4] = (sum high, low, weight high, low). For the loss (batch > 0) adds
// result[0]·batch and batch, for a metric (batch 0) result[0] and result[1]. One thread.
extern "C" __global__ void accumulate(const float* result, int batch, float* totals) {
  float weight = batch > 0 ? (float)batch : result[1];
  float value = batch > 0 ? __fmul_rn(result[0], weight) : result[0];
  TwoFloats sum = two_sum({totals[0], totals[1]}, value);
  TwoFloats weights = two_sum({totals[2], totals[3]}, weight);
  totals[0] = sum.high;
  totals[1] = sum.low;
  totals[2] = weights.high;
  totals[3] = weights.low;
}

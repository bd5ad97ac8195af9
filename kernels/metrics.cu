// Metrics: the value of each row, and the states of an epoch. CPU twin: backend.cpu.CpuMetrics.
// Formulas: metrics.Metric, https://keras.io/api/metrics/.
// A mean is metric_rows, or loss.cu's loss_rows where it is one of a loss, then reduce.cu's sum_rows.

#include "indexing.cuh"
#include "rowweight.cuh"
#include "twosum.cuh"
#include "warp.cuh"

// Ordinals of metrics.Metric.Kind up to ACCURACY; a test compares the two lists.
enum Metric {
  MEAN,                     // of a loss: loss_rows
  ROOT_MEAN_SQUARED_ERROR,  // likewise; the root is taken of the epoch's mean
  BINARY_ACCURACY,
  CATEGORICAL_ACCURACY,
  SPARSE_CATEGORICAL_ACCURACY,
  TOP_K_CATEGORICAL_ACCURACY,
  SPARSE_TOP_K_CATEGORICAL_ACCURACY,
  ACCURACY,  // never here: it is one of the others
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

// Whether fewer than k columns are larger than that of the class, by the whole warp
static __device__ __forceinline__ bool among_largest(const float* x, unsigned columns, int of, int k) {
  if (of < 0 || of >= columns || !(fabsf(x[of]) < INFINITY)) {
    return false;
  }
  float larger = 0.0f;
  for (unsigned c = threadIdx.x; c < columns; c += 32) {
    larger += x[c] > x[of] ? 1.0f : 0.0f;
  }
  return warp_sum(larger) < k;
}

// values[row] = weight·value of the row. prediction (rows,columns); target likewise, or (rows) class numbers for the
// sparse metrics; weights as in loss.cu. A warp a row; block (32,8), grid ceil(rows/8).
extern "C" __global__ void metric_rows(const float* prediction, const float* target, const float* sampleWeights,
                                       int samples, const float* mask, float* values, int rows, int columns, int metric,
                                       float threshold, int k) {
  unsigned row = WARP_ROW;
  if (row >= rows) {
    return;
  }
  float weight = row_weight(sampleWeights, samples, mask, 0, 0, row);
  float sum = 0.0f;
  if (weight != 0.0f) {
    const float* p = prediction + row * columns;
    const float* t = target + row * columns;
    if (metric == BINARY_ACCURACY) {
      for (unsigned c = threadIdx.x; c < columns; c += 32) {
        sum += (p[c] > threshold ? 1.0f : 0.0f) == t[c] ? 1.0f : 0.0f;
      }
      sum = warp_sum(sum) / columns;
    } else {
      bool sparse = metric == SPARSE_CATEGORICAL_ACCURACY || metric == SPARSE_TOP_K_CATEGORICAL_ACCURACY;
      int right = sparse ? (int)target[row] : (int)largest(t, columns);
      bool alone = metric == CATEGORICAL_ACCURACY || metric == SPARSE_CATEGORICAL_ACCURACY;
      bool hit = alone ? (int)largest(p, columns) == right : among_largest(p, columns, right, k);
      sum = hit ? 1.0f : 0.0f;
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

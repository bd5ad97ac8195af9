// Losses: the value of each row and the gradient by the prediction. CPU twin: backend.cpu.CpuLosses.
// Formulas: losses.Loss, https://keras.io/api/losses/; t the target, p the prediction, K columns.
//
// A row begins at row/inner·outer + row mod inner·step of the prediction, its columns lie stride apart (RowLayout);
// target likewise, or (rows) class numbers for the sparse kind, and made t·unsmoothed + smoothed; for quantiles(count),
// else pointer 0 and count 1, a target has count outputs, one behind the other, and stride is 1. A row's weight is that
// of its sample, sampleWeights(samples) at row mod samples, times mask(rows) 1 or 0, and 0 if classes(rows), the target,
// has the ignored class; each may be pointer 0: all 1. A row of weight 0 counts nothing, even if it holds NaN.
// Mapping: a warp a row, lanes strided over the columns; block (32,8), grid ceil(rows/8).
// A loss is loss_rows, then reduce.cu's loss_of_rows; its result goes into loss_grad.

#include "indexing.cuh"
#include "rowweight.cuh"
#include "warp.cuh"

// Ordinals of losses.Loss.Kind up to OWN, which stands for all that are functions; a test compares the two lists.
enum Loss {
  MEAN_SQUARED_ERROR,
  MEAN_ABSOLUTE_ERROR,
  MEAN_ABSOLUTE_PERCENTAGE_ERROR,
  MEAN_SQUARED_LOGARITHMIC_ERROR,
  LOG_COSH,
  POISSON,
  HUBER,
  QUANTILE,
  BINARY_CROSSENTROPY,
  CATEGORICAL_CROSSENTROPY,
  SPARSE_CATEGORICAL_CROSSENTROPY,
  OWN,  // the prediction is the rows' values already
};

// Whether a row's value is the mean of a value of each element: Loss.Kind.isElementwise
static __device__ __forceinline__ bool is_elementwise(int loss) {
  return loss != CATEGORICAL_CROSSENTROPY && loss != SPARSE_CATEGORICAL_CROSSENTROPY;
}

// Probabilities are clipped to [ε, 1 - ε] before a logarithm.
#define EPSILON 1e-7f

static __device__ __forceinline__ float clip_probability(float p) {
  return p < EPSILON ? EPSILON : p > 1.0f - EPSILON ? 1.0f - EPSILON : p;
}

// Whether the clip lets p through, so that its slope is 1 and not 0; NaN goes through, to be seen
static __device__ __forceinline__ bool inside(float p) { return !(p < EPSILON || p > 1.0f - EPSILON); }

// At least ε; NaN stays, to be seen
static __device__ __forceinline__ float at_least_epsilon(float v) { return v < EPSILON ? EPSILON : v; }

// log(1 + p) - log(1 + t), both at least ε
static __device__ __forceinline__ float logarithmic_error(float t, float p) {
  return log1pf(at_least_epsilon(p)) - log1pf(at_least_epsilon(t));
}

// log cosh e for e of at least 0, in two forms: each loses its digits where it is not used
static __device__ __forceinline__ float log_cosh(float e) {
  if (e < 1.0f) {
    float grown = expm1f(e);
    return log1pf(grown * grown / (2.0f * (1.0f + grown)));
  }
  return e + log1pf(expf(-2.0f * e)) - 0.693147181f;
}

// One element's value, for the kinds that average over the columns
// delta: Huber's, or the quantile
static __device__ __forceinline__ float value(int loss, bool fromLogits, float delta, float t, float p) {
  float e = p - t;
  switch (loss) {
    case MEAN_SQUARED_ERROR: return e * e;
    case MEAN_ABSOLUTE_ERROR: return fabsf(e);
    case MEAN_ABSOLUTE_PERCENTAGE_ERROR: return 100.0f * fabsf(e) / at_least_epsilon(fabsf(t));
    case MEAN_SQUARED_LOGARITHMIC_ERROR: {
      float logarithmic = logarithmic_error(t, p);
      return logarithmic * logarithmic;
    }
    case LOG_COSH: return log_cosh(fabsf(e));
    case POISSON: return p - t * logf(p + EPSILON);
    case HUBER: return fabsf(e) <= delta ? 0.5f * e * e : delta * fabsf(e) - 0.5f * delta * delta;
    case QUANTILE: return e > 0.0f ? (1.0f - delta) * e : -delta * e;
    case OWN: return p;
    default:  // BINARY_CROSSENTROPY
      if (fromLogits) {
        return fmaxf(p, 0.0f) - p * t + log1pf(expf(-fabsf(p)));
      }
      p = clip_probability(p);
      return -(t * logf(p) + (1.0f - t) * logf(1.0f - p));
  }
}

// 1, -1, or 0 and NaN themselves
static __device__ __forceinline__ float sign(float e) { return e > 0.0f ? 1.0f : e < 0.0f ? -1.0f : e; }

// Its derivative by p
static __device__ __forceinline__ float slope(int loss, bool fromLogits, float delta, float t, float p) {
  float e = p - t;
  switch (loss) {
    case MEAN_SQUARED_ERROR: return 2.0f * e;
    case MEAN_ABSOLUTE_ERROR: return sign(e);
    case MEAN_ABSOLUTE_PERCENTAGE_ERROR: return 100.0f * sign(e) / at_least_epsilon(fabsf(t));
    case MEAN_SQUARED_LOGARITHMIC_ERROR: return p < EPSILON ? 0.0f : 2.0f * logarithmic_error(t, p) / (1.0f + p);
    case LOG_COSH: return tanhf(e);
    case POISSON: return 1.0f - t / (p + EPSILON);
    case HUBER: return e > delta ? delta : e < -delta ? -delta : e;
    case QUANTILE: return e > 0.0f ? 1.0f - delta : e < 0.0f ? -delta : e + (0.5f - delta);
    case OWN: return 1.0f;
    default:  // BINARY_CROSSENTROPY
      if (fromLogits) {
        return 1.0f / (1.0f + expf(-p)) - t;
      }
      return inside(p) ? (1.0f - t) / (1.0f - p) - t / p : 0.0f;
  }
}

// Where a row begins
static __device__ __forceinline__ unsigned start_of(unsigned row, unsigned inner, unsigned outer, unsigned step) {
  return row / inner * outer + row % inner * step;
}

// The targets of a row; that of column c, for a class number 1 or 0
struct Targets {
  const float* target;
  unsigned stride;
  bool sparse;
  float unsmoothed;
  float smoothed;
  unsigned outputs;  // of each

  __device__ __forceinline__ float of(unsigned c) const {
    return sparse ? (int)c == (int)*target ? 1.0f : 0.0f : fmaf(target[c * stride / outputs], unsmoothed, smoothed);
  }
};

// What turns p into probabilities q: for logits q = exp(p - shift)/total, else q = p/total
struct Normaliser {
  float shift;
  float total;
};

static __device__ __forceinline__ Normaliser normaliser(const float* p, unsigned stride, bool fromLogits,
                                                        unsigned columns) {
  Normaliser n = {0.0f, 0.0f};
  if (fromLogits) {
    n.shift = -INFINITY;
    for (unsigned c = threadIdx.x; c < columns; c += 32) {
      n.shift = fmaxf(n.shift, p[c * stride]);
    }
    n.shift = warp_max(n.shift);
  }
  for (unsigned c = threadIdx.x; c < columns; c += 32) {
    n.total += fromLogits ? expf(p[c * stride] - n.shift) : p[c * stride];
  }
  n.total = warp_sum(n.total);
  return n;
}

// values[row] = weight·value of the row.
extern "C" __global__ void loss_rows(const float* prediction, const float* target, const float* sampleWeights,
                                     int samples, const float* mask, const float* classes, int ignored, float* values,
                                     int rows, int columns, int stride, int inner, int outer, int step, int loss,
                                     int fromLogits, float delta, float unsmoothed, float smoothed,
                                     const float* quantiles, int outputs) {
  unsigned row = WARP_ROW;
  if (row >= rows) {
    return;
  }
  float weight = row_weight(sampleWeights, samples, mask, classes, ignored, row);
  float sum = 0.0f;
  if (weight != 0.0f) {
    bool sparse = loss == SPARSE_CATEGORICAL_CROSSENTROPY;
    unsigned start = start_of(row, inner, outer, step);
    const float* p = prediction + start;
    Targets t = {target + (sparse ? row : start / outputs), (unsigned)stride, sparse, unsmoothed, smoothed,
                 (unsigned)outputs};
    if (is_elementwise(loss)) {
      for (unsigned c = threadIdx.x; c < columns; c += 32) {
        sum += value(loss, fromLogits, quantiles ? quantiles[c % outputs] : delta, t.of(c), p[c * stride]);
      }
      sum = warp_sum(sum) / columns;
    } else {  // -Σ t·log q
      Normaliser n = normaliser(p, stride, fromLogits, columns);
      float logTotal = logf(n.total);
      for (unsigned c = threadIdx.x; c < columns; c += 32) {
        float tc = t.of(c);
        if (tc != 0.0f) {
          float pc = p[c * stride];
          sum -= tc * (fromLogits ? pc - n.shift - logTotal : logf(clip_probability(pc / n.total)));
        }
      }
      sum = warp_sum(sum);
    }
    sum *= weight;
  }
  if (threadIdx.x == 0) {
    values[row] = sum;
  }
}

// dPrediction lies as the prediction; result is the loss's: (loss, factor of a row's gradient, …).
extern "C" __global__ void loss_grad(const float* prediction, const float* target, const float* sampleWeights,
                                     int samples, const float* mask, const float* classes, int ignored,
                                     const float* result, float* dPrediction, int rows, int columns, int stride,
                                     int inner, int outer, int step, int loss, int fromLogits, float delta,
                                     float unsmoothed, float smoothed, const float* quantiles, int outputs) {
  unsigned row = WARP_ROW;
  if (row >= rows) {
    return;
  }
  unsigned start = start_of(row, inner, outer, step);
  const float* p = prediction + start;
  float* dp = dPrediction + start;
  float weight = row_weight(sampleWeights, samples, mask, classes, ignored, row);
  if (weight == 0.0f || result[1] == 0.0f) {
    for (unsigned c = threadIdx.x; c < columns; c += 32) {
      dp[c * stride] = 0.0f;
    }
    return;
  }
  weight *= result[1];
  bool sparse = loss == SPARSE_CATEGORICAL_CROSSENTROPY;
  Targets t = {target + (sparse ? row : start / outputs), (unsigned)stride, sparse, unsmoothed, smoothed,
               (unsigned)outputs};
  if (is_elementwise(loss)) {
    for (unsigned c = threadIdx.x; c < columns; c += 32) {
      dp[c * stride] = weight * slope(loss, fromLogits, quantiles ? quantiles[c % outputs] : delta, t.of(c), p[c * stride]) / columns;
    }
    return;
  }
  // logits: dp = q·Σt - t.  probabilities: with a = -t/q where the clip lets through, dp = (a - Σ a·q)/Σp
  Normaliser n = normaliser(p, stride, fromLogits, columns);
  float sum = 0.0f;
  for (unsigned c = threadIdx.x; c < columns; c += 32) {
    sum += fromLogits || inside(p[c * stride] / n.total) ? t.of(c) : 0.0f;
  }
  sum = warp_sum(sum);
  for (unsigned c = threadIdx.x; c < columns; c += 32) {
    float pc = p[c * stride];
    if (fromLogits) {
      dp[c * stride] = weight * (sum * (expf(pc - n.shift) / n.total) - t.of(c));
    } else {
      float q = pc / n.total;
      dp[c * stride] = weight * ((inside(q) ? sum - t.of(c) / q : sum) / n.total);
    }
  }
}

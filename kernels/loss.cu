// Losses: the value of each row and the gradient by the prediction. CPU twin: backend.cpu.CpuLosses.
// Formulas: losses.Loss, https://keras.io/api/losses/; t the target, p the prediction, K columns.
//
// A row begins at row/inner·outer + row mod inner·step of the prediction, its columns lie stride apart (RowLayout);
// target likewise, or (rows) class numbers for the sparse kind, and made t·unsmoothed + smoothed; for quantiles(count),
// else pointer 0 and count 1, a target has count outputs, one behind the other, and stride is 1. A row's weight is that
// of its sample, sampleWeights(samples) at row mod samples, times mask(rows) 1 or 0, and 0 if classes(rows), the target,
// has the ignored class; each may be pointer 0: all 1. A row of weight 0 counts nothing, even if it holds NaN.
// Mapping: a warp a row, lanes strided over the columns; block (32,8), grid ceil(rows/8).
// A loss is loss_rows, then loss_of_rows; its result goes into loss_grad. One of few rows is loss_whole, to the same
// bits.

#include "blocksum.cuh"
#include "indexing.cuh"
#include "rowweight.cuh"

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

// The number of a thread in its warp
#define LANE (threadIdx.x % 32)

// A Given of a kernel's parameters
#define GIVEN                                                                                                       \
  {                                                                                                                 \
    prediction, target, sampleWeights, (unsigned)samples, mask, classes, ignored, (unsigned)columns,                \
        (unsigned)stride, (unsigned)inner, (unsigned)outer, (unsigned)step, loss, fromLogits != 0, delta,           \
        unsmoothed, smoothed, quantiles, (unsigned)outputs                                                          \
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
    for (unsigned c = LANE; c < columns; c += 32) {
      n.shift = fmaxf(n.shift, p[c * stride]);
    }
    n.shift = warp_max(n.shift);
  }
  for (unsigned c = LANE; c < columns; c += 32) {
    n.total += fromLogits ? expf(p[c * stride] - n.shift) : p[c * stride];
  }
  n.total = warp_sum(n.total);
  return n;
}

// What a loss is of; rows and their columns as above
struct Given {
  const float* prediction;
  const float* target;
  const float* sampleWeights;
  unsigned samples;
  const float* mask;
  const float* classes;
  int ignored;
  unsigned columns, stride, inner, outer, step;
  int loss;
  bool fromLogits;
  float delta, unsmoothed, smoothed;
  const float* quantiles;
  unsigned outputs;

  __device__ __forceinline__ float weight(unsigned row) const {
    return row_weight(sampleWeights, samples, mask, classes, ignored, row);
  }

  __device__ __forceinline__ Targets targets(unsigned row, unsigned start) const {
    bool sparse = loss == SPARSE_CATEGORICAL_CROSSENTROPY;
    return {target + (sparse ? row : start / outputs), stride, sparse, unsmoothed, smoothed, outputs};
  }

  __device__ __forceinline__ float delta_of(unsigned c) const { return quantiles ? quantiles[c % outputs] : delta; }
};

// weight·value of a row, by a warp
static __device__ __forceinline__ float value_of(const Given& g, unsigned row) {
  float weight = g.weight(row);
  if (weight == 0.0f) {
    return 0.0f;
  }
  float sum = 0.0f;
  unsigned start = start_of(row, g.inner, g.outer, g.step);
  const float* p = g.prediction + start;
  Targets t = g.targets(row, start);
  if (is_elementwise(g.loss)) {
    for (unsigned c = LANE; c < g.columns; c += 32) {
      sum += value(g.loss, g.fromLogits, g.delta_of(c), t.of(c), p[c * g.stride]);
    }
    sum = warp_sum(sum) / g.columns;
  } else {  // -Σ t·log q
    Normaliser n = normaliser(p, g.stride, g.fromLogits, g.columns);
    float logTotal = logf(n.total);
    for (unsigned c = LANE; c < g.columns; c += 32) {
      float tc = t.of(c);
      if (tc != 0.0f) {
        float pc = p[c * g.stride];
        sum -= tc * (g.fromLogits ? pc - n.shift - logTotal : logf(clip_probability(pc / n.total)));
      }
    }
    sum = warp_sum(sum);
  }
  return sum * weight;
}

// The gradient of a row, by a warp; factor is that of the loss's result
static __device__ __forceinline__ void gradient_of(const Given& g, unsigned row, float factor, float* dPrediction) {
  unsigned start = start_of(row, g.inner, g.outer, g.step);
  const float* p = g.prediction + start;
  float* dp = dPrediction + start;
  float weight = g.weight(row);
  if (weight == 0.0f || factor == 0.0f) {
    for (unsigned c = LANE; c < g.columns; c += 32) {
      dp[c * g.stride] = 0.0f;
    }
    return;
  }
  weight *= factor;
  Targets t = g.targets(row, start);
  if (is_elementwise(g.loss)) {
    for (unsigned c = LANE; c < g.columns; c += 32) {
      dp[c * g.stride] = weight * slope(g.loss, g.fromLogits, g.delta_of(c), t.of(c), p[c * g.stride]) / g.columns;
    }
    return;
  }
  // logits: dp = q·Σt - t.  probabilities: with a = -t/q where the clip lets through, dp = (a - Σ a·q)/Σp
  Normaliser n = normaliser(p, g.stride, g.fromLogits, g.columns);
  float sum = 0.0f;
  for (unsigned c = LANE; c < g.columns; c += 32) {
    sum += g.fromLogits || inside(p[c * g.stride] / n.total) ? t.of(c) : 0.0f;
  }
  sum = warp_sum(sum);
  for (unsigned c = LANE; c < g.columns; c += 32) {
    float pc = p[c * g.stride];
    if (g.fromLogits) {
      dp[c * g.stride] = weight * (sum * (expf(pc - n.shift) / n.total) - t.of(c));
    } else {
      float q = pc / n.total;
      dp[c * g.stride] = weight * ((inside(q) ? sum - t.of(c) / q : sum) / n.total);
    }
  }
}

// Ordinals of losses.Loss.Reduction; a test compares the two lists.
enum Reduction {
  SUM_OVER_BATCH_SIZE,
  SUM,
  MEAN_WITH_SAMPLE_WEIGHT,
  NONE,
};

// result = (weight·Σ rows / d, weight / d, what the loss adds to its mean over an epoch: loss·batch, batch), a quotient
// 0 if the divisor d is. d is the number of rows that are not masked, 1, or Σ weights of these, where with nothing masked
// each sample counts once. Without reduction it is n for the loss and 1 for the gradient. By a block of 1024.
static __device__ __forceinline__ void sum_of(const float* rows, const float* sampleWeights, unsigned samples,
                                              const float* mask, const float* classes, int ignored, unsigned n,
                                              int reduction, float weight, int batch, float* result) {
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

// values[row] = weight·value of the row.
extern "C" __global__ void loss_rows(const float* prediction, const float* target, const float* sampleWeights,
                                     int samples, const float* mask, const float* classes, int ignored, float* values,
                                     int rows, int columns, int stride, int inner, int outer, int step, int loss,
                                     int fromLogits, float delta, float unsmoothed, float smoothed,
                                     const float* quantiles, int outputs) {
  Given g = GIVEN;
  unsigned row = WARP_ROW;
  if (row < rows) {
    float value = value_of(g, row);
    if (threadIdx.x == 0) {
      values[row] = value;
    }
  }
}

// The end of LossValue; see sum_of. One block of 1024.
extern "C" __global__ void loss_of_rows(const float* rows, const float* sampleWeights, int samples, const float* mask,
                                        const float* classes, int ignored, int n, int reduction, float weight,
                                        int batch, float* result) {
  sum_of(rows, sampleWeights, samples, mask, classes, ignored, n, reduction, weight, batch, result);
}

// dPrediction lies as the prediction; result is the loss's: (loss, factor of a row's gradient, …).
extern "C" __global__ void loss_grad(const float* prediction, const float* target, const float* sampleWeights,
                                     int samples, const float* mask, const float* classes, int ignored,
                                     const float* result, float* dPrediction, int rows, int columns, int stride,
                                     int inner, int outer, int step, int loss, int fromLogits, float delta,
                                     float unsmoothed, float smoothed, const float* quantiles, int outputs) {
  Given g = GIVEN;
  unsigned row = WARP_ROW;
  if (row < rows) {
    gradient_of(g, row, result[1], dPrediction);
  }
}

// All of it: loss_rows, loss_of_rows, metrics.cu's accumulate of what the loss adds to its mean, state(2,2), unless that
// is 0, and loss_grad unless dPrediction is 0. One block of 1024.
extern "C" __global__ void __launch_bounds__(1024)
    loss_whole(const float* prediction, const float* target, const float* sampleWeights, int samples,
               const float* mask, const float* classes, int ignored, float* values, int rows, int columns, int stride,
               int inner, int outer, int step, int loss, int fromLogits, float delta, float unsmoothed, float smoothed,
               const float* quantiles, int outputs, int reduction, float weight, int batch, float* result, float* state,
               float* dPrediction) {
  Given g = GIVEN;
  for (unsigned row = threadIdx.x / 32; row < rows; row += 32) {
    float value = value_of(g, row);
    if (LANE == 0) {
      values[row] = value;
    }
  }
  __syncthreads();
  sum_of(values, sampleWeights, samples, mask, classes, ignored, rows, reduction, weight, batch, result);
  __syncthreads();  // all see the result
  if (state && threadIdx.x < 2) {
    unsigned i = threadIdx.x;
    TwoFloats sum = two_sum({state[2 * i], state[2 * i + 1]}, result[2 + i]);
    state[2 * i] = sum.high;
    state[2 * i + 1] = sum.low;
  }
  if (dPrediction) {
    float factor = result[1];
    for (unsigned row = threadIdx.x / 32; row < rows; row += 32) {
      gradient_of(g, row, factor, dPrediction);
    }
  }
}

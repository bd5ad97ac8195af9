// The elementwise activations: value and slope, a line each. CPU twin: backend.cpu.CpuActivations.
//
// Kinds are the ordinals of the Java enum activations.Activation.Kind; a test compares the two lists. The kind is the
// same for every thread of a launch, so the switch is a uniform branch; where it is a constant the compiler keeps one
// line only.
// Formulas: https://keras.io/api/layers/activations/. NaN stays NaN.
#pragma once

enum Kind {
  LINEAR,
  RELU,
  RELU6,
  LEAKY_RELU,
  ELU,
  CELU,
  SELU,
  GELU,
  SIGMOID,
  HARD_SIGMOID,
  TANH,
  SOFTSIGN,
  SOFTPLUS,
  SILU,
  EXPONENTIAL,
  MISH,
  HARD_SILU,
  HARD_TANH,
  HARD_SHRINK,
  SOFT_SHRINK,
  TANH_SHRINK,
  LOG_SIGMOID,
  SQUAREPLUS,
  SPARSE_PLUS,
  SPARSE_SIGMOID,
  AFFINE,
  SCALED_TANH,
  SOFTMAX,      // over rows, see softmax.cu
  LOG_SOFTMAX,  // likewise
};

// A kind and what its formula leaves open, in the order of Kind.parameters in Java. Kernels get the four by themselves.
struct Activation {
  int kind;
  float alpha, beta, gamma;
};

#define SELU_SCALE 1.0507009873f
#define SELU_ALPHA 1.6732632423f

static __device__ __forceinline__ float clip(float x, float low, float high) {
  return x < low ? low : x > high ? high : x;
}

static __device__ __forceinline__ float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

// log(1 + exp(x)) without overflow
static __device__ __forceinline__ float softplus(float x) {
  return (x < 0.0f ? 0.0f : x) + log1pf(expf(-fabsf(x)));
}

// 1/2·erfc(-x/√2), the normal distribution, accurate in its tail too
static __device__ __forceinline__ float normal(float x) { return 0.5f * erfcf(-0.7071067812f * x); }

static __device__ __forceinline__ float root(float x) { return sqrtf(x * x + 4.0f); }

// What a relu gives up to its threshold; 0 without a slope, also for -inf
static __device__ __forceinline__ float leak(float slope, float below) {
  return slope == 0.0f && below <= 0.0f ? 0.0f : slope * below;
}

// y = activation(x)
static __device__ __forceinline__ float activate(Activation a, float x) {
  switch (a.kind) {
    case RELU: return x > a.gamma ? (x > a.alpha ? a.alpha : x) : leak(a.beta, x - a.gamma);
    case RELU6: return clip(x, 0.0f, 6.0f);
    case LEAKY_RELU: return x > 0.0f ? x : a.alpha * x;
    case ELU: return x > 0.0f ? x : a.alpha * expm1f(x);
    case CELU: return x > 0.0f ? x : a.alpha * expm1f(x / a.alpha);
    case SELU: return SELU_SCALE * (x > 0.0f ? x : SELU_ALPHA * expm1f(x));
    case GELU: return x * normal(x);
    case SIGMOID: return sigmoid(x);
    case HARD_SIGMOID: return clip(a.alpha * x + a.beta, 0.0f, 1.0f);
    case TANH: return tanhf(x);
    case SOFTSIGN: return x / (1.0f + fabsf(x));
    case SOFTPLUS: return softplus(x);
    case SILU: return x * sigmoid(x);
    case EXPONENTIAL: return expf(x);
    case MISH: return x * tanhf(softplus(x));
    case HARD_SILU: return x * clip(x * (1.0f / 6.0f) + 0.5f, 0.0f, 1.0f);
    case HARD_TANH: return clip(x, -1.0f, 1.0f);
    case HARD_SHRINK: return fabsf(x) <= 0.5f ? 0.0f : x;
    case SOFT_SHRINK: return x - clip(x, -0.5f, 0.5f);
    case TANH_SHRINK: return x - tanhf(x);
    case LOG_SIGMOID: return -softplus(-x);
    // (x + root)/2 = 2/(root - x), without cancellation below 0
    case SQUAREPLUS: return x < 0.0f ? 2.0f / (root(x) - x) : 0.5f * (x + root(x));
    case SPARSE_PLUS: return x <= -1.0f ? 0.0f : x < 1.0f ? 0.25f * (x + 1.0f) * (x + 1.0f) : x;
    case SPARSE_SIGMOID: return clip(0.5f * (x + 1.0f), 0.0f, 1.0f);
    case AFFINE: return a.alpha * x + a.beta;
    case SCALED_TANH: return a.alpha * tanhf(a.beta * x);
    default: return x;  // LINEAR
  }
}

// Whether the slope is taken from the output: Activation.derivesFromOutput in Java; a test compares the two.
static __device__ __forceinline__ bool derives_from_output(Activation a) {
  const unsigned fromInput = 1u << GELU | 1u << SILU | 1u << MISH | 1u << HARD_SILU | 1u << HARD_SHRINK |
                             1u << SOFT_SHRINK | 1u << TANH_SHRINK | 1u << SQUAREPLUS | 1u << SPARSE_PLUS;
  switch (a.kind) {
    case RELU: return a.alpha > a.gamma;
    case LEAKY_RELU:
    case ELU: return a.alpha >= 0.0f;
    default: return (fromInput >> a.kind & 1u) == 0;
  }
}

// What is kept for the way back: the output y if the slope is taken from it, else the input x.
static __device__ __forceinline__ float kept(Activation a, float x, float y) {
  return derives_from_output(a) ? y : x;
}

// y from what is kept
static __device__ __forceinline__ float value_of_kept(Activation a, float s) {
  return derives_from_output(a) ? s : activate(a, s);
}

// activation'(x), from what is kept: s is y, or x for those of derives_from_output's list
static __device__ __forceinline__ float slope(Activation a, float s) {
  switch (a.kind) {
    case RELU: return s > a.gamma ? (s < a.alpha ? 1.0f : 0.0f) : a.beta;
    case RELU6: return s > 0.0f && s < 6.0f ? 1.0f : 0.0f;
    case LEAKY_RELU: return s > 0.0f ? 1.0f : a.alpha;
    case ELU: return s > 0.0f ? 1.0f : a.alpha < 0.0f ? a.alpha * expf(s) : s + a.alpha;
    case CELU: return s > 0.0f ? 1.0f : s / a.alpha + 1.0f;
    case SELU: return s > 0.0f ? SELU_SCALE : s + SELU_SCALE * SELU_ALPHA;
    case GELU: return normal(s) + s * 0.3989422804f * expf(-0.5f * s * s);
    case SIGMOID: return s * (1.0f - s);
    case HARD_SIGMOID: return s > 0.0f && s < 1.0f ? a.alpha : 0.0f;
    case TANH: return 1.0f - s * s;
    case SOFTSIGN: return (1.0f - fabsf(s)) * (1.0f - fabsf(s));
    case SOFTPLUS: return -expm1f(-s);
    case SILU: return sigmoid(s) * (1.0f + s * sigmoid(-s));
    case EXPONENTIAL: return s;
    case MISH: {
      float t = tanhf(softplus(s));
      return t + s * (1.0f - t * t) * sigmoid(s);
    }
    case HARD_SILU: return s <= -3.0f ? 0.0f : s < 3.0f ? s * (1.0f / 3.0f) + 0.5f : 1.0f;
    case HARD_TANH: return s > -1.0f && s < 1.0f ? 1.0f : 0.0f;
    case HARD_SHRINK:
    case SOFT_SHRINK: return fabsf(s) > 0.5f ? 1.0f : 0.0f;
    case TANH_SHRINK: return tanhf(s) * tanhf(s);
    case LOG_SIGMOID: return -expm1f(s);
    case SQUAREPLUS: return s < 0.0f ? 2.0f / (root(s) * (root(s) - s)) : 0.5f + 0.5f * s / root(s);
    case SPARSE_PLUS: return s <= -1.0f ? 0.0f : s < 1.0f ? 0.5f * (s + 1.0f) : 1.0f;
    case SPARSE_SIGMOID: return s > 0.0f && s < 1.0f ? 0.5f : 0.0f;
    case AFFINE: return a.alpha;
    case SCALED_TANH: return a.beta * (a.alpha - s * s / a.alpha);
    default: return 1.0f;  // LINEAR
  }
}

// Update rules and gradient clipping, elementwise and in place. Rules: optimizers.UpdateRule, as in Keras 3
// (keras/src/optimizers). CPU twin: backend.cpu.CpuUpdates. Grid any, 1-D over n (ceil(n/256) is good), block 256.
//
// scalars (Op.Scalars) lie in device memory, so that a captured graph reads each step's own:
// scalars[0] the learning rate, scalars[1] Adam's step size α.

#include "indexing.cuh"

// v = μ·v - lr·g, w += v, or w += μ·v - lr·g for Nesterov; without momentum (velocity 0) w -= lr·g.
extern "C" __global__ void sgd(float* weight, const float* gradient, float* velocity, const float* scalars, int n,
                               float momentum, int nesterov) {
  float learningRate = scalars[0];
  FOR_EACH (i, n) {
    float step = -learningRate * gradient[i];
    if (velocity) {
      float v = momentum * velocity[i] + step;
      velocity[i] = v;
      step = nesterov ? momentum * v + step : v;
    }
    weight[i] += step;
  }
}

// v = ρ·v + (1 - ρ)·g²; d = lr·g/√(v + ε), centered (average not 0): a = ρ·a + (1 - ρ)·g, d = lr·g/√(v - a² + ε);
// w -= d, with momentum (velocity not 0): m = μ·m + d, w -= m.
extern "C" __global__ void rmsprop(float* weight, const float* gradient, float* square, float* velocity,
                                   float* average, const float* scalars, int n, float rho, float momentum,
                                   float epsilon) {
  float learningRate = scalars[0];
  FOR_EACH (i, n) {
    float g = gradient[i];
    float v = rho * square[i] + (1.0f - rho) * g * g;
    square[i] = v;
    if (average) {
      float a = rho * average[i] + (1.0f - rho) * g;
      average[i] = a;
      v -= a * a;
    }
    float step = learningRate * g / sqrtf(v + epsilon);
    if (velocity) {
      step += momentum * velocity[i];
      velocity[i] = step;
    }
    weight[i] -= step;
  }
}

// w -= w·decay·lr; m += (g - m)·(1 - β₁); v += (g² - v)·(1 - β₂); w -= α·m/(√v + ε). Decay is 0 for Adam.
extern "C" __global__ void adam(float* weight, const float* gradient, float* m, float* v, const float* scalars, int n,
                                float beta1, float beta2, float epsilon, float weightDecay) {
  float decay = weightDecay * scalars[0];
  float stepSize = scalars[1];
  FOR_EACH (i, n) {
    float g = gradient[i];
    float mean = m[i] + (g - m[i]) * (1.0f - beta1);
    float square = v[i] + (g * g - v[i]) * (1.0f - beta2);
    m[i] = mean;
    v[i] = square;
    weight[i] = weight[i] - weight[i] * decay - stepSize * mean / (sqrtf(square) + epsilon);
  }
}

// Op.ClipValue: g = clip(g, -limit, limit); NaN stays.
extern "C" __global__ void clip_value(float* gradient, int n, float limit) {
  FOR_EACH (i, n) {
    float g = gradient[i];
    gradient[i] = g > limit ? limit : g < -limit ? -limit : g;
  }
}

// Op.ClipNorm after reduce.cu's sums of squares: norms[count] = limit / max(√Σ norms[0 .. count-1], limit). One thread.
extern "C" __global__ void clip_factor(float* norms, int count, float limit) {
  float sum = 0.0f;
  for (unsigned i = 0; i < count; i++) {
    sum += norms[i];
  }
  float norm = sqrtf(sum);
  norms[count] = norm <= limit ? 1.0f : limit / norm;
}

// Op.ClipNorm's last part: g *= *factor.
extern "C" __global__ void scale_by(float* gradient, const float* factor, int n) {
  float f = *factor;
  FOR_EACH (i, n) {
    gradient[i] *= f;
  }
}

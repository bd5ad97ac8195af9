// Update rules and gradient clipping, elementwise and in place. Rules: optimizers.UpdateRule, as in Keras 3
// (keras/src/optimizers). CPU twin: backend.cpu.CpuUpdates. Rules but Lamb take a table of tensors: grid Σ ceil(n/1024),
// block 256. The others: grid any, 1-D over n (ceil(n/256) is good), block 256.
//
// scalars (graph.Scalars) lie in device memory, so that a captured graph reads each step's own.

#include "indexing.cuh"

// graph.Scalars
#define LEARNING_RATE 0
#define AVERAGING 1
#define OVERWRITE 3
#define FACTOR(i) (4 + (i))

// A tensor of those that one launch updates: the rule's slots in their order, 0 for those it has not. Its n elements are
// shared among blocks from firstBlock on.
struct Tensor {
  float* weight;
  const float* gradient;
  float* slots[3];
  unsigned n;
  unsigned firstBlock;
};

// Elements of a block
#define PART 1024

// The one that this block works on; the table is in the order of their blocks.
static __device__ __forceinline__ const Tensor* tensor_of(const Tensor* table, int tensors) {
  unsigned low = 0;
  unsigned high = tensors;
  while (high - low > 1) {
    unsigned middle = (low + high) / 2;
    if (table[middle].firstBlock <= blockIdx.x) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return table + low;
}

// A loop over the elements of *tensor that this block has.
#define FOR_EACH_OF(i, tensor)                                                                           \
  for (unsigned i = (blockIdx.x - (tensor)->firstBlock) * PART + threadIdx.x,                            \
                end = min((tensor)->n, (blockIdx.x - (tensor)->firstBlock + 1) * PART);                  \
       i < end; i += 256)

// v = μ·v - lr·g, w += v, or w += μ·v - lr·g for Nesterov; without momentum (velocity 0) w -= lr·g.
extern "C" __global__ void sgd(const Tensor* table, int tensors, const float* scalars, float momentum, int nesterov) {
  const Tensor* tensor = tensor_of(table, tensors);
  float* weight = tensor->weight;
  const float* gradient = tensor->gradient;
  float* velocity = tensor->slots[0];
  float learningRate = scalars[LEARNING_RATE];
  FOR_EACH_OF (i, tensor) {
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
extern "C" __global__ void rmsprop(const Tensor* table, int tensors, const float* scalars,
                                   float rho, float momentum, float epsilon) {
  const Tensor* tensor = tensor_of(table, tensors);
  float* weight = tensor->weight;
  const float* gradient = tensor->gradient;
  float* square = tensor->slots[0];
  float* velocity = tensor->slots[1];
  float* average = tensor->slots[2];
  float learningRate = scalars[LEARNING_RATE];
  FOR_EACH_OF (i, tensor) {
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

// s += g²; w -= lr·g/√(s + ε).
extern "C" __global__ void adagrad(const Tensor* table, int tensors, const float* scalars, float epsilon) {
  const Tensor* tensor = tensor_of(table, tensors);
  float* weight = tensor->weight;
  const float* gradient = tensor->gradient;
  float* square = tensor->slots[0];
  float learningRate = scalars[LEARNING_RATE];
  FOR_EACH_OF (i, tensor) {
    float g = gradient[i];
    float s = square[i] + g * g;
    square[i] = s;
    weight[i] -= learningRate * g / sqrtf(s + epsilon);
  }
}

// s = ρ·s + (1 - ρ)·g²; d = g·√(u + ε)/√(s + ε); u = ρ·u + (1 - ρ)·d²; w -= lr·d.
extern "C" __global__ void adadelta(const Tensor* table, int tensors, const float* scalars, float rho, float epsilon) {
  const Tensor* tensor = tensor_of(table, tensors);
  float* weight = tensor->weight;
  const float* gradient = tensor->gradient;
  float* square = tensor->slots[0];
  float* moved = tensor->slots[1];
  float learningRate = scalars[LEARNING_RATE];
  FOR_EACH_OF (i, tensor) {
    float g = gradient[i];
    float s = rho * square[i] + (1.0f - rho) * g * g;
    square[i] = s;
    float u = moved[i];
    float d = sqrtf(u + epsilon) * g / sqrtf(s + epsilon);
    moved[i] = rho * u + (1.0f - rho) * d * d;
    weight[i] -= learningRate * d;
  }
}

// m += (g - m)·(1 - β₁); v += (g² - v)·(1 - β₂); w -= α·m/(√v + ε); with amsgrad (largest not 0) its maximum for v.
extern "C" __global__ void adam(const Tensor* table, int tensors, const float* scalars,
                                float beta1, float beta2, float epsilon) {
  const Tensor* tensor = tensor_of(table, tensors);
  float* weight = tensor->weight;
  const float* gradient = tensor->gradient;
  float* m = tensor->slots[0];
  float* v = tensor->slots[1];
  float* largest = tensor->slots[2];
  float stepSize = scalars[FACTOR(0)];
  FOR_EACH_OF (i, tensor) {
    float g = gradient[i];
    float mean = m[i] + (g - m[i]) * (1.0f - beta1);
    float square = v[i] + (g * g - v[i]) * (1.0f - beta2);
    m[i] = mean;
    v[i] = square;
    if (largest) {
      square = fmaxf(largest[i], square);
      largest[i] = square;
    }
    weight[i] -= stepSize * mean / (sqrtf(square) + epsilon);
  }
}

// m += (g - m)·(1 - β₁); u = max(β₂·u, |g|); w -= α·m/(u + ε).
extern "C" __global__ void adamax(const Tensor* table, int tensors, const float* scalars,
                                  float beta1, float beta2, float epsilon) {
  const Tensor* tensor = tensor_of(table, tensors);
  float* weight = tensor->weight;
  const float* gradient = tensor->gradient;
  float* m = tensor->slots[0];
  float* norm = tensor->slots[1];
  float stepSize = scalars[FACTOR(0)];
  FOR_EACH_OF (i, tensor) {
    float g = gradient[i];
    float mean = m[i] + (g - m[i]) * (1.0f - beta1);
    float u = fmaxf(beta2 * norm[i], fabsf(g));
    m[i] = mean;
    norm[i] = u;
    weight[i] -= stepSize * mean / (u + epsilon);
  }
}

// m += (g - m)·(1 - β₁); v += (g² - v)·(1 - β₂); w -= (a·m + b·g)/(√(c·v) + ε) with the three factors a, b, c.
extern "C" __global__ void nadam(const Tensor* table, int tensors, const float* scalars,
                                 float beta1, float beta2, float epsilon) {
  const Tensor* tensor = tensor_of(table, tensors);
  float* weight = tensor->weight;
  const float* gradient = tensor->gradient;
  float* m = tensor->slots[0];
  float* v = tensor->slots[1];
  float ofMean = scalars[FACTOR(0)];
  float ofGradient = scalars[FACTOR(1)];
  float ofSquare = scalars[FACTOR(2)];
  FOR_EACH_OF (i, tensor) {
    float g = gradient[i];
    float mean = m[i] + (g - m[i]) * (1.0f - beta1);
    float square = v[i] + (g * g - v[i]) * (1.0f - beta2);
    m[i] = mean;
    v[i] = square;
    weight[i] -= (ofMean * mean + ofGradient * g) / (sqrtf(ofSquare * square) + epsilon);
  }
}

// w -= lr·sign(β₁·m + (1 - β₁)·g); m = β₂·m + (1 - β₂)·g.
extern "C" __global__ void lion(const Tensor* table, int tensors, const float* scalars, float beta1, float beta2) {
  const Tensor* tensor = tensor_of(table, tensors);
  float* weight = tensor->weight;
  const float* gradient = tensor->gradient;
  float* m = tensor->slots[0];
  float learningRate = scalars[LEARNING_RATE];
  FOR_EACH_OF (i, tensor) {
    float g = gradient[i];
    float direction = beta1 * m[i] + (1.0f - beta1) * g;
    float sign = direction > 0.0f ? 1.0f : direction < 0.0f ? -1.0f : direction;
    weight[i] -= learningRate * sign;
    m[i] = beta2 * m[i] + (1.0f - beta2) * g;
  }
}

// n' = n + g²; z += g + 2·s·w - w·(n'^p - n^p)/lr; w = (clip(z, -l1, l1) - z)/(n'^p/lr + 2·l2 + β/lr); p = -power.
extern "C" __global__ void ftrl(const Tensor* table, int tensors, const float* scalars,
                                float power, float l1, float l2, float shrinkage, float beta) {
  const Tensor* tensor = tensor_of(table, tensors);
  float* weight = tensor->weight;
  const float* gradient = tensor->gradient;
  float* square = tensor->slots[0];
  float* linear = tensor->slots[1];
  float learningRate = scalars[LEARNING_RATE];
  FOR_EACH_OF (i, tensor) {
    float g = gradient[i];
    float w = weight[i];
    float before = square[i];
    float sum = before + g * g;
    square[i] = sum;
    float after = power == 0.5f ? sqrtf(sum) : powf(sum, power);
    float moved = (after - (power == 0.5f ? sqrtf(before) : powf(before, power))) / learningRate * w;
    float z = linear[i] + g + 2.0f * shrinkage * w - moved;
    linear[i] = z;
    float clipped = z > l1 ? l1 : z < -l1 ? -l1 : z;
    weight[i] = (clipped - z) / (after / learningRate + 2.0f * l2 + beta / learningRate);
  }
}

// The first part of Lamb: m += (g - m)·(1 - β₁); v += (g² - v)·(1 - β₂); d = a·m/(√(b·v) + ε) with the factors a, b.
extern "C" __global__ void lamb_direction(const float* gradient, float* m, float* v, float* direction,
                                          const float* scalars, int n, float beta1, float beta2, float epsilon) {
  float ofMean = scalars[FACTOR(0)];
  float ofSquare = scalars[FACTOR(1)];
  FOR_EACH (i, n) {
    float g = gradient[i];
    float mean = m[i] + (g - m[i]) * (1.0f - beta1);
    float square = v[i] + (g * g - v[i]) * (1.0f - beta2);
    m[i] = mean;
    v[i] = square;
    direction[i] = ofMean * mean / (sqrtf(ofSquare * square) + epsilon);
  }
}

// The second part: w -= lr·‖w‖/‖d‖·d; norms[0] = ‖w‖² and norms[1] = ‖d‖², the ratio is 1 where one of them is 0.
extern "C" __global__ void lamb_step(float* weight, const float* direction, const float* norms, const float* scalars,
                                     int n) {
  float ratio = norms[0] > 0.0f && norms[1] > 0.0f ? sqrtf(norms[0] / norms[1]) : 1.0f;
  float rate = scalars[LEARNING_RATE] * ratio;
  FOR_EACH (i, n) {
    weight[i] -= rate * direction[i];
  }
}

// Op.Decay: w -= w·rate·lr.
extern "C" __global__ void decay(float* weight, const float* scalars, int n, float rate) {
  float lost = rate * scalars[LEARNING_RATE];
  FOR_EACH (i, n) {
    weight[i] -= weight[i] * lost;
  }
}

// Op.Average: average = m·average + (1 - m)·w; where the step overwrites, w = average.
extern "C" __global__ void moving_average(float* weight, float* average, const float* scalars, int n) {
  float momentum = scalars[AVERAGING];
  bool overwrite = scalars[OVERWRITE] != 0.0f;
  FOR_EACH (i, n) {
    float a = momentum * average[i] + (1.0f - momentum) * weight[i];
    average[i] = a;
    if (overwrite) {
      weight[i] = a;
    }
  }
}

// Op.AddGradient: sum += g.
extern "C" __global__ void add_gradient(const float* gradient, float* sum, int n) {
  FOR_EACH (i, n) {
    sum[i] += gradient[i];
  }
}

// Op.MeanGradient: g = (g + sum)/steps, sum = 0.
extern "C" __global__ void mean_gradient(float* gradient, float* sum, int n, float steps) {
  FOR_EACH (i, n) {
    gradient[i] = (gradient[i] + sum[i]) / steps;
    sum[i] = 0.0f;
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

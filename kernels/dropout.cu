// Dropout with the draws of graph.Op.Draw. CPU twin: backend.cpu.CpuDropout.
//
// Element e is kept if (w >>> 8)·2⁻²⁴ ≥ rate, w being word e mod 4 of Philox with key (seedLow, seedHigh) and counter
// (e div 4, stream, step, 0). The step is read from scalars[2] as raw bits, so that a captured graph draws anew each
// step. dropout, dropout_mask: a thread draws for 4 elements; grid any, 1-D (ceil(n/1024) is good), block 256.

#include "indexing.cuh"
#include "philox.cuh"

// Op.Scalars.STEP
#define STEP 2

// What element 4q + j is multiplied by: 0 or 1/(1 - rate)
static __device__ __forceinline__ void draw(float factor[4], unsigned q, const float* scalars, int seedLow,
                                            int seedHigh, int stream, float rate) {
  unsigned word[4] = {q, (unsigned)stream, __float_as_uint(scalars[STEP]), 0u};
  philox(word, seedLow, seedHigh);
  float keep = 1.0f / (1.0f - rate);
#pragma unroll
  for (int j = 0; j < 4; j++) {
    factor[j] = (float)(word[j] >> 8) * 5.9604644775390625e-8f >= rate ? keep : 0.0f;  // 2⁻²⁴
  }
}

// Op.Dropout, and its gradient: y(n) = x(n)·factor, 0 where dropped even if x is NaN. y may be x.
extern "C" __global__ void dropout(const float* x, float* y, int n, const float* scalars, int seedLow, int seedHigh,
                                   int stream, float rate) {
  FOR_EACH (q, (n + 3u) / 4u) {
    float factor[4];
    draw(factor, q, scalars, seedLow, seedHigh, stream, rate);
#pragma unroll
    for (unsigned j = 0; j < 4; j++) {
      if (4 * q + j < n) {
        y[4 * q + j] = factor[j] != 0.0f ? x[4 * q + j] * factor[j] : 0.0f;
      }
    }
  }
}

// Op.DropoutMask: mask(n) = factor.
extern "C" __global__ void dropout_mask(float* mask, int n, const float* scalars, int seedLow, int seedHigh,
                                        int stream, float rate) {
  FOR_EACH (q, (n + 3u) / 4u) {
    float factor[4];
    draw(factor, q, scalars, seedLow, seedHigh, stream, rate);
#pragma unroll
    for (unsigned j = 0; j < 4; j++) {
      if (4 * q + j < n) {
        mask[4 * q + j] = factor[j];
      }
    }
  }
}

// Op.Noise: y(n) normal, two of each two words (Box and Muller). A thread draws 4; grid any, 1-D, block 256.
extern "C" __global__ void noise(float* y, int n, const float* scalars, int seedLow, int seedHigh, int stream,
                                 float mean, float deviation) {
  FOR_EACH (q, (n + 3u) / 4u) {
    unsigned word[4] = {q, (unsigned)stream, __float_as_uint(scalars[STEP]), 0u};
    philox(word, seedLow, seedHigh);
#pragma unroll
    for (unsigned j = 0; j < 4; j += 2) {
      float radius = sqrtf(-2.0f * logf((float)((word[j] >> 8) + 1u) * 5.9604644775390625e-8f));  // 2⁻²⁴
      float sine, cosine;
      sincospif(2.0f * ((float)(word[j + 1] >> 8) * 5.9604644775390625e-8f), &sine, &cosine);
      if (4 * q + j < n) {
        y[4 * q + j] = mean + deviation * (radius * cosine);
      }
      if (4 * q + j + 1 < n) {
        y[4 * q + j + 1] = mean + deviation * (radius * sine);
      }
    }
  }
}

// Op.SequenceDropout: y[g,t,i] = x[t,i]·masks[g,i] for G = gates (1 or 4), T = steps, i < width = B·F.
// Gate g of y begins g·gateStride elements in; that is T·width, or more if y is a slot of a longer sequence: so the
// LSTM fills droppedH's first slot from h0 with steps = 1. Grid any, 1-D over steps·width, block 256.
extern "C" __global__ void sequence_dropout(const float* x, const float* masks, float* y, int gates, int steps,
                                            int width, int gateStride) {
  FOR_EACH (at, steps * width) {
    unsigned i = at % (unsigned)width;
    for (unsigned g = 0; g < gates; g++) {
      y[g * gateStride + at] = x[at] * masks[g * width + i];
    }
  }
}

// Op.SequenceDropoutGrad: dx[t,i] = Σ_g dy[g,t,i]·masks[g,i], gates in order; with accumulate 1 added to dx.
// dy (gates,steps,width); grid any, 1-D over steps·width, block 256.
extern "C" __global__ void sequence_dropout_grad(const float* dy, const float* masks, float* dx, int gates, int steps,
                                                 int width, int accumulate) {
  unsigned size = steps * width;
  FOR_EACH (at, size) {
    unsigned i = at % (unsigned)width;
    float sum = accumulate ? dx[at] : 0.0f;
    for (unsigned g = 0; g < gates; g++) {
      sum += dy[g * size + at] * masks[g * width + i];
    }
    dx[at] = sum;
  }
}

// What rows of a batch count.
#pragma once

// The weight of a row's sample, sampleWeights(samples) at row mod samples, times mask(rows), and 0 if classes(rows) has
// the ignored one there; pointer 0: all 1, none ignored
static __device__ __forceinline__ float row_weight(const float* sampleWeights, unsigned samples, const float* mask,
                                                   const float* classes, int ignored, unsigned row) {
  if (classes && classes[row] == (float)ignored) {
    return 0.0f;
  }
  float weight = sampleWeights ? sampleWeights[row % samples] : 1.0f;
  return mask ? weight * mask[row] : weight;
}

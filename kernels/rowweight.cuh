// What rows of a batch count.
#pragma once

// The weight of a row's sample, sampleWeights(samples) at row mod samples, times mask(rows); pointer 0: all 1
static __device__ __forceinline__ float row_weight(const float* sampleWeights, unsigned samples, const float* mask,
                                                   unsigned row) {
  float weight = sampleWeights ? sampleWeights[row % samples] : 1.0f;
  return mask ? weight * mask[row] : weight;
}

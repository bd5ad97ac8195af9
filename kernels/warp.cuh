// Sums and maxima over the 32 lanes of a warp, always in the same order; every lane gets the result.
#pragma once

#define ALL_LANES 0xFFFFFFFFu

static __device__ __forceinline__ float warp_sum(float x) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    x += __shfl_xor_sync(ALL_LANES, x, distance);
  }
  return x;
}

static __device__ __forceinline__ float warp_max(float x) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    x = fmaxf(x, __shfl_xor_sync(ALL_LANES, x, distance));
  }
  return x;
}

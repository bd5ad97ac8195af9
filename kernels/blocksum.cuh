// The sum over a block, always in the same order.
#pragma once

#include "twosum.cuh"
#include "warp.cuh"

// The sum of x over a block of 1024, in thread 0: warps first, then the warps' sums.
static __device__ __forceinline__ TwoFloats block_sum(TwoFloats x) {
  __shared__ float high[32], low[32];
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    float otherHigh = __shfl_xor_sync(ALL_LANES, x.high, distance);
    float otherLow = __shfl_xor_sync(ALL_LANES, x.low, distance);
    x = two_sum(x, otherHigh);
    x.low += otherLow;
  }
  unsigned warp = threadIdx.x / 32;
  if (threadIdx.x % 32 == 0) {
    high[warp] = x.high;
    low[warp] = x.low;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    for (unsigned w = 1; w < blockDim.x / 32; w++) {
      x = two_sum(x, high[w]);
      x.low += low[w];
    }
  }
  __syncthreads();  // the shared sums may be written again
  return x;
}

// Sums that lose nothing: a number as an unevaluated sum high + low of two floats.
#pragma once

struct TwoFloats {
  float high;
  float low;
};

// Adds x by Knuth's TwoSum (The Art of Computer Programming 2, 4.2.2). The intrinsics keep the compiler from contracting
// or reordering: the error is exact only if each operation rounds by itself.
static __device__ __forceinline__ TwoFloats two_sum(TwoFloats a, float x) {
  float sum = __fadd_rn(a.high, x);
  float part = __fsub_rn(sum, a.high);
  float error = __fadd_rn(__fsub_rn(a.high, __fsub_rn(sum, part)), __fsub_rn(x, part));
  return {sum, __fadd_rn(a.low, error)};
}

// The number as one float. Past an infinity the error is NaN and says nothing.
static __device__ __forceinline__ float rounded(TwoFloats a) { return a.low == a.low ? a.high + a.low : a.high; }

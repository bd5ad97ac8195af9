// How an operand is walked through: graph.Strided in Java.
#pragma once

// Axes 1 to 3 are d1 to d3 long, 1 if they are not there; a step along axis k is sk elements. Kernels get the seven by
// themselves.
struct Strided {
  unsigned d1, d2, d3;
  int s0, s1, s2, s3;

  // Where element i of the walk lies. The branches are the same for all threads.
  __device__ __forceinline__ int place(unsigned i) const {
    int at = 0;
    if (d3 > 1) {
      unsigned above = i / d3;
      at += (int)(i - above * d3) * s3;
      i = above;
    }
    if (d2 > 1) {
      unsigned above = i / d2;
      at += (int)(i - above * d2) * s2;
      i = above;
    }
    if (d1 > 1) {
      unsigned above = i / d1;
      at += (int)(i - above * d1) * s1;
      i = above;
    }
    return at + (int)i * s0;
  }
};

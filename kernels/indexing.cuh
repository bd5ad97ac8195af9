// How threads find their element.
//
// Tensors have fewer than 2^31 elements (tensor.Shape), so sizes are int and indices unsigned: i + step cannot wrap.
#pragma once

// A loop over n elements that any one-dimensional grid covers: element i, then one grid further, ...
#define FOR_EACH(i, n)                                                                \
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < (unsigned)(n); \
       i += gridDim.x * blockDim.x)

// Rows that a warp takes each: blocks are (32, warps), row = warp number; lanes stride over the row's columns.
#define WARP_ROW (blockIdx.x * blockDim.y + threadIdx.y)

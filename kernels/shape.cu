// Ops that only move elements. CPU twin: backend.cpu.CpuShape. Grid any, 1-D over the elements of y, block 256.
// (The gradient of repeat is a column sum: reduce.cu, column_sums with T rows of B·F columns.)

#include "indexing.cuh"

// Op.Concat: y(rows,k+m) = [a(rows,k), b(rows,m)].
extern "C" __global__ void concat(const float* a, const float* b, float* y, int rows, int k, int m) {
  unsigned columns = k + m;
  FOR_EACH (at, rows * columns) {
    unsigned row = at / columns;
    unsigned c = at - row * columns;
    y[at] = c < k ? a[row * k + c] : b[row * m + (c - k)];
  }
}

// Op.Slice: y(rows,m) = x(rows,k)[:, from : from+m].
extern "C" __global__ void slice(const float* x, float* y, int rows, int k, int from, int m) {
  FOR_EACH (at, rows * m) {
    unsigned row = at / (unsigned)m;
    y[at] = x[row * k + from + (at - row * m)];
  }
}

// Op.Reverse: y[t] = x[T-1-t] for T = steps, each step width elements.
extern "C" __global__ void reverse(const float* x, float* y, int steps, int width) {
  FOR_EACH (at, steps * width) {
    unsigned t = at / (unsigned)width;
    y[at] = x[(steps - 1 - t) * width + (at - t * width)];
  }
}

// Op.SwapAxes: y[j,i,:] = x[i,j,:] for x (rows,columns,width).
extern "C" __global__ void swap_axes(const float* x, float* y, int rows, int columns, int width) {
  FOR_EACH (at, rows * columns * width) {
    unsigned pair = at / (unsigned)width;  // (j,i)
    unsigned j = pair / (unsigned)rows;
    unsigned i = pair - j * rows;
    y[at] = x[(i * columns + j) * width + (at - pair * width)];
  }
}

// Op.Repeat: y(T,width) = x(width), T times.
extern "C" __global__ void repeat(const float* x, float* y, int steps, int width) {
  FOR_EACH (at, steps * width) {
    y[at] = x[at % (unsigned)width];
  }
}

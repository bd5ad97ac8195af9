// Ops that only move elements. CPU twin: backend.cpu.CpuMoves. Grid any, 1-D over n elements, block 256.

#include "indexing.cuh"
#include "strided.cuh"

// Op.Read, Op.Windows: y(n) = x, walked through as Strided says from its pointer on.
extern "C" __global__ void read(const float* x, int d1, int d2, int d3, int s0, int s1, int s2, int s3, float* y, int n) {
  Strided by = {(unsigned)d1, (unsigned)d2, (unsigned)d3, s0, s1, s2, s3};
  FOR_EACH (i, n) {
    y[i] = x[by.place(i)];
  }
}

// Op.Write: x(n) to where the walk through y comes.
extern "C" __global__ void write(const float* x, float* y, int d1, int d2, int d3, int s0, int s1, int s2, int s3, int n) {
  Strided by = {(unsigned)d1, (unsigned)d2, (unsigned)d3, s0, s1, s2, s3};
  FOR_EACH (i, n) {
    y[by.place(i)] = x[i];
  }
}

// Op.WindowsGrad: dx(T,batch,width), of n elements, = the sum of dy(windows,batch,size,width) over all places of windows,
// stride apart with elements dilation apart, where t is.
extern "C" __global__ void windows_grad(const float* dy, float* dx, int n, int batch, int width, int windows, int size,
                                        int stride, int dilation) {
  FOR_EACH (i, n) {
    unsigned row = i / (unsigned)width;
    unsigned f = i - row * width;
    unsigned t = row / (unsigned)batch;
    unsigned b = row - t * batch;
    float sum = 0.0f;
    for (int k = 0; k < size; k++) {
      int begin = (int)t - k * dilation;
      if (begin < 0) {
        break;
      }
      int w = begin / stride;
      if (w < windows && w * stride == begin) {
        sum += dy[((w * batch + b) * size + k) * width + f];
      }
    }
    dx[i] = sum;
  }
}

// Op.MatMul of few columns, and its gradients: a launch each instead of one for every product and sum.
// CPU twin: backend.cpu.CpuMatMul.

#include "activations.cuh"
#include "warp.cuh"

#define MOST_COLUMNS 8

// y(rows,columns) = x(rows,inner)·w(inner,columns) + bias(columns), and z = activation(y); bias and z may be 0.
// A warp a row, lanes strided over the inner axis; block (32,8), grid ceil(rows/8).
extern "C" __global__ void dense_few(const float* x, const float* w, const float* bias, float* y, float* z, int rows,
                                     int inner, int columns, int activation, float alpha, float beta, float gamma) {
  unsigned row = blockIdx.x * blockDim.y + threadIdx.y;
  if (row >= rows) {
    return;
  }
  float sums[MOST_COLUMNS] = {};
  for (unsigned k = threadIdx.x; k < inner; k += 32) {
    float xk = x[row * inner + k];
#pragma unroll
    for (unsigned m = 0; m < MOST_COLUMNS; m++) {
      if (m < columns) {
        sums[m] = fmaf(xk, w[k * columns + m], sums[m]);
      }
    }
  }
  float mine = 0.0f;
#pragma unroll
  for (unsigned m = 0; m < MOST_COLUMNS; m++) {
    if (m < columns) {
      float sum = warp_sum(sums[m]);
      mine = threadIdx.x == m ? sum : mine;
    }
  }
  if (threadIdx.x < columns) {
    unsigned at = row * columns + threadIdx.x;
    float out = bias ? mine + bias[threadIdx.x] : mine;
    y[at] = out;
    if (z) {
      z[at] = activate({activation, alpha, beta, gamma}, out);
    }
  }
}

// dx(rows,inner) = dy(rows,columns)·wᵀ, dw(inner,columns) = xᵀ·dy, dBias(columns) = Σ dy; each may be 0.
// Thread (k,y) has column k of x and every 32nd row from y on; the 32 of a column are added up in order. Block (32,32),
// grid ceil(inner/32). For few rows: thousands.
extern "C" __global__ void __launch_bounds__(1024)
    dense_few_grad(const float* x, const float* w, const float* dy, float* dx, float* dw, float* dBias, int rows,
                   int inner, int columns) {
  __shared__ float part[32][33];
  unsigned k = blockIdx.x * 32 + threadIdx.x;
  float sums[MOST_COLUMNS] = {};
  float weights[MOST_COLUMNS] = {};
  if (k < inner) {
#pragma unroll
    for (unsigned m = 0; m < MOST_COLUMNS; m++) {
      if (m < columns) {
        weights[m] = w[k * columns + m];
      }
    }
    for (unsigned row = threadIdx.y; row < rows; row += 32) {
      float xk = dw ? x[row * inner + k] : 0.0f;
      float back = 0.0f;
#pragma unroll
      for (unsigned m = 0; m < MOST_COLUMNS; m++) {
        if (m < columns) {
          float d = dy[row * columns + m];
          sums[m] = fmaf(xk, d, sums[m]);
          back = fmaf(d, weights[m], back);
        }
      }
      if (dx) {
        dx[row * inner + k] = back;
      }
    }
  }
  if (dw) {
#pragma unroll
    for (unsigned m = 0; m < MOST_COLUMNS; m++) {
      if (m < columns) {
        __syncthreads();  // the sums of the column before were read
        part[threadIdx.y][threadIdx.x] = sums[m];
        __syncthreads();
        if (threadIdx.y == 0 && k < inner) {
          float sum = 0.0f;
          for (unsigned y = 0; y < 32; y++) {
            sum += part[y][threadIdx.x];
          }
          dw[k * columns + m] = sum;
        }
      }
    }
  }
  if (dBias && blockIdx.x == 0) {
    float sum = 0.0f;
    if (threadIdx.x < columns) {
      for (unsigned row = threadIdx.y; row < rows; row += 32) {
        sum += dy[row * columns + threadIdx.x];
      }
    }
    __syncthreads();
    part[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y == 0 && threadIdx.x < columns) {
      float total = 0.0f;
      for (unsigned y = 0; y < 32; y++) {
        total += part[y][threadIdx.x];
      }
      dBias[threadIdx.x] = total;
    }
  }
}

// Ops without neighbours: y[i] from x[i]. Grid any, 1-D (ceil(n/256) is good), block 256.
// CPU twins: backend.cpu.CpuActivations, CpuElementwise. In-place use (y = x) is allowed.
//
// (Copies and fills are the driver's: CudaDriver.copy and fill.)

#include "activations.cuh"
#include "indexing.cuh"

// Op.Activate; softmax and log_softmax are in softmax.cu.
extern "C" __global__ void activate_forward(const float* x, float* y, int n, int activation, float alpha,
                                            float beta, float gamma) {
  Activation a = {activation, alpha, beta, gamma};
  FOR_EACH (i, n) {
    y[i] = activate(a, x[i]);
  }
}

// Op.ActivateGrad: dx = dy·activation'. kept is y if the activation derives from its output, else x.
extern "C" __global__ void activate_backward(const float* kept, const float* dy, float* dx, int n, int activation,
                                             float alpha, float beta, float gamma) {
  Activation a = {activation, alpha, beta, gamma};
  FOR_EACH (i, n) {
    dx[i] = dy[i] * slope(a, kept[i]);
  }
}

// Op.MatMul's bias: y(rows,columns) += bias(columns) in every row.
extern "C" __global__ void add_bias(float* y, const float* bias, int rows, int columns) {
  FOR_EACH (i, rows * columns) {
    y[i] += bias[i % (unsigned)columns];
  }
}

// Op.MaskOf: mask(rows) = 1 where any of the row's columns differs from the value; NaN differs. A thread a row.
extern "C" __global__ void mask_of(const float* x, float* mask, int rows, int columns, float maskValue) {
  FOR_EACH (r, rows) {
    const float* row = x + r * (unsigned)columns;
    bool differs = false;
    for (unsigned c = 0; c < (unsigned)columns && !differs; c++) {
      differs = row[c] != maskValue;
    }
    mask[r] = differs ? 1.0f : 0.0f;
  }
}

// Op.MaskRows: y(rows,columns) = x where mask(rows) is 1, else 0, even where x is NaN.
extern "C" __global__ void mask_rows(const float* x, const float* mask, float* y, int rows, int columns) {
  FOR_EACH (i, rows * columns) {
    y[i] = mask[i / (unsigned)columns] != 0.0f ? x[i] : 0.0f;
  }
}

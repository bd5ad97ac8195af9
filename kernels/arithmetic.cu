// Arithmetic on elements, operands broadcast to the result. CPU twin: backend.cpu.CpuArithmetic. Grid any, 1-D (ceil(n/256)
// is good), block 256. In-place use is allowed for an operand that is walked through as it lies.

#include "indexing.cuh"
#include "strided.cuh"

// Ordinals of graph.ElementwiseOp.Combine; a test compares the two lists.
enum Combine {
  SUM,
  SUB,
  MUL,
  DIV,
  MAX,
  MIN,
  AVE,
  POW,
  EQUAL,
  GREATER,
  GREATER_EQUAL,
};

// Ordinals of graph.ElementwiseOp.Unary; a test compares the two lists.
enum Unary {
  NEGATE,
  ABS,
  SIGN,
  FLOOR,
  SQUARE,
  SQRT,
  RSQRT,
  RECIPROCAL,
  EXP,
  LOG,
  LOG1P,
};

static __device__ __forceinline__ float combined(int combine, float a, float b) {
  switch (combine) {
    case SUM: return a + b;
    case SUB: return a - b;
    case MUL: return a * b;
    case DIV: return a / b;
    case MAX: return a > b || a != a ? a : b;  // NaN if either is
    case MIN: return a < b || a != a ? a : b;
    case AVE: return 0.5f * (a + b);
    case POW: return powf(a, b);
    case EQUAL: return a == b ? 1.0f : 0.0f;
    case GREATER: return a > b ? 1.0f : 0.0f;
    default: return a >= b ? 1.0f : 0.0f;  // GREATER_EQUAL
  }
}

// Op.Binary of operands that lie as the result does.
extern "C" __global__ void binary(const float* a, const float* b, float* y, int n, int combine) {
  FOR_EACH (i, n) {
    y[i] = combined(combine, a[i], b[i]);
  }
}

// Op.Binary: a and b are walked through as Strided says.
extern "C" __global__ void binary_broadcast(const float* a, int aD1, int aD2, int aD3, int aS0, int aS1, int aS2, int aS3,
                                            const float* b, int bD1, int bD2, int bD3, int bS0, int bS1, int bS2, int bS3,
                                            float* y, int n, int combine) {
  Strided ofA = {(unsigned)aD1, (unsigned)aD2, (unsigned)aD3, aS0, aS1, aS2, aS3};
  Strided ofB = {(unsigned)bD1, (unsigned)bD2, (unsigned)bD3, bS0, bS1, bS2, bS3};
  FOR_EACH (i, n) {
    y[i] = combined(combine, a[ofA.place(i)], b[ofB.place(i)]);
  }
}

// Op.Where: y = a where c is not 0, else b.
extern "C" __global__ void where(const float* c, int cD1, int cD2, int cD3, int cS0, int cS1, int cS2, int cS3,
                                 const float* a, int aD1, int aD2, int aD3, int aS0, int aS1, int aS2, int aS3,
                                 const float* b, int bD1, int bD2, int bD3, int bS0, int bS1, int bS2, int bS3, float* y,
                                 int n) {
  Strided ofC = {(unsigned)cD1, (unsigned)cD2, (unsigned)cD3, cS0, cS1, cS2, cS3};
  Strided ofA = {(unsigned)aD1, (unsigned)aD2, (unsigned)aD3, aS0, aS1, aS2, aS3};
  Strided ofB = {(unsigned)bD1, (unsigned)bD2, (unsigned)bD3, bS0, bS1, bS2, bS3};
  FOR_EACH (i, n) {
    y[i] = c[ofC.place(i)] != 0.0f ? a[ofA.place(i)] : b[ofB.place(i)];
  }
}

// Op.Affine: y = factor·x + shift.
extern "C" __global__ void affine(const float* x, float* y, int n, float factor, float shift) {
  FOR_EACH (i, n) {
    y[i] = factor * x[i] + shift;
  }
}

static __device__ __forceinline__ float sign(float x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x; }

// Op.Apply: y = function(x).
extern "C" __global__ void apply(const float* x, float* y, int n, int function) {
  FOR_EACH (i, n) {
    float v = x[i];
    float r;
    switch (function) {
      case NEGATE: r = -v; break;
      case ABS: r = fabsf(v); break;
      case SIGN: r = sign(v); break;
      case FLOOR: r = floorf(v); break;
      case SQUARE: r = v * v; break;
      case SQRT: r = sqrtf(v); break;
      case RSQRT: r = 1.0f / sqrtf(v); break;
      case RECIPROCAL: r = 1.0f / v; break;
      case EXP: r = expf(v); break;
      case LOG: r = logf(v); break;
      default: r = log1pf(v); break;  // LOG1P
    }
    y[i] = r;
  }
}

// Op.ApplyGrad: dx = dy·function'; kept is y for SQRT, RSQRT, RECIPROCAL and EXP, else x.
extern "C" __global__ void apply_grad(const float* kept, const float* dy, float* dx, int n, int function) {
  FOR_EACH (i, n) {
    float v = kept[i];
    float d = dy[i];
    float r;
    switch (function) {
      case NEGATE: r = -d; break;
      case ABS: r = d * sign(v); break;
      case SQUARE: r = 2.0f * d * v; break;
      case SQRT: r = d / (2.0f * v); break;
      case RSQRT: r = d * (-0.5f * v * v * v); break;
      case RECIPROCAL: r = -d * (v * v); break;
      case EXP: r = d * v; break;
      case LOG: r = d / v; break;
      default: r = d / (1.0f + v); break;  // LOG1P
    }
    dx[i] = r;
  }
}

// Kernels that the tests of the PTX interpreter compare with Java. Compiled by compile.sh.

// y = a·x + y
extern "C" __global__ void saxpy(int n, float a, const float* __restrict__ x, float* y) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = a * x[i] + y[i];
}

// y = a·x + y, four elements a thread
extern "C" __global__ void saxpy4(int n4, float a, const float4* __restrict__ x, float4* y) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n4) return;
  float4 p = x[i], q = y[i];
  q.x += a * p.x;
  q.y += a * p.y;
  q.z += a * p.z;
  q.w += a * p.w;
  y[i] = q;
}

// target (rows, cols) <- source with a row stride, grid-stride loop
extern "C" __global__ void strided_copy(int rows, int cols, const float* __restrict__ source, int stride, float* target) {
  long total = (long)rows * cols;
  for (long i = blockIdx.x * (long)blockDim.x + threadIdx.x; i < total; i += (long)gridDim.x * blockDim.x)
    target[i] = source[i / cols * stride + i % cols];
}

// steps of the Collatz sequence: loops of different length in each lane
extern "C" __global__ void collatz(int n, const unsigned* __restrict__ start, int* steps) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  unsigned long long v = start[i];
  int count = 0;
  while (v != 1) {
    v = v & 1 ? 3 * v + 1 : v >> 1;
    ++count;
  }
  steps[i] = count;
}

// mean and variance in float64, one thread a row
extern "C" __global__ void moments(int rows, int cols, const float* __restrict__ x, float* mean, float* variance) {
  int r = blockIdx.x * blockDim.x + threadIdx.x;
  if (r >= rows) return;
  double s = 0, q = 0;
  for (int c = 0; c < cols; ++c) {
    double v = x[r * cols + c];
    s += v;
    q = fma(v, v, q);
  }
  double m = s / cols;
  mean[r] = (float)m;
  variance[r] = (float)(q / cols - m * m);
}

// unary functions by number; z = f_k(x)
extern "C" __global__ void functions(int n, int k, const float* __restrict__ x, float* z) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float v = x[i], r;
  switch (k) {
    case 0: r = expf(v); break;
    case 1: r = tanhf(v); break;
    case 2: r = 1.0f / (1.0f + expf(-v)); break;
    case 3: r = log1pf(expf(v)); break;
    case 4: r = fminf(fmaxf(0.2f * v + 0.5f, 0.0f), 1.0f); break;
    case 5: r = sqrtf(fabsf(v)); break;
    case 6: r = rsqrtf(fabsf(v) + 1.0f); break;
    case 7: r = cosf(v); break;
    case 8: r = sinf(v); break;
    case 9: r = logf(fabsf(v) + 1e-3f); break;
    case 10: r = copysignf(2.5f, v); break;
    case 11: r = rintf(v); break;
    case 12: r = (float)(int)v; break;
    case 13: r = v > 0 ? v : expm1f(v); break;
    case 14: r = erff(v); break;
    case 15: r = powf(fabsf(v), 1.5f); break;
    case 16: r = floorf(v) + ceilf(v); break;
    default: r = v; break;
  }
  z[i] = r;
}

// bytes in, bytes out
extern "C" __global__ void invert_mask(int n, const unsigned char* __restrict__ x, unsigned char* y) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = x[i] ? 0 : 1;
}

// integer functions
extern "C" __global__ void bits(int n, const unsigned* __restrict__ x, unsigned* y) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  unsigned v = x[i];
  unsigned s = __popc(v) + 100u * __clz(v) + 10000u * __ffs(v);
  s ^= __brev(v) ^ __byte_perm(v, s, 0x6143) ^ __funnelshift_l(v, s, 7) ^ __umulhi(v, 0x9E3779B9u);
  s += (unsigned)((int)v >> 5) + (unsigned)((int)v / 7) + v % 13u + (unsigned)abs((int)v);
  y[i] = s + (unsigned)((v * 0x5851F42D4C957F2DULL) >> 33);
}

// histogram by integer atomics
extern "C" __global__ void histogram(int n, const int* __restrict__ x, int* counts) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) atomicAdd(counts + x[i], 1);
}

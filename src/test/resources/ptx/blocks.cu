// Kernels with shared memory, barriers and shuffles. Compiled by compile.sh.

// partial[block] = sum of the block's elements: shuffles inside a warp, shared memory between warps
extern "C" __global__ void block_sum(int n, const float* __restrict__ x, float* partial) {
  __shared__ float warps[32];
  float s = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) s += x[i];
  for (int offset = 16; offset > 0; offset >>= 1) s += __shfl_xor_sync(0xffffffffu, s, offset);
  if ((threadIdx.x & 31) == 0) warps[threadIdx.x >> 5] = s;
  __syncthreads();
  if (threadIdx.x < 32) {
    s = threadIdx.x < (blockDim.x >> 5) ? warps[threadIdx.x] : 0.0f;
    for (int offset = 16; offset > 0; offset >>= 1) s += __shfl_down_sync(0xffffffffu, s, offset);
    if (threadIdx.x == 0) partial[blockIdx.x] = s;
  }
}

// target (cols, rows) = sourceᵀ through a 32x33 tile
extern "C" __global__ void transpose(int rows, int cols, const float* __restrict__ source, float* target) {
  __shared__ float tile[32][33];
  int c = blockIdx.x * 32 + threadIdx.x, r = blockIdx.y * 32 + threadIdx.y;
  for (int k = 0; k < 32; k += 8)
    if (r + k < rows && c < cols) tile[threadIdx.y + k][threadIdx.x] = source[(r + k) * cols + c];
  __syncthreads();
  c = blockIdx.x * 32 + threadIdx.y;
  r = blockIdx.y * 32 + threadIdx.x;
  for (int k = 0; k < 32; k += 8)
    if (c + k < cols && r < rows) target[(c + k) * rows + r] = tile[threadIdx.x][threadIdx.y + k];
}

// running sum of one block in dynamic shared memory, one barrier before and one after each read
extern "C" __global__ void scan(int n, const float* __restrict__ x, float* y) {
  extern __shared__ float row[];
  int i = threadIdx.x;
  row[i] = i < n ? x[i] : 0.0f;
  __syncthreads();
  for (int d = 1; d < blockDim.x; d <<= 1) {
    float v = i >= d ? row[i - d] : 0.0f;
    __syncthreads();
    row[i] += v;
    __syncthreads();
  }
  if (i < n) y[i] = row[i];
}

// the running sum without the barrier between reading and writing: a race
extern "C" __global__ void scan_racy(int n, const float* __restrict__ x, float* y) {
  extern __shared__ float row[];
  int i = threadIdx.x;
  row[i] = i < n ? x[i] : 0.0f;
  __syncthreads();
  for (int d = 1; d < blockDim.x; d <<= 1) {
    float v = i >= d ? row[i - d] : 0.0f;
    row[i] += v;
    __syncthreads();
  }
  if (i < n) y[i] = row[i];
}

// every thread adds to one word without an atomic: a race between blocks
extern "C" __global__ void sum_racy(int n, const float* __restrict__ x, float* sum) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) *sum += x[i];
}

// writes one element too many
extern "C" __global__ void out_of_bounds(int n, float* y) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i <= n) y[i] = i;
}

// reads shared memory that the upper half of the block never wrote
extern "C" __global__ void uninitialised_shared(float* y) {
  __shared__ float s[64];
  if (threadIdx.x < 32) s[threadIdx.x] = threadIdx.x;
  __syncthreads();
  y[threadIdx.x] = s[threadIdx.x ^ 32];
}

// half of the threads meet the barrier
extern "C" __global__ void divergent_barrier(int limit, float* y) {
  __shared__ float s[64];
  s[threadIdx.x] = threadIdx.x;
  if (threadIdx.x < limit) {
    __syncthreads();
    y[threadIdx.x] = s[63 - threadIdx.x];
  }
}

// waits for a word that no other thread writes
extern "C" __global__ void never_ends(volatile int* flag) {
  while (*flag == 0) {
  }
}

// idx, up and vote
extern "C" __global__ void warp_functions(const int* __restrict__ x, int* y) {
  int v = x[threadIdx.x];
  int first = __shfl_sync(0xffffffffu, v, 0);
  int before = __shfl_up_sync(0xffffffffu, v, 3);
  unsigned odd = __ballot_sync(0xffffffffu, v & 1);
  int all = __all_sync(0xffffffffu, v > 5) ? 1 : 0;
  y[threadIdx.x] = first + 3 * before + 7 * __popc(odd) + 1000 * all;
}

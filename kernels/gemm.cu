// The built-in matrix product, for machines without cuBLAS: C = alpha·op(A)·op(B) + beta·C with cuBLAS's meaning of
// every argument (column-major; backend.cuda.CudaDriver.Gemm), any shape, float32, a strided batch. CPU twin:
// backend.cpu.Gemm.
//
// op(A) is m×k, op(B) k×n, C m×n: element (i,j) of C is c[i + j·ldc]. With beta 0, C is not read. Sums run over k in
// order, so the bits are always the same.
//
// Mapping: a block of 256 computes a 64×64 tile of C, a thread 4×4 of it, 16 steps of k at a time from shared memory,
// while the next 16 are on their way into registers. Grid ceil(m/64)·ceil(n/64)·batch, in x alone: y and z end at 65,535.
// The tiles of a column of tiles follow one another, then the columns, then the products of the batch.

#define TILE 64
#define STEP 16
#define PITCH 68  // TILE and 4 more: rows begin in different banks, and stay aligned for float4

// Where element (i,p) of a tile lies for the four elements that thread t loads: so that neighbours load neighbours.
// transposed: memory runs along k, else along i.
static __device__ __forceinline__ unsigned tile_i(bool transposed, unsigned t, unsigned s) {
  return transposed ? t / STEP + s * (256 / STEP) : t % TILE;
}
static __device__ __forceinline__ unsigned tile_p(bool transposed, unsigned t, unsigned s) {
  return transposed ? t % STEP : t / TILE + s * (256 / TILE);
}

// Four elements of the tile that begins at (i0, p0) of a matrix with i < rows and p < k; zeros outside.
static __device__ __forceinline__ void load(float part[4], const float* x, size_t ld, bool transposed, unsigned i0,
                                            unsigned p0, unsigned rows, unsigned k) {
#pragma unroll
  for (unsigned s = 0; s < 4; s++) {
    unsigned i = i0 + tile_i(transposed, threadIdx.x, s);
    unsigned p = p0 + tile_p(transposed, threadIdx.x, s);
    part[s] = i < rows && p < k ? x[transposed ? p + i * ld : i + p * ld] : 0.0f;
  }
}

static __device__ __forceinline__ void store(float tile[STEP][PITCH], const float part[4], bool transposed) {
#pragma unroll
  for (unsigned s = 0; s < 4; s++) {
    tile[tile_p(transposed, threadIdx.x, s)][tile_i(transposed, threadIdx.x, s)] = part[s];
  }
}

extern "C" __global__ void __launch_bounds__(256)
    gemm(int transposeA, int transposeB, int m, int n, int k, float alpha, const float* a, int lda, long long strideA,
         const float* b, int ldb, long long strideB, float beta, float* c, int ldc, long long strideC) {
  __shared__ __align__(16) float tileA[STEP][PITCH];
  __shared__ __align__(16) float tileB[STEP][PITCH];
  unsigned down = ((unsigned)m + TILE - 1) / TILE;
  unsigned across = ((unsigned)n + TILE - 1) / TILE;
  unsigned column = blockIdx.x / down;
  unsigned product = column / across;
  a += product * strideA;
  b += product * strideB;
  c += product * strideC;
  unsigned i0 = (blockIdx.x - column * down) * TILE;
  unsigned j0 = (column - product * across) * TILE;
  unsigned ti = threadIdx.x % 16 * 4;
  unsigned tj = threadIdx.x / 16 * 4;
  float sum[4][4] = {};
  float nextA[4], nextB[4];
  // op(B) is k×n: its tile is indexed (j,p), so B runs along p unless it is transposed
  load(nextA, a, lda, transposeA, i0, 0, m, k);
  load(nextB, b, ldb, !transposeB, j0, 0, n, k);
  for (unsigned p0 = 0; p0 < k; p0 += STEP) {
    store(tileA, nextA, transposeA);
    store(tileB, nextB, !transposeB);
    __syncthreads();
    if (p0 + STEP < k) {
      load(nextA, a, lda, transposeA, i0, p0 + STEP, m, k);
      load(nextB, b, ldb, !transposeB, j0, p0 + STEP, n, k);
    }
#pragma unroll
    for (unsigned p = 0; p < STEP; p++) {
      float4 va = *(const float4*)&tileA[p][ti];
      float4 vb = *(const float4*)&tileB[p][tj];
      float ai[4] = {va.x, va.y, va.z, va.w};
      float bj[4] = {vb.x, vb.y, vb.z, vb.w};
#pragma unroll
      for (int y = 0; y < 4; y++) {
#pragma unroll
        for (int x = 0; x < 4; x++) {
          sum[y][x] += ai[x] * bj[y];
        }
      }
    }
    __syncthreads();
  }
#pragma unroll
  for (unsigned y = 0; y < 4; y++) {
#pragma unroll
    for (unsigned x = 0; x < 4; x++) {
      unsigned i = i0 + ti + x;
      unsigned j = j0 + tj + y;
      if (i < m && j < n) {
        float* out = c + i + (size_t)j * ldc;
        *out = beta == 0.0f ? alpha * sum[y][x] : alpha * sum[y][x] + beta * *out;
      }
    }
  }
}

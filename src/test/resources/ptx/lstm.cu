// One timestep of LSTM gates and a Philox dropout, as the tests of the interpreter need them. Compiled by compile.sh.

__device__ __forceinline__ float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

// z (B,4H) pre-activations in gate order i,f,c,o; c and h (B,H); mask (B) bytes: 0 keeps the old state
extern "C" __global__ void lstm_gates(
    int B, int H, const float* __restrict__ z, const float* __restrict__ bias, const unsigned char* __restrict__ mask,
    const float* __restrict__ hPrev, const float* __restrict__ cPrev, float* h, float* c) {
  int u = blockIdx.x * blockDim.x + threadIdx.x;
  int b = blockIdx.y;
  if (u >= H || b >= B) return;
  int s = b * H + u;
  if (!mask[b]) {
    h[s] = hPrev[s];
    c[s] = cPrev[s];
    return;
  }
  const float* row = z + (long)b * 4 * H;
  float i = sigmoid(row[u] + bias[u]);
  float f = sigmoid(row[H + u] + bias[H + u]);
  float g = tanhf(row[2 * H + u] + bias[2 * H + u]);
  float o = sigmoid(row[3 * H + u] + bias[3 * H + u]);
  float next = f * cPrev[s] + i * g;
  c[s] = next;
  h[s] = o * tanhf(next);
}

// Philox4x32-10 (Salmon et al. 2011): out[4i..4i+3] of counter (i, 0, offset, 0)
extern "C" __global__ void philox(int n4, unsigned long long seed, unsigned offset, uint4* out) {
  unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n4) return;
  unsigned c0 = i, c1 = 0, c2 = offset, c3 = 0, k0 = (unsigned)seed, k1 = (unsigned)(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    unsigned hi0 = __umulhi(0xD2511F53u, c0), lo0 = 0xD2511F53u * c0;
    unsigned hi1 = __umulhi(0xCD9E8D57u, c2), lo1 = 0xCD9E8D57u * c2;
    c0 = hi1 ^ c1 ^ k0;
    c1 = lo1;
    c2 = hi0 ^ c3 ^ k1;
    c3 = lo0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[i] = make_uint4(c0, c1, c2, c3);
}

// Philox4x32-10, the counter-based generator of Salmon et al. (2011), "Parallel random numbers: as easy as 1, 2, 3".
// Integer arithmetic only: the same bits as random.Philox on the CPU.
#pragma once

// The four words for a counter and a key, in place of the counter.
static __device__ __forceinline__ void philox(unsigned counter[4], unsigned key0, unsigned key1) {
#pragma unroll
  for (int round = 0; round < 10; round++) {
    unsigned low0 = 0xD2511F53u * counter[0], high0 = __umulhi(0xD2511F53u, counter[0]);
    unsigned low1 = 0xCD9E8D57u * counter[2], high1 = __umulhi(0xCD9E8D57u, counter[2]);
    counter[0] = high1 ^ counter[1] ^ key0;
    counter[1] = low1;
    counter[2] = high0 ^ counter[3] ^ key1;
    counter[3] = low0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

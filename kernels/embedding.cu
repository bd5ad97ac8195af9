// The embedding table. CPU twin: backend.cpu.CpuShape. ids (N) are whole numbers in [0,V) as floats.

#include "indexing.cuh"
#include "warp.cuh"

// Op.Embed: y(N,E) = table(V,E)[ids]. Grid any, 1-D over N·E, block 256.
extern "C" __global__ void embed(const float* ids, const float* table, float* y, int rows, int width) {
  FOR_EACH (at, rows * width) {
    unsigned row = at / (unsigned)width;
    y[at] = table[(unsigned)ids[row] * width + (at - row * width)];
  }
}

// Op.EmbedGrad: dTable[v] = sum of dy's rows whose id is v, in their order, without atomics: so always the same bits.
//
// Mapping: a warp for 32 columns of one table row v, a lane each; block (32,8), grid ceil(V/8)·ceil(E/32). The warp
// looks at 32 ids at once and adds the rows that match, one after the other. Cost: V·ceil(E/32)·N/32 looks, which stays
// below a millisecond for the tables that fit a batch; no sorting, no scratch memory. Writes all of dTable.
extern "C" __global__ void embed_grad(const float* ids, const float* dy, float* dTable, int rows, int vocabulary,
                                      int width) {
  unsigned down = ((unsigned)vocabulary + 7) / 8;
  unsigned across = blockIdx.x / down;
  unsigned v = (blockIdx.x - across * down) * 8 + threadIdx.y;
  if (v >= vocabulary) {
    return;
  }
  unsigned column = across * 32 + threadIdx.x;
  float sum = 0.0f;
  for (unsigned first = 0; first < rows; first += 32) {
    unsigned mine = first + threadIdx.x;
    unsigned matches = __ballot_sync(ALL_LANES, mine < rows && (unsigned)ids[mine] == v);
    while (matches) {
      unsigned row = first + __ffs(matches) - 1;
      matches &= matches - 1;
      if (column < width) {
        sum += dy[row * width + column];
      }
    }
  }
  if (column < width) {
    dTable[v * width + column] = sum;
  }
}

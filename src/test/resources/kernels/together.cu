// Kernels of cooperative launches: blocks that wait for one another. Compiled by ../ptx/compile.sh.

// Waits until all blocks have come here `times` times. The count only grows, so it is zero before the launch.
static __device__ void grid_barrier(unsigned* arrived, unsigned times) {
  __syncthreads();
  if (threadIdx.x == 0) {
    __threadfence();
    atomicAdd(arrived, 1);
    while (*(volatile unsigned*)arrived < times * gridDim.x) {
    }
    __threadfence();
  }
  __syncthreads();
}

// y = x (blocks, blockDim), then `steps` times each block adds the values of the next block to its own.
extern "C" __global__ void ring(unsigned* arrived, const float* x, float* y, int steps) {
  extern __shared__ float own[];
  unsigned at = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned next = (blockIdx.x + 1) % gridDim.x * blockDim.x + threadIdx.x;
  own[threadIdx.x] = x[at];
  y[at] = x[at];
  for (int s = 0; s < steps; s++) {
    grid_barrier(arrived, 2 * s + 1);
    own[threadIdx.x] += ((volatile float*)y)[next];
    grid_barrier(arrived, 2 * s + 2);
    y[at] = own[threadIdx.x];
  }
}

// Waits for what nobody does.
extern "C" __global__ void waits_in_vain(unsigned* arrived) {
  grid_barrier(arrived, 2);
}

// Brings a batch from where its samples lie to where the program wants them: all inputs in one launch. The samples are
// those of a block that came from the host, or some of a data set that stays on the device, in an order that does too.
// CPU twin: backend.cpu.CpuExecutable.write.
//
// Grid: all blocks of the table, block 256.

// Where the samples of an input lie now; written by the host for each batch, so that a captured graph reads each one's
struct Source {
  const float* samples;
  const int* order;  // the numbers of the samples, or 0: one after the other
  unsigned first;    // where in the order, or which sample without one
};

// An input: to(timesteps,batch,width) from samples (…,timesteps,width); timesteps 1 is to(batch,width). Its n elements
// are shared among blocks from firstBlock on, PART each.
struct Input {
  const Source* source;
  float* to;
  unsigned timesteps, batch;
  unsigned width, n;
  unsigned firstBlock, unused;
};

#define PART 1024

extern "C" __global__ void feed(const Input* table, int inputs) {
  unsigned i = 0;
  while (i + 1 < inputs && table[i + 1].firstBlock <= blockIdx.x) {
    i++;
  }
  const Input* input = table + i;
  const float* samples = input->source->samples;
  const int* order = input->source->order;
  unsigned first = input->source->first;
  float* to = input->to;
  unsigned timesteps = input->timesteps;
  unsigned batch = input->batch;
  unsigned width = input->width;
  unsigned from = (blockIdx.x - input->firstBlock) * PART;
  unsigned end = min(input->n, from + PART);
  for (unsigned e = from + threadIdx.x; e < end; e += 256) {
    unsigned row = e / width;
    unsigned t = row / batch;
    unsigned b = row - t * batch;
    unsigned sample = order ? order[first + b] : first + b;
    to[e] = samples[(sample * timesteps + t) * width + (e - row * width)];
  }
}

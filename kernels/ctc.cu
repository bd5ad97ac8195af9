// Connectionist temporal classification: graph.ObjectiveOp.Ctc has the equations. CPU twin: backend.cpu.CpuCtc.
// A block of one warp a sample; lanes stride over the states, and over the classes of the slope.

#include "warp.cuh"

// log(exp a + exp b)
static __device__ __forceinline__ float add(float a, float b) {
  float larger = fmaxf(a, b);
  return larger == -INFINITY ? larger : larger + log1pf(expf(-fabsf(a - b)));
}

struct Sample {
  const float* logs;
  const float* labels;
  unsigned batch, classes, b;

  __device__ __forceinline__ unsigned class_of(unsigned s) const {
    return s % 2 == 0 ? 0u : (unsigned)labels[s / 2 * batch + b];
  }

  // Whether the state two before leads here too: a label that differs from the one before
  __device__ __forceinline__ bool skips(unsigned s) const {
    return s % 2 == 1 && s > 1 && class_of(s) != class_of(s - 2);
  }

  __device__ __forceinline__ float y(unsigned t, unsigned s) const {
    return logs[(t * batch + b) * classes + class_of(s)];
  }
};

// Takes the largest of a row, that each lane has seen its part of, away from all; gives it
static __device__ __forceinline__ float normalise(float* row, unsigned states, float largest) {
  largest = warp_max(largest);
  for (unsigned s = threadIdx.x; s < states; s += 32) {
    row[s] -= largest;
  }
  __syncthreads();
  return largest;
}

// loss(batch) and slope(T,batch,classes) of logs(T,batch,classes) and labels(T,batch); scratch(batch,T+2,2T+1): a row of
// alpha for each timestep, then two of beta in turns. Grid batch, block 32.
extern "C" __global__ void ctc(const float* logs, const float* labels, float* loss, float* slope, float* scratch,
                               int steps, int batch, int classes) {
  unsigned b = blockIdx.x;
  unsigned width = 2 * steps + 1;
  Sample sample = {logs, labels, (unsigned)batch, (unsigned)classes, b};
  float* alpha = scratch + b * (steps + 2) * width;
  float found = 0.0f;
  for (unsigned t = threadIdx.x; t < steps; t += 32) {
    found += labels[t * batch + b] != 0.0f ? 1.0f : 0.0f;
  }
  unsigned states = 2 * (unsigned)warp_sum(found) + 1;
  float total = 0.0f;
  float lost = 0.0f;  // of the total, by rounding
  for (unsigned t = 0; t < steps; t++) {
    float* row = alpha + t * width;
    const float* before = row - width;
    float largest = -INFINITY;
    for (unsigned s = threadIdx.x; s < states; s += 32) {
      float sum;
      if (t == 0) {
        sum = s < 2 ? 0.0f : -INFINITY;
      } else {
        sum = before[s];
        if (s > 0) {
          sum = add(sum, before[s - 1]);
        }
        if (sample.skips(s)) {
          sum = add(sum, before[s - 2]);
        }
      }
      sum += sample.y(t, s);
      row[s] = sum;
      largest = fmaxf(largest, sum);
    }
    __syncthreads();
    float term = normalise(row, states, largest) - lost;
    float sum = __fadd_rn(total, term);
    lost = __fsub_rn(__fsub_rn(sum, total), term);
    total = sum;
  }
  if (threadIdx.x == 0) {
    const float* row = alpha + (steps - 1) * width;
    loss[b] = -(total + (states == 1 ? row[0] : add(row[states - 1], row[states - 2])));
  }
  for (unsigned i = 0; i < steps; i++) {
    unsigned t = steps - 1 - i;
    float* row = alpha + t * width;
    float* beta = alpha + (steps + t % 2) * width;
    const float* next = alpha + (steps + (t + 1) % 2) * width;
    float largest = -INFINITY;
    for (unsigned s = threadIdx.x; s < states; s += 32) {
      float sum;
      if (i == 0) {
        sum = s + 2 >= states ? 0.0f : -INFINITY;
      } else {
        sum = next[s] + sample.y(t + 1, s);
        if (s + 1 < states) {
          sum = add(sum, next[s + 1] + sample.y(t + 1, s + 1));
        }
        if (s + 2 < states && sample.skips(s + 2)) {
          sum = add(sum, next[s + 2] + sample.y(t + 1, s + 2));
        }
      }
      beta[s] = sum;
      largest = fmaxf(largest, sum);
    }
    __syncthreads();
    normalise(beta, states, largest);
    float most = -INFINITY;
    for (unsigned s = threadIdx.x; s < states; s += 32) {
      most = fmaxf(most, row[s] + beta[s]);
    }
    most = warp_max(most);
    float all = 0.0f;
    for (unsigned s = threadIdx.x; s < states; s += 32) {
      float share = expf(row[s] + beta[s] - most);
      row[s] = share;
      all += share;
    }
    all = warp_sum(all);
    __syncthreads();
    for (unsigned k = threadIdx.x; k < classes; k += 32) {
      float sum = 0.0f;
      for (unsigned s = k == 0 ? 0 : 1; s < states; s += 2) {
        sum += sample.class_of(s) == k ? row[s] : 0.0f;
      }
      slope[(t * batch + b) * classes + k] = -sum / all;
    }
    __syncthreads();
  }
}

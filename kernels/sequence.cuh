// What every recurrent cell does at a timestep around its equations: masked steps, outputs, recurrent dropout.
// Included by the kernels of the cells, whose headers name the parameters. GATES is the number of the cell's gates;
// thread at = b·U + u is at unit u of sample b, size = B·U.

#pragma once

// What lies there, or 0 where there is nothing: the state before all steps, what comes from after all
static __device__ __forceinline__ float or_zero(const float* x, unsigned at) { return x ? x[at] : 0.0f; }

// The state, the output, and what each gate of the next step will see of the state
template <int GATES>
static __device__ __forceinline__ void store(unsigned at, unsigned size, bool masked, float hNew, float* h,
                                             const float* yBefore, float* y, const float* dropMasks, float* droppedNext,
                                             int gateStride) {
  h[at] = hNew;
  if (y) {
    y[at] = !masked ? hNew : yBefore ? yBefore[at] : 0.0f;
  }
  if (droppedNext) {
    for (unsigned k = 0; k < GATES; k++) {
      droppedNext[k * gateStride + at] = hNew * dropMasks[k * size + at];
    }
  }
}

// The gradient of the state after t: what comes from the next step and from the output at t. Leaves in dh, unless that is
// 0, and in dyCarry what passes a masked step, and 0 otherwise. dhLater may be dh.
template <int GATES>
static __device__ __forceinline__ float state_gradient(unsigned at, unsigned size, bool masked, const float* dy,
                                                       float* dyCarry, const float* dDroppedH, const float* dropMasks,
                                                       const float* dhLater, float* dh, int zeroOutputForMask) {
  float fromState = or_zero(dhLater, at);
  if (dDroppedH) {
    for (unsigned k = 0; k < GATES; k++) {
      fromState += dDroppedH[k * size + at] * dropMasks[k * size + at];
    }
  }
  float fromOutput = dy ? dy[at] : 0.0f;
  if (dyCarry) {
    fromOutput += dyCarry[at];
    dyCarry[at] = masked && !zeroOutputForMask ? fromOutput : 0.0f;
    if (dh) {
      dh[at] = masked ? fromState : 0.0f;
    }
  } else if (dh) {
    dh[at] = masked ? fromState + fromOutput : 0.0f;
  }
  return fromState + fromOutput;
}

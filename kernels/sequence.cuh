// What every recurrent cell does at a timestep around its equations: masked steps, outputs, recurrent dropout.
// Included by the kernels of the cells, whose headers name the parameters. GATES is the number of the cell's gates;
// thread at = b·U + u is at unit u of sample b, size = B·U.

#pragma once

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

// The gradient of the state after t: what comes from the next step and from the output at t. Leaves in dh and dyCarry
// what passes a masked step, and 0 otherwise.
template <int GATES>
static __device__ __forceinline__ float state_gradient(unsigned at, unsigned size, bool masked, const float* dy,
                                                       float* dyCarry, const float* dDroppedH, const float* dropMasks,
                                                       float* dh, int zeroOutputForMask) {
  float fromState = dh[at];
  if (dDroppedH) {
    for (unsigned k = 0; k < GATES; k++) {
      fromState += dDroppedH[k * size + at] * dropMasks[k * size + at];
    }
  }
  float fromOutput = dy ? dy[at] : 0.0f;
  if (dyCarry) {
    fromOutput += dyCarry[at];
    dyCarry[at] = masked && !zeroOutputForMask ? fromOutput : 0.0f;
    dh[at] = masked ? fromState : 0.0f;
  } else {
    dh[at] = masked ? fromState + fromOutput : 0.0f;
  }
  return fromState + fromOutput;
}

// What both ways of the LSTM in one block share: which thread has what, and how the four lanes of a unit exchange it.
//
// A block of 4·UNITS threads takes one sample through the whole sequence. It has the recurrent weights of up to UNITS
// units in registers and, where these do not suffice, in shared memory. Thread tid is lane q = tid mod 4 of unit u = tid
// div 4, for gate q of i, f, g, o. Units that are not there have weights, gates and states of 0.
// A sample's sums have one order, whatever the batch and its place there: the same bits for every split of a batch.
#pragma once

#include "activations.cuh"

#define ALL_LANES 0xFFFFFFFFu
#define GATE_I 0
#define GATE_F 1
#define GATE_G 2
#define GATE_O 3

// What lane q of this unit has
static __device__ __forceinline__ float of_lane(float x, int q) { return __shfl_sync(ALL_LANES, x, q, 4); }

// What the lane of this unit has whose number differs in a bit
static __device__ __forceinline__ float of_partner(float x, int bit) { return __shfl_xor_sync(ALL_LANES, x, bit); }

// p_i, p_f or p_o as the lane wants it, 0 if there is none
static __device__ __forceinline__ float peephole_of_lane(const float* peepholeIF, const float* peepholeO, unsigned u,
                                                         unsigned q, unsigned units) {
  if (q < GATE_G) return peepholeIF ? peepholeIF[q * units + u] : 0.0f;
  return q == GATE_O && peepholeO ? peepholeO[u] : 0.0f;
}

// φ and σ: any, or tanh and sigmoid with their code compiled for them
template <bool ANY>
struct Activations {
  Activation phi, sigma;

  // φ(x) where it is wanted, else σ(x)
  __device__ __forceinline__ float operator()(bool isPhi, float x) const {
    if (ANY) {
      return activate(isPhi ? phi : sigma, x);
    }
    return isPhi ? tanhf(x) : sigmoid(x);
  }

  __device__ __forceinline__ float kept_of(bool isPhi, float x, float y) const {
    return ANY ? kept(isPhi ? phi : sigma, x, y) : y;
  }

  __device__ __forceinline__ float value(bool isPhi, float s) const {
    return ANY ? value_of_kept(isPhi ? phi : sigma, s) : s;
  }

  __device__ __forceinline__ float slope_of(bool isPhi, float s) const {
    if (ANY) {
      return slope(isPhi ? phi : sigma, s);
    }
    return isPhi ? 1.0f - s * s : s * (1.0f - s);
  }
};

package io.github.lstm4j.backend.cuda.sim;

import static io.github.lstm4j.backend.cuda.sim.CudaErrors.error;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Counts calls, and makes chosen ones fail. */
final class Faults {
  private record Fault(CudaCall call, long at, int code, boolean lost) {}

  private final Map<CudaCall, Long> counts = new EnumMap<>(CudaCall.class);
  private final List<Fault> faults = new ArrayList<>();
  private boolean lost;

  /** Makes the n-th call from now fail; 1 is the next. */
  void failAt(CudaCall call, int n, int code, boolean losesDevice) {
    if (n < 1) {
      throw new IllegalArgumentException("the calls to come are counted from 1, not " + n);
    }
    faults.add(new Fault(call, count(call) + n, code, losesDevice));
  }

  long count(CudaCall call) {
    return counts.getOrDefault(call, 0L);
  }

  boolean deviceLost() {
    return lost;
  }

  void clear() {
    faults.clear();
  }

  /** A call begins: it may fail here. */
  void enter(CudaCall call) {
    long number = counts.merge(call, 1L, Long::sum);
    for (var fault : faults) {
      if (fault.call == call && fault.at == number) {
        lost |= fault.lost;
        if (!lost) {
          throw error(call, fault.code, "injected failure of call " + number);
        }
      }
    }
    if (lost) {
      throw error(call, CudaErrors.DEVICE_UNAVAILABLE, "the device is lost");
    }
  }
}

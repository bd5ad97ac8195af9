package io.github.lstm4j.training;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.tensor.DType;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data of one {@code fit} in the memory of what trains, where that has room: made when a device
 * asks first, once for all epochs. The CPU takes it where it lies.
 */
final class Near implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Near.class);

  /** Of data that is gone through once. */
  static final Near NONE = new Near(List.of());

  private final List<float[]> arrays;
  private final Map<Backend, IdentityHashMap<float[], Buffer>> copies = new HashMap<>();
  private final Set<float[]> finite = Collections.newSetFromMap(new IdentityHashMap<>());

  private Near(List<float[]> arrays) {
    this.arrays = arrays;
  }

  /** Of the tensors that sources are; other sources have nothing that could be kept. */
  static Near of(BatchSource training, BatchSource validation) {
    Set<float[]> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
    Stream.of(training, validation)
        .filter(Sources.OfTensors.class::isInstance)
        .forEach(s -> arrays.addAll(((Sources.OfTensors) s).arrays()));
    return new Near(List.copyOf(arrays));
  }

  /** The copy of an array in a backend's memory; null if there is none. */
  Buffer copyOf(float[] array, Backend backend) {
    return arrays.isEmpty() ? null : copies.computeIfAbsent(backend, this::copies).get(array);
  }

  /** Whether it is known of an array, which does not change, that all its values are finite. */
  boolean isFinite(float[] array) {
    return finite.contains(array);
  }

  private IdentityHashMap<float[], Buffer> copies(Backend backend) {
    IdentityHashMap<float[], Buffer> made = new IdentityHashMap<>();
    long bytes = arrays.stream().mapToLong(a -> DType.FLOAT32.bytes(a.length)).sum();
    if (bytes > backend.room()) {
      return made;
    }
    try {
      arrays.forEach(array -> made.put(array, backend.near(array)));
    } catch (RuntimeException noRoom) {
      LOG.warn("fit: batches come from the host, which is slower: {}", Printable.reason(noRoom));
      made.values().forEach(Buffer::close);
      made.clear();
      return made;
    }
    arrays.stream().filter(Near::allFinite).forEach(finite::add);
    return made;
  }

  private static boolean allFinite(float[] array) {
    for (float v : array) {
      if (!Float.isFinite(v)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    copies.values().forEach(of -> of.values().forEach(Buffer::close));
    copies.clear();
    finite.clear();
  }
}

package io.github.lstm4j.runtime;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.tensor.DType;
import io.github.lstm4j.tensor.TooLargeException;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.WeakHashMap;

/**
 * The memory that one backend holds for weights: a copy of each, which all programs that use the
 * weight share. Copies are counted; with its last user a copy goes, and its values, if they are the
 * newest, come back to the host first. So models may share layers, several backends may use the
 * same weights, and everything may be closed in any order. A model that nobody holds any more takes
 * its copies along, closed or not: the store does not keep them.
 */
public final class Store {
  private static final Map<Backend, WeakReference<Store>> STORES = new WeakHashMap<>();

  private final Backend backend;
  private final Map<Weight, WeakReference<WeightCopy>> copies = new WeakHashMap<>();

  private Store(Backend backend) {
    this.backend = backend;
    backend.onClose(this::bringHome);
  }

  /** The one store of a backend. */
  public static Store of(Backend backend) {
    synchronized (STORES) {
      WeakReference<Store> reference = STORES.get(backend);
      Store store = reference == null ? null : reference.get();
      if (store == null) {
        store = new Store(backend);
        STORES.put(backend, new WeakReference<>(store));
      }
      return store;
    }
  }

  /** The backend. */
  public Backend backend() {
    return backend;
  }

  /** The number of weights that have a copy here. */
  public synchronized int size() {
    return copies.size();
  }

  private Buffer memory(Weight weight) {
    try {
      return backend.allocate(DType.FLOAT32, weight.shape().size());
    } catch (TooLargeException e) {
      throw e.of(weight.path() + " " + weight.shape());
    }
  }

  /** One more user of the weight's copy, which is made if there is none. */
  synchronized WeightCopy hold(Weight weight) {
    WeakReference<WeightCopy> reference = copies.get(weight);
    WeightCopy copy = reference == null ? null : reference.get();
    if (copy == null) {
      copy = new WeightCopy(weight, memory(weight));
      copies.put(weight, new WeakReference<>(copy));
    }
    copy.users++;
    return copy;
  }

  /** One user less. */
  synchronized void release(WeightCopy copy) {
    copy.users--;
    if (copy.users == 0) {
      copies.remove(copy.weight());
      copy.close();
    }
  }

  private void bringHome() {
    List<WeightCopy> all;
    synchronized (this) {
      all = copies.values().stream().map(WeakReference::get).filter(Objects::nonNull).toList();
    }
    all.forEach(WeightCopy::bringHome);
  }
}

package io.github.lstm4j.runtime;

import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.layers.Weight;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A weight's values in the memory of one backend, and which version of them. */
final class WeightCopy implements Weight.Copy {
  private static final Logger LOG = LoggerFactory.getLogger(Store.class);
  private static final long NONE = -1;

  private final Weight weight;
  private final Buffer buffer;
  private volatile long version = NONE;
  int users; // guarded by the store

  WeightCopy(Weight weight, Buffer buffer) {
    this.weight = weight;
    this.buffer = buffer;
  }

  Weight weight() {
    return weight;
  }

  Buffer buffer() {
    return buffer;
  }

  @Override
  public void read(float[] target) {
    buffer.read(target);
  }

  /** Takes the weight's newest values, if it does not have them. */
  void refresh() {
    if (version != weight.version()) {
      synchronized (weight) {
        if (version != weight.version()) {
          version = weight.give(buffer::write);
        }
      }
    }
  }

  /** A program is about to change the values here. */
  void changed() {
    version = weight.changed(this);
  }

  /** Brings the values to the host if they are newer than its own. A failed device loses them. */
  void bringHome() {
    try {
      weight.bringHome(this);
    } catch (RuntimeException e) {
      LOG.warn(
          "{} {}: its values are lost: {}", weight.path(), weight.shape(), Printable.reason(e));
      weight.lost(this, Printable.reason(e));
    }
  }

  void close() {
    bringHome();
    buffer.close();
  }
}

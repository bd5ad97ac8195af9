package io.github.lstm4j.layers;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;

/**
 * Orders those who read some weights and those who change them: many predictions at once, or one
 * training step. Who comes first is served first. Layers that are shared share their lock.
 */
public final class WeightLock {
  private static final AtomicLong NUMBERS = new AtomicLong();

  private final long number = NUMBERS.getAndIncrement();
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);

  /** Waits until nobody changes the weights, and keeps it so. */
  void read() {
    lock.readLock().lock();
  }

  /** Ends {@link #read}. */
  void endRead() {
    lock.readLock().unlock();
  }

  /**
   * Waits until nobody reads or changes the weights, and keeps it so.
   *
   * @throws IllegalStateException if this thread reads them, and so would wait for itself
   */
  void change() {
    if (lock.getReadHoldCount() > 0 && !lock.isWriteLockedByCurrentThread()) {
      throw new IllegalStateException(
          "weights cannot be changed from within a prediction or evaluation that reads them; do it"
              + " before or after");
    }
    lock.writeLock().lock();
  }

  /** Ends {@link #change}. */
  void endChange() {
    lock.writeLock().unlock();
  }

  /**
   * Locks that are held together, always taken in the same order, so that nobody waits in a circle.
   * Made once, held often.
   */
  public static final class Set {
    private final WeightLock[] locks;
    private final boolean[] changes;

    private Set(List<WeightLock> all, Collection<WeightLock> change) {
      locks = all.toArray(WeightLock[]::new);
      changes = new boolean[locks.length];
      for (int i = 0; i < locks.length; i++) {
        changes[i] = change.contains(locks[i]);
      }
    }

    /**
     * @param read whose weights are read
     * @param change whose weights are changed
     */
    public static Set of(Collection<WeightLock> read, Collection<WeightLock> change) {
      List<WeightLock> all =
          Stream.concat(read.stream(), change.stream())
              .distinct()
              .sorted(Comparator.comparingLong(l -> l.number))
              .toList();
      return new Set(all, change);
    }

    /** Waits until all are free for what they are wanted for, and keeps them. */
    public void hold() {
      int taken = 0;
      try {
        for (; taken < locks.length; taken++) {
          if (changes[taken]) {
            locks[taken].change();
          } else {
            locks[taken].read();
          }
        }
      } catch (RuntimeException | Error e) {
        release(taken);
        throw e;
      }
    }

    /** Ends {@link #hold}. */
    public void release() {
      release(locks.length);
    }

    private void release(int count) {
      for (int i = count - 1; i >= 0; i--) {
        if (changes[i]) {
          locks[i].endChange();
        } else {
          locks[i].endRead();
        }
      }
    }
  }
}

package io.github.lstm4j.serve;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.serve.ServerOptions.SequenceLimits;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** The sequences of one model that are open, with their states. */
final class Sequences {
  /** A sequence. Its parts run one after the other, in the order in which they came. */
  static final class Sequence {
    private final Object id;
    private final float[] state;
    private final Deque<Runnable> parts = new ArrayDeque<>(); // the first one runs
    private long lastUsed;

    private Sequence(Object id, int size, long now) {
      this.id = id;
      this.state = new float[size];
      this.lastUsed = now;
    }

    /** Its state after the last timestep; that of zeros at its begin. */
    float[] state() {
      return state;
    }
  }

  private final String model;
  private final int stateSize;
  private final SequenceLimits limits;
  private final LongSupplier clock;
  private final Map<Object, Sequence> open = new HashMap<>();

  /**
   * @param model what errors call it
   * @param clock in nanoseconds
   */
  Sequences(String model, int stateSize, SequenceLimits limits, LongSupplier clock) {
    this.model = model;
    this.stateSize = stateSize;
    this.limits = limits;
    this.clock = clock;
  }

  /** Whether a sequence of this id is open. */
  synchronized boolean has(Object id) {
    return open.containsKey(id);
  }

  /** How many are open. */
  synchronized int size() {
    return open.size();
  }

  /** How much memory their states take. */
  synchronized long bytes() {
    return open.size() * bytesOfOne();
  }

  private long bytesOfOne() {
    return (long) stateSize * Float.BYTES;
  }

  /**
   * Puts a part of a sequence behind those that came before; the first one runs at once. One that
   * starts a sequence takes the place of an open one of its id.
   *
   * @param run gets the sequence, and calls {@link #next} when it is done
   * @throws Refusal if no such sequence is open, or there is no room for another
   */
  void add(SequencePart part, Consumer<Sequence> run) {
    Sequence sequence;
    boolean first;
    synchronized (this) {
      sequence = part.start() ? begin(part.id()) : open.get(part.id());
      if (sequence == null) {
        throw Refusal.badRequest(
            "model "
                + model
                + ": no sequence "
                + Printable.quoted(part.id())
                + " is open: it has ended, was idle for more than "
                + limits.timeout().toSeconds()
                + " s, or never began; begin it with sequence_start");
      }
      if (part.end()) {
        open.remove(part.id());
      }
      Sequence of = sequence;
      first = sequence.parts.isEmpty();
      sequence.parts.addLast(() -> run.accept(of));
      sequence.lastUsed = clock.getAsLong();
    }
    if (first) {
      run.accept(sequence);
    }
  }

  private Sequence begin(Object id) {
    open.remove(id);
    long most = Math.min(limits.count(), limits.bytes() / Math.max(1, bytesOfOne()));
    if (open.size() >= most) {
      expire();
    }
    if (open.size() >= most) {
      throw Refusal.unavailable(
          "model "
              + model
              + ": "
              + open.size()
              + " sequences are open, as many as "
              + (most == limits.count() ? "their number" : "the memory for their states")
              + " may be; end some with sequence_end, or try again when idle ones have timed out");
    }
    Sequence sequence = new Sequence(id, stateSize, clock.getAsLong());
    open.put(id, sequence);
    return sequence;
  }

  /** The first part of a sequence is done: the next one runs, if there is one. */
  void next(Sequence sequence) {
    Runnable next;
    synchronized (this) {
      sequence.parts.removeFirst();
      sequence.lastUsed = clock.getAsLong();
      next = sequence.parts.peekFirst();
    }
    if (next != null) {
      next.run();
    }
  }

  /** Ends a sequence whose state is not to be relied upon. */
  synchronized void drop(Sequence sequence) {
    open.remove(sequence.id, sequence);
  }

  /** Ends those that were idle for too long. */
  synchronized void expire() {
    long now = clock.getAsLong();
    long longest = limits.timeout().toNanos();
    open.values().removeIf(s -> s.parts.isEmpty() && now - s.lastUsed > longest);
  }
}

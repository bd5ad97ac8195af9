package io.github.lstm4j.training;

import io.github.lstm4j.io.Printable;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Batches that another thread prepares. To who takes them it is as if they were made when they are
 * taken: in order, what was thrown in the place of the batch, and an interrupt that came while one
 * was waited for goes to who makes it.
 */
final class Ahead implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Ahead.class);
  private static final int PATIENCE = 10; // seconds, for a source that is waiting itself

  /**
   * What was made.
   *
   * @param batch null at the end
   * @param failure what was thrown, or null
   */
  private record Made(Batch batch, Throwable failure) {
    boolean last() {
      return batch == null;
    }
  }

  private final Supplier<Batch> source;
  private final Runnable end;
  private final BlockingQueue<Made> ready;
  private final Thread thread;
  private Made last; // null as long as there may be more
  private volatile boolean closed;
  private volatile Throwable endFailure;

  /**
   * @param source makes the next batch; null at the end
   * @param end what is done after the last one that is asked for
   * @param batches how many are kept ready
   */
  Ahead(Supplier<Batch> source, Runnable end, int batches) {
    this.source = source;
    this.end = end;
    this.ready = new ArrayBlockingQueue<>(batches);
    this.thread = new Thread(this::prepare, "lstm4j-prefetch");
    thread.setDaemon(true);
    thread.start();
  }

  /** The other thread, from begin to end. */
  private void prepare() {
    Made one;
    do {
      one = make();
    } while (put(one) && !one.last());
    Thread.interrupted(); // it was meant for the source
    try {
      end.run();
    } catch (Throwable e) {
      endFailure = e;
    }
  }

  private Made make() {
    try {
      Batch batch = source.get();
      return new Made(batch == null ? null : batch.copy(), null);
    } catch (Throwable e) {
      return new Made(null, e);
    }
  }

  /** Whether there is still somebody to take it. */
  private boolean put(Made one) {
    boolean interrupted = false;
    try {
      while (!closed) {
        try {
          ready.put(one);
          return true;
        } catch (InterruptedException e) {
          interrupted = true; // by close, or meant for the source
        }
      }
      return false;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The next one; null at the end. */
  Batch next() {
    Made one = last == null ? take() : last;
    if (one.last()) {
      last = one;
    }
    rethrow(one.failure());
    return one.batch();
  }

  /** If there is one. */
  private static void rethrow(Throwable failure) {
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure != null) { // other languages than Java
      throw new IllegalStateException(Printable.reason(failure), failure);
    }
  }

  private Made take() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return ready.take();
        } catch (InterruptedException e) {
          interrupted = true;
          thread.interrupt();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Ends the other thread, which may be waiting for a place, or for something itself. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    boolean interrupted = Thread.interrupted();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(PATIENCE));
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (thread.isAlive()) {
      LOG.warn(
          "prefetch: the source does not end when it is interrupted; its thread is left alone");
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    rethrow(endFailure);
  }
}

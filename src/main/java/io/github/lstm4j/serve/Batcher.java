package io.github.lstm4j.serve;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Puts jobs together that come at about the same time, and runs them on a thread of its own.
 *
 * <p>A job waits for others only where others are to be expected: as long as fewer rows are there
 * than the batches before it had, but never longer than the bound. So a client that is alone is
 * answered at once, and many clients that each wait for their answers come together again.
 */
final class Batcher<J extends Batcher.Job> implements AutoCloseable {
  /** What is to be done. */
  interface Job {
    /** How many rows of a batch it takes. */
    int rows();

    /** Jobs of equal kinds may run together. */
    Object kind();

    /** When it came, by {@link System#nanoTime}. */
    long arrival();
  }

  private final int most;
  private final long delay;
  private final Consumer<List<J>> work;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<J> queue = new ArrayDeque<>();
  private int rows; // of the queue
  private int expected = 1;
  private boolean closed;

  /**
   * @param name of the thread
   * @param most rows in a batch; a job that has more runs alone
   * @param work runs jobs of one kind, and never throws
   */
  Batcher(String name, ServerOptions.Batching options, int most, Consumer<List<J>> work) {
    this.most = most;
    this.delay = options.delay().toNanos();
    this.work = work;
    this.thread = new Thread(this::loop, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Takes a job. */
  void add(J job) {
    lock.lock();
    try {
      queue.addLast(job);
      rows += job.rows();
      if (queue.size() == 1 || rows >= Math.min(expected, most)) {
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private void loop() {
    for (List<J> jobs = next(); !jobs.isEmpty(); jobs = next()) {
      work.accept(jobs);
    }
  }

  /** The next batch; empty at the end. */
  private List<J> next() {
    lock.lock();
    try {
      while (queue.isEmpty() && !closed) {
        changed.awaitUninterruptibly();
      }
      if (!queue.isEmpty()) {
        await(queue.peekFirst());
      }
      List<J> batch = take();
      int size = batch.stream().mapToInt(Job::rows).sum();
      expected = Math.max(size, expected / 2);
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void await(J first) {
    long left = first.arrival() + delay - System.nanoTime();
    while (left > 0 && rows < Math.min(expected, most) && !closed) {
      try {
        left = changed.awaitNanos(left);
        left = Math.min(left, first.arrival() + delay - System.nanoTime());
      } catch (InterruptedException nobodyDoes) {
        return;
      }
    }
  }

  private List<J> take() {
    List<J> batch = new ArrayList<>();
    int taken = 0;
    for (Iterator<J> waiting = queue.iterator(); waiting.hasNext() && taken < most; ) {
      J job = waiting.next();
      boolean fits = taken == 0 || taken + job.rows() <= most;
      if (fits && (batch.isEmpty() || job.kind().equals(batch.get(0).kind()))) {
        batch.add(job);
        taken += job.rows();
        rows -= job.rows();
        waiting.remove();
      }
    }
    return batch;
  }

  /** Ends once all jobs are done; returns at once. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the end. */
  void await(long millis) throws InterruptedException {
    thread.join(millis);
  }
}

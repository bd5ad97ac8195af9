package io.github.lstm4j.backend.cpu;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;

/**
 * A fixed number of threads, the calling one among them, that work on the parts of a job together.
 * Which thread does which part is fixed, and a result must not depend on it.
 *
 * <p>Between two jobs a thread waits spinning for a moment, since waking it up costs more than a
 * small matrix product, and then sleeps. The threads are daemons.
 */
public final class ThreadTeam implements AutoCloseable {
  /** Waiting turns before a thread goes to sleep: some tenths of a millisecond. */
  private static final int SPINS = 20_000;

  /** Every so many turns the processor is offered to others, in case there are more threads. */
  private static final int YIELD_EVERY = 256;

  private final Worker[] workers;
  private final ReentrantLock oneJob = new ReentrantLock();

  // written by the caller before `job` counts up, read by the workers after they saw it
  private IntConsumer task;
  private int parts;
  private volatile int job;
  private volatile boolean closed;

  /** The caller while it sleeps. */
  private volatile Thread sleeper;

  /**
   * A team.
   *
   * @param threads at least 1, the calling thread counted
   */
  public ThreadTeam(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("a team needs at least 1 thread, got " + threads);
    }
    workers = new Worker[threads - 1];
    for (int w = 0; w < workers.length; w++) {
      workers[w] = new Worker(w + 1);
      workers[w].start();
    }
  }

  /** A team of as many threads as there are processors. */
  public static ThreadTeam ofProcessors() {
    return new ThreadTeam(Runtime.getRuntime().availableProcessors());
  }

  /** The number of threads, the calling one among them. */
  public int size() {
    return workers.length + 1;
  }

  /**
   * Does {@code task} for every part from 0 to {@code parts - 1} and returns when all are done.
   * Thread t does the parts t, t + size, t + 2·size… Called from within a part, it does them all on
   * that thread; called from two threads at once, one waits for the other.
   *
   * <p>If a part throws, its thread skips the rest of its parts, the others finish theirs, and the
   * exception of the lowest thread comes out here with those of others as suppressed ones.
   *
   * @throws IllegalStateException if the team is closed
   */
  public void run(int parts, IntConsumer task) {
    requireOpen();
    boolean inside = oneJob.isHeldByCurrentThread() || Thread.currentThread() instanceof Worker;
    if (inside || parts <= 1 || workers.length == 0) {
      for (int part = 0; part < parts; part++) {
        task.accept(part);
      }
      return;
    }
    oneJob.lock();
    try {
      requireOpen();
      together(parts, task);
    } finally {
      oneJob.unlock();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the CPU backend is closed; open another");
    }
  }

  private void together(int parts, IntConsumer task) {
    this.task = task;
    this.parts = parts;
    int now = job + 1;
    job = now;
    for (Worker worker : workers) {
      worker.wake();
    }
    Throwable failure = share(0);
    awaitWorkers(now);
    this.task = null; // do not keep what it holds
    for (Worker worker : workers) {
      if (failure == null) {
        failure = worker.failure;
      } else if (worker.failure != null && worker.failure != failure) {
        failure.addSuppressed(worker.failure);
      }
      worker.failure = null;
    }
    if (failure instanceof Error error) {
      throw error;
    } else if (failure != null) {
      throw (RuntimeException) failure;
    }
  }

  /** Does the parts of thread {@code id}; returns what they threw. */
  private Throwable share(int id) {
    try {
      for (int part = id; part < parts; part += size()) {
        task.accept(part);
      }
      return null;
    } catch (RuntimeException | Error e) {
      return e;
    }
  }

  private void awaitWorkers(int now) {
    boolean interrupted = false;
    for (Worker worker : workers) {
      for (int spins = 0; worker.done != now; spins++) {
        if (spins < SPINS) {
          spin(spins);
        } else {
          sleeper = Thread.currentThread();
          if (worker.done != now) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted(); // or parking would not sleep any more
          }
          sleeper = null;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // yielding changes who runs, never what comes out
  private static void spin(int turn) {
    if (turn % YIELD_EVERY == YIELD_EVERY - 1) {
      Thread.yield();
    } else {
      Thread.onSpinWait();
    }
  }

  /** Lets the threads end, after a job that is under way. Closing twice does nothing. */
  @Override
  public void close() {
    oneJob.lock();
    try {
      closed = true;
    } finally {
      oneJob.unlock();
    }
    for (Worker worker : workers) {
      worker.wake();
    }
  }

  private final class Worker extends Thread {
    private final int id;
    private volatile boolean asleep;

    /** The last job this thread has finished its share of. */
    private volatile int done;

    /** Written before {@link #done}. */
    private Throwable failure;

    Worker(int id) {
      super("lstm4j-" + id);
      this.id = id;
      setDaemon(true);
    }

    void wake() {
      if (asleep) {
        LockSupport.unpark(this);
      }
    }

    @Override
    public void run() {
      for (int next = 1; awaitJob(next); next++) {
        failure = share(id);
        done = next;
        Thread caller = sleeper;
        if (caller != null) {
          LockSupport.unpark(caller);
        }
      }
    }

    /** Returns when the job of that number is there, or false if the team is closed. */
    private boolean awaitJob(int next) {
      for (int spins = 0; job != next; spins++) {
        if (closed) {
          return false;
        }
        if (spins < SPINS) {
          spin(spins);
        } else {
          asleep = true;
          if (job != next && !closed) {
            LockSupport.park(ThreadTeam.this);
          }
          asleep = false;
        }
      }
      return true;
    }
  }
}

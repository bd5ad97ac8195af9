package io.github.lstm4j.spark;

import java.util.concurrent.TimeUnit;
import org.apache.spark.BarrierTaskContext;

/**
 * Wakes a task that sleeps in {@code allGather}. {@code BarrierTaskContext} sleeps for a second,
 * however soon all have come, and then looks; if it is interrupted in its sleep, it looks at once
 * (it has to, to see that a task is killed) and sleeps again. So that is what is done here, and
 * only while it sleeps there: with a Spark that waits in another way nothing is interrupted.
 */
final class Waker implements Runnable {
  private static final long FIRST = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LAST = TimeUnit.MILLISECONDS.toNanos(50);
  private static final int PART = 20; // of what was waited is waited once more, at most

  private final Thread task;
  private boolean ended;

  private Waker(Thread task) {
    this.task = task;
  }

  /** What all tasks of the stage give, in their order. */
  static String[] allGather(BarrierTaskContext context, String own) {
    Waker waker = new Waker(Thread.currentThread());
    Thread thread = new Thread(waker, "lstm4j-waker");
    thread.setDaemon(true);
    thread.start();
    try {
      return context.allGather(own);
    } finally {
      waker.end();
      if (Thread.interrupted() && context.isInterrupted()) {
        Thread.currentThread().interrupt(); // by Spark, which ends the task
      }
    }
  }

  private synchronized void end() {
    ended = true;
    notifyAll();
  }

  @Override
  public synchronized void run() {
    long begin = System.nanoTime();
    try {
      while (!ended) {
        long waited = System.nanoTime() - begin;
        TimeUnit.NANOSECONDS.timedWait(this, Math.min(LAST, Math.max(FIRST, waited / PART)));
        if (!ended && sleeps()) {
          task.interrupt();
        }
      }
    } catch (InterruptedException e) { // then it sleeps for its second
      Thread.currentThread().interrupt();
    }
  }

  /** Whether it sleeps where being interrupted means nothing. */
  private boolean sleeps() {
    if (task.getState() == Thread.State.TIMED_WAITING) {
      for (StackTraceElement frame : task.getStackTrace()) {
        if (!frame.getClassName().equals(Thread.class.getName())) {
          return frame.getClassName().equals(BarrierTaskContext.class.getName());
        }
      }
    }
    return false;
  }
}

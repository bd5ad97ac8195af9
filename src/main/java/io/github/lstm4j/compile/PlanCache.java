package io.github.lstm4j.compile;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.graph.Program;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A model's plans, and the memory in which they run: lanes, of which every thread takes one for
 * itself while it trains, evaluates or predicts. Plans and their memory are kept for the next time
 * within bounds; those that were not used for the longest time go first.
 */
public final class PlanCache implements AutoCloseable {
  private static final int MOST_PLANS = 256;

  /** A quarter of the heap on the CPU; on a device as much as a small one can spare. */
  private static final long CPU_BYTES = Math.max(16L << 20, Runtime.getRuntime().maxMemory() / 4);

  private static final long DEVICE_BYTES = 1L << 30;

  /** All that share these bounds, by the backend's name. */
  private static final Map<PlanCache, String> SHARING =
      Collections.synchronizedMap(new WeakHashMap<>());

  private final Function<Plan.Key, Plan> compiler;
  private final Function<Program, Backend> chooser;
  private final int mostLanes = Math.max(2, Runtime.getRuntime().availableProcessors());
  private final Map<Plan.Key, Plan> plans = new LinkedHashMap<>(16, 0.75f, true);
  private final Deque<Lane> idle = new ArrayDeque<>();
  private final List<Lane> lanes = new ArrayList<>();
  private long limit;
  private long uses;
  private volatile long held; // as bytes(), for the others
  private boolean closed;

  /**
   * @param compiler makes a plan
   * @param chooser says what a program runs on
   * @param limit the most bytes that are kept; 0 for a part of what all models together may keep: a
   *     quarter of the heap on the CPU, 1 GiB on devices
   */
  public PlanCache(
      Function<Plan.Key, Plan> compiler, Function<Program, Backend> chooser, long limit) {
    this.compiler = compiler;
    this.chooser = chooser;
    this.limit = limit;
  }

  /** Sets the most bytes that are kept; what is over goes when the next plan is made. */
  public synchronized void limit(long bytes) {
    limit = bytes;
  }

  /** The bytes that are held now. */
  public synchronized long bytes() {
    return lanes.stream().mapToLong(Lane::bytes).sum();
  }

  /** Something was made or freed. */
  synchronized void count() {
    held = bytes();
  }

  /** What the models beside this one keep on the same kind of backend. */
  private long heldByOthers(String kind) {
    synchronized (SHARING) {
      return SHARING.entrySet().stream()
          .filter(e -> e.getKey() != this && e.getValue().equals(kind))
          .mapToLong(e -> e.getKey().held)
          .sum();
    }
  }

  /** The plan for a key, compiled if it is not there. */
  public synchronized Plan plan(Plan.Key key) {
    Plan plan = plans.get(key);
    if (plan == null) {
      plan = compiler.apply(key);
      plans.put(key, plan);
      if (plans.size() > MOST_PLANS) {
        plans.remove(plans.keySet().iterator().next());
      }
    }
    return plan;
  }

  /** Forgets all plans of some modes, as when what they minimise has changed. */
  public synchronized void forget(Predicate<Plan.Mode> which) {
    plans.keySet().removeIf(k -> which.test(k.mode()));
    idle.forEach(lane -> lane.forget(which));
    count();
  }

  Backend choose(Program program) {
    return chooser.apply(program);
  }

  /**
   * Takes a lane, to be closed by the same thread. A thread that has none waits if all are taken;
   * one that has one already, as a callback within a training, gets a further one.
   *
   * @throws IllegalStateException if the thread is interrupted while it waits
   */
  public synchronized Lane take() {
    Thread me = Thread.currentThread();
    while (idle.isEmpty()
        && lanes.size() >= mostLanes
        && lanes.stream().noneMatch(l -> l.isTakenBy(me))) {
      try {
        wait();
      } catch (InterruptedException e) {
        me.interrupt();
        throw new IllegalStateException("interrupted while waiting for the model", e);
      }
    }
    Lane lane = idle.pollLast();
    if (lane == null) {
      lane = new Lane(this);
      lanes.add(lane);
    }
    lane.takenBy(me);
    return lane;
  }

  synchronized void giveBack(Lane lane) {
    lane.takenBy(null);
    if (closed || lanes.size() > mostLanes) {
      lanes.remove(lane);
      lane.free();
      count();
    } else {
      idle.addLast(lane); // the next one to be taken: its memory is warm
    }
    notifyAll();
  }

  synchronized long nextUse() {
    return uses++;
  }

  /** Frees what was not used for the longest time, until there is room. */
  synchronized void makeRoom(long bytes, Backend on, Lane mine) {
    long most = limit;
    if (limit == 0) {
      SHARING.put(this, on.name());
      most = (on.name().equals("cpu") ? CPU_BYTES : DEVICE_BYTES) - heldByOthers(on.name());
    }
    while (bytes() + bytes > most) {
      Lane oldest = null;
      for (Lane lane : lanes) {
        boolean free = lane == mine || idle.contains(lane);
        if (free && !lane.isEmpty() && (oldest == null || lane.oldest() < oldest.oldest())) {
          oldest = lane;
        }
      }
      if (oldest == null) {
        return; // more than the limit is needed at once
      }
      oldest.freeOldest();
    }
  }

  /** Frees the memory; lanes that are taken free theirs when they are given back. */
  @Override
  public synchronized void close() {
    closed = true;
    plans.clear();
    lanes.removeAll(idle);
    idle.forEach(Lane::free);
    idle.clear();
    count();
  }
}

package io.github.lstm4j.backend.cuda.sim;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Up to 32 threads that run in lockstep. Threads that took different branches form groups; the
 * group that is furthest behind runs first, and groups that meet become one again. A group that
 * comes to an instruction that needs threads of other groups waits for them.
 */
final class Warp {
  static final int LANES = 32;
  private static final int NOWHERE = Integer.MAX_VALUE;

  /** Register {@code slot} of {@code lane} is at {@code slot * LANES + lane}. */
  final long[] registers;

  /** The number of lane 0 among all threads of the launch, blocks padded to whole warps. */
  int firstThread;

  /** The first thread of the block, and the first of the next. */
  int blockFirst;

  int blockEnd;

  /** Accesses before these times are ordered before those of now, for the warp and the block. */
  int stamp;

  int blockStamp;

  /** The time of accesses now: {@link #stamp}, or since a thread told others of those before. */
  int recordStamp;

  /** When the launch and the block began: earlier accesses to global and shared memory are past. */
  int launchStart;

  int blockStart;

  /** Names threads in messages. */
  LaunchShape shape;

  /** The index of the next instruction of the running group, and its threads as bits. */
  int pc;

  int active;

  /** Threads that have not returned. */
  int alive;

  /** Threads the block gave this warp. */
  int existing;

  Allocation shared;
  Allocation local;
  ByteBuffer parameters;
  boolean atBarrier;

  /** What its threads have asked for and not waited for. */
  final AsyncCopies copies = new AsyncCopies();

  /** How the block sees global memory where all blocks of the launch run at once, else null. */
  BlockView view;

  /** Where the nearest waiting group stands; the running one goes no further without it. */
  private int meetingPoint;

  private final int[] waitingPc = new int[LANES];
  private final int[] waitingLanes = new int[LANES];
  private final boolean[] parked = new boolean[LANES];
  private int waiting;

  /** The number of a thread's block, from its global number. */
  int blockOf(int thread) {
    return thread / (blockEnd - blockFirst);
  }

  Warp(int slots) {
    registers = new long[slots * LANES];
  }

  void start(int threads) {
    existing = threads == LANES ? -1 : (1 << threads) - 1;
    alive = existing;
    active = existing;
    pc = 0;
    waiting = 0;
    meetingPoint = NOWHERE;
    atBarrier = false;
  }

  /** The lanes whose predicate register is set, or is not. */
  int where(int slot, boolean negated) {
    int lanes = 0;
    for (int lane = 0; lane < LANES; lane++) {
      lanes |= (int) (registers[slot + lane] & 1) << lane;
    }
    return active & (negated ? ~lanes : lanes);
  }

  /** Some of the running group go elsewhere. */
  void branch(int lanes, int target) {
    if (lanes == active) {
      if (target <= pc && waiting > 0) {
        meetingPoint = 0; // groups that were behind may now lie ahead
      }
      pc = target;
    } else if (lanes != 0) {
      active &= ~lanes;
      pc++;
      join(target, lanes, false);
    } else {
      pc++;
    }
  }

  /** Some of the running group return. */
  void exit(int lanes) {
    alive &= ~lanes;
    active &= ~lanes;
    pc++;
  }

  /** Puts the running group aside at an instruction that needs more threads than it has. */
  void park() {
    join(pc, active, true);
    active = 0;
  }

  /**
   * Makes the group that is furthest behind the running one.
   *
   * @return whether there is one that can run
   */
  boolean schedule() {
    if (active != 0 && pc < meetingPoint) {
      return true;
    }
    if (active != 0) {
      join(pc, active, false);
      active = 0;
    }
    int best = -1;
    for (int i = 0; i < waiting; i++) {
      if (!parked[i] && (best < 0 || waitingPc[i] < waitingPc[best])) {
        best = i;
      }
    }
    if (best < 0) {
      return false;
    }
    pc = waitingPc[best];
    active = waitingLanes[best];
    waiting--;
    waitingPc[best] = waitingPc[waiting];
    waitingLanes[best] = waitingLanes[waiting];
    parked[best] = parked[waiting];
    meetingPoint = NOWHERE;
    for (int i = 0; i < waiting; i++) {
      if (!parked[i] || waitingPc[i] >= pc) {
        meetingPoint = Math.min(meetingPoint, waitingPc[i]);
      }
    }
    return true;
  }

  boolean mustSchedule() {
    return pc >= meetingPoint || active == 0;
  }

  /** Where threads wait in vain, for a message. */
  int[] waitingPoints() {
    return Arrays.copyOf(waitingPc, waiting);
  }

  private void join(int at, int lanes, boolean park) {
    for (int i = 0; i < waiting; i++) {
      if (waitingPc[i] == at) {
        waitingLanes[i] |= lanes;
        // more threads have come: look again whether all are there
        parked[i] = park && parked[i];
        return;
      }
    }
    waitingPc[waiting] = at;
    waitingLanes[waiting] = lanes;
    parked[waiting] = park;
    waiting++;
    if (!park || at >= pc) {
      meetingPoint = Math.min(meetingPoint, at);
    }
  }
}

package io.github.lstm4j.backend.cuda.sim;

/** An instruction ready to run: names and types are resolved to register slots and a function. */
final class Instruction {
  /** What an instruction does to the registers and memory of some lanes. */
  @FunctionalInterface
  interface Action {
    void run(Warp warp, int lanes);
  }

  /** How an instruction affects which runs next. */
  enum Kind {
    PLAIN,
    /** Like {@link #PLAIN}; then others may run, who may change what it saw. */
    STRONG,
    /** All threads of {@link #members} must be there; then like {@link #PLAIN}. */
    CONVERGENT,
    BRANCH,
    INDEXED_BRANCH,
    EXIT,
    BLOCK_BARRIER,
    WARP_BARRIER,
    TRAP
  }

  final PtxStatement source;
  final Kind kind;
  final Action action;

  /** The slot of the predicate, or -1. */
  final int guard;

  /** The slot of the mask of threads that must meet, or of the index of a branch; or -1. */
  final int members;

  /** Where branches lead. */
  final int[] targets;

  Instruction(
      PtxStatement source, Kind kind, Action action, int guard, int members, int... targets) {
    this.source = source;
    this.kind = kind;
    this.action = action;
    this.guard = guard;
    this.members = members;
    this.targets = targets;
  }
}

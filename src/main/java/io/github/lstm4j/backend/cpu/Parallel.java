package io.github.lstm4j.backend.cpu;

import java.util.function.IntConsumer;

/** Divides work on independent items among the threads of a team. */
final class Parallel {
  /** Fewer floats than this are not worth a second thread. */
  private static final int GRAIN = 1 << 14;

  private final ThreadTeam team;

  /** The work on items {@code from} to {@code to - 1}. */
  interface Range {
    void run(int from, int to);
  }

  Parallel(ThreadTeam team) {
    this.team = team;
  }

  ThreadTeam team() {
    return team;
  }

  /** A step that works on {@code items} items, each about as costly as {@code cost} floats. */
  Task over(int items, int cost, Range body) {
    int parts = (int) Math.max(1, Math.min(team.size(), (long) items * cost / GRAIN));
    if (parts == 1) {
      return () -> body.run(0, items);
    }
    IntConsumer part =
        p -> body.run((int) ((long) items * p / parts), (int) ((long) items * (p + 1) / parts));
    return () -> team.run(parts, part);
  }
}

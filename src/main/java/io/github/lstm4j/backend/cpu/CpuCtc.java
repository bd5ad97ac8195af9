package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.ObjectiveOp;
import java.util.Arrays;

/**
 * {@link ObjectiveOp.Ctc}: forwards and backwards through the states of each sample. Rows of α and
 * β are kept with 0 for their largest, so that nothing is lost on long sequences; the loss adds up
 * what was taken away.
 */
final class CpuCtc {
  private static final float NEVER = Float.NEGATIVE_INFINITY;

  private final Span logs;
  private final Span labels;
  private final Span loss;
  private final Span slope;
  private final Span scratch;
  private final int timesteps;
  private final int batch;
  private final int classes;

  private CpuCtc(ObjectiveOp.Ctc op, CpuBinding binding) {
    logs = binding.span(op.logs());
    labels = binding.span(op.labels());
    loss = binding.span(op.loss());
    slope = binding.span(op.slope());
    scratch = binding.span(op.scratch());
    timesteps = op.logs().dim(0);
    batch = op.logs().dim(1);
    classes = op.logs().dim(2);
  }

  static Task ctc(ObjectiveOp.Ctc op, CpuBinding binding) {
    CpuCtc all = new CpuCtc(op, binding);
    return binding
        .parallel()
        .over(
            all.batch,
            50 * all.timesteps * all.timesteps,
            (from, to) -> {
              for (int b = from; b < to; b++) {
                all.sample(b);
              }
            });
  }

  /** The class of a state. */
  private int classOf(int state, int b) {
    return state % 2 == 0 ? 0 : (int) labels.get(state / 2 * batch + b);
  }

  /** Whether the state two before leads here too: a label that differs from the one before. */
  private boolean skips(int state, int b) {
    return state % 2 == 1 && state > 1 && classOf(state, b) != classOf(state - 2, b);
  }

  private float y(int t, int state, int b) {
    return logs.get((t * batch + b) * classes + classOf(state, b));
  }

  /** Row {@code t} of α; of β in turns rows T and T + 1. */
  private int row(int b, int t) {
    return (b * (timesteps + 2) + t) * (2 * timesteps + 1);
  }

  private void sample(int b) {
    int count = 0;
    for (int t = 0; t < timesteps; t++) {
      count += labels.get(t * batch + b) != 0 ? 1 : 0;
    }
    int states = 2 * count + 1;
    double total = 0;
    for (int t = 0; t < timesteps; t++) {
      for (int s = 0; s < states; s++) {
        double before = t == 0 ? (s < 2 ? 0 : NEVER) : before(row(b, t - 1), s, b);
        scratch.set(row(b, t) + s, (float) (before + y(t, s, b)));
      }
      total += normalise(row(b, t), states);
    }
    int last = row(b, timesteps - 1) + states - 1;
    loss.set(
        b, (float) -(total + add(scratch.get(last), count == 0 ? NEVER : scratch.get(last - 1))));
    for (int t = timesteps - 1; t >= 0; t--) {
      int beta = row(b, timesteps + t % 2);
      int next = row(b, timesteps + (t + 1) % 2);
      for (int s = 0; s < states; s++) {
        boolean end = s >= states - 2;
        double after = t == timesteps - 1 ? (end ? 0 : NEVER) : after(next, t + 1, s, states, b);
        scratch.set(beta + s, (float) after);
      }
      normalise(beta, states);
      slope(b, t, beta, states);
    }
  }

  private double before(int row, int s, int b) {
    double sum = add(scratch.get(row + s), s > 0 ? scratch.get(row + s - 1) : NEVER);
    return skips(s, b) ? add(sum, scratch.get(row + s - 2)) : sum;
  }

  private double after(int row, int t, int s, int states, int b) {
    double sum = scratch.get(row + s) + y(t, s, b);
    if (s + 1 < states) {
      sum = add(sum, scratch.get(row + s + 1) + y(t, s + 1, b));
    }
    if (s + 2 < states && skips(s + 2, b)) {
      sum = add(sum, scratch.get(row + s + 2) + y(t, s + 2, b));
    }
    return sum;
  }

  /** Takes the largest of a row away from all; gives it. */
  private double normalise(int row, int states) {
    float largest = NEVER;
    for (int s = 0; s < states; s++) {
      largest = Math.max(largest, scratch.get(row + s));
    }
    for (int s = 0; s < states; s++) {
      scratch.set(row + s, scratch.get(row + s) - largest);
    }
    return largest;
  }

  private void slope(int b, int t, int beta, int states) {
    int alpha = row(b, t);
    float largest = NEVER;
    for (int s = 0; s < states; s++) {
      largest = Math.max(largest, scratch.get(alpha + s) + scratch.get(beta + s));
    }
    double sum = 0;
    for (int s = 0; s < states; s++) {
      double share = Math.exp(scratch.get(alpha + s) + scratch.get(beta + s) - largest);
      scratch.set(alpha + s, (float) share);
      sum += share;
    }
    int at = (t * batch + b) * classes;
    Arrays.fill(slope.values(), slope.at() + at, slope.at() + at + classes, 0);
    for (int s = 0; s < states; s++) {
      int of = at + classOf(s, b);
      slope.set(of, (float) (slope.get(of) - scratch.get(alpha + s) / sum));
    }
  }

  /** {@code log(eᵃ + eᵇ)}. */
  private static double add(double a, double b) {
    double larger = Math.max(a, b);
    return larger == NEVER ? NEVER : larger + Math.log1p(Math.exp(-Math.abs(a - b)));
  }
}

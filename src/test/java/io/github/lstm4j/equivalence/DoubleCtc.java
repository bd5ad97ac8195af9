package io.github.lstm4j.equivalence;

import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Connectionist temporal classification by its definition: over all paths that give the labels. */
final class DoubleCtc {
  private final ObjectiveOp.Ctc op;
  private final Function<Value, Cells> cells;
  private final int timesteps;
  private final int batch;
  private final int classes;

  DoubleCtc(ObjectiveOp.Ctc op, Function<Value, Cells> cells) {
    this.op = op;
    this.cells = cells;
    timesteps = op.logs().dim(0);
    batch = op.logs().dim(1);
    classes = op.logs().dim(2);
  }

  void run() {
    cells.apply(op.scratch()).fill(0);
    cells.apply(op.slope()).fill(0);
    for (int b = 0; b < batch; b++) {
      List<Integer> labels = new ArrayList<>();
      for (int t = 0; t < timesteps; t++) {
        int label = (int) cells.apply(op.labels()).get(t * batch + b);
        if (label != 0) {
          labels.add(label);
        }
      }
      double[][] shares = new double[timesteps][classes];
      double all = paths(b, labels, new int[timesteps], 0, shares);
      cells.apply(op.loss()).set(b, -Math.log(all));
      for (int t = 0; t < timesteps; t++) {
        for (int k = 0; k < classes; k++) {
          cells.apply(op.slope()).set(at(t, b, k), -shares[t][k] / all);
        }
      }
    }
  }

  private int at(int t, int b, int k) {
    return (t * batch + b) * classes + k;
  }

  /**
   * The probability of all paths that begin so; adds each path's to the classes it goes through.
   */
  private double paths(int b, List<Integer> labels, int[] path, int length, double[][] shares) {
    if (length < timesteps) {
      double sum = 0;
      for (int k = 0; k < classes; k++) {
        path[length] = k;
        sum += paths(b, labels, path, length + 1, shares);
      }
      return sum;
    }
    List<Integer> read = new ArrayList<>();
    double log = 0;
    for (int t = 0; t < timesteps; t++) {
      log += cells.apply(op.logs()).get(at(t, b, path[t]));
      if (path[t] != 0 && (t == 0 || path[t] != path[t - 1])) {
        read.add(path[t]);
      }
    }
    if (!read.equals(labels)) {
      return 0;
    }
    for (int t = 0; t < timesteps; t++) {
      shares[t][path[t]] += Math.exp(log);
    }
    return Math.exp(log);
  }
}

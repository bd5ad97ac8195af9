package io.github.lstm4j.equivalence;

import io.github.lstm4j.graph.DropoutOp;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.MatrixOp;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Scalars;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Evaluates the ops of a graph in double precision, by plain loops written from the equations in
 * the Javadoc of {@link Op}: the oracle that every backend is held against. Each value has memory
 * of its own, NaN before an op writes it.
 */
final class DoubleInterpreter {
  private final Map<Value, double[]> memory = new HashMap<>();

  /** Sets an input or a variable, in the order in which it lies in memory. */
  void set(Value v, double[] data) {
    for (int i = 0; i < v.size(); i++) {
      cells(v).set(i, data[i]);
    }
  }

  /** A copy of a value, in the order in which it lies in memory. */
  double[] get(Value v) {
    return cells(v).row(0, v.size());
  }

  /** The largest magnitude of all that was computed. */
  double largest() {
    double largest = 0;
    for (double[] array : memory.values()) {
      for (double v : array) {
        largest = Math.max(largest, Double.isNaN(v) ? 0 : Math.abs(v));
      }
    }
    return largest;
  }

  /** Runs the ops in order. */
  void run(List<Op> ops) {
    for (Op op : ops) {
      run(op);
    }
  }

  private Cells cells(Value v) {
    double[] array =
        memory.computeIfAbsent(
            v.owner(),
            owner -> {
              double[] fresh = new double[owner.size()];
              Arrays.fill(fresh, Double.NaN);
              return fresh;
            });
    return new Cells(array, v.ownerOffset(), v.size());
  }

  private void run(Op op) {
    if (op instanceof MatrixOp.MatMul m) {
      matMul(m);
    } else if (op instanceof MatrixOp.MatMulGrad m) {
      matMulGrad(m);
    } else if (op instanceof RecurrentOp.Recurrent r) {
      new DoubleRecurrent(r, this::cells).forward();
    } else if (op instanceof RecurrentOp.RecurrentGrad r) {
      new DoubleRecurrent(r.forward(), this::cells).backward(r);
    } else if (op instanceof ElementwiseOp.Activate a) {
      int width = a.x().shape().last();
      for (int n = 0; n < Graph.rows(a.x()); n++) {
        double[] x = cells(a.x()).row(n, width);
        cells(a.y()).setRow(n, DoubleActivations.row(a.activation(), x));
      }
    } else if (op instanceof ElementwiseOp.ActivateGrad a) {
      int width = a.x().shape().last();
      for (int n = 0; n < Graph.rows(a.x()); n++) {
        double[] x = cells(a.x()).row(n, width);
        double[] dy = cells(a.dy()).row(n, width);
        cells(a.dx()).setRow(n, DoubleActivations.rowGradient(a.activation(), x, dy));
      }
    } else if (op instanceof ElementwiseOp.Copy c) {
      set(c.to(), get(c.from()));
    } else if (op instanceof DropoutOp.Dropout d) {
      double[] mask = mask(d.draw(), d.scalars(), d.y().size());
      for (int i = 0; i < mask.length; i++) {
        cells(d.y()).set(i, mask[i] == 0 ? 0 : cells(d.x()).get(i) * mask[i]);
      }
    } else if (op instanceof DropoutOp.DropoutMask d) {
      set(d.mask(), mask(d.draw(), d.scalars(), d.mask().size()));
    } else if (op instanceof DropoutOp.Noise n) {
      noise(n);
    } else if (op instanceof ObjectiveOp.LossValue l) {
      loss(l);
    } else if (op instanceof ObjectiveOp.LossGrad l) {
      lossGrad(l);
    } else if (op instanceof ObjectiveOp.MetricValue m) {
      metric(m);
    } else if (op instanceof ObjectiveOp.Ctc c) {
      new DoubleCtc(c, this::cells).run();
    } else if (op instanceof ObjectiveOp.Accumulate a) {
      accumulate(a);
    } else if (op instanceof UpdateOp u) {
      new DoubleUpdates(this::cells).run(u);
    } else {
      DoubleArithmetic arithmetic = new DoubleArithmetic(this::cells);
      if (!arithmetic.run(op)) {
        new DoubleMoves(this::cells).run(op);
      }
    }
  }

  private void matMul(MatrixOp.MatMul op) {
    int k = op.weight().dim(0);
    int m = op.weight().dim(1);
    for (int n = 0; n < op.y().size() / m; n++) {
      double[] y = op.bias() == null ? new double[m] : get(op.bias());
      for (int i = 0; i < k; i++) {
        double x = cells(op.x()).get(n * k + i);
        Cells weight = cells(op.weight());
        for (int j = 0; j < m; j++) {
          y[j] += x * weight.get(i * m + j);
        }
      }
      cells(op.y()).setRow(n, y);
    }
  }

  private void matMulGrad(MatrixOp.MatMulGrad op) {
    int k = op.weight().dim(0);
    int m = op.weight().dim(1);
    Cells x = cells(op.x());
    Cells w = cells(op.weight());
    Cells dx = op.dx() == null ? null : cells(op.dx());
    Cells dw = op.dWeight() == null ? null : cells(op.dWeight());
    Cells db = op.dBias() == null ? null : cells(op.dBias());
    for (Cells sum : new Cells[] {dx, dw, db}) {
      if (sum != null) {
        sum.fill(0);
      }
    }
    for (int n = 0; n < op.dy().size() / m; n++) {
      double[] dy = cells(op.dy()).row(n, m);
      for (int i = 0; i < k; i++) {
        for (int j = 0; j < m; j++) {
          if (dx != null) {
            dx.add(n * k + i, dy[j] * w.get(i * m + j));
          }
          if (dw != null) {
            dw.add(i * m + j, x.get(n * k + i) * dy[j]);
          }
        }
      }
      for (int j = 0; j < m && db != null; j++) {
        db.add(j, dy[j]);
      }
    }
  }

  private void noise(DropoutOp.Noise n) {
    int step = Float.floatToRawIntBits((float) cells(n.scalars()).get(Scalars.STEP));
    int[] key = {(int) n.seed(), (int) (n.seed() >>> 32)};
    for (int e = 0; e < n.y().size(); e++) {
      int[] words = Philox.words(new int[] {e / 4, n.stream(), step, 0}, key);
      int pair = e % 4 / 2 * 2;
      double radius = Math.sqrt(-2 * Math.log(((words[pair] >>> 8) + 1) / (double) (1 << 24)));
      double turn = 2 * Math.PI * (words[pair + 1] >>> 8) / (1 << 24);
      double normal = radius * (e % 2 == 0 ? Math.cos(turn) : Math.sin(turn));
      cells(n.y()).set(e, n.mean() + n.deviation() * normal);
    }
  }

  private double[] mask(DropoutOp.Draw draw, Value scalars, int size) {
    int step = Float.floatToRawIntBits((float) cells(scalars).get(Scalars.STEP));
    int[] key = {(int) draw.seed(), (int) (draw.seed() >>> 32)};
    double[] mask = new double[size];
    for (int e = 0; e < size; e++) {
      int word = Philox.words(new int[] {e / 4, draw.stream(), step, 0}, key)[e % 4];
      boolean kept = (word >>> 8) / (double) (1 << 24) >= draw.rate();
      mask[e] = kept ? 1 / (1 - (double) draw.rate()) : 0;
    }
    return mask;
  }

  /**
   * Where the elements of each row lie that runs along an axis of (B,T,K) or (B,K), which lie in
   * memory as (T,B,K) and (B,K).
   */
  private static List<int[]> rows(Shape shape, int axis) {
    int rank = shape.rank();
    int batch = shape.dim(rank - 2);
    int width = shape.last();
    int times = rank == 3 ? shape.dim(0) : 1;
    int at = axis < 0 ? axis + rank : axis;
    List<int[]> rows = new ArrayList<>();
    if (at == rank - 1) {
      for (int n = 0; n < times * batch; n++) {
        int first = n * width;
        rows.add(IntStream.range(0, width).map(k -> first + k).toArray());
      }
    } else if (at == 0) {
      for (int t = 0; t < times; t++) {
        for (int k = 0; k < width; k++) {
          int first = t * batch * width + k;
          rows.add(IntStream.range(0, batch).map(b -> first + b * width).toArray());
        }
      }
    } else {
      for (int k = 0; k < width; k++) {
        for (int b = 0; b < batch; b++) {
          int first = b * width + k;
          rows.add(IntStream.range(0, times).map(t -> first + t * batch * width).toArray());
        }
      }
    }
    return rows;
  }

  private double[] at(Value v, int[] indices) {
    return Arrays.stream(indices).mapToDouble(cells(v)::get).toArray();
  }

  /** Row n of a target, a class number as one-hot. */
  private double[] target(Value target, boolean sparse, int n, int[] row) {
    if (!sparse) {
      return at(target, row);
    }
    double[] oneHot = new double[row.length];
    oneHot[(int) cells(target).get(n)] = 1;
    return oneHot;
  }

  private double[] target(Loss loss, Value prediction, Value target, int n, int[] row) {
    int[] from = Arrays.stream(row).map(i -> i / loss.outputsPerTarget()).toArray();
    double[] t = target(target, loss.sparse(), n, from);
    return DoubleLosses.smoothed(loss, t, prediction.shape().last());
  }

  private double weight(Value sampleWeights, Value mask, int n) {
    double w = sampleWeights == null ? 1 : cells(sampleWeights).get(n % sampleWeights.size());
    return mask == null ? w : w * cells(mask).get(n);
  }

  /** 1, or 0 for a row whose class is ignored. */
  private double counted(Integer ignoreClass, Value target, int n) {
    return ignoreClass != null && cells(target).get(n) == ignoreClass ? 0 : 1;
  }

  private double weight(ObjectiveOp.LossValue op, int n) {
    double w = weight(op.sampleWeights(), op.mask(), n);
    return w * counted(op.loss().ignoreClass(), op.target(), n);
  }

  /** Keras: a mask is in the divisor, sample weights are only if the reduction says so. */
  private double divisor(ObjectiveOp.LossValue op) {
    double divisor = 0;
    Integer ignored = op.loss().ignoreClass();
    switch (op.loss().reduction()) {
      case SUM -> divisor = 1;
      case NONE -> divisor = op.rows().size();
      case SUM_OVER_BATCH_SIZE -> {
        for (int n = 0; n < op.rows().size(); n++) {
          divisor += weight(null, op.mask(), n) * counted(ignored, op.target(), n);
        }
      }
      case MEAN_WITH_SAMPLE_WEIGHT -> {
        boolean once = op.mask() == null && ignored == null && op.sampleWeights() != null;
        int count = once ? op.sampleWeights().size() : op.rows().size();
        for (int n = 0; n < count; n++) {
          divisor += weight(op, n);
        }
      }
    }
    return divisor;
  }

  /** What the gradient of a row's value is multiplied by: each row is minimised if not reduced. */
  private double factor(ObjectiveOp.LossValue op) {
    double divisor = op.loss().reduction() == Loss.Reduction.NONE ? 1 : divisor(op);
    return divisor == 0 ? 0 : op.loss().weight() / divisor;
  }

  private void loss(ObjectiveOp.LossValue op) {
    Loss loss = op.loss();
    List<int[]> rows = rows(op.prediction().shape(), loss.axis());
    double sum = 0;
    for (int n = 0; n < rows.size(); n++) {
      double w = weight(op, n);
      double value = 0;
      if (w != 0) {
        double[] t = target(loss, op.prediction(), op.target(), n, rows.get(n));
        value = w * DoubleLosses.value(loss, at(op.prediction(), rows.get(n)), t);
      }
      cells(op.rows()).set(n, value);
      sum += value;
    }
    double divisor = divisor(op);
    double value = divisor == 0 ? 0 : loss.weight() * sum / divisor;
    cells(op.result()).setRow(0, new double[] {value, factor(op), value * op.batch(), op.batch()});
  }

  private void lossGrad(ObjectiveOp.LossGrad op) {
    ObjectiveOp.LossValue f = op.forward();
    List<int[]> rows = rows(f.prediction().shape(), f.loss().axis());
    double factor = factor(f);
    for (int n = 0; n < rows.size(); n++) {
      int[] row = rows.get(n);
      double[] d = new double[row.length];
      double w = weight(f, n);
      if (w != 0 && factor != 0) {
        double[] t = target(f.loss(), f.prediction(), f.target(), n, row);
        d = DoubleLosses.gradient(f.loss(), at(f.prediction(), row), t);
      }
      for (int j = 0; j < row.length; j++) {
        cells(op.dPrediction()).set(row[j], d[j] * w * factor);
      }
    }
  }

  private void metric(ObjectiveOp.MetricValue op) {
    Metric metric = op.metric();
    boolean ofLoss = metric.kind().isOfLoss();
    Integer ignored = ofLoss ? metric.loss().ignoreClass() : null;
    List<int[]> rows = rows(op.prediction().shape(), ofLoss ? metric.loss().axis() : -1);
    double sum = 0;
    double count = 0;
    for (int n = 0; n < rows.size(); n++) {
      int[] row = rows.get(n);
      double w = weight(op.sampleWeights(), op.mask(), n);
      double counted = counted(ignored, op.target(), n);
      double value = 0;
      if (w * counted != 0) {
        double[] t =
            ofLoss
                ? target(metric.loss(), op.prediction(), op.target(), n, row)
                : target(op.target(), metric.sparse(), n, row);
        value = w * DoubleLosses.metric(metric, at(op.prediction(), row), t);
      }
      cells(op.rows()).set(n, value);
      sum += value;
      // Keras looks at what is ignored only where there are weights or a mask to be multiplied
      count += op.sampleWeights() == null && op.mask() == null ? w : w * counted;
    }
    cells(op.result()).set(0, sum);
    cells(op.result()).set(1, count);
  }

  private void accumulate(ObjectiveOp.Accumulate op) {
    for (int i = 0; i < op.addend().size(); i++) {
      addPair(cells(op.state()), 2 * i, cells(op.addend()).get(i));
    }
  }

  /** Adds to a high and a low part. */
  private static void addPair(Cells totals, int at, double value) {
    double sum = totals.get(at) + totals.get(at + 1) + value;
    totals.set(at, (float) sum);
    totals.set(at + 1, sum - (float) sum);
  }
}

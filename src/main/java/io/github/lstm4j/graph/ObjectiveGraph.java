package io.github.lstm4j.graph;

import io.github.lstm4j.expression.Expression;
import io.github.lstm4j.expression.RowFunction;
import io.github.lstm4j.expression.StateFunction;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Losses and metrics, written into a graph. Where they are functions, rows that count nothing are 0
 * to the function, and nothing comes back from there: what is missing or not a number spoils no
 * other row.
 */
public final class ObjectiveGraph {
  private final Graph graph;
  private final String name;
  private final Value sampleWeights;
  private final Value mask;

  /**
   * @param sampleWeights (B) or null
   * @param mask (T,B) of a sequence (T,B,…), or null
   */
  private ObjectiveGraph(Graph graph, String name, Value sampleWeights, Value mask) {
    this.graph = graph;
    this.name = name;
    this.sampleWeights = sampleWeights;
    this.mask = mask;
  }

  /**
   * See {@link ObjectiveOp.LossValue}.
   *
   * @throws IllegalArgumentException if the prediction has no such axis, or what is given beside it
   *     does not go along it, or a function gives something other than the rows' values
   */
  public static ObjectiveOp.LossValue loss(
      Graph graph,
      Loss loss,
      Value prediction,
      Value target,
      Value quantiles,
      Value sampleWeights,
      Value mask) {
    return new ObjectiveGraph(graph, loss.name(), sampleWeights, mask)
        .loss(loss, prediction, target, quantiles);
  }

  /** As above, of a loss without quantiles. */
  public static ObjectiveOp.LossValue loss(
      Graph graph, Loss loss, Value prediction, Value target, Value sampleWeights, Value mask) {
    return loss(graph, loss, prediction, target, null, sampleWeights, mask);
  }

  /**
   * What a batch adds to a metric's state: see {@link ObjectiveOp.MetricValue}; errors as of a
   * loss.
   */
  public static Value metric(
      Graph graph,
      Metric metric,
      Value prediction,
      Value target,
      Value quantiles,
      Value sampleWeights,
      Value mask) {
    return new ObjectiveGraph(graph, metric.logName(), sampleWeights, mask)
        .metric(metric, prediction, target, quantiles);
  }

  /** As above, without quantiles. */
  public static Value metric(
      Graph graph, Metric metric, Value prediction, Value target, Value sampleWeights, Value mask) {
    return metric(graph, metric, prediction, target, null, sampleWeights, mask);
  }

  private ObjectiveOp.LossValue loss(Loss loss, Value prediction, Value target, Value quantiles) {
    if (loss.function() != null) {
      Value rows = rows(loss.function(), prediction, target);
      return ofRows(loss.ofRows(), rows, rows, null);
    }
    return ofRows(loss, prediction, target, quantiles);
  }

  private ObjectiveOp.LossValue ofRows(Loss loss, Value prediction, Value target, Value quantiles) {
    Value p = asSequence(prediction, loss.axis());
    Value rows = graph.temporary("loss.rows", rows(loss.axis(), loss.sparse(), p));
    Value result = graph.temporary("loss", Shape.of(4));
    ObjectiveOp.LossValue op =
        new ObjectiveOp.LossValue(
            loss,
            p,
            asSequence(target, loss.axis()),
            quantiles,
            sampleWeights,
            maskOf(prediction),
            rows,
            result);
    graph.add(op);
    return op;
  }

  private Value metric(Metric metric, Value prediction, Value target, Value quantiles) {
    if (metric.function() != null) {
      return addend(metric.function(), prediction, target);
    } else if (metric.kind().isOfLoss() && metric.loss().function() != null) {
      Value rows = rows(metric.loss().function(), prediction, target);
      return ofRows(metric.ofRows(), rows, rows, null);
    }
    return ofRows(metric, prediction, target, quantiles);
  }

  private Value ofRows(Metric metric, Value prediction, Value target, Value quantiles) {
    Value p = asSequence(prediction, metric.axis());
    Value rows = graph.temporary(name + ".rows", rows(metric.axis(), metric.sparse(), p));
    Value result = graph.temporary(name, metric.stateShape());
    graph.add(
        new ObjectiveOp.MetricValue(
            metric,
            p,
            asSequence(target, metric.axis()),
            quantiles,
            sampleWeights,
            maskOf(prediction),
            rows,
            result));
    return result;
  }

  /** (T,B,…,K) as a sequence (T·…,B,K) of as many rows, which is what the ops know. */
  private Value asSequence(Value v, int axis) {
    int rank = v.shape().rank();
    if (rank < 4) {
      return v;
    }
    requireLast(axis, rank);
    int[] axes = IntStream.range(0, rank).toArray();
    System.arraycopy(axes, 2, axes, 1, rank - 3);
    axes[rank - 2] = 1;
    Value rows = graph.permute(v, axes, false, v.name() + ".rows");
    int batch = v.dim(1);
    Shape shape = Shape.of(v.size() / batch / v.dim(-1), batch, v.dim(-1));
    return graph.reshape(rows, shape, true, v.name() + ".sequence");
  }

  private void requireLast(int axis, int rank) {
    if (axis != -1 && axis != rank - 1) {
      throw new IllegalArgumentException(
          name + ": axis " + axis + " of an output of " + rank + " axes; expected the last, -1");
    }
  }

  /** The mask for {@link #asSequence} of a prediction. */
  private Value maskOf(Value prediction) {
    int rank = prediction.shape().rank();
    if (mask == null || rank < 4) {
      return mask;
    }
    int[] dims = {mask.dim(0), prediction.size() / mask.size() / prediction.dim(-1), mask.dim(1)};
    Value each = graph.reshape(mask, Shape.of(dims[0], 1, dims[2]), false, "mask.each");
    Value all = graph.broadcastTo(each, Shape.of(dims), "mask.all");
    return graph.reshape(all, Shape.of(dims[0] * dims[1], dims[2]), true, "mask.sequence");
  }

  private Shape rows(int axis, boolean sparse, Value prediction) {
    return Shape.of(
        RowLayout.of(name, axis, sparse, prediction.shape(), sampleWeights, mask).count());
  }

  /** The rows' values as a prediction of width 1: (T,B,1), or (B,1). */
  private Value rows(RowFunction function, Value prediction, Value target) {
    GraphExpression p = counted(prediction);
    Expression given = function.of(counted(target), p);
    if (given == null) {
      throw new IllegalArgumentException(name + ": the function gave null");
    }
    GraphExpression rows = GraphExpression.of(given);
    Shape each = eachRow(function.axis(), p);
    boolean whole = rows.shape().equals(Shape.of(each.dim(0))) && each.rank() > 1;
    if (!whole && !rows.shape().equals(each)) {
      throw new IllegalArgumentException(
          name
              + ": expected a value for each row of the prediction "
              + p.shape()
              + ", "
              + each
              + (each.rank() > 1 ? ", or for each sample, " + Shape.of(each.dim(0)) : "")
              + ", got "
              + rows.shape());
    }
    if (whole && mask != null) {
      throw new IllegalArgumentException(
          name
              + ": gives a value for each whole sequence, which does not go with a mask of"
              + " timesteps; take away the Masking or the Embedding's maskZero");
    }
    return GraphExpression.of(rows.expandDims(-1)).inMemoryOrder();
  }

  /** The shape of the values of rows along an axis. */
  private Shape eachRow(int axis, GraphExpression prediction) {
    Shape shape = prediction.shape();
    if (shape.rank() > 3) {
      requireLast(axis, shape.rank());
    } else {
      RowLayout.of(name, axis, false, prediction.value().shape(), sampleWeights, mask);
    }
    if (Axes.at(shape, axis) == 0) {
      throw new IllegalArgumentException(
          name + ": axis " + axis + " is that of the samples; use axis -1");
    }
    return Axes.without(shape, Axes.at(shape, axis));
  }

  /** What a batch adds to the state of a metric. */
  private Value addend(StateFunction function, Value prediction, Value target) {
    GraphExpression p = counted(prediction);
    Tensor ones = Tensor.zeros(eachRow(function.axis(), p));
    Arrays.fill(ones.data(), 1);
    Expression weights = p.constant(ones);
    Expression given = weights(p.shape().rank());
    if (given != null) {
      weights = weights.times(given.squeeze(-1)); // a sample's weight is that of all its steps
    }
    GraphExpression addend = GraphExpression.of(function.addend(counted(target), p, weights));
    if (!addend.shape().equals(Shape.of(function.size()))) {
      throw new IllegalArgumentException(
          name
              + ": expected what a batch adds to a state of "
              + Shape.of(function.size())
              + ", got "
              + addend.shape());
    }
    return addend.inUsersOrder();
  }

  private GraphExpression counted(Value v) {
    GraphExpression e = GraphExpression.of(graph, v);
    Expression weights = weights(v.shape().rank());
    return weights == null ? e : GraphExpression.of(weights.where(e, e.constant(0)));
  }

  /** What rows count, with a last axis of length 1: (B,T,1) or (B,1); null if all count 1. */
  private Expression weights(int rank) {
    Expression all = null;
    if (sampleWeights != null) {
      all = GraphExpression.of(graph, sampleWeights);
      while (all.shape().rank() < rank) {
        all = all.expandDims(-1);
      }
    }
    if (mask != null && rank > 2) {
      int[] column = Arrays.copyOf(mask.shape().dims(), rank);
      Arrays.fill(column, 2, rank, 1);
      Value wide = graph.reshape(mask, Shape.of(column), rank > 2, "mask");
      Expression steps = GraphExpression.of(graph, wide);
      all = all == null ? steps : steps.times(all);
    }
    return all;
  }
}

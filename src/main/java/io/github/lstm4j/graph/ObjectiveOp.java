package io.github.lstm4j.graph;

import static io.github.lstm4j.graph.Op.present;

import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import java.util.ArrayList;
import java.util.List;

/** Losses, their gradients, metrics, and the totals of an epoch. */
public sealed interface ObjectiveOp extends Op {
  /**
   * The loss of prediction p(N,K) against target t (N,K), or (N) class numbers if sparse.
   *
   * @param weights (N) 1 or 0, the propagated mask; absent: all 1
   * @param rows (N) scratch: each row's weighted value
   * @param result (2): the loss {@code Σ rows / Σ weights} (0 if the weights sum to 0), and {@code
   *     Σ weights}
   */
  record LossValue(
      Loss loss, Value prediction, Value target, Value weights, Value rows, Value result)
      implements ObjectiveOp {
    @Override
    public List<Value> inputs() {
      return present(prediction, target, weights);
    }

    @Override
    public List<Value> outputs() {
      return List.of(rows, result);
    }
  }

  /** Gradient of {@link LossValue} by the prediction: dPrediction(N,K). */
  record LossGrad(LossValue forward, Value dPrediction) implements ObjectiveOp {
    @Override
    public List<Value> inputs() {
      return present(forward.prediction(), forward.target(), forward.weights(), forward.result());
    }

    @Override
    public List<Value> outputs() {
      return List.of(dPrediction);
    }
  }

  /**
   * One batch of a metric; operands as in {@link LossValue}. For RMSE the sum is of the squares.
   *
   * @param result (2): {@code Σ rows} and {@code Σ weights}
   */
  record MetricValue(
      Metric metric, Value prediction, Value target, Value weights, Value rows, Value result)
      implements ObjectiveOp {
    @Override
    public List<Value> inputs() {
      return present(prediction, target, weights);
    }

    @Override
    public List<Value> outputs() {
      return List.of(rows, result);
    }
  }

  /**
   * Adds a batch to the totals of an epoch.
   *
   * @param lossResult the result of the {@link LossValue}; counts with weight {@code batch}, as
   *     Keras's loss tracker does
   * @param metricResults the results of the {@link MetricValue}s
   * @param totals (1 + metrics, 4): for each its sum and its weight, both as an unevaluated sum of
   *     two floats (high, low), so that long epochs lose nothing: {@code [sumHigh, sumLow,
   *     weightHigh, weightLow]}. Added by Knuth's TwoSum. In place
   */
  record Accumulate(Value lossResult, int batch, List<Value> metricResults, Value totals)
      implements ObjectiveOp {
    @Override
    public List<Value> inputs() {
      List<Value> list = new ArrayList<>(metricResults);
      list.add(lossResult);
      list.add(totals);
      return list;
    }

    @Override
    public List<Value> outputs() {
      return List.of(totals);
    }
  }
}

package io.github.lstm4j.graph;

import static io.github.lstm4j.graph.Op.present;

import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import java.util.List;

/** Losses, their gradients, metrics, and the totals of an epoch. */
public sealed interface ObjectiveOp extends Op {
  /**
   * The loss of prediction p(N,K) against target t (N,K), or (N) class numbers if sparse. Row n has
   * the weight {@code w_n·m_n}: a row of weight 0 counts nothing, even if it holds NaN.
   *
   * @param sampleWeights w (N), or (B) where N is T·B: row n has that of n mod B; absent: all 1
   * @param mask m (N) 1 or 0; absent: all 1
   * @param rows (N) scratch: each row's weighted value
   * @param result (4): the loss {@code Σ rows / d} (0 if d is 0); its divisor d: {@code Σ m}, 1 or
   *     {@code Σ w·m} as {@link Loss.Reduction} says, where a w without m is counted once a sample;
   *     and what it adds to its mean over an epoch, as Keras's loss tracker does: loss·B and B
   */
  record LossValue(
      Loss loss,
      Value prediction,
      Value target,
      Value sampleWeights,
      Value mask,
      Value rows,
      Value result)
      implements ObjectiveOp {
    @Override
    public List<Value> inputs() {
      return present(prediction, target, sampleWeights, mask);
    }

    @Override
    public List<Value> outputs() {
      return List.of(rows, result);
    }

    /** B: how many samples there are. */
    public int batch() {
      return prediction.dim(prediction.shape().rank() - 2);
    }
  }

  /** Gradient of {@link LossValue} by the prediction: dPrediction(N,K); 0 if the divisor is 0. */
  record LossGrad(LossValue forward, Value dPrediction) implements ObjectiveOp {
    @Override
    public List<Value> inputs() {
      return present(
          forward.prediction(),
          forward.target(),
          forward.sampleWeights(),
          forward.mask(),
          forward.result());
    }

    @Override
    public List<Value> outputs() {
      return List.of(dPrediction);
    }
  }

  /**
   * One batch of a metric; operands as in {@link LossValue}.
   *
   * @param result of the {@linkplain Metric#stateShape state's shape}: what the batch adds to it;
   *     for a mean {@code Σ rows} and {@code Σ m}
   */
  record MetricValue(
      Metric metric, Value prediction, Value target, Value mask, Value rows, Value result)
      implements ObjectiveOp {
    @Override
    public List<Value> inputs() {
      return present(prediction, target, mask);
    }

    @Override
    public List<Value> outputs() {
      return List.of(rows, result);
    }
  }

  /**
   * Adds a batch to the state of a metric, or to the mean of a loss.
   *
   * @param addend (S)
   * @param state (S,2), in place: each number as an unevaluated sum of two floats (high, low), so
   *     that long epochs lose nothing; added by Knuth's TwoSum
   */
  record Accumulate(Value addend, Value state) implements ObjectiveOp {
    @Override
    public List<Value> inputs() {
      return List.of(addend, state);
    }

    @Override
    public List<Value> outputs() {
      return List.of(state);
    }
  }
}

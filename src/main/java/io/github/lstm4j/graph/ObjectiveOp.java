package io.github.lstm4j.graph;

import static io.github.lstm4j.graph.Op.present;

import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import java.util.List;

/** Losses, their gradients, metrics, and the totals of an epoch. */
public sealed interface ObjectiveOp extends Op {
  /**
   * The loss of a prediction p (T,B,K) or (B,K) against a target t of that shape, or of class
   * numbers with K = 1 if sparse, or with K/Q for Q quantiles. N rows run along the loss's axis;
   * along the last one there is one for each sample and timestep. Row n has the weight {@code
   * w_n·m_n}, 0 if its class is ignored: a row of weight 0 counts nothing, even if it holds NaN.
   *
   * @param quantiles (Q) for a loss that has some, else null
   * @param sampleWeights w (N), or (B) where N is a multiple of B: row n has that of n mod B;
   *     absent: all 1
   * @param mask m (N) 1 or 0; absent: all 1
   * @param rows (N) scratch: each row's weighted value
   * @param result (4): the loss {@code weight·Σ rows / d} (0 if d is 0), d being {@code Σ m}, 1,
   *     {@code Σ w·m} or N as {@link Loss.Reduction} says, where ignored rows are as if masked, and
   *     a w with nothing masked is counted once a sample; what the gradient of a row's value is
   *     multiplied by: {@code weight / d}, or {@code weight} without reduction; and what it adds to
   *     its mean over an epoch, as Keras's loss tracker does: loss·B and B
   */
  record LossValue(
      Loss loss,
      Value prediction,
      Value target,
      Value quantiles,
      Value sampleWeights,
      Value mask,
      Value rows,
      Value result)
      implements ObjectiveOp {
    @Override
    public List<Value> inputs() {
      return present(prediction, target, quantiles, sampleWeights, mask);
    }

    @Override
    public List<Value> outputs() {
      return List.of(rows, result);
    }

    /** B: how many samples there are. */
    public int batch() {
      return prediction.dim(prediction.shape().rank() - 2);
    }

    /** Where the rows lie. */
    public RowLayout layout() {
      return RowLayout.of(prediction.shape(), loss.axis());
    }
  }

  /** Gradient of {@link LossValue} by the prediction, of its shape; 0 if the divisor is 0. */
  record LossGrad(LossValue forward, Value dPrediction) implements ObjectiveOp {
    @Override
    public List<Value> inputs() {
      return present(
          forward.prediction(),
          forward.target(),
          forward.quantiles(),
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
   *     for a mean {@code Σ rows} and {@code Σ w·m}. Where neither weights nor a mask are given,
   *     rows of an ignored class are counted there, as in Keras, though their value is 0
   */
  record MetricValue(
      Metric metric,
      Value prediction,
      Value target,
      Value quantiles,
      Value sampleWeights,
      Value mask,
      Value rows,
      Value result)
      implements ObjectiveOp {
    @Override
    public List<Value> inputs() {
      return present(prediction, target, quantiles, sampleWeights, mask);
    }

    @Override
    public List<Value> outputs() {
      return List.of(rows, result);
    }

    /** Where the rows lie. */
    public RowLayout layout() {
      return RowLayout.of(prediction.shape(), metric.axis());
    }

    /** Whether ignored rows are left out of the count. */
    public boolean leavesOutIgnored() {
      return sampleWeights != null || mask != null;
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

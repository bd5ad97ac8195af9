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
   * Connectionist temporal classification: minus the logarithm of the probability that a sequence
   * of classes, once repetitions are taken together and blanks, class 0, are left out, is that of
   * the labels (Graves et al. 2006, equations 6 to 10 and 14 to 16). With the labels l₁…lₙ between
   * blanks as states s = 0…2n, and y_t(s) the log-probability of the class of s:
   *
   * <pre>
   * α_t(s) = y_t(s) + log(e^α_t₋₁(s) + e^α_t₋₁(s−1) [+ e^α_t₋₁(s−2) if s is a label unlike that of s−2])
   * β_t(s) the same from the end, without y_t(s)
   * loss = −log(e^α_T₋₁(2n) + e^α_T₋₁(2n−1))
   * slope_t(k) = −Σ_{s of class k} e^(α_t(s) + β_t(s)) / Σ_s e^(α_t(s) + β_t(s))
   * </pre>
   *
   * @param logs (T,B,K): logarithms of probabilities
   * @param labels (T,B,1): numbers of classes from 1 on, those of a sample first, then 0
   * @param loss (B); infinite where the labels do not fit into T steps
   * @param slope (T,B,K): the derivative of each sample's loss by the logarithms
   * @param scratch (B,T+2,2T+1)
   */
  record Ctc(Value logs, Value labels, Value loss, Value slope, Value scratch)
      implements ObjectiveOp {
    @Override
    public List<Value> inputs() {
      return List.of(logs, labels);
    }

    @Override
    public List<Value> outputs() {
      return List.of(loss, slope, scratch);
    }

    @Override
    public List<Value> results() {
      return List.of(loss);
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

package io.github.lstm4j.graph;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.tensor.Shape;
import java.util.List;

/**
 * What a recurrent layer computes at one timestep, but for its tensors. {@link
 * RecurrentOp.Recurrent} takes whole sequences through a cell; what belongs to the sequence stands
 * at {@link SequenceSpec}.
 *
 * <p>A cell has U units, G gates and one state or several, the first of which is its output h. Its
 * kernel is K (F,G·U), its recurrent kernel R (U,G·U), its bias b (G·U), the gates in order along
 * the last axis; what weights it has beside them, it names itself.
 */
public sealed interface CellSpec {
  /** U. */
  int units();

  /** G. */
  int gates();

  /** The names of the states, each (B,U); the first is the output h. */
  List<String> states();

  /** The shapes of the weights beside kernel, recurrent kernel and bias. */
  List<Shape> cellWeights();

  /**
   * Of how many gates, from the first on, h₋·R is a term; the cell sees to the others' R itself.
   */
  default int recurrentGates() {
    return gates();
  }

  /** Whether h₋·R, with a bias of its own, lies beside x·K rather than being added to it. */
  default boolean recurrentApart() {
    return false;
  }

  /** Of how many gates' length is what the cell keeps beside the gates; h₋·R if it lies apart. */
  default int innerGates() {
    return recurrentApart() ? gates() : 0;
  }

  /** Whether h₋ reaches the new states by another way than R. */
  default boolean passesOutput() {
    return false;
  }

  /** The bias's shape: (G·U), or (2,G·U) if x·K and h₋·R have one each. */
  default Shape biasShape() {
    int width = gates() * units();
    return recurrentApart() ? Shape.of(2, width) : Shape.of(width);
  }

  /**
   * The number of weights for {@code features} inputs: {@code G·(F·U + U²)}, those of the {@link
   * #biasShape bias} if there is one, and of {@link #cellWeights()}.
   */
  default int parameters(int features, boolean useBias) {
    int kernels = gates() * (features + units()) * units();
    int bias = useBias ? biasShape().size() : 0;
    return kernels + bias + cellWeights().stream().mapToInt(Shape::size).sum();
  }

  /**
   * The LSTM. One place holds the equations; the CPU op {@code backend.cpu.CpuLstmCell} and the
   * kernels {@code kernels/lstm_forward.cu} and {@code kernels/lstm_backward.cu} are written in the
   * same order and with the same names.
   *
   * <p>For each processed timestep t, with {@code h₋ = h_{t−1}}, {@code c₋ = c_{t−1}}, gates in the
   * order i, f, c, o along the last axis of K (F,4U), R (U,4U) and b (4U):
   *
   * <pre>
   *   z_i, z_f, z_g, z_o = split(x_t·K + h₋·R + b)
   *   i = σ(z_i [+ p_i∘c₋])        input gate
   *   f = σ(z_f [+ p_f∘c₋])        forget gate
   *   g = φ(z_g)                   candidate
   *   c = f∘c₋ + i∘g               cell state
   *   o = σ(z_o [+ c·V or p_o∘c])  output gate
   *   h = o∘φ(c)                   output
   * </pre>
   *
   * <p>σ is the recurrent activation, φ the activation. Source: the deeplearning.net LSTM tutorial,
   * eq. 1–6; without the bracketed terms {@code o} is its eq. 7, which is also Keras's LSTM
   * (keras/src/layers/rnn/lstm.py); with {@code c·V} it is eq. 5. Diagonal peepholes p are those of
   * Gers and Schmidhuber (2000) and of ONNX: p_i and p_f see the old cell state, p_o the new one.
   *
   * @param units U
   * @param activation φ
   * @param recurrentActivation σ
   * @param peephole the bracketed terms, whose weights are the one of {@link #cellWeights()}
   */
  record Lstm(int units, Activation activation, Activation recurrentActivation, Peephole peephole)
      implements CellSpec {

    /** What the gates see of the cell state. */
    public enum Peephole {
      /** Nothing: eq. 7, the default. */
      NONE,
      /** The output gate sees all of the new state through a full matrix V (U,U): eq. 5. */
      FULL_OUTPUT,
      /** The output gate of a unit sees that unit's new state through p_o (U). */
      DIAGONAL_OUTPUT,
      /**
       * Gates i and f see the unit's old state, o the new one, through p = [p_i, p_f, p_o] (3U).
       */
      DIAGONAL
    }

    @Override
    public int gates() {
      return 4;
    }

    @Override
    public List<String> states() {
      return List.of("h", "c");
    }

    @Override
    public List<Shape> cellWeights() {
      return switch (peephole) {
        case NONE -> List.of();
        case FULL_OUTPUT -> List.of(Shape.of(units, units));
        case DIAGONAL_OUTPUT -> List.of(Shape.of(units));
        case DIAGONAL -> List.of(Shape.of(3 * units));
      };
    }
  }

  /**
   * The simple recurrent cell of Elman (1990), Keras's SimpleRNN
   * (keras/src/layers/rnn/simple_rnn.py). The CPU op {@code backend.cpu.CpuSimpleRnnCell} and the
   * kernels {@code kernels/simple_rnn_forward.cu} and {@code kernels/simple_rnn_backward.cu} are
   * written with the same names.
   *
   * <pre>
   *   z = x_t·K + h₋·R + b
   *   h = φ(z)
   * </pre>
   *
   * @param units U
   * @param activation φ
   */
  record SimpleRnn(int units, Activation activation) implements CellSpec {
    @Override
    public int gates() {
      return 1;
    }

    @Override
    public List<String> states() {
      return List.of("h");
    }

    @Override
    public List<Shape> cellWeights() {
      return List.of();
    }
  }

  /**
   * The gated recurrent unit of Cho et al. (2014), as Keras's GRU computes it
   * (keras/src/layers/rnn/gru.py). The CPU op {@code backend.cpu.CpuGruCell} and the kernels {@code
   * kernels/gru_forward.cu} and {@code kernels/gru_backward.cu} are written with the same names.
   *
   * <p>Gates in the order z, r, g along the last axis of K (F,3U) and R (U,3U). With {@code
   * resetAfter} the bias is (2,3U), b and b':
   *
   * <pre>
   *   a_z, a_r, a_g = split(x_t·K + b)
   *   p_z, p_r, p_g = split(h₋·R + b')
   *   z = σ(a_z + p_z)             update gate
   *   r = σ(a_r + p_r)             reset gate
   *   g = φ(a_g + r∘p_g)           candidate
   *   h = z∘h₋ + (1−z)∘g           output
   * </pre>
   *
   * <p>Without it the bias is (3U), p has no bias, and the reset gate comes before the product:
   *
   * <pre>
   *   q = r∘h₋
   *   g = φ(a_g + q·R_g)
   * </pre>
   *
   * <p>The first form is that of cuDNN and Keras's default, the second the one of arXiv
   * 1406.1078v3.
   *
   * @param units U
   * @param activation φ
   * @param recurrentActivation σ
   * @param resetAfter whether r multiplies the product, or what goes into it
   */
  record Gru(int units, Activation activation, Activation recurrentActivation, boolean resetAfter)
      implements CellSpec {
    @Override
    public int gates() {
      return 3;
    }

    @Override
    public List<String> states() {
      return List.of("h");
    }

    @Override
    public List<Shape> cellWeights() {
      return List.of();
    }

    @Override
    public int recurrentGates() {
      return resetAfter ? 3 : 2;
    }

    @Override
    public boolean recurrentApart() {
      return resetAfter;
    }

    @Override
    public int innerGates() {
      return resetAfter ? 3 : 1; // p, or q
    }

    @Override
    public boolean passesOutput() {
      return true;
    }
  }
}

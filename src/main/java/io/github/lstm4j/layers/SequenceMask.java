package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.List;

/**
 * Masks what lies behind the end of each sequence, given how long each is. Inputs: a sequence
 * (batch, timesteps, features) and lengths (batch, 1), in timesteps; 0 masks all, what is beyond
 * the last timestep nothing. Output: the sequence with zeros there, and a mask, so that layers
 * after it skip these timesteps, and losses and metrics leave them out. As {@code sequence_lens} of
 * ONNX's recurrent nodes does with a recurrent layer of {@code zeroOutputForMask(true)}; Keras has
 * no such layer, and refuses a file with one.
 *
 * <pre>{@code
 * KerasTensor x = new Input(4, 1).output();
 * KerasTensor lengths = new Input(1).output();
 * Model model =
 *     Model.of(List.of(x, lengths), List.of(new LSTM(2).apply(new SequenceMask().apply(x, lengths))));
 * Tensor data = Tensor.of(new float[] {1, 2, 3, 4}, 1, 4, 1);
 * Tensor other = Tensor.of(new float[] {1, 2, 7, 7}, 1, 4, 1);
 * Tensor two = Tensor.of(new float[] {2}, 1, 1);
 * Tensor a = model.predict(List.of(data, two)).get(0);
 * Tensor b = model.predict(List.of(other, two)).get(0);
 * System.out.println(a.equals(b)); // true
 * }</pre>
 */
public final class SequenceMask extends Layer {
  /** A layer of two inputs. */
  public SequenceMask() {}

  @Override
  protected void configure(Config c) {}

  @Override
  public List<Shape> computeOutputShapes(List<Shape> inputs) {
    if (inputs.size() != 2) {
      throw new IllegalArgumentException(
          label() + ": expected a sequence and its lengths, got " + inputs.size() + " inputs");
    }
    requireSequence(inputs.get(0));
    Shape lengths = inputs.get(1);
    if (lengths.rank() != 2 || lengths.last() != 1) {
      throw wrongInput("lengths (batch, 1)", lengths, "give them as new Input(1)");
    }
    return List.of(inputs.get(0));
  }

  @Override
  public boolean runsStepwise() {
    return false;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    return lower(List.of(in), to);
  }

  @Override
  public Signal lower(List<Signal> in, Lowering to) {
    Graph graph = to.graph();
    Value x = in.get(0).value(); // (T,B,F)
    Value lengths = in.get(1).value();
    int timesteps = x.dim(0);
    Tensor numbers = Tensor.zeros(timesteps, 1);
    for (int t = 0; t < timesteps; t++) {
      numbers.data()[t] = t;
    }
    Value ends = graph.reshape(lengths, Shape.of(1, x.dim(1)), name() + ".lengths");
    Value time = graph.constant(name() + ".time", numbers);
    Value counts = graph.binary(Combine.GREATER, ends, time, name() + ".counts"); // (T,B)
    Value mask = in.get(0).mask();
    mask = mask == null ? counts : graph.binary(Combine.MUL, mask, counts, name() + ".mask");
    return new Signal(graph.maskRows(x, mask, name()), mask);
  }
}

package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Whole numbers as their numbers in a vocabulary: 0 if one is not in it, from 1 on the
 * vocabulary's, in its order.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(3), new IntegerLookup(12, 1138));
 * Tensor y = model.predict(Tensor.of(new float[][] {{1138, 12, 7}}));
 * System.out.println(y); // Tensor(1, 3)[2.0, 1.0, 0.0]
 * }</pre>
 */
public final class IntegerLookup extends Lookup<Integer> {
  private static final int LARGEST = 1 << 24; // of what each whole number is a float

  private boolean invert;

  IntegerLookup() {
    super(Integer.class, -1);
  }

  /**
   * @param vocabulary at least one number, each once, from −2²⁴ to 2²⁴
   */
  public IntegerLookup(int... vocabulary) {
    this();
    setTokens(Arrays.stream(vocabulary).boxed().toList());
    requireExact();
    if (vocabulary.length == 0) {
      throw new IllegalArgumentException(label() + ": vocabulary: expected at least one number");
    }
  }

  private void requireExact() {
    for (int token : tokens()) {
      if (Math.abs((long) token) > LARGEST) {
        throw new IllegalArgumentException(
            label() + ": vocabulary: expected numbers within ±" + LARGEST + ", got " + token);
      }
    }
  }

  /**
   * What comes out, by Keras's name: {@code int} (default), {@code one_hot} (a row for each
   * number), or one row for each sample: {@code multi_hot} (which ones were there), {@code count}
   * (how often).
   */
  public IntegerLookup outputMode(String mode) {
    setOutputMode(mode);
    return this;
  }

  /** The number that is padding: it becomes 0, or stands in no row; default none. */
  public IntegerLookup maskToken(int token) {
    setMaskToken(token);
    return this;
  }

  /**
   * How many numbers there are for what is not in the vocabulary, which has the remainder of a
   * division by so many; default 1. With 0 all must be in it.
   */
  public IntegerLookup numOovIndices(int number) {
    setNumOovIndices(number);
    return this;
  }

  /** All numbers of the vocabulary, each at its place, with those that stand for others. */
  public List<Integer> vocabulary() {
    return allTokens();
  }

  @Override
  int checkedOov(int number) {
    if (number < 0) {
      throw new IllegalArgumentException(
          label() + ": numOovIndices must be at least 0, got " + number);
    }
    return number;
  }

  @Override
  protected void configure(Config c) {
    invert = c.flag("invert", invert);
    super.configure(c);
    c.constant("vocabulary_dtype", "int64");
    requireExact();
    if (invert && !isInt()) {
      throw new IllegalArgumentException("invert=true goes with output_mode=int only");
    }
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    if (input.rank() == 3 && !isInt() && !isOneHot()) {
      throw wrongInput(
          "(batch, numbers), for one row for each sample", input, "use output mode one_hot");
    }
    return super.computeOutputShape(input);
  }

  /** All that is found, at most one of them for a number. */
  private float[][] pairs() {
    int count = tokens().size();
    float[][] pairs = new float[2][count + (maskToken() == null ? 0 : 1)];
    for (int i = 0; i < count; i++) {
      pairs[invert ? 1 : 0][i] = tokens().get(i);
      pairs[invert ? 0 : 1][i] = firstToken() + i;
    }
    if (maskToken() != null) {
      pairs[invert ? 1 : 0][count] = maskToken();
      pairs[invert ? 0 : 1][count] = isInt() ? 0 : -1; // -1 has no place in a row
    }
    return pairs;
  }

  @Override
  Value numbers(Value x, Lowering to) {
    Graph graph = to.graph();
    float[][] pairs = pairs();
    int count = pairs[0].length;
    Value keys = graph.constant(name() + ".keys", Tensor.of(pairs[0], count));
    Value values = graph.constant(name() + ".values", Tensor.of(pairs[1], count));
    Value each = graph.reshape(x, behind(x.shape(), 1), name() + ".one");
    Value hits = graph.binary(Combine.EQUAL, each, keys, name() + ".hits");
    int last = hits.shape().rank() - 1;
    Value found = graph.reduce(Reduction.SUM, hits, last, false, name() + ".found");
    Value weighed = graph.binary(Combine.MUL, hits, values, name() + ".weighed");
    Value number = graph.reduce(Reduction.SUM, weighed, last, false, name() + ".number");
    return graph.where(found, number, others(graph, x), name() + ".numbers");
  }

  /** The numbers of what is not there. */
  private Value others(Graph graph, Value x) {
    if (invert) {
      return graph.constant(oovToken());
    } else if (numOovIndices() == 0) {
      return graph.constant(Float.NaN); // what is fed to the layer itself was checked
    } else if (numOovIndices() == 1) {
      return graph.constant(firstOov());
    }
    Value share = graph.binary(Combine.DIV, x, graph.constant(numOovIndices()), name() + ".share");
    Value whole = graph.unary(Unary.FLOOR, share, name() + ".whole");
    Value multiple = graph.affine(-numOovIndices(), whole, firstOov(), name() + ".multiple");
    return graph.binary(Combine.SUM, x, multiple, name() + ".others");
  }

  @Override
  public void checkValues(float[] values, int from, int to) {
    for (int i = from; i < to; i++) {
      float value = values[i];
      if (!(Math.abs(value) <= LARGEST && value == (int) value)) {
        throw new IllegalArgumentException(
            label() + ": expected whole numbers within ±" + LARGEST + ", got " + value);
      }
      int number = (int) value;
      if (!invert
          && numOovIndices() == 0
          && !tokens().contains(number)
          && !Integer.valueOf(number).equals(maskToken())) {
        throw new IllegalArgumentException(
            label() + ": " + number + " is not in the vocabulary, and numOovIndices is 0");
      }
    }
  }
}

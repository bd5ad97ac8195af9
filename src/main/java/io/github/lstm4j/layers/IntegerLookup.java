package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

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

  /** What is found for which number. */
  private SortedMap<Float, Float> pairs() {
    SortedMap<Float, Float> pairs = new TreeMap<>();
    for (int i = 0; i < tokens().size(); i++) {
      put(pairs, tokens().get(i), firstToken() + i);
    }
    if (maskToken() != null) {
      put(pairs, maskToken(), isInt() ? 0 : -1); // -1 has no place in a row
    }
    return pairs;
  }

  private void put(Map<Float, Float> pairs, float token, float number) {
    pairs.put(invert ? number : token, invert ? token : number);
  }

  /** By bisection: as many steps as the vocabulary's size has binary digits. */
  @Override
  Value numbers(Value x, Lowering to) {
    Graph graph = to.graph();
    SortedMap<Float, Float> pairs = pairs();
    Value keys = column(graph, "keys", pairs.keySet());
    Value last = graph.constant(pairs.size() - 1);
    // the place of the largest key that is not above x; the first, if there is none
    Value at = graph.binary(Combine.GREATER, x, x, name() + ".first"); // 0, even for NaN
    for (int step = Integer.highestOneBit(pairs.size()); step > 0; step /= 2) {
      Value far = graph.affine(1, at, step, name() + ".far");
      Value next = graph.binary(Combine.MIN, far, last, name() + ".next");
      Value above = graph.binary(Combine.GREATER, entries(graph, next, keys), x, name() + ".above");
      at = graph.where(above, at, next, name() + ".at");
    }
    Value found = graph.binary(Combine.EQUAL, entries(graph, at, keys), x, name() + ".found");
    Value number = entries(graph, at, column(graph, "values", pairs.values()));
    return graph.where(found, number, others(graph, x), name() + ".numbers");
  }

  private Value column(Graph graph, String what, Collection<Float> numbers) {
    Tensor column = Tensor.zeros(numbers.size(), 1);
    int i = 0;
    for (float number : numbers) {
      column.data()[i++] = number;
    }
    return graph.constant(name() + "." + what, column);
  }

  /** The entries of a column at places. */
  private Value entries(Graph graph, Value places, Value column) {
    Value each = graph.embed(places, column, name() + ".each");
    return graph.reshape(each, places.shape(), places.timeMajor(), name() + ".entries");
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
  public boolean judgesValues() {
    return true;
  }

  @Override
  public void checkValues(float[] values, int from, int to) {
    Set<Integer> known = new HashSet<>(tokens());
    known.add(maskToken());
    for (int i = from; i < to; i++) {
      float value = values[i];
      if (!(Math.abs(value) <= LARGEST && value == (int) value)) {
        throw new IllegalArgumentException(
            label() + ": expected whole numbers within ±" + LARGEST + ", got " + value);
      }
      int number = (int) value;
      if (!invert && numOovIndices() == 0 && !known.contains(number)) {
        throw new IllegalArgumentException(
            label() + ": " + number + " is not in the vocabulary, and numOovIndices is 0");
      }
    }
  }
}

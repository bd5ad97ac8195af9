package io.github.lstm4j.training;

import io.github.lstm4j.compile.Plan;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Samples that are trained on, evaluated or predicted together: for each of the model's inputs and
 * targets a tensor with as many samples.
 *
 * <pre>{@code
 * Batch batch = Batch.of(x, y); // x (32, 24, 11), y (32, 1)
 * }</pre>
 */
public final class Batch {
  /** No samples, where others have some of the same batch. */
  static final Batch NONE = new Batch(List.of(), List.of(), null, null, null, -1);

  private final List<Rows> inputs;
  private final List<Rows> targets;
  private final Rows sampleWeights;
  private final Names names; // null: in the model's order
  private final int[] numbers;
  private final int first;

  /** What inputs and targets are called. */
  record Names(List<String> inputs, List<String> targets) {}

  /**
   * @param names of inputs and targets, or null: they are in the model's order
   * @param numbers which samples of the source these are, or null: one after the other from {@code
   *     first} on
   * @param first negative where nobody numbered them
   */
  Batch(
      List<Rows> inputs,
      List<Rows> targets,
      Rows sampleWeights,
      Names names,
      int[] numbers,
      int first) {
    this.inputs = inputs;
    this.targets = targets;
    this.sampleWeights = sampleWeights;
    this.names = names;
    this.numbers = numbers;
    this.first = first;
  }

  /** The samples {@code begin} to {@code end − 1}. */
  Batch samples(int begin, int end) {
    return each(rows -> rows.samples(begin, end), null, -1);
  }

  /** Some timesteps of all inputs and targets. */
  Batch timesteps(int from, int count) {
    UnaryOperator<Rows> some = rows -> rows.timesteps(from, count);
    return new Batch(
        inputs.stream().map(some).toList(),
        targets.stream().map(some).toList(),
        hasWeightsOfSteps() ? some.apply(sampleWeights) : sampleWeights,
        names,
        numbers,
        first);
  }

  /** Inputs alone, to be predicted. */
  public static Batch of(Tensor x) {
    return of(List.of(x), List.of(), null);
  }

  /** Inputs and targets. */
  public static Batch of(Tensor x, Tensor y) {
    return of(List.of(x), List.of(y), null);
  }

  /**
   * Inputs, targets and what the loss of each sample, or of each timestep, is multiplied by.
   *
   * @param sampleWeights (samples), or (samples, timesteps) of a model whose output has timesteps
   */
  public static Batch of(Tensor x, Tensor y, Tensor sampleWeights) {
    return of(List.of(x), List.of(y), sampleWeights);
  }

  /**
   * For a model of several inputs or outputs.
   *
   * @param inputs in the model's order
   * @param targets of the outputs that have a loss or metrics, in the model's order
   * @param sampleWeights (samples) or (samples, timesteps), or null; they count for all targets
   * @throws IllegalArgumentException if there are no inputs, or the tensors differ in the number of
   *     samples
   */
  public static Batch of(List<Tensor> inputs, List<Tensor> targets, Tensor sampleWeights) {
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException("Batch: expected at least one input, got none");
    }
    Rows weights = sampleWeights == null ? null : Rows.of(sampleWeights);
    return new Batch(
        inputs.stream().map(Rows::of).toList(),
        targets.stream().map(Rows::of).toList(),
        weights,
        null,
        null,
        -1);
  }

  /**
   * One sample: its tensors get an axis for the samples.
   *
   * <pre>{@code
   * Batch.ofSample(x, y) // x (24, 11), y (1)
   * }</pre>
   */
  public static Batch ofSample(Tensor x, Tensor y) {
    return of(one(x), one(y));
  }

  private static Tensor one(Tensor t) {
    int[] dims = t.shape().dims();
    int[] more = new int[dims.length + 1];
    more[0] = 1;
    System.arraycopy(dims, 0, more, 1, dims.length);
    return t.reshape(more);
  }

  /**
   * For a model of several inputs or outputs, by their names.
   *
   * @param inputs by the names of the model's {@code Input}s
   * @param targets by the names of the layers that give the outputs which have a loss or metrics
   * @param sampleWeights (samples) or (samples, timesteps), or null
   * @throws IllegalArgumentException if there are no inputs
   */
  public static Batch of(
      Map<String, Tensor> inputs, Map<String, Tensor> targets, Tensor sampleWeights) {
    return of(List.copyOf(inputs.values()), List.copyOf(targets.values()), sampleWeights)
        .called(new Names(List.copyOf(inputs.keySet()), List.copyOf(targets.keySet())));
  }

  private Batch called(Names newNames) {
    return new Batch(inputs, targets, sampleWeights, newNames, numbers, first);
  }

  /** Whether inputs and targets have names, rather than the model's order. */
  boolean isNamed() {
    return names != null;
  }

  /**
   * The same, which has names, in the model's order.
   *
   * @throws IllegalArgumentException if one is missing, or is none of the model's; lists them
   */
  Batch inOrder(String where, List<String> inputNames, List<String> targetNames) {
    return new Batch(
        ordered(where + ": inputs", inputs, names.inputs(), inputNames),
        targets.isEmpty()
            ? targets
            : ordered(where + ": targets", targets, names.targets(), targetNames),
        sampleWeights,
        null,
        numbers,
        first);
  }

  private static List<Rows> ordered(
      String what, List<Rows> rows, List<String> given, List<String> wanted) {
    if (given.size() != wanted.size() || !given.containsAll(wanted)) {
      throw new IllegalArgumentException(what + ": expected " + wanted + ", got " + given);
    }
    return wanted.stream().map(n -> rows.get(given.indexOf(n))).toList();
  }

  /** The number of samples. */
  public int size() {
    return inputs.isEmpty() ? 0 : inputs.get(0).shape().dim(0);
  }

  /** The length of the first input's second axis; 0 without one. */
  int timesteps() {
    Shape shape = inputs.get(0).shape();
    return shape.rank() < 2 ? 0 : shape.dim(1);
  }

  /** A copy of the first input. */
  public Tensor input() {
    Rows x = inputs.get(0);
    return Tensor.of(Arrays.copyOfRange(x.data(), x.from(), x.from() + x.size()), x.shape());
  }

  /** The same with other weights of the samples. */
  Batch weighted(Rows weights) {
    return new Batch(inputs, targets, weights, names, numbers, first);
  }

  List<Rows> inputs() {
    return inputs;
  }

  List<Rows> targets() {
    return targets;
  }

  Rows sampleWeights() {
    return sampleWeights;
  }

  /**
   * What the weights are those of.
   *
   * @param sequences whether the outputs have timesteps
   */
  Plan.Weighted weighted(boolean sequences) {
    if (sampleWeights == null) {
      return Plan.Weighted.NOTHING;
    }
    boolean ofSteps = sequences && hasWeightsOfSteps();
    return ofSteps ? Plan.Weighted.TIMESTEPS : Plan.Weighted.SAMPLES;
  }

  private boolean hasWeightsOfSteps() {
    Shape shape = sampleWeights == null ? Shape.of(0) : sampleWeights.shape();
    return shape.rank() == 2 && shape.dim(1) > 1;
  }

  /** The same samples under other numbers; see the constructor. */
  Batch numbered(int[] others, int firstNumber) {
    return new Batch(inputs, targets, sampleWeights, names, others, firstNumber);
  }

  /** The number in the source of the sample in that row. */
  int number(int row) {
    return numbers == null ? Math.max(first, 0) + row : numbers[first + row];
  }

  /** Whether its source has given the samples numbers. */
  boolean isNumbered() {
    return numbers != null || first >= 0;
  }

  /** Whether its samples are one after the other in the source. */
  boolean isInOrder() {
    return numbers == null;
  }

  /** A copy that stays as it is when the source goes on. */
  Batch copy() {
    return each(Rows::copy, numbers == null ? null : numbers.clone(), first);
  }

  /** A copy of one sample, under a number. */
  Batch sample(int row, int number) {
    return each(rows -> rows.row(row), null, number);
  }

  private Batch each(UnaryOperator<Rows> change, int[] others, int firstNumber) {
    return new Batch(
        inputs.stream().map(change).toList(),
        targets.stream().map(change).toList(),
        sampleWeights == null ? null : change.apply(sampleWeights),
        names,
        others,
        firstNumber);
  }

  /**
   * Samples as one batch. Shorter ones are filled up with zeros at their end, along the axis behind
   * that of the samples.
   *
   * @throws IllegalArgumentException if they differ in more than that
   */
  static Batch join(List<Batch> samples) {
    Batch one = samples.get(0);
    List<Batch> alike = samples.stream().map(s -> s.like(one)).toList();
    return new Batch(
        joined(alike, one.inputs.size(), Batch::inputs),
        joined(alike, one.targets.size(), Batch::targets),
        one.sampleWeights == null
            ? null
            : Rows.join(alike.stream().map(Batch::sampleWeights).toList()),
        one.names,
        samples.stream().mapToInt(s -> s.number(0)).toArray(),
        0);
  }

  /** With its tensors in the order of another one's. */
  private Batch like(Batch one) {
    if (inputs.size() != one.inputs.size()
        || targets.size() != one.targets.size()
        || (names == null) != (one.names == null)
        || (sampleWeights == null) != (one.sampleWeights == null)) {
      throw new IllegalArgumentException(
          "samples of one batch need the same inputs and targets, and all a weight or none");
    }
    return names == null
        ? this
        : inOrder("samples of one batch", one.names.inputs(), one.names.targets());
  }

  private static List<Rows> joined(
      List<Batch> samples, int count, Function<Batch, List<Rows>> which) {
    return IntStream.range(0, count)
        .mapToObj(i -> Rows.join(samples.stream().map(s -> which.apply(s).get(i)).toList()))
        .toList();
  }
}

package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Numbers as the numbers of the bins that they lie in: 0 below the first boundary, then one more
 * from each boundary on; NaN lies in the last one. The boundaries are given, or are quantiles of
 * data that was seen before training: {@link #adapt}. No gradient goes through it.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(3), new Discretization(0, 10));
 * Tensor y = model.predict(Tensor.of(new float[][] {{-5, 0, 12}}));
 * System.out.println(y); // Tensor(1, 3)[0.0, 1.0, 2.0]
 * Discretization bins = Discretization.ofBins(2).outputMode("one_hot");
 * bins.adapt(Tensor.of(new float[] {1, 2, 3, 4}, 4, 1));
 * System.out.println(bins.binBoundaries()); // [2.0]
 * }</pre>
 */
public final class Discretization extends Categorical {
  private Integer numBins; // null where boundaries were given
  private float epsilon = 0.01f;
  private List<Float> binBoundaries = List.of(); // empty before adapt

  Discretization() {}

  /**
   * @param binBoundaries at least one, ascending
   */
  public Discretization(float... binBoundaries) {
    List<Object> given = new ArrayList<>();
    for (float boundary : binBoundaries) {
      given.add(boundary);
    }
    this.binBoundaries = checked(given);
    if (given.isEmpty()) {
      throw new IllegalArgumentException(
          label() + ": expected at least one boundary, or Discretization.ofBins and adapt");
    }
  }

  /**
   * Of bins whose boundaries {@link #adapt} finds.
   *
   * @param numBins at least 2
   */
  public static Discretization ofBins(int numBins) {
    Discretization layer = new Discretization();
    layer.numBins = layer.several(numBins);
    return layer;
  }

  private int several(int bins) {
    if (bins < 2) {
      throw new IllegalArgumentException(label() + ": numBins must be at least 2, got " + bins);
    }
    return bins;
  }

  /** How exactly {@link #adapt} finds quantiles, above 0 and at most 1; default 0.01. */
  public Discretization epsilon(float tolerance) {
    requireUnbuilt();
    epsilon = tolerance(tolerance);
    return this;
  }

  private float tolerance(float tolerance) {
    if (!(tolerance > 0 && tolerance <= 1)) {
      throw new IllegalArgumentException(
          label() + ": epsilon must lie in (0, 1], got " + tolerance);
    }
    return tolerance;
  }

  /**
   * What comes out, by Keras's name: {@code int} (default), {@code one_hot} (a row for each
   * number), or one row for each sample: {@code multi_hot} (which bins were there), {@code count}
   * (how often).
   */
  public Discretization outputMode(String mode) {
    setOutputMode(mode);
    return this;
  }

  /** The boundaries; empty before {@link #adapt}. */
  public List<Float> binBoundaries() {
    return binBoundaries;
  }

  @Override
  protected void configure(Config c) {
    binBoundaries = checked(c.optionalList("bin_boundaries", binBoundaries));
    numBins = c.optional("num_bins", Integer.class, numBins);
    epsilon = tolerance(c.number("epsilon", epsilon));
    configureOutput(c);
    if (numBins == null && binBoundaries.isEmpty()) {
      throw new IllegalArgumentException("expected num_bins or bin_boundaries, got neither");
    }
    if (numBins != null) {
      several(numBins);
    }
  }

  private List<Float> checked(List<?> given) {
    List<Float> all = new ArrayList<>();
    float last = Float.NEGATIVE_INFINITY;
    for (Object boundary : given) {
      float next = boundary instanceof Number n ? n.floatValue() : Float.NaN;
      if (!(next >= last)) {
        throw new IllegalArgumentException(
            label() + ": bin_boundaries: expected ascending numbers, got " + given);
      }
      all.add(next);
      last = next;
    }
    return List.copyOf(all);
  }

  /**
   * Finds the boundaries: each bin then has about as many of these numbers.
   *
   * @param data of any shape
   * @throws IllegalStateException if the layer has boundaries already
   * @throws IllegalArgumentException if the data is empty, or has NaN
   */
  public void adapt(Tensor data) {
    if (!binBoundaries.isEmpty()) {
      throw new IllegalStateException(
          label() + ": adapt: the boundaries are there already: " + binBoundaries);
    }
    float[] sorted = data.data().clone();
    Arrays.sort(sorted); // NaN last
    if (sorted.length == 0 || Float.isNaN(sorted[sorted.length - 1])) {
      throw new IllegalArgumentException(
          label() + ": adapt: expected numbers, got " + (sorted.length == 0 ? "none" : "NaN"));
    }
    double exact = Double.parseDouble(Float.toString(epsilon)); // 0.01, not 0.009999999776
    List<Float> found = Quantiles.of(sorted, exact).boundaries(numBins);
    if (isBuilt() && !isInt() && found.size() + 1 != numBins) {
      throw new IllegalArgumentException(
          label()
              + ": adapt: "
              + sorted.length
              + " numbers do not give "
              + numBins
              + " bins; give more");
    }
    binBoundaries = found;
  }

  @Override
  int depth() {
    return binBoundaries.isEmpty() ? numBins : binBoundaries.size() + 1;
  }

  @Override
  Value numbers(Value x, Lowering to) {
    if (binBoundaries.isEmpty()) {
      throw new IllegalStateException(label() + ": has no boundaries yet; call adapt first");
    }
    Graph graph = to.graph();
    float[] all = new float[binBoundaries.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = binBoundaries.get(i);
    }
    Value bounds = graph.constant(name() + ".bounds", Tensor.of(all, all.length));
    Shape each = behind(x.shape(), 1);
    Value one = graph.reshape(x, each, name() + ".each");
    Value above = graph.binary(Combine.GREATER, bounds, one, name() + ".above"); // none for NaN
    int last = above.shape().rank() - 1;
    Value count = graph.reduce(Reduction.SUM, above, last, false, name() + ".count");
    return graph.affine(-1, count, all.length, name() + ".numbers");
  }
}

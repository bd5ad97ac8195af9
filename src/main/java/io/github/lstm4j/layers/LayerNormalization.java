package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/**
 * {@code gamma·(x − mean)/√(variance + epsilon) + beta}, with mean and variance of each sample (and
 * timestep) over its features. Weights: {@code gamma} and {@code beta}, of the shape of the axes
 * that are normalised. Source: Ba, Kiros and Hinton, "Layer Normalization" (2016).
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(3), new LayerNormalization());
 * Tensor y = model.predict(Tensor.of(new float[][] {{1, 2, 3}, {10, 20, 30}}));
 * System.out.println(Math.abs(y.get(0, 0) - y.get(1, 0)) < 0.001); // true
 * }</pre>
 */
public final class LayerNormalization extends ScaledNormalization<LayerNormalization> {
  private int[] axis = {-1};
  private boolean rmsScaling;

  /** Of the last axis. */
  public LayerNormalization() {}

  /** The axes that are normalised together; not the batch. Default -1, the last. */
  public LayerNormalization axis(int... numbers) {
    requireUnbuilt();
    axis = numbers.clone();
    return this;
  }

  /**
   * Whether it is {@code gamma·x/√(variance + epsilon)} instead, without beta and with gamma in any
   * case; default false. Deprecated in Keras: see {@link RMSNormalization}.
   */
  public LayerNormalization rmsScaling(boolean byVariance) {
    requireUnbuilt();
    rmsScaling = byVariance;
    return this;
  }

  /** Whether it is {@code gamma·x/√(variance + epsilon)}. */
  public boolean isRmsScaling() {
    return rmsScaling;
  }

  @Override
  protected void configure(Config c) {
    axis = c.integers("axis", axis);
    configureScale(c);
    rmsScaling = c.flag("rms_scaling", rmsScaling);
    configureRules(c);
  }

  @Override
  boolean hasGammaAlone() {
    return rmsScaling;
  }

  @Override
  protected boolean isPerTimestep() {
    return true;
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    MemoryAxes.requireKnown(label(), axis, input);
    return input;
  }

  @Override
  protected int[] weightAxes(Shape input) {
    return MemoryAxes.checked(label(), axis, input);
  }

  @Override
  protected void onBuild(Shape input) {
    int[] dims = MemoryAxes.checked(label(), axis, input);
    for (int i = 0; i < dims.length; i++) {
      dims[i] = input.dim(dims[i]);
    }
    addGammaAndBeta(Shape.of(dims));
  }

  @Override
  public boolean runsStepwise() {
    return inputShape().rank() == 2 || MemoryAxes.checked(label(), axis, inputShape())[0] > 1;
  }

  @Override
  protected boolean passesMask() {
    return true;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    Graph graph = to.graph();
    Value x = in.value();
    int[] axes = MemoryAxes.checked(label(), axis, x.shape());
    Value mean = MemoryAxes.mean(graph, x, axes, name() + ".mean");
    Value centred = graph.binary(Combine.SUB, x, mean, name() + ".less_mean");
    Value squares = graph.unary(Unary.SQUARE, centred, name() + ".squares");
    Value variance = MemoryAxes.mean(graph, squares, axes, name() + ".variance");
    Value shifted = graph.affine(1, variance, epsilon(), name() + ".shifted");
    Value inverse = graph.unary(Unary.RSQRT, shifted, name() + ".inverse");
    Value y = graph.binary(Combine.MUL, rmsScaling ? x : centred, inverse, name() + ".normal");
    return new Signal(plusBeta(timesGamma(y, axes, to), axes, to), in.mask());
  }
}

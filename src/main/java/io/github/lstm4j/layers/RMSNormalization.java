package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.tensor.Shape;
import java.util.Arrays;

/**
 * {@code scale·x/√(mean(x²) + epsilon)}, with the mean of each sample (and timestep) over its
 * features. Weights: {@code scale}, of the shape of the axes that are normalised. Masks end here,
 * as in Keras. Source: Zhang and Sennrich, "Root Mean Square Layer Normalization" (2019).
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(2), new RMSNormalization());
 * Tensor y = model.predict(Tensor.of(new float[][] {{3, -3}}));
 * System.out.println(Math.abs(y.get(0, 1) + 1) < 1e-6); // true
 * }</pre>
 */
public final class RMSNormalization extends Layer {
  private int[] axis = {-1};
  private float epsilon = 1e-6f;
  private Weight scale;

  /** Of the last axis. */
  public RMSNormalization() {}

  /** The axes that are normalised together; not the batch. Default -1, the last. */
  public RMSNormalization axis(int... numbers) {
    requireUnbuilt();
    axis = numbers.clone();
    return this;
  }

  /** What is added to the mean of squares; default 0.000001. */
  public RMSNormalization epsilon(float small) {
    requireUnbuilt();
    epsilon = small;
    return this;
  }

  /** What is added to the mean of squares. */
  public float epsilon() {
    return epsilon;
  }

  @Override
  protected void configure(Config c) {
    axis = c.integers("axis", axis);
    epsilon = c.number("epsilon", epsilon);
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
    int[] axes = MemoryAxes.checked(label(), axis, input);
    Shape shape = Shape.of(Arrays.stream(axes).map(input::dim).toArray());
    scale = addWeight("scale", shape, Initializer.ones());
  }

  @Override
  public boolean runsStepwise() {
    return inputShape().rank() == 2 || MemoryAxes.checked(label(), axis, inputShape())[0] > 1;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    Graph graph = to.graph();
    Value x = in.value();
    int[] axes = MemoryAxes.checked(label(), axis, x.shape());
    Value squares = graph.unary(Unary.SQUARE, x, name() + ".squares");
    Value mean = MemoryAxes.mean(graph, squares, axes, name() + ".mean");
    Value shifted = graph.affine(1, mean, epsilon, name() + ".shifted");
    Value inverse = graph.unary(Unary.RSQRT, shifted, name() + ".inverse");
    Value normal = graph.binary(Combine.MUL, x, inverse, name() + ".normal");
    Value each =
        MemoryAxes.along(graph, to.variable(scale), axes, x.shape().rank(), name() + ".scale");
    return new Signal(graph.binary(Combine.MUL, normal, each, name()), null);
  }
}

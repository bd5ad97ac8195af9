package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.GraphExpression;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.util.Arrays;

/**
 * {@code eˣ/Σeˣ} along an axis, or over several together: numbers that add up to 1. A masked
 * sequence is refused, as by Keras.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(2), new Softmax());
 * System.out.println(model.predict(Tensor.of(new float[][] {{5, 5}}))); // Tensor(1, 2)[0.5, 0.5]
 * }</pre>
 */
public final class Softmax extends Layer {
  private int[] axes = {-1};

  /** Along the last axis. */
  public Softmax() {}

  /**
   * @param axes of which the numbers add up to 1 together; counted with the batch as 0, or from the
   *     end if negative
   */
  public Softmax(int... axes) {
    this.axes = checked(axes);
  }

  private int[] checked(int[] given) {
    if (given.length == 0) {
      throw new IllegalArgumentException(label() + ": axis: expected at least one axis");
    }
    return given.clone();
  }

  @Override
  protected void configure(Config c) {
    axes = checked(c.oneOrMore("axis", axes));
  }

  @Override
  protected boolean isPerTimestep() {
    return axes.length == 1;
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    if (axes.length == 1) {
      isOverLastAxis(Activation.softmax(axes[0]), input); // or there is no such axis
    } else if (MemoryAxes.checked(label(), axes, input).length < axes.length) {
      throw wrongInput("axes that differ", input, "axis is " + Arrays.toString(axes));
    }
    return input;
  }

  @Override
  public boolean runsStepwise() {
    return axes.length == 1 && isOverLastAxis(Activation.softmax(axes[0]), inputShape());
  }

  @Override
  protected boolean passesMask() {
    return true;
  }

  @Override
  protected boolean takesMask() {
    return true;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    if (in.mask() != null) {
      throw new IllegalArgumentException(
          label()
              + ": takes no masked sequences, as in Keras; use new ActivationLayer(\"softmax\")");
    }
    return axes.length == 1
        ? to.activate(Activation.softmax(axes[0]), in, name())
        : new Signal(together(GraphExpression.of(to.graph(), in.value())), null);
  }

  private Value together(GraphExpression x) {
    return ((GraphExpression) x.softmax(axes)).asSignal();
  }
}

package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/**
 * Dropout of whole features: those that are dropped are so at all timesteps. Active in training
 * alone. (batch, timesteps, features) to the same.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(9, 4), new SpatialDropout1D(0.2f), new LSTM(2));
 * System.out.println(model.outputShape()); // (None, 2)
 * }</pre>
 */
public final class SpatialDropout1D extends DropoutLayer {
  SpatialDropout1D() {}

  /**
   * @param rate the fraction, in [0, 1)
   */
  public SpatialDropout1D(float rate) {
    super(rate);
  }

  @Override
  public boolean saysTrainable() {
    return false; // Keras's constructor takes no such argument
  }

  @Override
  protected boolean isPerTimestep() {
    return false;
  }

  @Override
  public boolean runsStepwise() {
    return true;
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    requireSequence(input);
    return input;
  }

  @Override
  Value dropped(Value x, Lowering to) {
    Shape one = Shape.of(1, x.dim(1), x.dim(2));
    Value mask = to.graph().dropoutMask(to.draw(rate()), one, to.scalars(), name() + ".mask");
    return to.graph().sequenceDropout(x, mask, name());
  }
}

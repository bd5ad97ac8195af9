package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import java.util.List;

/**
 * Dropout behind selu: sets a fraction of the inputs to {@code −1.758}, which selu saturates at, in
 * training, and then scales and shifts all so that their mean and variance stay what they were;
 * passes everything on otherwise. Any shape. Source: Klambauer et al., "Self-Normalizing Neural
 * Networks" (2017).
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(2), new AlphaDropout(0.2f));
 * System.out.println(model.predict(Tensor.of(new float[][] {{1, 2}}))); // Tensor(1, 2)[1.0, 2.0]
 * }</pre>
 */
public final class AlphaDropout extends DropoutLayer {
  private static final double LEAST = -1.6732632423543772 * 1.0507009873554805; // of selu

  AlphaDropout() {}

  /**
   * @param rate the fraction, in [0, 1)
   */
  public AlphaDropout(float rate) {
    super(rate);
  }

  @Override
  protected void configure(Config c) {
    super.configure(c);
    leftOut(c, "noise_shape", List.class);
  }

  @Override
  Value dropped(Value x, Lowering to) {
    Graph graph = to.graph();
    float rate = rate();
    double scale = 1 / Math.sqrt((1 - rate) * (1 + rate * LEAST * LEAST));
    double shift = -scale * LEAST * rate;
    // of the mask's 0 and 1/(1 − rate): x where it is kept, the least value where it is not
    Value mask = graph.dropoutMask(to.draw(rate), x.shape(), to.scalars(), name() + ".mask");
    Value kept = graph.affine(1 - rate, mask, 0, name() + ".kept");
    Value own = graph.binary(Combine.MUL, x, kept, name() + ".own");
    Value least = graph.affine((float) -LEAST, kept, (float) LEAST, name() + ".least");
    Value all = graph.binary(Combine.SUM, own, least, name() + ".all");
    return graph.affine((float) scale, all, (float) shift, name());
  }
}

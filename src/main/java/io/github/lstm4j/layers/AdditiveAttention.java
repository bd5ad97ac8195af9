package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.tensor.Shape;

/**
 * {@link AttentionLayer Attention} whose scores are {@code Σ scale·tanh(query + key)}, with a
 * trained scale for each feature. Weights: {@code scale} (features). Source: Bahdanau, Cho and
 * Bengio, "Neural Machine Translation by Jointly Learning to Align and Translate" (ICLR 2015), in
 * Keras's form.
 *
 * <pre>{@code
 * KerasTensor x = new Input(7, 3).output();
 * KerasTensor h = new LSTM(4).returnSequences(true).apply(x);
 * KerasTensor seen = new AdditiveAttention().apply(h, h); // each timestep over all
 * System.out.println(seen.shape()); // (None, 7, 4)
 * }</pre>
 */
public final class AdditiveAttention extends AttentionLayer<AdditiveAttention> {
  private boolean useScale = true;
  private Weight scale;

  /** With a trained scale. */
  public AdditiveAttention() {}

  /** Whether there is a scale rather than 1; default true. */
  public AdditiveAttention useScale(boolean use) {
    requireUnbuilt();
    useScale = use;
    return this;
  }

  @Override
  protected void configure(Config c) {
    useScale = c.flag("use_scale", useScale);
    configureDropout(c);
  }

  @Override
  protected void onBuild(Shape input) {
    scale =
        useScale ? addWeight("scale", Shape.of(input.last()), Initializer.glorotUniform()) : null;
  }

  @Override
  Value scores(Value query, Value key, Lowering to) {
    Graph graph = to.graph();
    Value pairs = pairs(query, key, null, graph);
    Value scaled =
        scale == null
            ? pairs
            : graph.binary(Combine.MUL, pairs, to.variable(scale), name() + ".of_scale");
    return graph.reduce(Reduction.SUM, scaled, 3, false, name() + ".scores");
  }
}

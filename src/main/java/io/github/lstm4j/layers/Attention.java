package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.tensor.Shape;

/**
 * {@link AttentionLayer Attention} whose scores are dot products of query and key, or, by {@link
 * #scoreMode}, {@code Σ tanh(query + key)}. Weights, each one number: {@code scale} if {@link
 * #useScale}, {@code concat_score_weight} for concat. Source: Luong, Pham and Manning, "Effective
 * Approaches to Attention-based Neural Machine Translation" (EMNLP 2015), in Keras's form.
 *
 * <pre>{@code
 * KerasTensor x = new Input(7, 3).output();
 * KerasTensor h = new LSTM(4).returnSequences(true).apply(x);
 * KerasTensor seen = new Attention().apply(h, h); // each timestep over all
 * System.out.println(seen.shape()); // (None, 7, 4)
 * }</pre>
 */
public final class Attention extends AttentionLayer<Attention> {
  /** What a score is. */
  public enum ScoreMode {
    /** {@code scale·query·key}. */
    DOT,
    /** {@code concat_score_weight·Σ tanh(scale·(query + key))}. */
    CONCAT
  }

  private boolean useScale;
  private ScoreMode scoreMode = ScoreMode.DOT;
  private Weight scale;
  private Weight concatScoreWeight;

  /** Of dot products. */
  public Attention() {}

  /** Whether scores are multiplied by a trained number; default false. */
  public Attention useScale(boolean use) {
    requireUnbuilt();
    useScale = use;
    return this;
  }

  /** What a score is; default dot. */
  public Attention scoreMode(ScoreMode mode) {
    requireUnbuilt();
    scoreMode = given(mode, "scoreMode");
    return this;
  }

  /** As {@link #scoreMode(ScoreMode)}, by Keras's name. */
  public Attention scoreMode(String mode) {
    return scoreMode(choice("score mode", mode, ScoreMode.class));
  }

  @Override
  protected void configure(Config c) {
    useScale = c.flag("use_scale", useScale);
    scoreMode = c.choice("score_mode", scoreMode);
    configureDropout(c);
  }

  @Override
  protected void onBuild(Shape input) {
    scale = useScale ? addWeight("scale", Shape.of(), Initializer.ones()) : null;
    concatScoreWeight =
        scoreMode == ScoreMode.CONCAT
            ? addWeight("concat_score_weight", Shape.of(), Initializer.ones())
            : null;
  }

  @Override
  Value scores(Value query, Value key, Lowering to) {
    Graph graph = to.graph();
    Value factor = scale == null ? null : to.variable(scale);
    if (scoreMode == ScoreMode.DOT) {
      Value products = graph.batchMatMul(query, key, false, true, name() + ".products");
      return factor == null
          ? products
          : graph.binary(Combine.MUL, products, factor, name() + ".scores");
    }
    Value pairs = pairs(query, key, factor, graph);
    Value sum = graph.reduce(Reduction.SUM, pairs, 3, false, name() + ".sum");
    return graph.binary(Combine.MUL, sum, to.variable(concatScoreWeight), name() + ".scores");
  }
}

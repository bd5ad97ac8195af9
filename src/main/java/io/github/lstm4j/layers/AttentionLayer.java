package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Attention over time: for each timestep of a query the mean of the values, weighted by a softmax
 * of scores of the query with each key. Inputs: query (batch, Tq, features), value (batch, Tv,
 * width), and, if it is not the value, key (batch, Tv, features). Output (batch, Tq, width), and
 * with {@link #returnAttentionScores} the weights (batch, Tq, Tv).
 *
 * <p>Masked timesteps of the value get no weight; masked ones of the query give zeros, and the
 * output has the query's mask.
 *
 * @param <A> the layer's own class, which setters return
 */
public abstract class AttentionLayer<A extends AttentionLayer<A>> extends Layer {
  private float dropout;
  private boolean useCausalMask;
  private boolean returnAttentionScores;

  AttentionLayer() {}

  @SuppressWarnings("unchecked") // A is this layer's class
  private A self() {
    return (A) this;
  }

  /** Fraction of the weights dropped in training, in [0, 1); default 0. */
  public A dropout(float rate) {
    requireUnbuilt();
    dropout = fraction(rate, "dropout");
    return self();
  }

  /**
   * Whether a timestep of the query sees no later ones of the value; default false. An argument of
   * the call in Keras.
   */
  public A useCausalMask(boolean causal) {
    requireUnbuilt();
    useCausalMask = causal;
    return self();
  }

  /** Whether the weights are returned beside the output; default false. Of the call in Keras. */
  public A returnAttentionScores(boolean scores) {
    requireUnbuilt();
    returnAttentionScores = scores;
    return self();
  }

  /** Declares dropout and the seed. */
  final void configureDropout(Config c) {
    dropout = fraction(c.number("dropout", dropout), "dropout");
    kept(c, "seed", null, SEED);
  }

  @Override
  public final void configureCall(Config c) {
    returnAttentionScores = c.flag("return_attention_scores", returnAttentionScores);
    useCausalMask = c.flag("use_causal_mask", useCausalMask);
  }

  @Override
  public final List<Shape> computeOutputShapes(List<Shape> inputs) {
    if (inputs.size() != 2 && inputs.size() != 3) {
      throw new IllegalArgumentException(
          label()
              + ": expected a query, a value and maybe a key, got "
              + inputs.size()
              + " inputs");
    }
    inputs.forEach(this::requireSequence);
    Shape query = inputs.get(0);
    Shape value = inputs.get(1);
    Shape key = inputs.get(inputs.size() - 1);
    if (query.last() != key.last()) {
      throw wrongInput("a key of as many features as the query", key, "the query is " + query);
    }
    int m = value.dim(1);
    int n = key.dim(1);
    if (m != n && m != Shape.UNKNOWN && n != Shape.UNKNOWN) {
      throw wrongInput("a key of as many timesteps as the value", key, "the value is " + value);
    }
    List<Shape> shapes = new ArrayList<>(List.of(query.with(-1, value.last())));
    if (returnAttentionScores) {
      shapes.add(Shape.of(query.dim(0), query.dim(1), key.dim(1)));
    }
    return shapes;
  }

  @Override
  public final List<String> outputNames() {
    return returnAttentionScores ? List.of("output", "attention_scores") : List.of("output");
  }

  @Override
  public final boolean runsStepwise() {
    return false;
  }

  @Override
  public final Signal lower(List<Signal> in, Lowering to) {
    Graph graph = to.graph();
    Value query = MemoryAxes.swapped(graph, in.get(0).value(), false, name() + ".query");
    Value value = MemoryAxes.swapped(graph, in.get(1).value(), false, name() + ".value");
    Value key =
        in.size() == 2
            ? value
            : MemoryAxes.swapped(graph, in.get(2).value(), false, name() + ".key");
    Value scores = scores(query, key, to);
    Value mask = mask(graph, in.get(1).mask(), scores);
    if (mask != null) {
      Value low = graph.affine(1, scores, -1e9f, name() + ".low");
      scores = graph.where(mask, scores, low, name() + ".counting");
    }
    Value weights = graph.activate(Activation.SOFTMAX, scores, name() + ".weights");
    if (to.training() && dropout > 0) {
      weights = graph.dropout(to.draw(dropout), weights, to.scalars(), name() + ".dropped");
    }
    Value mean = graph.batchMatMul(weights, value, false, false, name() + ".mean");
    Value y = MemoryAxes.swapped(graph, mean, true, name());
    Value queryMask = in.get(0).mask();
    if (queryMask != null) {
      y = graph.maskRows(y, queryMask, name() + ".masked");
    }
    List<Value> beside =
        returnAttentionScores
            ? List.of(MemoryAxes.swapped(graph, weights, true, name() + ".attention_scores"))
            : List.of();
    return new Signal(y, queryMask, beside);
  }

  /** What a query's timesteps see: it broadcasts to (B,Tq,Tv); null for all. */
  private Value mask(Graph graph, Value ofValue, Value scores) {
    Value mask = null;
    if (ofValue != null) {
      Value rows = graph.permute(ofValue, new int[] {1, 0}, false, name() + ".value_mask");
      mask = graph.reshape(rows, Shape.of(rows.dim(0), 1, rows.dim(1)), false, name() + ".seen");
    }
    if (useCausalMask) {
      int rows = scores.dim(1);
      int columns = scores.dim(2);
      Tensor past = Tensor.zeros(1, rows, columns);
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j <= Math.min(i, columns - 1); j++) {
          past.data()[i * columns + j] = 1;
        }
      }
      Value causal = graph.constant(name() + ".causal", past);
      mask = mask == null ? causal : graph.binary(Combine.MUL, mask, causal, name() + ".past");
    }
    return mask;
  }

  /**
   * Writes the scores (B,Tq,Tv).
   *
   * @param query (B,Tq,F)
   * @param key (B,Tv,F)
   */
  abstract Value scores(Value query, Value key, Lowering to);

  /** {@code tanh(query + key)} of each pair of timesteps: (B,Tq,Tv,F). */
  final Value pairs(Value query, Value key, Value factor, Graph graph) {
    Value q =
        graph.reshape(
            query,
            Shape.of(query.dim(0), query.dim(1), 1, query.dim(2)),
            false,
            name() + ".query.rows");
    Value k =
        graph.reshape(
            key, Shape.of(key.dim(0), 1, key.dim(1), key.dim(2)), false, name() + ".key.columns");
    Value sum = graph.binary(Combine.SUM, q, k, name() + ".pairs");
    Value scaled =
        factor == null ? sum : graph.binary(Combine.MUL, sum, factor, name() + ".scaled");
    return graph.activate(Activation.TANH, scaled, name() + ".tanh");
  }
}

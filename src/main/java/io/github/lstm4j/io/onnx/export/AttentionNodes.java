package io.github.lstm4j.io.onnx.export;

import java.util.ArrayList;
import java.util.List;

/** Attention as products of matrices. */
final class AttentionNodes {
  private AttentionNodes() {}

  /** Writes the scores (batch, timesteps of the query, timesteps of the value). */
  private interface Scores {
    String of(String query, String key);
  }

  static List<Flow> attention(LayerUse use) {
    Nodes to = use.to();
    boolean dot = use.settings().choice("score_mode").equals("dot");
    use.settings().seenTo("use_scale");
    String scale = use.has("scale") ? use.weight("scale") : null;
    return write(
        use,
        (query, key) -> {
          if (dot) {
            String products = to.matMul(query, to.transpose(key, 0, 2, 1));
            return scale == null ? products : to.mul(products, scale);
          }
          String pairs = pairs(query, key, scale, to);
          return to.mul(to.reduce("Sum", pairs, false, 3), use.weight("concat_score_weight"));
        });
  }

  static List<Flow> additive(LayerUse use) {
    Nodes to = use.to();
    use.settings().seenTo("use_scale");
    return write(
        use,
        (query, key) -> {
          String pairs = pairs(query, key, null, to);
          String scaled = use.has("scale") ? to.mul(pairs, use.weight("scale")) : pairs;
          return to.reduce("Sum", scaled, false, 3);
        });
  }

  /** {@code tanh(query + key)} of each pair of timesteps. */
  private static String pairs(String query, String key, String factor, Nodes to) {
    String sum = to.add(to.unsqueeze(query, 2), to.unsqueeze(key, 1));
    return to.unary("Tanh", factor == null ? sum : to.mul(sum, factor));
  }

  private static List<Flow> write(LayerUse use, Scores scoring) {
    Nodes to = use.to();
    Flow queries = use.in().get(0);
    Flow values = use.in().get(1);
    String query = use.floats(queries);
    String value = use.floats(values);
    String key = use.floats(use.in().get(use.in().size() - 1));
    String scores = scoring.of(query, key);
    String mask = values.mask() == null ? null : to.unsqueeze(values.mask(), 1);
    if (use.settings().flag("use_causal_mask")) {
      String rows = to.unsqueeze(to.range(to.length(query, 1)), 1);
      String columns = to.unsqueeze(to.range(to.length(value, 1)), 0);
      String past = to.unsqueeze(to.not(to.greater(columns, rows)), 0);
      mask = mask == null ? past : to.binary("And", mask, past);
    }
    if (mask != null) {
      scores = to.where(mask, scores, to.sub(scores, to.number(1e9)));
    }
    String weights = to.softmax("Softmax", scores, 2, 3);
    String y = to.matMul(weights, value);
    if (queries.mask() != null) {
      y = to.where(to.unsqueeze(queries.mask(), 2), y, to.number(0));
    }
    List<Flow> all = new ArrayList<>(use.result(y, queries.mask()));
    if (use.settings().flag("return_attention_scores")) {
      all.add(new Flow(weights, use.out().get(1)));
    }
    return all;
  }
}

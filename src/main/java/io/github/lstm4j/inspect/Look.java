package io.github.lstm4j.inspect;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * All there is to see of one sample.
 *
 * @param x the sample as the model took it; of a model with a fixed batch, as often as it takes
 * @param trace what the recurrent layers computed
 * @param saliency by the number of the output, its derivatives by the input
 * @param features the names of the input's features; empty: numbers
 * @param outputs the names of the outputs; empty: numbers
 */
public record Look(
    Tensor x,
    Trace trace,
    Map<Integer, Tensor> saliency,
    List<String> features,
    List<String> outputs) {

  /**
   * Looks at a sample.
   *
   * @param sample (1, timesteps, features), or what else the model takes
   * @param most of how many outputs the saliency is computed, from the first on
   */
  public static Look at(
      Model model, Tensor sample, int most, List<String> features, List<String> outputs) {
    Tensor x = sample;
    Shape input = model.inputShape();
    if (input != null && input.dim(0) != Shape.UNKNOWN && sample.dim(0) == 1) {
      x = Tensor.zeros(sample.shape().with(0, input.dim(0)));
      for (int b = 0; b < x.dim(0); b++) {
        System.arraycopy(sample.data(), 0, x.data(), b * sample.size(), sample.size());
      }
    }
    Trace trace = Trace.of(model, x);
    Map<Integer, Tensor> saliency = new LinkedHashMap<>();
    for (int k = 0; k < Math.min(most, trace.output().shape().last()); k++) {
      Tensor d = Saliency.of(model, x, k);
      if (d.shape().rank() == 3) {
        saliency.put(k, d);
      }
    }
    return new Look(x, trace, saliency, features, outputs);
  }

  List<String> featureNames() {
    return names(features, "feature ", x.shape().last());
  }

  /** Of the derivatives: features, or what an Embedding makes of ids. */
  List<String> saliencyNames(Tensor d) {
    return x.shape().rank() == 3 ? featureNames() : names(List.of(), "embedding ", d.dim(2));
  }

  /** What an output is called. */
  public String outputName(int k) {
    int each = outputs.isEmpty() ? 0 : trace.output().shape().last() / outputs.size();
    return each == 0
        ? "output " + k
        : outputs.get(k / each) + (each == 1 ? "" : " (" + (1 + k % each) + " of " + each + ")");
  }

  private static List<String> names(List<String> given, String word, int count) {
    return given.isEmpty() ? IntStream.range(0, count).mapToObj(k -> word + k).toList() : given;
  }

  /**
   * All numbers of the sample by name, each (timesteps, width): {@code x}, {@code output}, {@code
   * saliency.OUTPUT}, and {@code LAYER.i}, {@code LAYER.h} and so on.
   */
  public Map<String, Tensor> arrays() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    all.put("x", first(x));
    all.put("output", first(trace.output()));
    saliency.forEach((k, d) -> all.put("saliency." + outputName(k), first(d)));
    for (Trace.Layer layer : trace.layers()) {
      layer.parts().forEach((part, v) -> all.put(layer.name() + "." + part, first(v)));
    }
    return all;
  }

  private static Tensor first(Tensor t) {
    int[] dims = t.rows(0, 1).shape().dims();
    int[] without = new int[dims.length - 1];
    System.arraycopy(dims, 1, without, 0, without.length);
    return t.rows(0, 1).reshape(without);
  }
}

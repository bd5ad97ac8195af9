package io.github.lstm4j.io.onnx.export;

import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** Layers that make numbers of categories, and rows of 0 and 1 of these. */
final class CategoryNodes {
  private CategoryNodes() {}

  static List<Flow> discretization(LayerUse use) {
    use.settings().seenTo("num_bins", "epsilon");
    Nodes to = use.to();
    List<?> boundaries = use.settings().get("bin_boundaries", List.class);
    if (boundaries == null) {
      throw new Unsayable("it has no boundaries yet; call adapt first");
    }
    String x = use.x();
    String above = to.greater(row(boundaries, to), to.unsqueeze(x, use.first().shape().rank()));
    String count = sum(to.cast(above, ElementType.FLOAT), use);
    return output(use, to.sub(to.number(boundaries.size()), count));
  }

  private static String row(List<?> numbers, Nodes to) {
    float[] all = new float[numbers.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = ((Number) numbers.get(i)).floatValue();
    }
    return to.numbers(Shape.of(all.length), all);
  }

  /** The sum along an axis behind those of the input. */
  private static String sum(String x, LayerUse use) {
    return use.to().reduce("Sum", x, false, use.first().shape().rank());
  }

  static List<Flow> integerLookup(LayerUse use) {
    Settings settings = use.settings();
    settings.seenTo("max_tokens", "pad_to_max_tokens");
    Nodes to = use.to();
    boolean isInt = settings.choice("output_mode").equals("int");
    boolean invert = settings.flag("invert");
    Integer mask = settings.get("mask_token", Integer.class);
    int others = settings.integer("num_oov_indices");
    int firstOther = mask != null && isInt ? 1 : 0;
    List<?> all = settings.get("vocabulary", List.class);
    List<Number> tokens = new ArrayList<>();
    List<Number> numbers = new ArrayList<>();
    for (int i = firstOther + others; i < all.size(); i++) {
      tokens.add((Integer) all.get(i));
      numbers.add(i);
    }
    if (mask != null) {
      tokens.add(mask);
      numbers.add(isInt ? 0 : -1); // -1 has no place in a row
    }
    String x = use.x();
    String each = to.unsqueeze(x, use.first().shape().rank());
    String hits = to.cast(to.equal(each, row(invert ? numbers : tokens, to)), ElementType.FLOAT);
    String found = to.greater(sum(hits, use), to.number(0));
    String number = sum(to.mul(hits, row(invert ? tokens : numbers, to)), use);
    String other =
        invert ? to.number(settings.integer("oov_token")) : other(x, others, firstOther, to);
    settings.seenTo("oov_token");
    return output(use, to.where(found, number, other));
  }

  /** The number of what is not in the vocabulary. */
  private static String other(String x, int others, int first, Nodes to) {
    if (others < 2) {
      return to.number(others == 0 ? Double.NaN : first);
    }
    String whole = to.unary("Floor", to.div(x, to.number(others)));
    return to.add(to.sub(x, to.mul(whole, to.number(others))), to.number(first));
  }

  /** What comes out for the numbers of categories. */
  private static List<Flow> output(LayerUse use, String numbers) {
    Nodes to = use.to();
    String mode = use.settings().choice("output_mode");
    if (mode.equals("int")) {
      return use.result(numbers);
    }
    Shape in = use.first().shape();
    int depth = use.out().get(0).last();
    float[] places = new float[depth];
    for (int i = 0; i < depth; i++) {
      places[i] = i;
    }
    String equal = to.equal(to.unsqueeze(numbers, in.rank()), to.numbers(Shape.of(depth), places));
    String rows = to.cast(equal, ElementType.FLOAT);
    if (mode.equals("one_hot")) {
      return use.result(in.last() == 1 ? to.squeeze(rows, in.rank() - 1) : rows);
    }
    if (use.first().mask() != null) {
      throw new Unsayable("one row for all timesteps, of which some are masked");
    }
    return use.result(to.reduce(mode.equals("count") ? "Sum" : "Max", rows, false, 1), null);
  }
}

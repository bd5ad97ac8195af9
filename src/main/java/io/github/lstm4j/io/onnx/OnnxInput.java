package io.github.lstm4j.io.onnx;

import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What a graph is fed: an Input with the samples first, and its other axes in their order. */
final class OnnxInput extends Data.Fed {
  /**
   * @param taken names that inputs have
   * @param isMixed see {@link Data.Fed}
   * @param samples how many a batch has; {@link Shape#UNKNOWN} for any number
   */
  OnnxInput(String name, List<List<Atom>> axes, Set<String> taken, int samples, boolean isMixed) {
    this(name, axes, taken, samples, isMixed, new boolean[1]);
  }

  private OnnxInput(
      String name,
      List<List<Atom>> axes,
      Set<String> taken,
      int samples,
      boolean isMixed,
      boolean[] ones) {
    super(() -> placed(name, axes, taken, samples, ones[0]), () -> ones[0] = true, isMixed);
  }

  private static Placed placed(
      String name, List<List<Atom>> axes, Set<String> taken, int samples, boolean withoutOnes) {
    List<List<Atom>> groups = new ArrayList<>();
    for (List<Atom> axis : axes) {
      if (Atom.leaves(axis).stream().noneMatch(Atom::isBatch)) {
        groups.add(Placed.own(axis));
      }
    }
    if (withoutOnes) {
      groups.removeIf(List::isEmpty);
    }
    if (groups.isEmpty()) {
      groups.add(List.of());
    }
    // only timesteps may vary, which come before features
    groups.stream()
        .filter(g -> !Atom.size(g).isKnown())
        .findFirst()
        .ifPresent(
            g -> {
              groups.remove(g);
              groups.add(0, g);
            });
    int[] dims = new int[groups.size() + 1];
    dims[0] = samples;
    for (int i = 0; i < groups.size(); i++) {
      Dim size = Atom.size(groups.get(i));
      dims[i + 1] = size.isKnown() ? Math.toIntExact(size.value()) : Shape.UNKNOWN;
    }
    Input input = Input.of(Shape.of(dims));
    String plain = name.replaceAll("[^\\p{L}\\p{N}._:-]", "_");
    plain = plain.isEmpty() || plain.length() > 100 ? "input" : plain;
    String free = plain;
    for (int i = 1; !taken.add(free); i++) {
      free = plain + "_" + i;
    }
    KerasTensor tensor = input.name(free).output();
    return new Placed(tensor, groups);
  }
}

package io.github.lstm4j.io.onnx;

import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What a graph is fed: an Input with the samples first, and its other axes in their order. */
final class OnnxInput extends Data.Fed {
  OnnxInput(String name, List<List<Atom>> axes, Set<String> taken) {
    this(name, axes, taken, new boolean[1]);
  }

  private OnnxInput(String name, List<List<Atom>> axes, Set<String> taken, boolean[] ones) {
    super(() -> placed(name, axes, taken, ones[0]), () -> ones[0] = true);
  }

  private static Placed placed(
      String name, List<List<Atom>> axes, Set<String> taken, boolean withoutOnes) {
    List<List<Atom>> groups = new ArrayList<>();
    for (List<Atom> axis : axes) {
      if (Atom.leaves(axis).stream().noneMatch(Atom::isBatch)) {
        groups.add(Placed.own(axis));
      }
    }
    if (groups.size() > 2 || withoutOnes) {
      groups.removeIf(List::isEmpty); // axes of length 1
    }
    if (groups.isEmpty()) {
      groups.add(List.of());
    } else if (groups.size() > 2) {
      throw new Refusal(
          "the input \""
              + name
              + "\" has the axes "
              + axes
              + "; there may be two behind the samples");
    }
    boolean turned =
        groups.size() == 2
            && !Atom.size(groups.get(1)).isKnown()
            && Atom.size(groups.get(0)).isKnown();
    if (turned) { // only timesteps may vary, which come before features
      groups.add(groups.remove(0));
    }
    int[] dims = new int[groups.size() + 1];
    dims[0] = Shape.UNKNOWN;
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

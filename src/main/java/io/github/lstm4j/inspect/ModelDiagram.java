package io.github.lstm4j.inspect;

import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Recurrent;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.report.Diagram;
import io.github.lstm4j.report.Diagram.Box;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A model as boxes: its layers with their shapes and parameters, and what flows between them. */
public final class ModelDiagram {
  private ModelDiagram() {}

  /**
   * The diagram.
   *
   * @param model built
   */
  public static Diagram of(Model model) {
    List<Box> boxes = new ArrayList<>();
    LayerGraph.Node before = null;
    for (LayerGraph.Node node : model.graph().nodes()) {
      boxes.add(box(node.layer(), flow(node, before)));
      before = node;
    }
    return new Diagram(boxes);
  }

  /** What comes in; and from where, if it is not the box above. */
  private static String flow(LayerGraph.Node node, LayerGraph.Node before) {
    return node.inputs().stream()
        .map(
            port -> {
              Layer from = port.node().layer();
              String shape = from.outputShapes().get(port.number()).toString();
              return port.node().equals(before) ? shape : shape + " from " + from.name();
            })
        .collect(Collectors.joining(", "));
  }

  private static Box box(Layer layer, String in) {
    List<String> lines = new ArrayList<>();
    if (layer instanceof Recurrent<?> recurrent) {
      lines.add(
          recurrent.units()
              + (recurrent.units() == 1 ? " unit" : " units")
              + (recurrent.goesBackwards() ? ", backwards in time" : "")
              + (recurrent.isStateful() ? ", stateful" : "")
              + (recurrent.returnsSequences() ? ", all timesteps" : ", the last timestep"));
    }
    List<Shape> out = layer.outputShapes();
    lines.add("gives " + out.stream().map(Shape::toString).collect(Collectors.joining(", ")));
    List<Weight> weights = layer.inner().isEmpty() ? layer.weights() : List.of();
    if (!weights.isEmpty()) {
      lines.add(
          weights.stream().map(w -> w.name() + " " + w.shape()).collect(Collectors.joining(", ")));
    }
    long count = layer.countParams();
    if (count > 0) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%,d %s%s",
              count,
              count == 1 ? "parameter" : "parameters",
              layer.isTrainable() ? "" : ", frozen"));
    }
    List<Box> inside = layer.inner().stream().map(inner -> box(inner, "")).toList();
    return new Box(layer.name(), layer.className(), in, lines, inside);
  }
}

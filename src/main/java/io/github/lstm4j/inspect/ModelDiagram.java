package io.github.lstm4j.inspect;

import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.KerasTensor.Call;
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
    Call before = null;
    for (Call call : model.graph().calls()) {
      boxes.add(box(call, flow(call, before)));
      before = call;
    }
    return new Diagram(boxes);
  }

  /** What comes in; and from where, if it is not the box above. */
  private static String flow(Call call, Call before) {
    return call.inputs().stream()
        .map(
            t ->
                t.call() == before
                    ? t.shape().toString()
                    : t.shape() + " from " + t.call().layer().name())
        .collect(Collectors.joining(", "));
  }

  private static Box box(Call call, String in) {
    return box(call.layer(), call.outputs().stream().map(KerasTensor::shape).toList(), in);
  }

  private static Box box(Layer layer, List<Shape> out, String in) {
    List<String> lines = new ArrayList<>();
    if (layer instanceof Recurrent<?> recurrent) {
      lines.add(
          recurrent.units()
              + (recurrent.units() == 1 ? " unit" : " units")
              + (recurrent.goesBackwards() ? ", backwards in time" : "")
              + (recurrent.isStateful() ? ", stateful" : "")
              + (recurrent.returnsSequences() ? ", all timesteps" : ", the last timestep"));
    }
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
    List<Box> inside = layer.inner().stream().map(l -> box(l, l.outputShapes(), "")).toList();
    return new Box(layer.name(), layer.className(), in, lines, inside);
  }
}

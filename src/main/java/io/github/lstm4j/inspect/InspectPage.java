package io.github.lstm4j.inspect;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.report.Chart;
import io.github.lstm4j.report.HeatMap;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A page about one sample: what went in, what the answer hangs on, the gates and states of every
 * recurrent layer over time, and the model.
 */
public final class InspectPage {
  private static final int MOST_ROWS = 128; // of a picture: units, features
  private static final Map<String, String> NAMES =
      Map.of(
          "i", "i, input gate",
          "f", "f, forget gate",
          "g", "c̃, candidate (g)",
          "o", "o, output gate",
          "c", "c, cell state",
          "h", "h, output");

  private final HtmlPage page;
  private final Look look;

  private InspectPage(String title, Look look) {
    page = new HtmlPage(title);
    this.look = look;
  }

  /**
   * The page.
   *
   * @param title its title
   * @param about what to say about the sample before anything else
   */
  public static HtmlPage of(String title, String about, Model model, Look look) {
    InspectPage p = new InspectPage(title, look);
    p.page.paragraph(about);
    p.input();
    p.saliency();
    p.look.trace().layers().forEach(p::layer);
    ModelSections.model(p.page, model);
    return p.page;
  }

  private void input() {
    page.section("What goes in, and what comes out");
    Tensor x = look.x();
    if (x.shape().rank() == 3) {
      page.chart(
          map("The sample", "The inputs of the model over time.", look.featureNames(), 0, x),
          "The inputs as the model gets them, scaled where the task scales.");
    }
    Tensor y = look.trace().output();
    int width = y.shape().last();
    List<List<String>> rows = new ArrayList<>();
    for (int k = 0; k < Math.min(width, MOST_ROWS); k++) {
      float value = y.data()[y.size() / y.dim(0) - width + k];
      rows.add(List.of(look.outputName(k), Float.toString(value)));
    }
    page.numbers(
        List.of("Output" + (y.shape().rank() == 3 ? ", last timestep" : ""), "Value"), rows);
  }

  private void saliency() {
    if (look.saliency().isEmpty()) {
      return;
    }
    page.section("What the answer hangs on");
    page.paragraph(
        "The size of the derivative of an output by each number of the input, |∂y/∂x|, in the model's"
            + " own units: where it is large, a small change of the input changes the output much."
            + " It says nothing about large changes.");
    List<Chart> charts = new ArrayList<>();
    look.saliency()
        .forEach(
            (k, d) -> {
              Tensor size = d.copy();
              for (int i = 0; i < size.size(); i++) {
                size.data()[i] = Math.abs(size.data()[i]);
              }
              List<String> names = look.saliencyNames(d);
              charts.add(
                  map(
                      "|∂y/∂x| of " + look.outputName(k),
                      "Where the output " + look.outputName(k) + " is sensitive to the input.",
                      names,
                      0,
                      size));
            });
    page.charts(charts);
  }

  private void layer(Trace.Layer layer) {
    page.section("Layer " + layer.name());
    int units = layer.parts().get("h").dim(2);
    page.paragraph(
        String.format(
            Locale.ROOT,
            "%d %s over time%s.%s",
            units,
            units == 1 ? "unit" : "units",
            units > MOST_ROWS ? "; the first " + MOST_ROWS + " are drawn" : "",
            layer.parts().containsKey("c")
                ? " c = f∘c₋ + i∘c̃ and h = o∘φ(c): where f is strong and i weak, a unit keeps what it"
                    + " has. Timesteps without colour are masked."
                : ""));
    List<String> names = IntStream.range(0, units).mapToObj(u -> "unit " + u).toList();
    List<Chart> charts = new ArrayList<>();
    layer
        .parts()
        .forEach(
            (part, values) ->
                charts.add(
                    map(
                        layer.name() + ": " + NAMES.getOrDefault(part, part),
                        NAMES.getOrDefault(part, part) + " of every unit over time.",
                        names,
                        List.of("i", "f", "o").contains(part) ? 1 : 0,
                        values)));
    page.charts(charts);
  }

  /** The first sample's (T, rows) as a picture with time to the right. */
  private static HeatMap map(
      String title, String description, List<String> names, double most, Tensor values) {
    int timesteps = values.dim(1);
    int width = values.dim(2);
    int rows = Math.min(width, MOST_ROWS);
    double[][] grid = new double[rows][timesteps];
    for (int r = 0; r < rows; r++) {
      int row = r;
      Arrays.setAll(grid[r], t -> values.data()[t * width + row]);
    }
    return new HeatMap(title, description, "timestep", 1, names.subList(0, rows), grid).most(most);
  }
}

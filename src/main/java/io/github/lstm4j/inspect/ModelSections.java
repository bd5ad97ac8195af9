package io.github.lstm4j.inspect;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.SummaryStyle;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.report.LineChart;
import io.github.lstm4j.training.History;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The sections that every page about a model has: how it was trained, what it is, what ran it. */
public final class ModelSections {
  private ModelSections() {}

  /**
   * The losses by epoch.
   *
   * @param unit what the loss measures
   * @param kept the epoch whose weights were kept, from 0
   */
  public static void training(HtmlPage page, History history, String unit, int kept) {
    page.section("Training");
    if (history.epochs().isEmpty()) {
      page.paragraph("No epoch ran.");
      return;
    }
    double[] loss = values(history, "loss");
    boolean validated = history.keys().contains("val_loss");
    LineChart chart =
        new LineChart(
                "Loss by epoch",
                String.format(
                    Locale.ROOT,
                    "Training loss from %.4f to %.4f in %d epochs%s.",
                    loss[0],
                    loss[loss.length - 1],
                    loss.length,
                    validated
                        ? String.format(
                            Locale.ROOT,
                            "; the validation loss is %.4f in epoch %d, which is kept",
                            values(history, "val_loss")[history.epochs().indexOf(kept)],
                            kept + 1)
                        : ""),
                unit)
            .places(history.epochs().stream().mapToDouble(e -> e + 1).toArray())
            .along("epoch")
            .line("training", "s1", loss);
    if (validated) {
      chart.line("validation", "s2", values(history, "val_loss"));
    }
    page.chart(
        chart.mark(kept + 1, "kept: epoch " + (kept + 1)),
        "The training loss is a mean over the epoch with dropout at work, the validation loss is"
            + " measured at the epoch's end without.");
  }

  private static double[] values(History history, String key) {
    return history.get(key).stream().mapToDouble(v -> v).toArray();
  }

  /** The layers as boxes, and the table of them. */
  public static void model(HtmlPage page, Model model) {
    page.section("The model");
    page.chart(ModelDiagram.of(model), "");
    page.preformatted(model.summaryText(SummaryStyle.KERAS_3));
  }

  /**
   * What ran it, with versions.
   *
   * @param first what is to be told before, in pairs of what and value
   */
  public static void run(HtmlPage page, Backend backend, List<List<String>> first) {
    List<List<String>> rows = new ArrayList<>(first);
    rows.add(List.of("Backend", backend.description()));
    String version = ModelSections.class.getPackage().getImplementationVersion();
    rows.add(List.of("lstm4j", version == null ? "not from a jar" : version));
    rows.add(List.of("Java", property("java.vm.name") + " " + Runtime.version()));
    rows.add(
        List.of(
            "Machine",
            String.format(
                Locale.ROOT,
                "%s %s, %s, %d processors, heap of at most %,d MiB",
                property("os.name"),
                property("os.version"),
                property("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                Runtime.getRuntime().maxMemory() >> 20)));
    page.section("The run");
    page.words(List.of("What", "Value"), rows);
  }

  private static String property(String key) {
    return System.getProperty(key, "unknown");
  }
}

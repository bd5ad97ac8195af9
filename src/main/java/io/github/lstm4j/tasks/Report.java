package io.github.lstm4j.tasks;

import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.TimeFormat;
import io.github.lstm4j.inspect.ModelSections;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.History;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;

/**
 * A page about a model and how it does on data: its errors, what there is to see of its outputs,
 * its training, the data, the layers, and what ran it.
 *
 * <pre>{@code
 * Tensor outputs = model.predict(samples.source(), 128);
 * new Report("Load of the town", model, samples, outputs).data(table).page().write(Path.of("report.html"));
 * }</pre>
 */
public final class Report {
  private final String title;
  private final Model model;
  private final TaskSamples samples;
  private final Tensor outputs;
  private final List<List<String>> run = new ArrayList<>();
  private String about = "";
  private History history;
  private int kept;
  private Table data;

  /**
   * @param title what the page is about
   * @param model what is reported
   * @param samples what it was measured on
   * @param outputs what it gave for them
   */
  public Report(String title, Model model, TaskSamples samples, Tensor outputs) {
    this.title = title;
    this.model = model;
    this.samples = samples;
    this.outputs = outputs;
  }

  /** What the page says first. */
  public Report about(String text) {
    about = text;
    return this;
  }

  /**
   * How the training went.
   *
   * @param keptEpoch the epoch whose weights were kept, from 0
   */
  public Report training(History of, int keptEpoch) {
    history = of;
    kept = keptEpoch;
    return this;
  }

  /** The table that samples were cut from. */
  public Report data(Table table) {
    data = table;
    return this;
  }

  /** What is to be told about the run, beside machine and versions. */
  public Report run(String what, String value) {
    run.add(List.of(what, value));
    return this;
  }

  /** The page. */
  public HtmlPage page() {
    HtmlPage page = new HtmlPage(title);
    page.paragraph(about);
    samples.report(page, outputs);
    if (history != null) {
      ModelSections.training(page, history, "loss", kept);
    }
    if (data != null) {
      describe(page);
    }
    ModelSections.model(page, model);
    ModelSections.run(page, model.backend(), run);
    return page;
  }

  private void describe(HtmlPage page) {
    page.section("The data");
    List<List<String>> rows = new ArrayList<>();
    for (String name : data.names()) {
      boolean text = data.isCategorical(name);
      boolean time = text ? data.undeclaredTime(name) != null : data.timeFormat(name).hasDate();
      rows.add(time ? times(name) : text ? categories(name) : numbers(name));
    }
    page.paragraph(String.format(Locale.ROOT, "%,d rows, %d columns.", data.rows(), rows.size()));
    page.numbers(List.of("Column", "Kind", "Missing", "From", "To", "Mean"), rows);
  }

  private List<String> categories(String name) {
    int[] ids = data.ids(name);
    return List.of(
        name,
        String.format(Locale.ROOT, "%,d categories", data.categories(name).size()),
        count(Arrays.stream(ids).filter(id -> id == 0).count()),
        "",
        "",
        "");
  }

  private List<String> times(String name) {
    double[] times = data.times(name);
    TimeFormat format = data.timeFormat(name);
    return List.of(
        name,
        "time",
        "0",
        format.format(Arrays.stream(times).min().orElseThrow()),
        format.format(Arrays.stream(times).max().orElseThrow()),
        "");
  }

  private List<String> numbers(String name) {
    DoubleSummaryStatistics known =
        Arrays.stream(data.numbers(name)).filter(v -> !Double.isNaN(v)).summaryStatistics();
    boolean none = known.getCount() == 0;
    return List.of(
        name,
        "number",
        count(data.rows() - known.getCount()),
        none ? "" : number(known.getMin()),
        none ? "" : number(known.getMax()),
        none ? "" : number(known.getAverage()));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.6g", value);
  }

  private static String count(long missing) {
    return String.format(Locale.ROOT, "%,d", missing);
  }
}

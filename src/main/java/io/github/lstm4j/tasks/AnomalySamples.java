package io.github.lstm4j.tasks;

import io.github.lstm4j.data.ClassificationErrors;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Ranking;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.Windows;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.BatchSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Windows of a table, N of them, to be rebuilt; each is cut when its batch is needed. */
public final class AnomalySamples implements TaskSamples {
  private static final Set<String> NORMAL_WORDS =
      Set.of("normal", "ok", "good", "no", "none", "false");

  private final AnomalyTask task;
  private final Table table;
  private final Windows windows;
  private final int[] starts;
  private final int[] covered; // the rows that some window holds
  private final boolean withTruth;
  private final Tensor inputs; // (rows, F), scaled

  AnomalySamples(AnomalyTask task, Frame frame, int[] starts, boolean withTruth) {
    this.task = task;
    this.table = frame.table();
    this.windows = Windows.of(task.window());
    this.starts = starts;
    this.withTruth = withTruth;
    this.inputs = task.inputs().scaled(frame);
    boolean[] held = new boolean[frame.rows()];
    for (int start : starts) {
      Arrays.fill(held, start, start + task.window(), true);
    }
    covered = IntStream.range(0, held.length).filter(row -> held[row]).toArray();
  }

  @Override
  public int size() {
    return starts.length;
  }

  @Override
  public String describe() {
    return String.format(Locale.ROOT, "%,d windows of %,d rows", starts.length, covered.length);
  }

  /** Inputs {@code (N, T, F)} and, where the truth was asked for, the same as targets. */
  @Override
  public BatchSource source() {
    return BatchSource.of(
        starts.length,
        numbers -> {
          Tensor x = windows.inputs(inputs, Arrays.stream(numbers).map(n -> starts[n]).toArray());
          return withTruth ? Batch.of(x, x) : Batch.of(x);
        });
  }

  @Override
  public int lastRow(int n) {
    return (int) table.rowNumbers()[windows.lastRow(starts[n])];
  }

  /**
   * The mean squared error of each column in each row that is covered: (rows, F), row-major; of a
   * row in several windows, the mean over them.
   */
  private double[] columnErrors(Tensor outputs) {
    int width = inputs.dim(1);
    double[] sums = new double[inputs.size()];
    int[] counts = new int[inputs.dim(0)];
    for (int n = 0; n < starts.length; n++) {
      for (int t = 0; t < task.window(); t++) {
        int row = starts[n] + t;
        counts[row]++;
        for (int j = 0; j < width; j++) {
          int at = row * width + j;
          double error =
              outputs.data()[(n * task.window() + t) * width + j] - (double) inputs.data()[at];
          sums[at] += error * error;
        }
      }
    }
    double[] means = new double[covered.length * width];
    Arrays.setAll(
        means,
        at -> {
          int row = covered[at / width];
          return sums[row * width + at % width] / counts[row];
        });
    return means;
  }

  /** The mean of each row of F values. */
  private double[] rowMeans(double[] values) {
    int width = inputs.dim(1);
    double[] means = new double[values.length / width];
    for (int at = 0; at < values.length; at++) {
      means[at / width] += values[at] / width;
    }
    return means;
  }

  /** The score of each row that is covered. */
  double[] scores(Tensor outputs) {
    return rowMeans(columnErrors(outputs));
  }

  @Override
  public AnomalyTask calibrated(Function<BatchSource, Tensor> model) {
    return new AnomalyTask(
        task.inputs(),
        task.window(),
        task.quantile(),
        quantile(scores(model.apply(source())), task.quantile()),
        task.label());
  }

  /** The value that this share of the values does not exceed; between two, in proportion. */
  private static double quantile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double at = share * (sorted.length - 1);
    int below = (int) at;
    double above = sorted[Math.min(below + 1, sorted.length - 1)];
    return sorted[below] + (at - below) * (above - sorted[below]);
  }

  private double threshold() {
    if (task.threshold() == null) {
      throw new IllegalArgumentException(
          "the file has no threshold: its training was broken off before that was known; end it"
              + " with train --resume");
    }
    return task.threshold();
  }

  /**
   * Columns: row, group and time if there are any, score, anomaly (true or false), the column that
   * is rebuilt worst, and the label if the table has it.
   */
  @Override
  public Table results(Tensor outputs) {
    double[] errors = columnErrors(outputs);
    double[] scores = rowMeans(errors);
    double threshold = threshold();
    int width = inputs.dim(1);
    List<String> alarms = new ArrayList<>();
    List<String> worst = new ArrayList<>();
    for (int n = 0; n < scores.length; n++) {
      int most = 0;
      for (int j = 1; j < width; j++) {
        most = errors[n * width + j] > errors[n * width + most] ? j : most;
      }
      alarms.add(String.valueOf(scores[n] > threshold));
      worst.add(task.inputs().scale().names().get(most));
    }
    Table results =
        task.inputs()
            .keys(table, covered)
            .with("score", scores)
            .withCategories("anomaly", alarms)
            .withCategories("worst_column", worst);
    return isLabelled()
        ? results.withCategories(
            "actual",
            Arrays.stream(covered)
                .mapToObj(row -> ClassLabel.text(table, task.label(), row))
                .toList())
        : results;
  }

  private boolean isLabelled() {
    return task.label() != null && table.has(task.label());
  }

  /**
   * Which rows are anomalies, as the label says: numbers other than 0, or words that are not
   * normal.
   *
   * @param rows that have a label
   */
  private boolean[] anomalies(int[] rows) {
    List<String> texts =
        Arrays.stream(rows).mapToObj(row -> ClassLabel.text(table, task.label(), row)).toList();
    boolean numbers = texts.stream().allMatch(ClassLabel::isNumber);
    List<String> normal =
        texts.stream()
            .distinct()
            .filter(
                text ->
                    numbers
                        ? text.equals("0")
                        : NORMAL_WORDS.contains(text.toLowerCase(Locale.ROOT)))
            .toList();
    if (normal.isEmpty() && !numbers) {
      throw new IllegalArgumentException(
          "column "
              + Printable.text(task.label())
              + ": no row is normal; expected 0 for those that are and 1 for the others, or one of "
              + NORMAL_WORDS.stream().sorted().toList()
              + " for those that are, got "
              + Printable.text(texts.stream().distinct().limit(5).toList()));
    }
    boolean[] anomalies = new boolean[rows.length];
    for (int n = 0; n < rows.length; n++) {
      anomalies[n] = !normal.contains(texts.get(n));
    }
    return anomalies;
  }

  @Override
  public String errorsText(Tensor outputs) {
    double[] scores = scores(outputs);
    double threshold =
        task.threshold() == null ? quantile(scores, task.quantile()) : task.threshold();
    long alarms = Arrays.stream(scores).filter(s -> s > threshold).count();
    String text =
        String.format(
            Locale.ROOT,
            "  score: median %.4g, highest %.4g; threshold %.4g; %,d of %,d rows are above it%n",
            quantile(scores, 0.5),
            quantile(scores, 1),
            threshold,
            alarms,
            scores.length);
    return isLabelled() ? text + measured(scores, threshold) : text;
  }

  @Override
  public void report(HtmlPage page, Tensor outputs) {
    TaskSamples.super.report(page, outputs);
    double[] scores = scores(outputs);
    AnswerPictures.scores(
        page,
        task.inputs().keys(table, covered).with("score", scores),
        task.threshold() == null ? quantile(scores, task.quantile()) : task.threshold());
    int[] known = isLabelled() ? labelled() : new int[0];
    if (known.length > 0) {
      boolean[] anomalies = anomalies(Arrays.stream(known).map(n -> covered[n]).toArray());
      double[] ranked = Arrays.stream(known).mapToDouble(n -> scores[n]).toArray();
      AnswerPictures.roc(page, Map.of("score", Ranking.of(ranked, anomalies)));
    }
  }

  /** The numbers of the covered rows that have a label. */
  private int[] labelled() {
    return IntStream.range(0, covered.length)
        .filter(n -> ClassLabel.text(table, task.label(), covered[n]) != null)
        .toArray();
  }

  /** Beside the scores of who takes the distance from the training rows' mean as a score. */
  private String measured(double[] scores, double threshold) {
    int[] known = labelled();
    if (known.length == 0) {
      return "";
    }
    boolean[] anomalies = anomalies(Arrays.stream(known).map(n -> covered[n]).toArray());
    int width = inputs.dim(1);
    double[] squares = new double[covered.length * width];
    Arrays.setAll(
        squares, at -> Math.pow(inputs.data()[covered[at / width] * width + at % width], 2));
    double[] far = rowMeans(squares);
    int[] actual = new int[known.length];
    double[] alarm = new double[2 * known.length];
    for (int n = 0; n < known.length; n++) {
      actual[n] = anomalies[n] ? 1 : 0;
      alarm[2 * n + (scores[known[n]] > threshold ? 1 : 0)] = 1;
    }
    return ErrorsText.anomalies(
        ClassificationErrors.of(2, actual, alarm),
        Ranking.of(Arrays.stream(known).mapToDouble(n -> scores[n]).toArray(), anomalies),
        Ranking.of(Arrays.stream(known).mapToDouble(n -> far[n]).toArray(), anomalies),
        "distance from the mean");
  }
}

package io.github.lstm4j.tasks;

import io.github.lstm4j.data.ForecastErrors;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.io.StoredFields;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A label that is a number.
 *
 * @param scale the scale in which it is learnt, under the column's name
 * @param mean of the labels that were trained on: what one would say without a model
 */
public record NumberLabel(Normalizer.Column scale, double mean) implements SequenceLabel {
  /** Learns the scale from the labels that are trained on. */
  static NumberLabel fit(String column, Normalizer.Kind kind, double[] labels) {
    Normalizer fitted =
        Normalizer.fit(
            List.of(kind), List.of(column), labels, List.of(new Range(0, labels.length)));
    return new NumberLabel(fitted.columns().get(0), Arrays.stream(labels).average().orElse(0));
  }

  @Override
  public String column() {
    return scale.name();
  }

  @Override
  public Head head(Head.Per per, Float padding) {
    Head one = Head.ofNumbers(1);
    return new Head(one.units(), one.activation(), one.loss(), per, padding);
  }

  @Override
  public float target(Table table, int row) {
    return (float) scale.apply(table.numbers(column())[row]);
  }

  private double[] numbers(float[] scaled) {
    double[] numbers = new double[scaled.length];
    Arrays.setAll(numbers, n -> scale.invert(scaled[n]));
    return numbers;
  }

  @Override
  public Table answers(Table rows, Tensor outputs) {
    return rows.with("predicted", numbers(outputs.data()));
  }

  @Override
  public Table actual(Table answers, Table table, int[] rows) {
    double[] numbers = table.numbers(column());
    return answers.with("actual", Arrays.stream(rows).mapToDouble(row -> numbers[row]).toArray());
  }

  @Override
  public String errorsText(Tensor outputs, float[] targets) {
    double[] truth = numbers(targets);
    double[] always = new double[truth.length];
    Arrays.fill(always, mean);
    return line(column(), ForecastErrors.of(numbers(outputs.data()), truth, 1))
        + line("training mean", ForecastErrors.of(always, truth, 1));
  }

  @Override
  public void report(HtmlPage page, Tensor outputs, float[] targets) {
    AnswerPictures.numbers(page, numbers(outputs.data()), numbers(targets));
  }

  private static String line(String name, ForecastErrors errors) {
    return String.format(
        Locale.ROOT,
        "  %-16s RMSE %-10.4g MAE %.4g%n",
        name,
        errors.rmse().get(0),
        errors.mae().get(0));
  }

  @Override
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("column", column());
    map.put("scale", new Normalizer(List.of(scale)).toMap());
    map.put("mean", mean);
    return map;
  }

  static NumberLabel fromStored(String path, Object stored) {
    StoredFields fields = StoredFields.of(path, stored, "column", "scale", "mean");
    List<Normalizer.Column> columns =
        Normalizer.fromStored(fields.path("scale"), fields.get("scale")).columns();
    if (columns.size() != 1 || !columns.get(0).name().equals(fields.text("column"))) {
      throw fields.wrong("scale", "the scale of the label's column alone");
    }
    return new NumberLabel(columns.get(0), fields.number("mean"));
  }
}

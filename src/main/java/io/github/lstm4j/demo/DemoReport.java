package io.github.lstm4j.demo;

import io.github.lstm4j.data.ForecastErrors;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.TimeFormat;
import io.github.lstm4j.inspect.ModelSections;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.layers.WeightView;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.report.BarChart;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.report.LineChart;
import io.github.lstm4j.tasks.ForecastPictures;
import io.github.lstm4j.training.History;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The page about one run of the demo: what was trained, how it went, and how good it is. */
final class DemoReport {
  private static final LocalDateTime MONTH = LocalDateTime.of(2014, 2, 1, 0, 0);
  private static final List<Integer> HORIZONS = BeijingPm25.HORIZONS;

  /**
   * How a run went.
   *
   * @param seed its seed
   * @param bestEpoch the epoch whose weights were kept, from 0
   * @param seconds all of it
   * @param epochSeconds the median epoch
   */
  record Run(long seed, int bestEpoch, double seconds, double epochSeconds) {}

  private final HtmlPage page = new HtmlPage("An LSTM forecasts Beijing's fine dust");
  private final BeijingPm25.Part test;
  private final Model model;
  private final History history;
  private final double[] forecasts; // (N, 3), µg/m³
  private final double[] truth;
  private final Run run;

  private DemoReport(BeijingPm25 data, Model model, History history, double[] forecasts, Run run) {
    this.test = data.test();
    this.model = model;
    this.history = history;
    this.forecasts = forecasts;
    this.truth = test.truth();
    this.run = run;
  }

  /**
   * The page.
   *
   * @param forecasts the model's, for the windows of the test year, (N, 3) row-major, in µg/m³
   */
  static HtmlPage page(
      BeijingPm25 data, Model model, History history, double[] forecasts, Run run) {
    DemoReport report = new DemoReport(data, model, history, forecasts, run);
    report.errors();
    ModelSections.training(
        report.page, history, "mean squared error, standardised", run.bestEpoch());
    report.month();
    report.pictures();
    report.model();
    return report.page;
  }

  private void errors() {
    ForecastErrors ours = test.errors(forecasts);
    ForecastErrors persistence = test.errors(test.persistence());
    page.paragraph(
        "The last 24 hours of dust and weather go in; PM2.5 one, six and 24 hours ahead comes out."
            + " Trained on 2010 to 2012, stopped by 2013, tested on 2014. Persistence is the"
            + " forecast that nothing changes.");
    List<HtmlPage.Tile> tiles = new ArrayList<>();
    List<String> groups = new ArrayList<>();
    List<List<String>> rows = new ArrayList<>();
    for (int h = 0; h < HORIZONS.size(); h++) {
      String ahead = "+" + HORIZONS.get(h) + " h";
      double rmse = ours.rmse().get(h);
      double base = persistence.rmse().get(h);
      groups.add(ahead);
      tiles.add(
          new HtmlPage.Tile(
              "RMSE " + ahead + ", µg/m³",
              text("%.2f", rmse),
              text("%.1f %% below persistence (%.2f)", 100 * (1 - rmse / base), base)));
      rows.add(
          List.of(
              ahead,
              text("%.3f", rmse),
              Yardstick.LOWEST_RMSE.get(h) + "–" + Yardstick.HIGHEST_RMSE.get(h),
              text("%.3f", base),
              text("%.3f", ours.mae().get(h)),
              text("%.3f", persistence.mae().get(h))));
    }
    tiles.add(
        new HtmlPage.Tile(
            "Time per epoch",
            text("%.2f s", run.epochSeconds()),
            text(
                "recorded side by side: %s s, and Keras %s s",
                Yardstick.OUR_EPOCH_SECONDS, Yardstick.EPOCH_SECONDS)));
    page.tiles(tiles);
    page.section("Error by horizon");
    page.chart(
        new BarChart(
                "Test RMSE by horizon",
                text(
                    "RMSE in µg/m³ at 1, 6 and 24 hours. This model: %s. Persistence: %s.",
                    ours.rmse().stream().map(v -> text("%.1f", v)).toList(),
                    persistence.rmse().stream().map(v -> text("%.1f", v)).toList()),
                "RMSE, µg/m³; lower is better",
                groups)
            .bars("this model", "s1", ours.rmse())
            .bars("Keras, worst of 4 seeds", "s3", Yardstick.HIGHEST_RMSE)
            .bars("persistence", "ink", persistence.rmse()),
        text("Test year 2014, %,d windows.", test.size()));
    page.numbers(
        List.of(
            "Horizon",
            "RMSE",
            "Keras's RMSE, 4 seeds",
            "Persistence's RMSE",
            "MAE",
            "Persistence's MAE"),
        rows);
  }

  /** Everything that the pages about other models have too. */
  private void pictures() {
    int horizons = HORIZONS.size();
    int count = test.size() * horizons;
    double[] rows = new double[count];
    double[] times = new double[count];
    double[] ahead = new double[count];
    for (int at = 0; at < count; at++) {
      rows[at] = 1 + at / horizons;
      ahead[at] = HORIZONS.get(at % horizons);
      LocalDateTime hour = test.hour(at / horizons).plusHours(HORIZONS.get(at % horizons));
      times[at] = hour.toEpochSecond(ZoneOffset.UTC);
    }
    Table results =
        Table.of(Map.of("row", rows))
            .withTimes("time", times, TimeFormat.of("yyyy-MM-dd HH:mm"))
            .withCategories("target", Collections.nCopies(count, "pm2.5"))
            .with("horizon", ahead)
            .with("forecast", forecasts)
            .with("actual", truth);
    new ForecastPictures(page, results).all();
  }

  /** Forecast against truth, by the hour that is forecast. */
  private void month() {
    int hours = (int) Duration.between(MONTH, MONTH.plusMonths(1)).toHours();
    double[] times = new double[hours];
    Arrays.setAll(times, i -> MONTH.plusHours(i).toEpochSecond(ZoneOffset.UTC));
    page.section("February 2014, hour by hour");
    for (int h = 0; h < HORIZONS.size(); h++) {
      double[] came = new double[hours];
      double[] forecast = new double[hours];
      Arrays.fill(came, Double.NaN);
      Arrays.fill(forecast, Double.NaN);
      double squares = 0;
      int known = 0;
      for (int n = 0; n < test.size(); n++) {
        LocalDateTime target = test.hour(n).plusHours(HORIZONS.get(h));
        int hour = (int) Duration.between(MONTH, target).toHours();
        if (!target.isBefore(MONTH) && hour < hours) {
          int at = n * HORIZONS.size() + h;
          came[hour] = truth[at];
          forecast[hour] = forecasts[at];
          squares += (truth[at] - forecasts[at]) * (truth[at] - forecasts[at]);
          known++;
        }
      }
      LineChart chart =
          new LineChart(
                  "Forecast " + HORIZONS.get(h) + " h ahead",
                  text(
                      "PM2.5 as measured and as forecast %d hours before, %d hours of February"
                          + " 2014; RMSE in this month %.1f µg/m³.",
                      HORIZONS.get(h), known, Math.sqrt(squares / Math.max(known, 1))),
                  "PM2.5, µg/m³")
              .times(times)
              .fromZero()
              .line("measured", "ink", came)
              .line("forecast +" + HORIZONS.get(h) + " h", "s1", forecast);
      page.chart(
          chart,
          text(
              "Forecast %d %s before; RMSE in this month %.1f µg/m³.",
              HORIZONS.get(h),
              HORIZONS.get(h) == 1 ? "hour" : "hours",
              Math.sqrt(squares / Math.max(known, 1))));
    }
    page.paragraph("Gaps are hours whose window or target has a missing measurement.");
  }

  private void model() {
    ModelSections.model(page, model);
    List<List<String>> rows = new ArrayList<>();
    for (Layer layer : model.layers()) {
      for (Weight w : layer.weights()) {
        rows.add(
            List.of(
                layer.name() + " / " + w.name(), w.shape().toString(), count(w.shape().size())));
        if (layer instanceof LSTM lstm) {
          for (WeightView view : gates(lstm, w)) {
            rows.add(
                List.of("– " + view.name(), view.shape().toString(), count(view.shape().size())));
          }
        }
      }
    }
    page.section("The weights' shapes");
    page.paragraph(
        "Each weight of the LSTM holds four gates side by side: input i, forget f, candidate c,"
            + " output o. A timestep is a vector of 11 values; times kernel_c it gives the"
            + " candidate of each of the 64 units.");
    page.numbers(List.of("Weight", "Shape", "Numbers"), rows);
    ModelSections.run(
        page,
        model.backend(),
        List.of(
            List.of("Seed", String.valueOf(run.seed())),
            List.of("Epochs", history.epochs().size() + ", the best was " + (run.bestEpoch() + 1)),
            List.of("Time per epoch", text("%.2f s (median)", run.epochSeconds())),
            List.of("Time from start to this page", text("%.1f s", run.seconds())),
            List.of(
                "Data",
                "Song Xi Chen, Beijing PM2.5, UCI Machine Learning Repository (2015), CC BY"
                    + " 4.0")));
  }

  private static List<WeightView> gates(LSTM lstm, Weight w) {
    return switch (w.name()) {
      case "kernel" -> List.of(lstm.kernelI(), lstm.kernelF(), lstm.kernelC(), lstm.kernelO());
      case "recurrent_kernel" ->
          List.of(
              lstm.recurrentKernelI(),
              lstm.recurrentKernelF(),
              lstm.recurrentKernelC(),
              lstm.recurrentKernelO());
      case "bias" -> List.of(lstm.biasI(), lstm.biasF(), lstm.biasC(), lstm.biasO());
      default -> List.of();
    };
  }

  private static String count(int n) {
    return text("%,d", n);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}

package io.github.lstm4j.demo;

import io.github.lstm4j.callbacks.EarlyStopping;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.inspect.ModelSections;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.RepeatVector;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.tasks.AnomalySetup;
import io.github.lstm4j.tasks.AnomalyTask;
import io.github.lstm4j.tasks.TaskSamples;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Faults of sensors, found by a model that has never seen one: an encoder–decoder learns to rebuild
 * days of temperature, dew point and pressure in Beijing from a few numbers, and what it cannot
 * rebuild is reported. Learnt from 2010 to 2012; the threshold is from 2013; into 2014 faults are
 * put, of twelve hours each: a value that sticks, one that jumps, one that trembles.
 */
final class Faults implements Example {
  private static final List<String> COLUMNS = List.of("TEMP", "DEWP", "PRES");
  private static final double JUMP = 12; // °C or hPa
  private static final double TREMBLE = 5;
  private static final int WINDOW = 24;
  private static final int HOURS = 12; // of a fault
  private static final int APART = 96; // hours from one fault to the next
  private static final String LABEL = "fault";

  private final long seed;
  private final boolean small;
  private final int units;
  private final int epochs;
  private final Range trainRows;
  private final AnomalyTask task;
  private final Frame frame;

  Faults(long seed, boolean small) {
    this.seed = seed;
    this.small = small;
    this.units = small ? 12 : 24;
    this.epochs = small ? 6 : 12;
    this.trainRows = new Range(small ? BeijingPm25.row(2013) - 5000 : 0, BeijingPm25.row(2013));
    Table table = withFaults(BeijingPm25.table());
    this.task = AnomalySetup.of(WINDOW).label(LABEL).fit(table, trainRows);
    this.frame = task.inputs().encode(table);
  }

  private Table withFaults(Table table) {
    Map<String, double[]> columns = new LinkedHashMap<>();
    COLUMNS.forEach(c -> columns.put(c, table.numbers(c).clone()));
    double[] faulty = new double[table.rows()];
    Philox random = new Philox(seed, 1);
    int kind = 0;
    for (int row = BeijingPm25.row(2014) + APART; row + APART < table.rows(); row += APART) {
      int column = random.nextInt(COLUMNS.size());
      int first = row + random.nextInt(APART / 2);
      double sign = random.nextInt(2) == 0 ? -1 : 1;
      double[] values = columns.get(COLUMNS.get(column));
      for (int hour = 0; hour < HOURS; hour++) {
        values[first + hour] =
            switch (kind % 3) {
              case 0 -> values[first];
              case 1 -> values[first + hour] + sign * JUMP;
              default -> values[first + hour] + TREMBLE * random.nextGaussian();
            };
        faulty[first + hour] = 1;
      }
      kind++;
    }
    columns.put(LABEL, faulty);
    return Table.of(columns);
  }

  @Override
  public int batchSize() {
    return small ? 64 : 128;
  }

  @Override
  public Model model() {
    return new Sequential()
        .seed(seed)
        .add(new LSTM(units).inputShape(WINDOW, COLUMNS.size()))
        .add(new RepeatVector(WINDOW))
        .add(new LSTM(units).returnSequences(true))
        .add(new TimeDistributed(new Dense(COLUMNS.size())))
        .compile(Optimizer.adam(5e-3f), Loss.meanSquaredError());
  }

  @Override
  public HtmlPage run(Model model, PrintStream out, Callback progress) {
    Range heldRows =
        new Range(BeijingPm25.row(2014) - (small ? 3000 : 8760), BeijingPm25.row(2014));
    Range testRows = new Range(BeijingPm25.row(2014), frame.rows());
    TaskSamples train = task.cut(frame, List.of(trainRows));
    TaskSamples held = task.cut(frame, List.of(heldRows));
    out.printf(
        Locale.ROOT,
        "Temperature, dew point and pressure of %d hours in, the same out: %s to learn from, %s for"
            + " the threshold, %s with faults.%n",
        WINDOW,
        train.describe(),
        held.describe(),
        task.cut(frame, List.of(testRows)).describe());
    EarlyStopping stopping = new EarlyStopping("val_loss").patience(3).restoreBestWeights(true);
    long began = System.nanoTime();
    Fit fit =
        Fit.epochs(epochs)
            .batchSize(batchSize())
            .validationData(held.source())
            .silent()
            .callbacks(stopping, progress);
    History history = model.fit(train.source(), fit);
    double seconds = (System.nanoTime() - began) * 1e-9;
    TaskSamples test =
        held.calibrated(x -> model.predict(x, batchSize())).cut(frame, List.of(testRows));
    Tensor rebuilt = model.predict(test.source(), batchSize());
    String errors = test.errorsText(rebuilt);
    out.print(errors);
    String result =
        String.format(
            Locale.ROOT,
            "%s; trained in %.0f s",
            errors.lines().filter(l -> l.contains("ROC AUC")).findFirst().orElseThrow().strip(),
            seconds);
    out.println("Result: " + result);
    HtmlPage page = new HtmlPage("An LSTM finds faults of sensors").paragraph(result + ".");
    test.report(page, rebuilt);
    ModelSections.training(page, history, "mean squared error, scaled", stopping.bestEpoch());
    ModelSections.model(page, model);
    return page;
  }
}

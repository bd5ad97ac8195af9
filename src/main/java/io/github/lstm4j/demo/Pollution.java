package io.github.lstm4j.demo;

import io.github.lstm4j.callbacks.EarlyStopping;
import io.github.lstm4j.data.ClassificationErrors;
import io.github.lstm4j.inspect.ModelSections;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.tasks.AnswerPictures;
import io.github.lstm4j.tasks.ErrorsText;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Sequences of different lengths, classes of different frequency: how bad is the air of Beijing, as
 * far as the weather tells? Into the model goes the weather from midnight of the day before on, 27
 * to 48 hours, without any dust; out come the classes of the dust in the last hours. Learnt from
 * 2010 to 2012, stopped by 2013, judged on 2014.
 *
 * <p>Sequences of like length go together in a batch; rare classes count more. The yardstick is how
 * often each class came in the training years at such a value of one column: of the one that tells
 * most in 2013.
 */
final class Pollution implements Example {
  private static final List<String> CLASSES = List.of("fair", "polluted", "hazardous");
  private static final double[] BORDERS = {75, 200}; // µg/m³
  private static final int DAY = 24;
  private static final int STEP = 3; // hours between two questions, and of dust that is asked for
  private static final int[] BUCKETS = {33, 39, 45};
  private static final List<String> COLUMNS =
      List.of("dew point", "temperature", "pressure", "wind", "snow", "rain");
  private static final int LEVELS = 20; // of a column, in the yardstick

  /** The first and the number of the hours of weather, and the class of the last of them. */
  private record Question(int row, int hours, int label) {
    int last() {
      return row + hours - 1;
    }
  }

  private final long seed;
  private final int units;
  private final int epochs;
  private final BeijingPm25 data = BeijingPm25.load();
  private final Tensor weather;
  private final List<Question> train;
  private final List<Question> validation;
  private final List<Question> test;
  private final Map<Integer, Double> weights; // all classes count as much

  Pollution(long seed, boolean small) {
    this.seed = seed;
    this.units = small ? 8 : 32;
    this.epochs = small ? 2 : 30;
    this.weather = weather();
    this.train = questions(small ? 2012 : 2010, 2013);
    this.validation = questions(2013, 2014);
    this.test = questions(2014, 2015);
    this.weights = weights();
  }

  private List<Question> questions(int from, int to) {
    List<Question> all = new ArrayList<>();
    int end = Math.min(BeijingPm25.row(to), data.measured().length);
    for (int day = BeijingPm25.row(from); day + 2 * DAY <= end; day += DAY) {
      for (int hours = DAY + STEP; hours <= 2 * DAY; hours += STEP) {
        double dust =
            Arrays.stream(data.measured(), day + hours - STEP, day + hours)
                .filter(v -> !Double.isNaN(v))
                .average()
                .orElse(Double.NaN);
        if (!Double.isNaN(dust)) {
          all.add(new Question(day, hours, dust < BORDERS[0] ? 0 : dust < BORDERS[1] ? 1 : 2));
        }
      }
    }
    return all;
  }

  @Override
  public int batchSize() {
    return 64;
  }

  @Override
  public Model model() {
    return new Sequential()
        .seed(seed)
        .add(new Masking(0f).inputShape(-1, weather.dim(1)))
        .add(new LSTM(units))
        .add(new Dropout(0.3f))
        .add(new Dense(CLASSES.size()).activation("softmax"))
        .compile(Optimizer.adam(2e-3f), Loss.sparseCategoricalCrossentropy(false));
  }

  /** All hours without the first column, which is the dust. */
  private Tensor weather() {
    Tensor hours = data.hours();
    Tensor weather = Tensor.zeros(hours.dim(0), hours.dim(1) - 1);
    for (int row = 0; row < hours.dim(0); row++) {
      System.arraycopy(
          hours.data(),
          row * hours.dim(1) + 1,
          weather.data(),
          row * weather.dim(1),
          weather.dim(1));
    }
    return weather;
  }

  /** One by one: they are of different lengths. */
  private BatchSource source(List<Question> questions) {
    return BatchSource.of(
            questions.size(),
            numbers -> {
              Question q = questions.get(numbers[0]);
              return Batch.ofSample(
                  weather.rows(q.row(), q.row() + q.hours()),
                  Tensor.of(new float[] {q.label()}, 1));
            })
        .bucketByLength(BUCKETS)
        .prefetch(4);
  }

  private static int count(List<Question> questions, int label) {
    return (int) questions.stream().filter(q -> q.label() == label).count();
  }

  private Map<Integer, Double> weights() {
    Map<Integer, Double> weights = new HashMap<>();
    for (int c = 0; c < CLASSES.size(); c++) {
      weights.put(c, train.size() / (double) (CLASSES.size() * count(train, c)));
    }
    return weights;
  }

  @Override
  public HtmlPage run(Model model, PrintStream out, Callback progress) {
    out.printf(
        Locale.ROOT,
        "27 to 48 hours of weather in Beijing go in: is the air fair (below %.0f µg/m³ of dust),"
            + " polluted or hazardous (from %.0f on)?%nSequences: %,d to learn from, %,d of 2013,"
            + " %,d of 2014; hazardous are %.0f %% of the first.%n",
        BORDERS[0],
        BORDERS[1],
        train.size(),
        validation.size(),
        test.size(),
        100.0 * count(train, 2) / train.size());
    EarlyStopping stopping = new EarlyStopping("val_loss").patience(4).restoreBestWeights(true);
    long began = System.nanoTime();
    History history =
        model.fit(
            source(train),
            Fit.epochs(epochs)
                .batchSize(batchSize())
                .validationData(source(validation))
                .classWeight(weights)
                .silent()
                .callbacks(stopping, progress));
    double seconds = (System.nanoTime() - began) * 1e-9;
    int[] actual = test.stream().mapToInt(Question::label).toArray();
    Tensor predicted = model.predict(source(test), batchSize());
    double[] probabilities = new double[predicted.size()];
    Arrays.setAll(probabilities, i -> predicted.data()[i]);
    ClassificationErrors ours = ClassificationErrors.of(CLASSES.size(), actual, probabilities);
    int column = mostTelling();
    ClassificationErrors simple = byColumn(column, test);
    String name = "by the " + COLUMNS.get(column);
    out.print(ErrorsText.classification(ours, simple, CLASSES, name));
    String result =
        String.format(
            Locale.ROOT,
            "ROC AUC %.3f (%s: %.3f), of hazardous air %.3f (%.3f), balanced accuracy %.3f (%.3f);"
                + " trained in %.0f s",
            ours.rocAuc(),
            name,
            simple.rocAuc(),
            ours.ranking(2).rocAuc(),
            simple.ranking(2).rocAuc(),
            ours.balancedAccuracy(),
            simple.balancedAccuracy(),
            seconds);
    out.println("Result: " + result);
    HtmlPage page = new HtmlPage("An LSTM tells the air by the weather").paragraph(result + ".");
    AnswerPictures.classes(page, ours, CLASSES);
    ModelSections.training(page, history, "crossentropy", stopping.bestEpoch());
    ModelSections.model(page, model);
    return page;
  }

  private int mostTelling() {
    return IntStream.range(0, COLUMNS.size())
        .boxed()
        .max(Comparator.comparingDouble(column -> byColumn(column, validation).rocAuc()))
        .orElseThrow();
  }

  private double value(Question question, int column) {
    return weather.get(question.last(), column);
  }

  /** The classes as they came in training at such values of one column in the last hour. */
  private ClassificationErrors byColumn(int column, List<Question> asked) {
    double[] sorted = train.stream().mapToDouble(q -> value(q, column)).sorted().toArray();
    double[] borders =
        IntStream.range(1, LEVELS)
            .mapToDouble(i -> sorted[i * sorted.length / LEVELS])
            .distinct()
            .toArray();
    double[][] shares = new double[borders.length + 1][CLASSES.size()];
    for (Question q : train) {
      shares[level(borders, value(q, column))][q.label()] += weights.get(q.label());
    }
    for (double[] level : shares) {
      double sum = Arrays.stream(level).sum();
      Arrays.setAll(level, c -> sum == 0 ? 1.0 / level.length : level[c] / sum);
    }
    return ClassificationErrors.of(
        CLASSES.size(),
        asked.stream().mapToInt(Question::label).toArray(),
        asked.stream()
            .flatMapToDouble(q -> Arrays.stream(shares[level(borders, value(q, column))]))
            .toArray());
  }

  private static int level(double[] borders, double value) {
    int at = Arrays.binarySearch(borders, value);
    return at < 0 ? -at - 1 : at + 1;
  }
}

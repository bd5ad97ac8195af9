package io.github.lstm4j.demo;

import io.github.lstm4j.callbacks.LearningRateScheduler;
import io.github.lstm4j.inspect.ModelSections;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.model.Session;
import io.github.lstm4j.optimizers.LearningRateSchedule;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/**
 * Character by character: an embedding, two LSTMs and a softmax at each timestep learn which
 * character comes next in the Psalms of the King James Version, and then write some. The last tenth
 * is held back; how well its characters are foreseen is measured in bits per character, beside what
 * follows most often after the last one, two or three characters.
 */
final class Text implements Example {
  private static final String RESOURCE = "psalms.txt.gz";
  private static final double HELD_BACK = 0.1;
  private static final float RATE = 4e-3f;
  private static final int LENGTH = 64;
  private static final int WRITTEN = 400; // characters
  private static final int[] ORDERS = {0, 1, 2, 3};
  private static final double[] TEMPERATURES = {0.5, 0.8};

  private final long seed;
  private final boolean small;
  private final int units;
  private final int stride;
  private final int epochs;
  private final String characters; // those that there are
  private final int[] train;
  private final int[] held;

  Text(long seed, boolean small) {
    this.seed = seed;
    this.small = small;
    this.units = small ? 48 : 128;
    this.stride = small ? 32 : 16;
    this.epochs = small ? 3 : 8;
    String text = text();
    if (small) {
      text = text.substring(0, 40_000);
    }
    StringBuilder found = new StringBuilder();
    text.chars().distinct().sorted().forEach(c -> found.append((char) c));
    this.characters = found.toString();
    int[] all = text.chars().map(characters::indexOf).toArray();
    int border = (int) (all.length * (1 - HELD_BACK));
    this.train = Arrays.copyOfRange(all, 0, border);
    this.held = Arrays.copyOfRange(all, border, all.length);
  }

  private static String text() {
    try (InputStream in = Text.class.getResourceAsStream(RESOURCE)) {
      return new String(new GZIPInputStream(in).readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new IllegalStateException("the shipped text is damaged: " + Printable.reason(e), e);
    }
  }

  @Override
  public int batchSize() {
    return small ? 16 : 64;
  }

  @Override
  public Model model() {
    return new Sequential()
        .seed(seed)
        .add(new Embedding(characters.length(), 32).inputLength(LENGTH))
        .add(new LSTM(units).returnSequences(true))
        .add(new Dropout(0.2f))
        .add(new LSTM(units).returnSequences(true))
        .add(new Dropout(0.2f))
        .add(new Dense(characters.length()).activation("softmax"))
        .compile(Optimizer.adam(RATE), Loss.sparseCategoricalCrossentropy(false));
  }

  /** Pieces of a text, and the character that follows each of theirs. */
  private static BatchSource pieces(int[] text, int stride) {
    return BatchSource.of(
        (text.length - 1 - LENGTH) / stride + 1,
        numbers -> {
          Tensor x = Tensor.zeros(numbers.length, LENGTH);
          Tensor y = Tensor.zeros(numbers.length, LENGTH);
          for (int n = 0; n < numbers.length; n++) {
            for (int t = 0; t < LENGTH; t++) {
              x.set(text[numbers[n] * stride + t], n, t);
              y.set(text[numbers[n] * stride + t + 1], n, t);
            }
          }
          return Batch.of(x, y);
        });
  }

  @Override
  public HtmlPage run(Model model, PrintStream out, Callback progress) {
    out.printf(
        Locale.ROOT,
        "The Psalms, character by character (%d different ones): %,d to learn from, %,d held back.%n",
        characters.length(),
        train.length,
        held.length);
    BatchSource judged = pieces(held, LENGTH);
    long began = System.nanoTime();
    History history =
        model.fit(
            pieces(train, stride).prefetch(2),
            Fit.epochs(epochs)
                .batchSize(batchSize())
                .validationData(judged)
                .silent()
                .callbacks(
                    new LearningRateScheduler(LearningRateSchedule.cosineDecay(RATE, epochs, 0.02)),
                    progress));
    double seconds = (System.nanoTime() - began) * 1e-9;
    HtmlPage page = new HtmlPage("An LSTM writes psalms");
    double bits = model.evaluate(judged, batchSize()).get("loss") / Math.log(2);
    StringBuilder others = new StringBuilder();
    for (int order : ORDERS) {
      others.append(
          String.format(
              Locale.ROOT,
              "%s%.2f after the last %d",
              others.isEmpty() ? "" : ", ",
              new FollowingCharacters(train, characters.length(), order).bits(held),
              order));
    }
    String result =
        String.format(
            Locale.ROOT,
            "%.2f bits per character of the held back text (by what follows most often: %s);"
                + " trained in %.0f s",
            bits,
            others,
            seconds);
    page.paragraph(result + ".");
    for (double temperature : TEMPERATURES) {
      String written = write(model, temperature);
      out.printf(Locale.ROOT, "%nAt temperature %.1f:%n%s%n", temperature, written);
      page.section(String.format(Locale.ROOT, "Written at temperature %.1f", temperature))
          .preformatted(written);
    }
    out.println();
    out.println("Result: " + result);
    ModelSections.training(page, history, "crossentropy", epochs - 1);
    ModelSections.model(page, model);
    return page;
  }

  /**
   * Draws character after character: each is fed to the session, which has the states of both
   * LSTMs.
   *
   * @param temperature 1: by the model's probabilities; less: the likely ones are drawn more often
   */
  private String write(Model model, double temperature) {
    Philox random = new Philox(seed, 2);
    StringBuilder text = new StringBuilder();
    int last = characters.indexOf('\n');
    try (Session session = model.session(1)) {
      while (text.length() < WRITTEN) {
        Tensor next = model.step(session, Tensor.of(new float[] {last}, 1));
        last = draw(next.data(), temperature, random.nextFloat());
        text.append(characters.charAt(last));
      }
    }
    return text.toString().strip();
  }

  private static int draw(float[] probabilities, double temperature, double at) {
    double[] weights = new double[probabilities.length];
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.pow(probabilities[i], 1 / temperature);
      sum += weights[i];
    }
    int drawn = 0;
    for (double left = at * sum - weights[0]; left >= 0 && drawn < weights.length - 1; ) {
      left -= weights[++drawn];
    }
    return drawn;
  }
}

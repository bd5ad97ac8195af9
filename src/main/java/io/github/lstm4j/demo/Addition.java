package io.github.lstm4j.demo;

import io.github.lstm4j.callbacks.LearningRateScheduler;
import io.github.lstm4j.inspect.ModelSections;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.RepeatVector;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.LearningRateSchedule;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Sequence to sequence: "535+61" in, "596" out, character by character, without being told what a
 * digit is. After Keras's example "Sequence to sequence learning for performing number addition":
 * an LSTM reads the question backwards, its last state is repeated for each character of the
 * answer, a second LSTM writes. A sum counts as right if all its characters are.
 */
final class Addition implements Example {
  private static final String CHARACTERS = "0123456789+ ";
  private static final double HELD_BACK = 0.1;
  private static final float RATE = 3e-3f;
  private static final int SHOWN = 8;

  private final long seed;
  private final int digits;
  private final int questions;
  private final int units;
  private final int epochs;
  private final List<int[]> sums = new ArrayList<>();

  Addition(long seed, boolean small) {
    this.seed = seed;
    this.digits = small ? 2 : 3;
    this.questions = small ? 5_000 : 50_000;
    this.units = small ? 64 : 128;
    this.epochs = 12;
    Philox random = new Philox(seed, 1);
    Set<Integer> seen = new LinkedHashSet<>();
    while (seen.size() < questions) {
      int a = number(random);
      int b = number(random);
      if (seen.add(a * bound() + b)) {
        sums.add(new int[] {a, b});
      }
    }
  }

  private int bound() {
    return (int) Math.pow(10, digits);
  }

  /** Of one digit as often as of two or three, as in Keras's example. */
  private int number(Philox random) {
    return random.nextInt((int) Math.pow(10, 1 + random.nextInt(digits)));
  }

  private int questionLength() {
    return 2 * digits + 1;
  }

  private int answerLength() {
    return digits + 1;
  }

  @Override
  public int batchSize() {
    return 64;
  }

  @Override
  public Model model() {
    return new Sequential()
        .seed(seed)
        .add(new LSTM(units).inputShape(questionLength(), CHARACTERS.length()))
        .add(new RepeatVector(answerLength()))
        .add(new LSTM(units).returnSequences(true))
        .add(new Dense(CHARACTERS.length()).activation("softmax"))
        .compile(
            Optimizer.adam(RATE),
            Loss.sparseCategoricalCrossentropy(false),
            Metric.SPARSE_CATEGORICAL_ACCURACY);
  }

  private static String padded(String text, int length) {
    return text + " ".repeat(length - text.length());
  }

  private String question(int[] sum) {
    return padded(sum[0] + "+" + sum[1], questionLength());
  }

  private String answer(int[] sum) {
    return padded(String.valueOf(sum[0] + sum[1]), answerLength());
  }

  /** One-hot characters, last first: (N, questionLength, 12). */
  private Tensor questions(List<int[]> some) {
    Tensor x = Tensor.zeros(some.size(), questionLength(), CHARACTERS.length());
    for (int n = 0; n < some.size(); n++) {
      String reversed = new StringBuilder(question(some.get(n))).reverse().toString();
      for (int t = 0; t < reversed.length(); t++) {
        x.set(1, n, t, CHARACTERS.indexOf(reversed.charAt(t)));
      }
    }
    return x;
  }

  /** The numbers of the characters: (N, answerLength). */
  private Tensor answers(List<int[]> some) {
    Tensor y = Tensor.zeros(some.size(), answerLength());
    for (int n = 0; n < some.size(); n++) {
      for (int t = 0; t < answerLength(); t++) {
        y.set(CHARACTERS.indexOf(answer(some.get(n)).charAt(t)), n, t);
      }
    }
    return y;
  }

  private List<String> written(Model model, List<int[]> some) {
    Tensor classes = model.predict(questions(some), 512).argmax(-1);
    List<String> all = new ArrayList<>();
    for (int n = 0; n < some.size(); n++) {
      StringBuilder text = new StringBuilder();
      for (int t = 0; t < answerLength(); t++) {
        text.append(CHARACTERS.charAt((int) classes.get(n, t)));
      }
      all.add(text.toString());
    }
    return all;
  }

  @Override
  public HtmlPage run(Model model, PrintStream out, Callback progress) {
    int trained = (int) (questions * (1 - HELD_BACK));
    List<int[]> train = sums.subList(0, trained);
    List<int[]> held = sums.subList(trained, questions);
    out.printf(
        Locale.ROOT,
        "Sums of two numbers of up to %d digits as characters: %,d to learn from, %,d held back.%n",
        digits,
        train.size(),
        held.size());
    long began = System.nanoTime();
    History history =
        model.fit(
            questions(train),
            answers(train),
            Fit.epochs(epochs)
                .batchSize(batchSize())
                .validationData(questions(held), answers(held))
                .silent()
                .callbacks(
                    new LearningRateScheduler(LearningRateSchedule.cosineDecay(RATE, epochs, 0.02)),
                    progress));
    double seconds = (System.nanoTime() - began) * 1e-9;
    List<String> got = written(model, held);
    List<List<String>> shown = new ArrayList<>();
    int right = 0;
    for (int n = 0; n < held.size(); n++) {
      boolean is = got.get(n).equals(answer(held.get(n)));
      right += is ? 1 : 0;
      if (n < SHOWN) {
        out.println("  " + question(held.get(n)) + " = " + got.get(n) + (is ? "" : "  wrong"));
        shown.add(List.of(question(held.get(n)), got.get(n), answer(held.get(n))));
      }
    }
    double share = 100.0 * right / held.size();
    String result =
        String.format(
            Locale.ROOT,
            "%.2f %% of %,d unseen sums are right in all characters (the most frequent answer:"
                + " %.2f %%); trained in %.0f s",
            share,
            held.size(),
            100 * mostFrequent(train, held),
            seconds);
    out.println("Result: " + result);
    HtmlPage page = new HtmlPage("An LSTM learns to add").paragraph(result + ".");
    page.section("Some of them").words(List.of("Question", "Written", "Right"), shown);
    ModelSections.training(page, history, "crossentropy", epochs - 1);
    ModelSections.model(page, model);
    return page;
  }

  /** How often the commonest answer of the training is right. */
  private double mostFrequent(List<int[]> train, List<int[]> held) {
    int[] counts = new int[2 * bound()];
    train.forEach(sum -> counts[sum[0] + sum[1]]++);
    int best = 0;
    for (int i = 0; i < counts.length; i++) {
      best = counts[i] > counts[best] ? i : best;
    }
    int common = best;
    return held.stream().filter(sum -> sum[0] + sum[1] == common).count() / (double) held.size();
  }
}

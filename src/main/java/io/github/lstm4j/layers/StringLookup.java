package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Value;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.names.Arguments;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Texts as their numbers in a vocabulary: 0 if one is not in it, from 1 on the vocabulary's, in its
 * order. The first layer of a model. What a model here is fed with are numbers: {@link #encode}
 * makes them of texts. In Keras the model that is saved takes the texts themselves.
 *
 * <pre>{@code
 * StringLookup colours = new StringLookup("red", "green").outputMode("one_hot");
 * Sequential model = new Sequential(new Input(1), colours);
 * Tensor y = model.predict(colours.encode(new String[][] {{"green"}, {"blue"}}));
 * System.out.println(y); // Tensor(2, 3)[0.0, 0.0, 1.0, 1.0, 0.0, 0.0]
 * }</pre>
 */
public final class StringLookup extends Lookup<String> {
  StringLookup() {
    super(String.class, "[UNK]");
  }

  /**
   * @param vocabulary at least one text, each once
   */
  public StringLookup(String... vocabulary) {
    this();
    setTokens(List.of(vocabulary));
    if (vocabulary.length == 0) {
      throw new IllegalArgumentException(label() + ": vocabulary: expected at least one text");
    }
  }

  /**
   * What comes out, by Keras's name: {@code int} (default), {@code one_hot} (a row for each text),
   * or one row for each sample: {@code multi_hot} (which ones were there), {@code count} (how
   * often).
   */
  public StringLookup outputMode(String mode) {
    setOutputMode(mode);
    return this;
  }

  /** The text that is padding: it becomes 0, or stands in no row; default none. */
  public StringLookup maskToken(String token) {
    setMaskToken(token);
    return this;
  }

  /** Whether there is a number for what is not in the vocabulary: 1 (default), or 0. */
  public StringLookup numOovIndices(int number) {
    setNumOovIndices(number);
    return this;
  }

  /** All texts of the vocabulary, each at its place, with those that stand for others. */
  public List<String> vocabulary() {
    return allTokens();
  }

  @Override
  int checkedOov(int number) {
    if (number < 0 || number > 1) {
      throw new IllegalArgumentException(
          label() + ": numOovIndices must be 0 or 1 (others hash texts), got " + number);
    }
    return number;
  }

  @Override
  protected void configure(Config c) {
    c.constant("invert", false); // otherwise texts come out
    super.configure(c);
    c.constant("encoding", "utf-8");
  }

  /**
   * What the model is fed with for texts.
   *
   * @param texts of each sample as many
   * @return (samples, texts)
   * @throws IllegalArgumentException if a text is not in the vocabulary and {@link #numOovIndices}
   *     is 0
   */
  public Tensor encode(String[][] texts) {
    Map<String, Integer> numbers = new HashMap<>();
    for (int i = 0; i < tokens().size(); i++) {
      numbers.put(tokens().get(i), firstToken() + i);
    }
    if (maskToken() != null) {
      numbers.put(maskToken(), isInt() ? 0 : -1); // -1 has no place in a row
    }
    int[][] all = new int[Arguments.given("texts", texts).length][];
    for (int i = 0; i < all.length; i++) {
      all[i] = new int[Arguments.given("texts", texts[i]).length];
      for (int k = 0; k < all[i].length; k++) {
        Integer number = numbers.get(Arguments.given("a text", texts[i][k]));
        if (number == null && numOovIndices() == 0) {
          throw new IllegalArgumentException(
              label()
                  + ": "
                  + Printable.quoted(texts[i][k])
                  + " is not in the vocabulary, and numOovIndices is 0");
        }
        all[i][k] = number == null ? firstOov() : number;
      }
    }
    return Tensor.of(all);
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    requireTexts(input);
    return super.computeOutputShape(input);
  }

  @Override
  public boolean takesIds(int input) {
    return true;
  }

  @Override
  public boolean runsStepwise() {
    return isInt() || (isOneHot() && inputShape().dim(1) != 1);
  }

  @Override
  public boolean judgesValues() {
    return true;
  }

  @Override
  public void checkValues(float[] values, int from, int to) {
    checkNumbers(values, from, to);
  }

  @Override
  Value numbers(Value x, Lowering to) {
    return x;
  }
}

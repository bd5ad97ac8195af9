package io.github.lstm4j.layers;

import io.github.lstm4j.data.Tokenizer;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Texts as rows of the numbers of their words (or characters), by a {@link Tokenizer}. The first
 * layer of a model. What a model here is fed with are numbers: {@link #encode} makes them of texts.
 * In Keras the model that is saved takes the texts themselves.
 *
 * <pre>{@code
 * Tokenizer words = Tokenizer.words().outputSequenceLength(3).adapt(List.of("so far so good"));
 * TextVectorization texts = new TextVectorization(words);
 * Sequential model = new Sequential(new Input(3), texts, new Embedding(5, 4), new LSTM(2));
 * Tensor x = texts.encode(List.of("So good!"));
 * System.out.println(x); // Tensor(1, 3)[2.0, 3.0, 0.0]
 * System.out.println(model.predict(x).shape()); // (1, 2)
 * }</pre>
 */
public final class TextVectorization extends Categorical {
  private static final int PADDING_OF_ROWS = -1; // has no place in a row

  private Tokenizer tokenizer;
  private boolean padToMaxTokens;

  TextVectorization() {
    tokenizer = Tokenizer.words();
  }

  /**
   * @param tokenizer adapted to texts, or with a vocabulary
   */
  public TextVectorization(Tokenizer tokenizer) {
    this.tokenizer = given(tokenizer, "tokenizer");
    requireAdapted();
  }

  private void requireAdapted() {
    if (tokenizer.vocabulary().size() <= Tokenizer.UNKNOWN + 1) {
      throw new IllegalArgumentException(
          label() + ": vocabulary: expected at least one token, got none; adapt it to texts first");
    }
  }

  /**
   * What comes out, by Keras's name: {@code int} (default), a row of numbers; or one row for each
   * text, {@code multi_hot} (which words were there) or {@code count} (how often).
   */
  public TextVectorization outputMode(String mode) {
    setOutputMode(mode);
    requireMode();
    return this;
  }

  private void requireMode() {
    if (isOneHot()) {
      throw new IllegalArgumentException(
          label() + ": output_mode: expected int, multi_hot or count, got one_hot");
    }
  }

  /** What makes numbers of texts. */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  @Override
  protected void configure(Config c) {
    Map<String, Object> stored = new LinkedHashMap<>(tokenizer.toMap());
    Integer most = c.optional("max_tokens", Integer.class, orNull(stored.get("max_tokens")));
    Tokenizer.Standardize standardize =
        c.choice("standardize", Tokenizer.Standardize.valueOf(upper(stored, "standardize")));
    Tokenizer.Split split = c.choice("split", Tokenizer.Split.valueOf(upper(stored, "split")));
    List<?> widths = (List<?>) stored.get("ngrams");
    Object said = c.kept("ngrams", widths.isEmpty() ? null : widths, Integer.class, List.class);
    stored.put("ngrams", widths(said));
    configureOutput(c);
    requireMode();
    Integer length =
        c.optional(
            "output_sequence_length", Integer.class, orNull(stored.get("output_sequence_length")));
    padToMaxTokens = c.flag("pad_to_max_tokens", padToMaxTokens);
    c.constant("ragged", false);
    List<?> all = c.optionalList("vocabulary", vocabulary());
    c.constant("idf_weights", null);
    c.constant("encoding", "utf-8");
    kept(c, "vocabulary_size", null, Integer.class);
    stored.put("max_tokens", most == null ? 0 : most);
    stored.put("standardize", standardize.name().toLowerCase(Locale.ROOT));
    stored.put("split", split.name().toLowerCase(Locale.ROOT));
    stored.put("output_sequence_length", length == null ? 0 : length);
    stored.put("vocabulary", withoutSpecial(all));
    tokenizer = Tokenizer.fromStored(label(), stored);
    requireAdapted();
    if (most == null ? padToMaxTokens : vocabulary().size() > most) {
      throw new IllegalArgumentException(
          "max_tokens="
              + most
              + " does not go with "
              + vocabulary().size()
              + " tokens and pad_to_max_tokens="
              + padToMaxTokens);
    }
  }

  /** Keras's number stands for all widths up to it. */
  private static Object widths(Object ngrams) {
    return ngrams instanceof Integer most && most > 0
        ? IntStream.rangeClosed(1, most).boxed().toList()
        : ngrams instanceof Integer ? List.of(ngrams) : ngrams == null ? List.of() : ngrams;
  }

  private static Integer orNull(Object number) {
    return number instanceof Integer n && n > 0 ? n : null;
  }

  private static String upper(Map<String, Object> stored, String field) {
    return String.valueOf(stored.get(field)).toUpperCase(Locale.ROOT);
  }

  /** As Keras has it: padding is no token where one row comes out. */
  private List<String> vocabulary() {
    List<String> all = tokenizer.vocabulary();
    return isInt() ? all : all.subList(Tokenizer.UNKNOWN, all.size());
  }

  private List<?> withoutSpecial(List<?> all) {
    List<String> special =
        Tokenizer.words().vocabulary().subList(isInt() ? 0 : Tokenizer.UNKNOWN, 2);
    int count = special.size();
    boolean there = all.size() >= count && all.subList(0, count).equals(special);
    return there ? new ArrayList<>(all.subList(count, all.size())) : all;
  }

  /**
   * What the model is fed with for texts.
   *
   * @return (texts, timesteps), padded at the end
   */
  public Tensor encode(List<String> texts) {
    Tensor numbers = tokenizer.encode(texts);
    if (isInt()) {
      return numbers;
    }
    float[] shifted = numbers.data().clone(); // from 0 on: what is not known, then the words
    for (int i = 0; i < shifted.length; i++) {
      shifted[i] = shifted[i] == Tokenizer.PADDING ? PADDING_OF_ROWS : shifted[i] - 1;
    }
    return Tensor.of(shifted, numbers.shape().dims());
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    requireTexts(input);
    Integer length = isInt() ? orNull(tokenizer.toMap().get("output_sequence_length")) : null;
    if (length == null || input.dim(1) == length) {
      return super.computeOutputShape(input);
    } else if (input.dim(1) == Shape.UNKNOWN) {
      return Shape.of(input.dim(0), length);
    }
    throw wrongInput(
        "rows of " + length + " numbers, as encode makes them of texts",
        input,
        "begin the model with Input(" + length + ")");
  }

  @Override
  int depth() {
    Integer most = padToMaxTokens ? orNull(tokenizer.toMap().get("max_tokens")) : null;
    return most == null ? vocabulary().size() : most;
  }

  @Override
  public boolean takesIds(int input) {
    return true;
  }

  @Override
  public boolean runsStepwise() {
    return isInt();
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

package io.github.lstm4j.data;

import io.github.lstm4j.io.StoredFields;
import io.github.lstm4j.names.Arguments;
import io.github.lstm4j.names.Names;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Texts as rows of numbers for an {@code Embedding}, with the rules and the numbers of Keras's
 * {@code TextVectorization}: 0 is padding, 1 a word that is not in the vocabulary, from 2 on the
 * words by how often they were seen; of equally frequent ones that comes first which is later in
 * the order of Unicode. Immutable.
 *
 * <pre>{@code
 * Tokenizer words = Tokenizer.words().maxTokens(10_000).outputSequenceLength(50).adapt(texts);
 * Tensor x = words.encode(texts); // (N, 50)
 * model.add(new Embedding(words.vocabulary().size(), 32).maskZero(true).inputLength(50));
 * }</pre>
 *
 * <p>As in Keras, small letters are made of A to Z only, and white space is that of ASCII.
 */
public final class Tokenizer {
  /** The number of padding. */
  public static final int PADDING = 0;

  /** The number of what is not in the vocabulary. */
  public static final int UNKNOWN = 1;

  private static final String UNKNOWN_WORD = "[UNK]";
  private static final int FIRST_WORD = 2;

  /** As in keras/src/layers/preprocessing/text_vectorization.py. */
  private static final Pattern PUNCTUATION =
      Pattern.compile("[!\"#$%&()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~']");

  private static final Pattern WHITE_SPACE = Pattern.compile("[ \t\n\u000B\f\r]+");
  private static final Pattern CAPITALS = Pattern.compile("[A-Z]+");

  /**
   * By how often, then backwards by name: UTF-8, which Keras sorts by, has the order of Unicode.
   */
  private static final Comparator<Map.Entry<String, Long>> FREQUENT_FIRST =
      Map.Entry.<String, Long>comparingByValue()
          .thenComparing(Map.Entry.comparingByKey(Tokenizer::compareCodePoints))
          .reversed();

  /** What is done to a text before it is split. */
  public enum Standardize {
    /** Nothing. */
    NONE,
    /** A to Z become small. */
    LOWER,
    /** {@code !"#$%&()*+,-./:;<=>?@[\]^_`{|}~'} are left out. */
    STRIP_PUNCTUATION,
    /** Both; Keras's default. */
    LOWER_AND_STRIP_PUNCTUATION
  }

  /** What the tokens of a text are. */
  public enum Split {
    /** Words, between white space. */
    WHITESPACE,
    /** Characters (code points), white space among them. */
    CHARACTER
  }

  private final Standardize standardize;
  private final Split split;
  private final int maxTokens; // 0: any number
  private final int length; // 0: that of the longest text
  private final List<Integer> ngrams; // empty: tokens by themselves
  private final List<String> vocabulary;
  private final Map<String, Integer> numbers;

  private Tokenizer(
      Standardize standardize,
      Split split,
      int maxTokens,
      int length,
      List<Integer> ngrams,
      List<String> vocabulary) {
    this.standardize = standardize;
    this.split = split;
    this.maxTokens = maxTokens;
    this.length = length;
    this.ngrams = List.copyOf(ngrams);
    for (int width : ngrams) {
      if (width < 1) {
        throw new IllegalArgumentException("ngrams must be at least 1, got " + ngrams);
      }
    }
    this.vocabulary = List.copyOf(vocabulary);
    this.numbers = new HashMap<>();
    for (int i = 0; i < vocabulary.size(); i++) {
      if (numbers.put(vocabulary.get(i), i) != null) {
        throw new IllegalArgumentException(
            "the vocabulary has '" + vocabulary.get(i) + "' twice; a token has one number");
      }
    }
  }

  private static Tokenizer of(Standardize standardize, Split split) {
    return new Tokenizer(standardize, split, 0, 0, List.of(), List.of("", UNKNOWN_WORD));
  }

  /** Tokens are words, in small letters and without punctuation. */
  public static Tokenizer words() {
    return of(Standardize.LOWER_AND_STRIP_PUNCTUATION, Split.WHITESPACE);
  }

  /** Tokens are characters, of the text as it is. */
  public static Tokenizer characters() {
    return of(Standardize.NONE, Split.CHARACTER);
  }

  /** A copy that does something else to texts; it has no vocabulary yet. */
  public Tokenizer standardize(Standardize how) {
    return new Tokenizer(
        Arguments.given("a Standardize, such as NONE", how),
        split,
        maxTokens,
        length,
        ngrams,
        special());
  }

  /**
   * A copy whose vocabulary has at most so many tokens, padding and the unknown one among them; it
   * has no vocabulary yet. Default: any number.
   *
   * @param most at least 3
   */
  public Tokenizer maxTokens(int most) {
    if (most <= FIRST_WORD) {
      throw new IllegalArgumentException(
          "maxTokens must be at least 3, for padding, unknown words and one word; got " + most);
    }
    return new Tokenizer(standardize, split, most, length, ngrams, special());
  }

  /**
   * A copy whose rows have that many numbers: longer texts lose their end, shorter ones are padded
   * there. Default: as many as the longest text that is encoded with them.
   *
   * @param timesteps at least 1
   */
  public Tokenizer outputSequenceLength(int timesteps) {
    if (timesteps < 1) {
      throw new IllegalArgumentException(
          "outputSequenceLength must be at least 1, got " + timesteps);
    }
    return new Tokenizer(standardize, split, maxTokens, timesteps, ngrams, vocabulary);
  }

  /**
   * A copy whose tokens are so many words (or characters) that follow each other, with spaces
   * between them: of a text all of the first width, then all of the next; it has no vocabulary yet.
   * Default: words by themselves.
   *
   * @param widths each at least 1; {@code 1, 2} for Keras's {@code ngrams=2}
   */
  public Tokenizer ngrams(int... widths) {
    List<Integer> all = Arrays.stream(Arguments.given("widths", widths)).boxed().toList();
    return new Tokenizer(standardize, split, maxTokens, length, all, special());
  }

  private List<String> special() {
    return vocabulary.subList(0, FIRST_WORD);
  }

  /** A copy with the vocabulary of those texts, which should be the training's only. */
  public Tokenizer adapt(Iterable<String> texts) {
    Map<String, Long> counts = new HashMap<>();
    for (String text : Arguments.given("texts", texts)) {
      for (String token : tokens(text)) {
        counts.merge(token, 1L, Long::sum);
      }
    }
    special().forEach(counts::remove);
    List<String> learnt = new ArrayList<>(special());
    counts.entrySet().stream()
        .sorted(FREQUENT_FIRST)
        .limit(maxTokens == 0 ? Long.MAX_VALUE : maxTokens - FIRST_WORD)
        .forEach(e -> learnt.add(e.getKey()));
    return new Tokenizer(standardize, split, maxTokens, length, ngrams, learnt);
  }

  /** Surrogates come behind all of UTF-16's other characters, but before some of Unicode's. */
  private static int compareCodePoints(String a, String b) {
    return Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
  }

  /** All tokens, each at the place of its number: {@code "", "[UNK]"} and those learnt. */
  public List<String> vocabulary() {
    return vocabulary;
  }

  /** What a text is made of. */
  public List<String> tokens(String text) {
    List<String> parts = parts(text);
    if (ngrams.isEmpty()) {
      return parts;
    }
    List<String> all = new ArrayList<>();
    for (int width : ngrams) {
      for (int i = 0; i + width <= parts.size(); i++) {
        all.add(String.join(" ", parts.subList(i, i + width)));
      }
    }
    return all;
  }

  private List<String> parts(String text) {
    Arguments.given("a text", text);
    boolean lower =
        standardize == Standardize.LOWER || standardize == Standardize.LOWER_AND_STRIP_PUNCTUATION;
    String plain =
        lower ? CAPITALS.matcher(text).replaceAll(m -> m.group().toLowerCase(Locale.ROOT)) : text;
    if (standardize != Standardize.NONE && standardize != Standardize.LOWER) {
      plain = PUNCTUATION.matcher(plain).replaceAll("");
    }
    return switch (split) {
      case WHITESPACE ->
          WHITE_SPACE.splitAsStream(plain).filter(token -> !token.isEmpty()).toList();
      case CHARACTER -> plain.codePoints().mapToObj(Character::toString).toList();
    };
  }

  /** The numbers of a text's tokens, without padding. */
  public int[] numbers(String text) {
    return tokens(text).stream().mapToInt(t -> numbers.getOrDefault(t, UNKNOWN)).toArray();
  }

  /**
   * The numbers of texts.
   *
   * @return (texts, timesteps), padded with 0 at the end
   */
  public Tensor encode(List<String> texts) {
    List<int[]> all = Arguments.given("texts", texts).stream().map(this::numbers).toList();
    int timesteps = length > 0 ? length : all.stream().mapToInt(n -> n.length).max().orElse(0);
    return Sequences.padIds(all, timesteps, Sequences.End.POST, Sequences.End.POST, PADDING);
  }

  /**
   * The tokens of numbers, padding left out: words with spaces between, or characters.
   *
   * @throws IllegalArgumentException if a number is not one of the vocabulary
   * @throws IllegalStateException if tokens are n-grams, which overlap
   */
  public String decode(int... tokenNumbers) {
    if (!ngrams.isEmpty()) {
      throw new IllegalStateException("decode: the tokens are n-grams, " + ngrams + ", no text");
    }
    List<String> tokens = new ArrayList<>();
    for (int number : tokenNumbers) {
      if (number < 0 || number >= vocabulary.size()) {
        throw new IllegalArgumentException(
            "expected numbers from 0 to " + (vocabulary.size() - 1) + ", got " + number);
      }
      if (number != PADDING) {
        tokens.add(vocabulary.get(number));
      }
    }
    return String.join(split == Split.WHITESPACE ? " " : "", tokens);
  }

  /** As maps, lists, strings and numbers, for JSON; {@link #fromStored} reads it back. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("standardize", name(standardize));
    map.put("split", name(split));
    map.put("max_tokens", maxTokens);
    map.put("output_sequence_length", length);
    map.put("ngrams", ngrams);
    map.put("vocabulary", vocabulary.subList(FIRST_WORD, vocabulary.size()));
    return Collections.unmodifiableMap(map);
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /**
   * What {@link #toMap} gave.
   *
   * @param path what errors call it
   * @throws IllegalArgumentException if it is not; names the field and its value
   */
  public static Tokenizer fromStored(String path, Object stored) {
    StoredFields fields =
        StoredFields.of(
            path,
            stored,
            "standardize",
            "split",
            "max_tokens",
            "output_sequence_length",
            "ngrams",
            "vocabulary");
    List<String> vocabulary = new ArrayList<>(List.of("", UNKNOWN_WORD));
    if (!(fields.get("vocabulary") instanceof List<?> learnt)) {
      throw fields.wrong("vocabulary", "a list of tokens");
    }
    for (Object token : learnt) {
      if (!(token instanceof String text)) {
        throw fields.wrong("vocabulary", "tokens, each a text");
      }
      vocabulary.add(text);
    }
    List<Integer> ngrams = new ArrayList<>();
    Object widths = fields.has("ngrams") ? fields.get("ngrams") : List.of();
    for (Object width : widths instanceof List<?> list ? list : Collections.singletonList(widths)) {
      if (!(width instanceof Integer number)) {
        throw fields.wrong("ngrams", "whole numbers");
      }
      ngrams.add(number);
    }
    return new Tokenizer(
        constant(fields, "standardize", Standardize.values()),
        constant(fields, "split", Split.values()),
        fields.integer("max_tokens", 0, Integer.MAX_VALUE),
        fields.integer("output_sequence_length", 0, Integer.MAX_VALUE),
        ngrams,
        vocabulary);
  }

  private static <E extends Enum<E>> E constant(StoredFields fields, String field, E[] all) {
    String name = fields.text(field);
    for (E constant : all) {
      if (name(constant).equals(name)) {
        return constant;
      }
    }
    throw Names.unknown(fields.path(field), name, Arrays.stream(all).map(Tokenizer::name).toList());
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Tokenizer t && toMap().equals(t.toMap());
  }

  @Override
  public int hashCode() {
    return toMap().hashCode();
  }

  @Override
  public String toString() {
    return "Tokenizer of " + vocabulary.size() + " tokens";
  }
}

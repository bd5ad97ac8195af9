package io.github.lstm4j.layers;

import io.github.lstm4j.io.Printable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A layer that finds tokens in a vocabulary, as Keras's IndexLookup
 * (keras/src/layers/preprocessing/index_lookup.py). The numbers are: that of the mask's token, if
 * there is one and the numbers themselves come out; those of tokens that are not in the vocabulary;
 * from there on the vocabulary's.
 *
 * @param <T> what a token is
 */
abstract class Lookup<T> extends Categorical {
  private final Class<T> kind;
  private Integer maxTokens; // null for any number
  private int numOovIndices = 1;
  private T maskToken; // null for none
  private T oovToken;
  private boolean padToMaxTokens;
  private List<T> tokens = List.of();

  Lookup(Class<T> kind, T oovToken) {
    this.kind = kind;
    this.oovToken = oovToken;
  }

  /** The tokens alone, without those that stand for padding and for what is not among them. */
  final List<T> tokens() {
    return tokens;
  }

  final T maskToken() {
    return maskToken;
  }

  final T oovToken() {
    return oovToken;
  }

  final int numOovIndices() {
    return numOovIndices;
  }

  final void setMaskToken(T token) {
    requireUnbuilt();
    maskToken = given(token, "maskToken");
    setTokens(tokens);
  }

  final void setNumOovIndices(int number) {
    requireUnbuilt();
    numOovIndices = checkedOov(number);
  }

  /** The number as it may be. */
  abstract int checkedOov(int number);

  final void setTokens(List<?> given) {
    List<T> all = new ArrayList<>();
    for (Object token : given) {
      if (!kind.isInstance(token)) {
        throw wrong("expected " + kind.getSimpleName() + " tokens, got " + Printable.quoted(token));
      }
      all.add(kind.cast(token));
    }
    List<T> special = special();
    if (all.size() >= special.size() && all.subList(0, special.size()).equals(special)) {
      all = all.subList(special.size(), all.size());
    }
    Map<T, Integer> seen = new HashMap<>();
    for (T token : all) {
      if (seen.put(token, 0) != null || Objects.equals(token, maskToken)) {
        throw wrong(
            Printable.quoted(token)
                + (token.equals(maskToken) ? " is the mask's token" : " is there twice"));
      }
    }
    tokens = List.copyOf(all);
  }

  private IllegalArgumentException wrong(String why) {
    return new IllegalArgumentException(label() + ": vocabulary: " + why);
  }

  /** What stands before the vocabulary's tokens: the mask's, and those of what is not there. */
  private List<T> special() {
    List<T> special = new ArrayList<>();
    if (firstOov() == 1) {
      special.add(maskToken);
    }
    special.addAll(Collections.nCopies(numOovIndices, oovToken));
    return special;
  }

  /** All tokens, each at the place of its number, those that stand for others included. */
  final List<T> allTokens() {
    List<T> all = special();
    all.addAll(tokens);
    return List.copyOf(all);
  }

  /** The number of the first token that is not in the vocabulary. */
  final int firstOov() {
    return maskToken != null && isInt() ? 1 : 0;
  }

  /** The number of the vocabulary's first token. */
  final int firstToken() {
    return firstOov() + numOovIndices;
  }

  @Override
  protected void configure(Config c) {
    maxTokens = c.optional("max_tokens", Integer.class, maxTokens);
    numOovIndices = checkedOov(c.setting("num_oov_indices", Integer.class, numOovIndices));
    maskToken = c.optional("mask_token", kind, maskToken);
    oovToken = c.setting("oov_token", kind, oovToken);
    padToMaxTokens = c.flag("pad_to_max_tokens", padToMaxTokens);
    configureOutput(c);
    setTokens(c.optionalList("vocabulary", allTokens()));
    kept(c, "vocabulary_size", null, Integer.class);
    c.constant("idf_weights", null);
    c.constant("oov_method", "floormod");
    c.constant("salt", null);
    if (tokens.isEmpty()) {
      throw wrong("expected at least one token, got none; adapt the layer before saving it");
    }
    if (maxTokens == null ? padToMaxTokens : firstToken() + tokens.size() > maxTokens) {
      throw new IllegalArgumentException(
          label()
              + ": max_tokens="
              + maxTokens
              + " does not go with "
              + (firstToken() + tokens.size())
              + " tokens and pad_to_max_tokens="
              + padToMaxTokens);
    }
  }

  @Override
  final int depth() {
    return padToMaxTokens ? maxTokens : firstToken() + tokens.size();
  }
}

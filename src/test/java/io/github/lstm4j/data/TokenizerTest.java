package io.github.lstm4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.data.Tokenizer.Standardize;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Texts as numbers, against what Keras makes of them: golden/tokenizer/record.py. */
class TokenizerTest {
  private static JsonNode golden() throws IOException {
    try (InputStream in =
        TokenizerTest.class.getResourceAsStream("/golden/tokenizer/tokenizer.json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(t -> texts.add(t.asText()));
    return texts;
  }

  private static Tensor ids(JsonNode rows) {
    int[][] ids = new int[rows.size()][rows.get(0).size()];
    for (int i = 0; i < ids.length; i++) {
      for (int j = 0; j < ids[i].length; j++) {
        ids[i][j] = rows.get(i).get(j).asInt();
      }
    }
    return Tensor.of(ids);
  }

  private static Tokenizer of(JsonNode options) {
    Tokenizer t =
        options.path("split").asText().equals("character")
            ? Tokenizer.characters().standardize(Standardize.LOWER_AND_STRIP_PUNCTUATION)
            : Tokenizer.words();
    if (options.has("standardize")) {
      String how =
          options.get("standardize").isNull() ? "NONE" : options.get("standardize").asText();
      t = t.standardize(Standardize.valueOf(how.toUpperCase(Locale.ROOT)));
    }
    t = options.has("max_tokens") ? t.maxTokens(options.get("max_tokens").asInt()) : t;
    return options.has("output_sequence_length")
        ? t.outputSequenceLength(options.get("output_sequence_length").asInt())
        : t;
  }

  @Test
  void vocabularyAndNumbersAreThoseOfKeras() throws IOException {
    JsonNode golden = golden();
    assertThat(golden.get("cases")).hasSizeGreaterThan(5);
    for (JsonNode c : golden.get("cases")) {
      Tokenizer t = of(c.get("options")).adapt(texts(golden.get("texts")));
      assertThat(t.vocabulary())
          .as(c.get("options").toString())
          .isEqualTo(texts(c.get("vocabulary")));
      assertThat(t.encode(texts(golden.get("new")))).isEqualTo(ids(c.get("ids")));
      assertThat(t.encode(texts(golden.get("texts")))).isEqualTo(ids(c.get("adapted")));
    }
  }

  @Test
  void whatWasEncodedIsRead() {
    Tokenizer words = Tokenizer.words().adapt(List.of("the cat sat", "the cat"));
    assertThat(words.vocabulary()).containsExactly("", "[UNK]", "the", "cat", "sat");
    assertThat(words.decode(words.numbers("The cat, the dog!"))).isEqualTo("the cat the [UNK]");
    assertThat(words.decode(2, 3, 0, 0)).isEqualTo("the cat");
    assertThat(Tokenizer.characters().adapt(List.of("a b")).decode(3, 4)).isEqualTo("a ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> words.decode(5))
        .withMessage("expected numbers from 0 to 4, got 5");
    assertThat(words.encode(List.of()).shape()).isEqualTo(Shape.of(0, 0));
  }

  @Test
  void itIsStoredAndReadBack() {
    Tokenizer t = Tokenizer.words().maxTokens(4).outputSequenceLength(3).adapt(List.of("a b b"));
    assertThat(Tokenizer.fromStored("tokenizer", t.toMap())).isEqualTo(t);
    assertThat(t.toMap()).containsEntry("split", "whitespace").containsEntry("max_tokens", 4);
    Map<String, Object> damaged = new LinkedHashMap<>(t.toMap());
    damaged.put("split", "whitespaces");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tokenizer.fromStored("tokenizer", damaged))
        .withMessageContaining("tokenizer.split")
        .withMessageContaining("did you mean 'whitespace'?");
    damaged.put("split", "whitespace");
    damaged.put("vocabulary", List.of("a", "a"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tokenizer.fromStored("tokenizer", damaged))
        .withMessageContaining("'a' twice");
    damaged.put("vocabulary", List.of(1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tokenizer.fromStored("tokenizer", damaged))
        .withMessageContaining("tokenizer.vocabulary");
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> Tokenizer.words().maxTokens(2));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tokenizer.words().outputSequenceLength(0));
    assertThatIllegalArgumentException().isThrownBy(() -> Tokenizer.words().numbers(null));
  }

  @Test
  void numbersArePaddedOnEitherSide() {
    List<int[]> ids = List.of(new int[] {1, 2, 3}, new int[] {4});
    assertThat(Sequences.padIds(ids, 2, Sequences.End.PRE, Sequences.End.PRE, 0))
        .isEqualTo(Tensor.of(new int[][] {{2, 3}, {0, 4}}));
    assertThat(Sequences.padIds(ids, 2, Sequences.End.POST, Sequences.End.POST, 9))
        .isEqualTo(Tensor.of(new int[][] {{1, 2}, {4, 9}}));
  }

  /** Keras's {@code standardize=None} is NONE here, not null. */
  @Test
  void nulls() {
    assertThatThrownBy(() -> Tokenizer.words().standardize(null)).hasMessageContaining("NONE");
    assertThatThrownBy(() -> Tokenizer.words().adapt(null)).hasMessageContaining("texts, got null");
    assertThatThrownBy(() -> Tokenizer.words().encode(null))
        .hasMessageContaining("texts, got null");
  }
}

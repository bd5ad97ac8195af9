package io.github.lstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.layers.ActivationLayer;
import io.github.lstm4j.layers.Add;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Flatten;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.RepeatVector;
import io.github.lstm4j.layers.SimpleRNN;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables, against what Keras printed: {@code golden/lstm4j-files/summaries}. */
class SummaryTest {
  private static String recorded(String name) throws IOException {
    try (InputStream in =
        SummaryTest.class.getResourceAsStream("/golden/lstm4j-files/summaries/" + name + ".txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** The question's models: one unit, one timestep, one or two features. */
  @ParameterizedTest
  @CsvSource({
    "1, KERAS_2_0, keras-2.0-question-1",
    "2, KERAS_2_0, keras-2.0-question-2",
    "1, TF_KERAS_2_15, tf-keras-2.15-question-1",
    "2, TF_KERAS_2_15, tf-keras-2.15-question-2",
    "1, KERAS_3, question-1",
    "2, KERAS_3, question-2"
  })
  void theQuestion(int features, SummaryStyle style, String file) throws IOException {
    Sequential model = new Sequential(new LSTM(1).inputShape(1, features));
    assertThat(model.summaryText(style)).isEqualTo(recorded(file));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unbuilt",
        "large",
        "long",
        "embedding",
        "stateful",
        "states",
        "simple_rnn",
        "tie",
        "adam",
        "compiled",
        "sgd",
        "rmsprop"
      })
  void keras3(String name) throws IOException {
    try (Sequential model = model(name)) {
      assertThat(model.summaryText(SummaryStyle.KERAS_3)).isEqualTo(recorded(name));
    }
  }

  private static Sequential model(String name) {
    return switch (name) {
      case "unbuilt" ->
          new Sequential(new LSTM(3).returnSequences(true), new LSTM(2), new Dense(1));
      case "large" ->
          new Sequential(
              new Input(-1, 300),
              new Masking(),
              new LSTM(1024)
                  .returnSequences(true)
                  .recurrentInitializer(io.github.lstm4j.initializers.Initializer.zeros()),
              new Dropout(0.5f),
              new Bidirectional(
                  new LSTM(777)
                      .returnSequences(true)
                      .recurrentInitializer(io.github.lstm4j.initializers.Initializer.zeros())),
              new TimeDistributed(new Dense(1000, "softmax")));
      case "long" ->
          new Sequential(
              new Input(24, 11),
              new LSTM(8).returnSequences(true).name("the_first_recurrent_layer_of_all"),
              new LSTM(8).returnSequences(true).name("exactly_twenty_five_chars"),
              new LSTM(8).returnSequences(true).name("one_more_than_the_column_"),
              new Bidirectional(new LSTM(8))
                  .name("a_name_that_is_by_far_too_long_for_any_one_line"),
              new RepeatVector(123456789),
              new Flatten(),
              new ActivationLayer("relu"));
      case "embedding" ->
          new Sequential(
              new Input(40),
              new Embedding(50_000, 64).maskZero(true),
              new LSTM(32),
              new Dense(16),
              new Dense(1));
      case "stateful" ->
          new Sequential(Input.batch(32, 10, 4), new LSTM(7).stateful(true), new Dense(2));
      case "states" -> new Sequential(new Input(4, 2), new LSTM(3).returnState(true));
      case "simple_rnn" ->
          new Sequential(
              new Input(7, 3),
              new SimpleRNN(4).returnSequences(true).trainable(false),
              new Bidirectional(new SimpleRNN(3)),
              new Dense(1));
      case "tie" -> new Sequential(new Input(35), new Dense(8));
      case "adam" -> fitted(Optimizer.adam(1e-3f));
      case "sgd" -> fitted(Optimizer.sgd(1e-3f));
      case "rmsprop" -> fitted(Optimizer.rmsprop(1e-3f, 0.9f, 0.1f, 1e-7f, true));
      case "compiled" -> new Sequential(new LSTM(1).inputShape(1, 2)).compile("adam", "mse");
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static Sequential fitted(Optimizer optimizer) {
    Sequential model = new Sequential(new LSTM(1).inputShape(1, 2));
    model.compile(optimizer, Loss.meanSquaredError());
    model.fit(Tensor.zeros(2, 1, 2), Tensor.zeros(2, 1), Fit.epochs(1).silent());
    return model;
  }

  /**
   * The rules of tf.keras 2.15's print_row: a space, the text cut at the column's width less two,
   * the rest below, and a line for each of several shapes; counts without separators.
   */
  @Test
  void tfKeras215Wraps() {
    Sequential model =
        new Sequential(
            new Input(24, 300),
            new LSTM(100).returnSequences(true).name("a_name_that_does_not_fit"),
            new LSTM(100).returnState(true));
    assertThat(model.summaryText(SummaryStyle.TF_KERAS_2_15))
        .isEqualTo(
            """
            Model: "sequential"
            _________________________________________________________________
             Layer (type)                Output Shape              Param #  \s
            =================================================================
             a_name_that_does_not_fit (L  (None, 24, 100)          160400   \s
             STM)                                                           \s
                                                                            \s
             lstm_1 (LSTM)               [(None, 100),             80400    \s
                                          (None, 100),                      \s
                                          (None, 100)]                      \s
                                                                            \s
            =================================================================
            Total params: 240800 (940.62 KB)
            Trainable params: 240800 (940.62 KB)
            Non-trainable params: 0 (0.00 Byte)
            _________________________________________________________________
            """);
  }

  /** Keras 2.0 counts names from 1 and cuts what is too long. */
  @Test
  void keras20NamesAndCuts() {
    Sequential model =
        new Sequential(
            new Input(24, 300),
            new LSTM(100).returnSequences(true),
            new LSTM(100).returnSequences(true).name("a_name_that_does_not_fit_at_all"),
            new LSTM(100));
    assertThat(model.summaryText(SummaryStyle.KERAS_2_0))
        .isEqualTo(
            """
            _________________________________________________________________
            Layer (type)                 Output Shape              Param #  \s
            =================================================================
            lstm_1 (LSTM)                (None, 24, 100)           160400   \s
            _________________________________________________________________
            a_name_that_does_not_fit_at_ (None, 24, 100)           80400    \s
            _________________________________________________________________
            lstm_3 (LSTM)                (None, 100)               80400    \s
            =================================================================
            Total params: 321,200.0
            Trainable params: 321,200
            Non-trainable params: 0.0
            _________________________________________________________________
            """);
  }

  /** As Keras does once it has read the model from its file. */
  @Test
  void usesAreCountedWithinTheModel() {
    Dense shared = new Dense(2);
    shared.apply(new Input(2).name("elsewhere").output());
    Input x = new Input(2).name("x");
    Input y = new Input(2).name("y");
    KerasTensor last =
        new Add().name("both").apply(shared.apply(x.output()), shared.apply(y.output()));
    Model model = Model.of(List.of(x.output(), y.output()), List.of(last));
    assertThat(model.summaryText(SummaryOptions.usual()))
        .contains("│ dense[0][0],")
        .contains("│ dense[1][0]");
  }

  @Test
  void printsToStandardOutput() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream before = System.out;
    try {
      System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
      new Sequential(new LSTM(1).inputShape(1, 1)).summary();
    } finally {
      System.setOut(before);
    }
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(recorded("question-1"));
  }
}

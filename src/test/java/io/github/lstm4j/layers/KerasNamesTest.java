package io.github.lstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected values: {@code keras.src.utils.naming.to_snake_case} of Keras 3.15.1. */
class KerasNamesTest {
  @ParameterizedTest
  @CsvSource({
    "LSTM, lstm",
    "Dense, dense",
    "TimeDistributed, time_distributed",
    "RepeatVector, repeat_vector",
    "RMSprop, rm_sprop",
    "AdamW, adam_w",
    "SGD, sgd",
    "GRU, gru",
    "SimpleRNN, simple_rnn",
    "GRU, gru",
    "RNN, rnn",
    "Conv2D, conv2d",
    "ConvLSTM1D, conv_lstm1d",
    "LSTMCell, lstm_cell",
    "StackedRNNCells, stacked_rnn_cells",
    "GlobalAveragePooling1D, global_average_pooling1d",
    "My.Layer-2X, my_layer2x",
    "already_snake, already_snake"
  })
  void snakeCase(String className, String expected) {
    assertThat(KerasNames.snakeCase(className)).isEqualTo(expected);
  }

  @Test
  void groupsAreNumberedByClass() {
    assertThat(
            KerasNames.uniqueNames(List.of("LSTM", "Dropout", "LSTM", "Dense", "LSTM", "Dropout")))
        .containsExactly("lstm", "dropout", "lstm_1", "dense", "lstm_2", "dropout_1");
    assertThat(KerasNames.uniqueNames(List.of())).isEmpty();
  }
}

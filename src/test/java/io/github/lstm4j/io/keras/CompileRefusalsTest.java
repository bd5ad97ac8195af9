package io.github.lstm4j.io.keras;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.model.Sequential;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code compile} was given and we do not do is refused by field and value. */
class CompileRefusalsTest {
  private static final String SGD = "'optimizer': {'class_name': 'SGD', 'config': {%s}}";

  private static Sequential read(String json) {
    Sequential model = new Sequential(new Input(3), new Dense(2));
    try {
      Map<String, Object> config =
          new ObjectMapper()
              .readValue("{" + json.replace('\'', '"') + "}", new TypeReference<>() {});
      CompileConfigs.read(config, model);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
    return model;
  }

  private static void refused(String json, String... parts) {
    assertThatThrownBy(() -> read(json))
        .as(json)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(parts);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "'use_ema': 1 | use_ema, got 1",
        "'gradient_accumulation_steps': 0 | gradientAccumulationSteps must be at least 1, got 0",
        "'loss_scale_factor': 1024.0 | loss_scale_factor 1024.0",
        "'weight_decay': -1 | weightDecay must be at least 0, got -1",
        "'amsgrad': true | amsgrad true",
        "'slope': 0.5 | slope 0.5",
        "'momentum': '0.9' | momentum, got 0.9",
        "'nesterov': 1 | nesterov, got 1",
        "'clipnorm': 'x' | clipnorm, got x",
        "'learning_rate': {'class_name': 'Warm'} | learning_rate schedule Warm",
        "'learning_rate': {'class_name': 'ExponentialDecay'} | initial_learning_rate null",
      },
      delimiter = '|')
  void optimizers(String field, String said) {
    refused(String.format(Locale.ROOT, SGD, field) + ", 'loss': 'mse'", "SGD", said);
  }

  /** Options that cannot be read are not those that a class has by default. */
  @ParameterizedTest
  @ValueSource(strings = {"5", "'delta'", "[0.5]", "true"})
  void optionsThatAreNoObject(String config) {
    for (String json :
        new String[] {
          "'optimizer': {'class_name': 'SGD', 'config': %s}, 'loss': 'mse'",
          "'optimizer': 'sgd', 'loss': {'class_name': 'Huber', 'config': %s}",
          "'optimizer': 'sgd', 'loss': 'mse',"
              + " 'metrics': [{'class_name': 'MeanAbsoluteError', 'config': %s}]",
        }) {
      refused(String.format(Locale.ROOT, json, config), "expected an object as config, got ");
    }
  }

  /** Classes of somebody's own may be called as Keras's are. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "'optimizer': {'class_name': 'SGD', 'config': {}, %s}, 'loss': 'mse'",
        "'optimizer': 'sgd', 'loss': {'class_name': 'MeanSquaredError', 'config': {}, %s}",
        "'optimizer': 'sgd', 'loss': 'mse',"
            + " 'metrics': [{'class_name': 'MeanAbsoluteError', 'config': {}, %s}]",
      })
  void classesOfOthers(String json) {
    refused(
        String.format(Locale.ROOT, json, "'module': 'mine'"), "of module=mine is none of Keras's");
    String name = "of module=null with registered_name=mine>SGD is none of Keras's";
    refused(
        String.format(Locale.ROOT, json, "'module': null, 'registered_name': 'mine>SGD'"), name);
    String same =
        json.contains("AbsoluteError")
            ? "MeanAbsoluteError"
            : json.contains("MeanS") ? "MeanSquaredError" : "SGD";
    refused(
        String.format(Locale.ROOT, json, "'module': null, 'registered_name': '" + same + "'"),
        same + " of module=null");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "MeanSquaredError | 'reduction': 'mode' | reduction mode",
        "MeanSquaredError | 'axis': 1 | axis 1",
        "MeanSquaredError | 'dtype': 'float16' | dtype float16",
        "MeanSquaredError | 'dtype': {'class_name': 'DTypePolicy', 'config': {'name': 'bfloat16'}} | dtype bfloat16",
        "Huber | 'delta': 0 | got 0.0",
        "Huber | 'label_smoothing': 0.5 | label_smoothing 0.5",
        "BinaryCrossentropy | 'label_smoothing': 1.5 | labelSmoothing must be from 0 to 1, got 1.5",
        "BinaryCrossentropy | 'from_logits': 'yes' | from_logits, got yes",
        "Dice | 'axis': -1 | Dice",
        "SparseCategoricalCrossentropy | 'ignore_class': 1.5 | ignore_class, got 1.5",
        "SparseCategoricalCrossentropy | 'temperature': 2 | temperature 2",
      },
      delimiter = '|')
  void losses(String loss, String field, String said) {
    refused(
        "'optimizer': 'sgd', "
            + String.format("'loss': {'class_name': '%s', 'config': {%s}}", loss, field),
        said);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "keras.metrics | MeanIoU | 'num_classes': 2 | MeanIoU",
        "keras.metrics | Accuracy | 'name': 'accuracy' | Accuracy",
        "keras.metrics | BinaryAccuracy | 'threshold': 1.5 | threshold must be between 0 and 1, got 1.5",
        "keras.metrics | BinaryAccuracy | 'dtype': 'float16' | dtype float16",
        "keras.metrics | MeanSquaredError | 'threshold': 0.5 | threshold 0.5",
        "keras.metrics | TopKCategoricalAccuracy | 'k': 0 | k must be at least 1, got 0",
        "keras.losses | MeanSquaredError | 'name': 'm' | MeanSquaredError as metric m",
      },
      delimiter = '|')
  void metrics(String module, String metric, String field, String said) {
    refused(
        "'optimizer': 'sgd', 'loss': 'mse', "
            + String.format(
                "'metrics': [{'module': '%s', 'class_name': '%s', 'config': {%s}}]",
                module, metric, field),
        said);
  }

  @Test
  void theRest() {
    refused("'optimizer': 'sgd', 'loss': 'mse', 'pruning': 0.5", "compile", "pruning 0.5");
    refused("'optimizer': 'sgd', 'loss': ['mse', 'mae']", "loss", "[mse, mae]");
    refused("'optimizer': 'sgd', 'loss': 'mse', 'loss_weights': [1, 2]", "loss_weights", "[1, 2]");
    refused("'optimizer': 'sgd', 'loss': 'mse', 'loss_weights': 'big'", "loss_weights", "big");
    refused("'optimizer': 'sgd', 'loss': null", "loss", "null");
  }

  @Test
  void whatAsksForNothingIsRead() {
    Sequential model =
        read(
            String.format(
                    Locale.ROOT,
                    SGD,
                    "'name': 'sgd', 'learning_rate': 0.25, 'use_ema': false, 'ema_momentum': 0.99,"
                        + " 'weight_decay': 0.0, 'clipnorm': null, 'unknown': null")
                + ", 'loss': {'class_name': 'MeanSquaredError', 'config': {'dtype': 'float32'}},"
                + " 'jit_compile': false, 'run_eagerly': true");
    assertThat(model.optimizer().learningRate()).isEqualTo(0.25f);
  }
}

package io.github.lstm4j.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.Optimizer;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of Keras, its short ones, and what is said of others. */
class NamesTest {
  @ParameterizedTest
  @CsvSource({
    "mse, mae", // of three letters one may be wrong: the first that is near
    "meanSquaredError, mean_squared_error",
    "log-cosh, log_cosh",
    "hubre, huber",
    "binary_crosentropy, binary_crossentropy",
  })
  void whatIsSpeltNearlyRightIsSuggested(String wanted, String meant) {
    assertThat(
            Names.nearest(
                wanted,
                List.of("mae", "mean_squared_error", "log_cosh", "huber", "binary_crossentropy")))
        .contains(meant);
  }

  @Test
  void whatIsLikeNothingIsNot() {
    assertThat(Names.nearest("temperature", List.of("mse", "rain"))).isEmpty();
    assertThat(Names.nearest("z", List.of("a", "b"))).isEmpty();
    assertThat(Names.nearest("x", List.of())).isEmpty();
    assertThat(Names.unknown("fruit", "z", List.of("a", "b")))
        .hasMessage("no fruit is called 'z'; there are a, b");
  }

  @Test
  void everyNameThatIsListedIsTaken() {
    for (String name : Loss.names()) {
      assertThat(Loss.of(name)).isEqualTo(Loss.of(name.toUpperCase(Locale.ROOT)));
      Metric metric =
          Metric.of(name); // the cosine is measured as such, and its negative is the loss
      assertThat(metric.loss()).isEqualTo(metric.ofLibrary() == null ? Loss.of(name) : null);
    }
  }

  /** keras/src/losses/__init__.py and its sisters, ALL_OBJECTS_DICT, of Keras 3.15.1. */
  @Test
  void shortNamesAreThoseOfKeras() {
    assertThat(Loss.of("mape")).isEqualTo(Loss.meanAbsolutePercentageError());
    assertThat(Loss.of("MSLE")).isEqualTo(Loss.meanSquaredLogarithmicError());
    assertThat(Loss.of("LogCosh")).isEqualTo(Loss.logCosh());
    assertThat(Loss.of("Poisson")).isEqualTo(Loss.poisson());
    assertThat(Metric.of("log_cosh_error")).isEqualTo(Metric.of("log_cosh"));
    assertThat(Metric.of("LogCoshError").className()).isEqualTo("LogCoshError");
    assertThat(Metric.of("acc")).isEqualTo(Metric.of("accuracy"));
    assertThat(Metric.of("RootMeanSquaredError")).isEqualTo(Metric.of("rmse"));
    assertThat(Initializer.of("zero")).isEqualTo(Initializer.of("zeros"));
    assertThat(Initializer.of("one")).isEqualTo(Initializer.of("Ones"));
    assertThat(Activation.of("swish")).isEqualTo(Activation.of("silu"));
    assertThat(Optimizer.of("AdamW")).isEqualTo(Optimizer.of("adamw"));
  }

  @Test
  void aWrongNameEndsInASuggestion() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Loss.of("logcosh"))
        .withMessageStartingWith("no loss is called 'logcosh'; did you mean 'log_cosh'? there are");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Metric.of("acuracy"))
        .withMessageStartingWith("no metric is called 'acuracy'; did you mean 'accuracy'?");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Optimizer.of("adan"))
        .withMessage(
            "no optimizer is called 'adan'; did you mean 'adam'? there are sgd, rmsprop, adam,"
                + " adamw, adamax, nadam, adagrad, adadelta, lion, ftrl, lamb");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Activation.of("sigmoyd"))
        .withMessageContaining("did you mean 'sigmoid'?");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Initializer.of("glorot_unifrom"))
        .withMessageContaining("did you mean 'GlorotUniform'?");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Loss.of("ce"))
        .withMessageContaining("sparse_categorical_crossentropy for class numbers");
  }
}

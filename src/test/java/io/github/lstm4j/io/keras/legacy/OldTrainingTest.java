package io.github.lstm4j.io.keras.legacy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Names of trainings that Keras 3 does not know any more. */
class OldTrainingTest {
  private static Map<String, Object> upgraded(Object optimizer, Object loss, Object metrics) {
    return OldTraining.compileConfig(
        Map.of("optimizer_config", optimizer, "loss", loss, "metrics", metrics),
        KerasVersion.of("2.12.0", KerasVersion.FIRST));
  }

  @Test
  void optimizersSince211SayTheirPackage() {
    Map<String, Object> config = Map.of("learning_rate", 0.01);
    Object optimizer = Map.of("class_name", "Custom>Adam", "config", config);
    assertThat(upgraded(optimizer, "mse", List.of()).get("optimizer"))
        .isEqualTo(Map.of("class_name", "Adam", "config", config));
  }

  @Test
  void lossesAndMetricsHaveTodaysNames() {
    Object sgd = Map.of("class_name", "SGD", "config", Map.of());
    Map<String, Object> byOutput =
        upgraded(
            sgd,
            Map.of("a", "kullback_leibler_divergence", "b", "mae"),
            List.of(List.of("KLD", "acc")));
    assertThat(byOutput.get("loss")).isEqualTo(Map.of("a", "kl_divergence", "b", "mae"));
    assertThat(byOutput.get("metrics")).isEqualTo(List.of(List.of("kl_divergence", "acc")));
    Map<String, Object> huber = Map.of("class_name", "Huber", "config", Map.of("delta", 2.0));
    assertThat(upgraded(sgd, List.of("logcosh", huber), List.of()).get("loss"))
        .isEqualTo(List.of("log_cosh", huber));
  }
}

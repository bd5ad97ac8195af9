package io.github.lstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LayerClassNamesTest {
  @Test
  void whatIsListedAsSupportedIsMade() {
    assertThatThrownBy(() -> Layers.of("?"))
        .isInstanceOfSatisfying(
            IllegalArgumentException.class,
            e -> {
              String[] names = e.getMessage().replaceFirst(".*supported are ", "").split(", ", -1);
              assertThat(names).hasSizeGreaterThan(60);
              for (String name : names) {
                Layer layer = Layers.of(name);
                assertThat(layer.className()).isEqualTo(name);
                assertThat(Layers.knows(layer)).as(name).isTrue();
              }
            });
  }
}

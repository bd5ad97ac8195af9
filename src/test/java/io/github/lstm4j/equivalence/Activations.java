package io.github.lstm4j.equivalence;

import io.github.lstm4j.activations.Activation;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The activations that are tried: every kind as Keras has it, and with other parameters. */
final class Activations {
  /** Every activation that is tried. */
  static final List<Activation> ALL =
      Stream.concat(
              Arrays.stream(Activation.Kind.values()).map(Activation.Kind::usual),
              Stream.of(
                  Activation.relu(1.5, 0, 0),
                  Activation.relu(Double.POSITIVE_INFINITY, 0.1, 0),
                  Activation.relu(Double.POSITIVE_INFINITY, 0, 0.3),
                  Activation.relu(0.7, 0.2, 0.3),
                  Activation.relu(0.3, 0.2, 0.7),
                  Activation.relu(0, 0.25, 0),
                  Activation.leakyRelu(0.3),
                  Activation.leakyRelu(-0.3),
                  Activation.leakyRelu(0),
                  Activation.elu(0.5),
                  Activation.elu(-0.5),
                  Activation.celu(2),
                  Activation.celu(-3),
                  Activation.HARD_SIGMOID_KERAS2,
                  Activation.hardSigmoid(-0.3, 0.4),
                  Activation.affine(0.6, -0.2),
                  Activation.scaledTanh(-1.7, 0.6)))
          .toList();

  /** Those that an LSTM can have. */
  static final List<Activation> ELEMENTWISE =
      ALL.stream().filter(Activation::isElementwise).toList();

  /** Those under which a long sequence stays bounded and smooth. */
  static final List<Activation> TAME =
      List.of(
          Activation.TANH,
          Activation.SIGMOID,
          Activation.of("softsign"),
          Activation.HARD_SIGMOID,
          Activation.HARD_SIGMOID_KERAS2,
          Activation.of("sparse_sigmoid"));

  private Activations() {}
}

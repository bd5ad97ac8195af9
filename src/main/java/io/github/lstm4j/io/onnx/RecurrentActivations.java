package io.github.lstm4j.io.onnx;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.activations.Activation.Kind;
import io.github.lstm4j.io.Printable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/**
 * The activations of a recurrent node: named in any case, those of the forward direction before
 * those of the reverse one. {@code activation_alpha} and {@code activation_beta} hold a value for
 * each of those that take one, in their order. A value that is not there is that of the operator of
 * the same name, so 1 for ThresholdedRelu, where ONNX Runtime takes 0. Of Affine and ScaledTanh,
 * which are no operators any more, all values must be there: ONNX Runtime takes 0 for them too, and
 * so gives zeros.
 */
final class RecurrentActivations {
  private final List<Activation> all = new ArrayList<>();
  private final int each;

  /**
   * @param usual the names for one direction if the node says nothing
   */
  RecurrentActivations(Node node, List<String> usual, int directions) {
    each = usual.size();
    List<String> names = node.texts("activations");
    Iterator<Float> alphas = node.numbers("activation_alpha").iterator();
    Iterator<Float> betas = node.numbers("activation_beta").iterator();
    if (names.isEmpty()) {
      for (int i = 0; i < directions; i++) {
        usual.forEach(name -> all.add(of(name, alphas, betas)));
      }
    } else if (names.size() != each * directions) {
      throw new Refusal(
          "expected " + each * directions + " activations, got " + Printable.text(names));
    } else {
      names.forEach(name -> all.add(of(name, alphas, betas)));
    }
    if (alphas.hasNext() || betas.hasNext()) {
      throw new Refusal(
          "activation_alpha or activation_beta has more values than "
              + Printable.text(names)
              + " take");
    }
  }

  /** Of a direction the function of that number: f, g, h in ONNX's formulas. */
  Activation of(int direction, int number) {
    return all.get(direction * each + number);
  }

  private static Activation of(String name, Iterator<Float> alphas, Iterator<Float> betas) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "relu" -> Activation.RELU;
      case "tanh" -> Activation.TANH;
      case "sigmoid" -> Activation.SIGMOID;
      case "softsign" -> Kind.SOFTSIGN.usual();
      case "softplus" -> Kind.SOFTPLUS.usual();
      case "leakyrelu" -> Activation.leakyRelu(next(alphas, 0.01f));
      case "elu" -> Activation.elu(next(alphas, 1));
      case "thresholdedrelu" -> Activation.relu(Double.POSITIVE_INFINITY, 0, next(alphas, 1));
      case "hardsigmoid" -> Activation.hardSigmoid(next(alphas, 0.2f), next(betas, 0.5f));
      case "affine" -> Activation.affine(said(name, alphas), said(name, betas));
      case "scaledtanh" -> Activation.scaledTanh(said(name, alphas), said(name, betas));
      default ->
          throw new Refusal(
              "the activation "
                  + Printable.quoted(name)
                  + " is not supported; ONNX has Relu, Tanh, Sigmoid, Affine, LeakyRelu,"
                  + " ThresholdedRelu, ScaledTanh, HardSigmoid, Elu, Softsign and Softplus");
    };
  }

  private static double next(Iterator<Float> values, float usual) {
    return Node.decimal(values.hasNext() ? values.next() : usual);
  }

  private static double said(String name, Iterator<Float> values) {
    if (!values.hasNext()) {
      throw new Refusal(
          "the activation "
              + Printable.quoted(name)
              + " has no alpha or beta; ONNX has no default, and ONNX Runtime takes 0;"
              + " write activation_alpha and activation_beta into the node");
    }
    return Node.decimal(values.next());
  }
}

package io.github.lstm4j.io.onnx.export;

import static io.github.lstm4j.io.onnx.export.Nodes.attribute;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.io.onnx.proto.NodeProto;
import java.util.ArrayList;
import java.util.List;

/** Activations as nodes, and as what a recurrent node calls them. */
final class ActivationNodes {
  private ActivationNodes() {}

  /**
   * The nodes of an activation.
   *
   * @param rank of the tensor, which some go along an axis of
   */
  static String write(Activation a, String x, int rank, Nodes to) {
    return switch (a.kind()) {
      case LINEAR -> x;
      case RELU -> relu(a, x, to);
      case RELU6 -> to.clip(x, 0, 6);
      case LEAKY_RELU -> to.node("LeakyRelu", List.of(x), attribute("alpha", a.alpha()));
      case ELU -> to.node("Elu", List.of(x), attribute("alpha", a.alpha()));
      case CELU -> {
        String share = to.div(to.clip(x, Double.NEGATIVE_INFINITY, 0), to.number(a.alpha()));
        String grown = to.sub(to.unary("Exp", share), to.number(1));
        yield to.add(to.unary("Relu", x), to.mul(to.number(a.alpha()), grown));
      }
      case SELU -> to.unary("Selu", x);
      case GELU -> {
        to.require(9, "gelu");
        String erf = to.unary("Erf", to.mul(x, to.number(Math.sqrt(0.5))));
        yield to.mul(to.mul(x, to.number(0.5)), to.add(erf, to.number(1)));
      }
      case SIGMOID -> to.unary("Sigmoid", x);
      case HARD_SIGMOID -> hardSigmoid(x, a.alpha(), a.beta(), to);
      case TANH -> to.unary("Tanh", x);
      case SOFTSIGN -> to.unary("Softsign", x);
      case SOFTPLUS -> to.unary("Softplus", x);
      case SILU -> to.mul(x, to.unary("Sigmoid", x));
      case EXPONENTIAL -> to.unary("Exp", x);
      case MISH -> to.mul(x, to.unary("Tanh", to.unary("Softplus", x)));
      case HARD_SILU -> to.mul(x, hardSigmoid(x, 1 / 6.0, 0.5, to));
      case HARD_TANH -> to.clip(x, -1, 1);
      case HARD_SHRINK -> shrink(x, 0, to);
      case SOFT_SHRINK -> shrink(x, 0.5, to);
      case TANH_SHRINK -> to.sub(x, to.unary("Tanh", x));
      case LOG_SIGMOID -> to.unary("Neg", to.unary("Softplus", to.unary("Neg", x)));
      case SQUAREPLUS -> {
        String root = to.unary("Sqrt", to.add(to.mul(x, x), to.number(4)));
        yield to.mul(to.add(x, root), to.number(0.5));
      }
      case SPARSE_PLUS -> {
        String middle = to.add(to.clip(x, -1, 1), to.number(1));
        String above = to.unary("Relu", to.sub(x, to.number(1)));
        yield to.add(to.mul(to.mul(middle, middle), to.number(0.25)), above);
      }
      case SPARSE_SIGMOID -> hardSigmoid(x, 0.5, 0.5, to);
      case AFFINE -> to.add(to.mul(x, to.number(a.alpha())), to.number(a.beta()));
      case SCALED_TANH -> {
        String inside = to.unary("Tanh", to.mul(x, to.number(a.beta())));
        yield to.mul(inside, to.number(a.alpha()));
      }
      case SOFTMAX -> to.softmax("Softmax", x, axis(a, rank), rank);
      case LOG_SOFTMAX -> to.softmax("LogSoftmax", x, axis(a, rank), rank);
    };
  }

  private static int axis(Activation a, int rank) {
    return (int) (a.alpha() < 0 ? a.alpha() + rank : a.alpha());
  }

  private static String hardSigmoid(String x, double alpha, double beta, Nodes to) {
    return to.node("HardSigmoid", List.of(x), attribute("alpha", alpha), attribute("beta", beta));
  }

  private static String shrink(String x, double bias, Nodes to) {
    to.require(9, "Shrink");
    return to.node("Shrink", List.of(x), attribute("bias", bias), attribute("lambd", 0.5));
  }

  private static String relu(Activation a, String x, Nodes to) {
    if (a.isUsual()) {
      return to.unary("Relu", x);
    }
    if (a.gamma() == 0) {
      String positive = to.clip(x, 0, a.alpha());
      String negative = to.unary("Relu", to.unary("Neg", x));
      return a.beta() == 0 ? positive : to.sub(positive, to.mul(negative, to.number(a.beta())));
    }
    String above = to.greater(x, to.number(a.gamma()));
    String below = to.mul(to.sub(x, to.number(a.gamma())), to.number(a.beta()));
    return to.where(above, to.clip(x, Double.NEGATIVE_INFINITY, a.alpha()), below);
  }

  // ---------------------------------------------------------------- in recurrent nodes

  /**
   * What a recurrent node calls an activation.
   *
   * @param numbers its alpha, and its beta, as far as it has them
   */
  private record Gate(String name, List<Double> numbers) {}

  private static Gate gate(Activation a) {
    return switch (a.kind()) {
      case LINEAR -> new Gate("Affine", List.of(1.0, 0.0));
      case SIGMOID -> new Gate("Sigmoid", List.of());
      case TANH -> new Gate("Tanh", List.of());
      case HARD_SIGMOID -> new Gate("HardSigmoid", List.of(a.alpha(), a.beta()));
      case AFFINE -> new Gate("Affine", List.of(a.alpha(), a.beta()));
      case SCALED_TANH -> new Gate("ScaledTanh", List.of(a.alpha(), a.beta()));
      case SPARSE_SIGMOID -> new Gate("HardSigmoid", List.of(0.5, 0.5));
      case LEAKY_RELU -> new Gate("LeakyRelu", List.of(a.alpha()));
      case ELU -> new Gate("Elu", List.of(a.alpha()));
      case SOFTSIGN -> new Gate("Softsign", List.of());
      case SOFTPLUS -> new Gate("Softplus", List.of());
      case RELU -> {
        if (a.alpha() < Double.POSITIVE_INFINITY || (a.beta() != 0 && a.gamma() != 0)) {
          yield null;
        }
        yield a.gamma() != 0
            ? new Gate("ThresholdedRelu", List.of(a.gamma()))
            : a.beta() != 0
                ? new Gate("LeakyRelu", List.of(a.beta()))
                : new Gate("Relu", List.of());
      }
      default -> null;
    };
  }

  /** Whether a recurrent node can have it. */
  static boolean isForGates(Activation a) {
    return gate(a) != null;
  }

  /** The attributes of a recurrent node with those activations; none if they are the usual ones. */
  static List<NodeProto.Attribute> gates(List<Activation> activations, List<String> usual) {
    List<String> names = new ArrayList<>();
    List<Float> alphas = new ArrayList<>();
    List<Float> betas = new ArrayList<>();
    for (Activation a : activations) {
      Gate gate = gate(a);
      names.add(gate.name);
      List<Double> numbers = gate.numbers;
      if (!numbers.isEmpty()) {
        alphas.add(numbers.get(0).floatValue());
      }
      if (numbers.size() > 1) {
        betas.add(numbers.get(1).floatValue());
      }
    }
    List<NodeProto.Attribute> attributes = new ArrayList<>();
    if (!names.equals(usual)) {
      attributes.add(new NodeProto.Attribute("activations", names));
    }
    if (!alphas.isEmpty()) {
      attributes.add(new NodeProto.Attribute("activation_alpha", alphas));
    }
    if (!betas.isEmpty()) {
      attributes.add(new NodeProto.Attribute("activation_beta", betas));
    }
    return attributes;
  }
}

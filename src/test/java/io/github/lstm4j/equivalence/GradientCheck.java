package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;

/**
 * Holds gradients against central differences of the loss, taken in double through the forward ops
 * only.
 */
final class GradientCheck {
  /** Half the distance between the two points; several, for a kink may lie between two of them. */
  private static final double[] STEPS = {1e-5, 1e-4, 1e-6, 1e-7};

  private static final int ELEMENTS = 8;

  private final Scene scene;
  private final RandomModel model;
  private final List<Op> forward;
  private int checked;

  GradientCheck(Scene scene, RandomModel model) {
    this.scene = scene;
    this.model = model;
    this.forward = scene.graph.ops().subList(0, model.forwardOps);
    scene.written().prepare(0);
    model.gradients.values().forEach(scene::compare);
  }

  /** How many elements were checked. */
  int checked() {
    return checked;
  }

  /** What is wrong, one line each. */
  List<String> run(Backend backend) {
    Map<String, double[]> exact = Runs.oracle(scene);
    Map<String, double[]> single = Runs.backend(backend, scene);
    List<String> wrong = new ArrayList<>();
    // unbounded activations in the loop can leave the range in which differences mean anything
    if (forward(null, 0, 0).largest() > 1e4) {
      return wrong;
    }
    double largest = 0;
    for (Value d : model.gradients.values()) {
      double[] all = exact.get(Runs.key(d, 0));
      largest = Math.max(largest, DoubleStream.of(all).map(Math::abs).max().orElse(0));
    }
    for (Map.Entry<Value, Value> e : model.gradients.entrySet()) {
      Value v = e.getKey();
      double[] byOracle = exact.get(Runs.key(e.getValue(), 0));
      double[] byBackend = single.get(Runs.key(e.getValue(), 0));
      double squares = 0;
      double errors = 0;
      for (int n = 0; n < Math.min(ELEMENTS, v.size()); n++) {
        int i = scene.random.nextInt(v.size());
        if (v.kind() == Value.Kind.INPUT && scene.data.get(v)[i] == -1) {
          continue; // a masking value: a neighbour of it is not masked
        }
        checked++;
        double numeric = numeric(v, i, byOracle[i], largest);
        if (!close(byOracle[i], numeric, largest)) {
          wrong.add(line("the oracle", v, i, numeric, byOracle[i]));
        }
        squares += numeric * numeric;
        errors += (byBackend[i] - numeric) * (byBackend[i] - numeric);
      }
      if (!(Math.sqrt(errors) <= 1e-3 * Math.sqrt(squares) + 1e-5 * largest + 1e-7)) {
        wrong.add(line(backend.name() + " by norm", v, -1, Math.sqrt(squares), Math.sqrt(errors)));
      }
    }
    return wrong;
  }

  private static String line(String who, Value v, int i, double numeric, double got) {
    return String.format(
        Locale.ROOT, "%s: %s[%d]: central difference %.10g, got %.10g", who, v, i, numeric, got);
  }

  private static boolean close(double a, double b, double largest) {
    return Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b)) + 1e-7 * largest + 1e-9;
  }

  /** The central difference that comes closest to the gradient given. */
  private double numeric(Value v, int i, double gradient, double largest) {
    double best = Double.NaN;
    for (double h : STEPS) {
      double difference = (loss(v, i, h) - loss(v, i, -h)) / (2 * h);
      if (!(Math.abs(difference - gradient) >= Math.abs(best - gradient))) {
        best = difference;
      }
      if (close(gradient, best, largest)) {
        return best;
      }
    }
    return best;
  }

  private double loss(Value v, int i, double change) {
    return forward(v, i, change).get(model.loss.result())[0];
  }

  /** The way forward with one element changed, none if v is null. */
  private DoubleInterpreter forward(Value v, int i, double change) {
    DoubleInterpreter interpreter = new DoubleInterpreter();
    scene.data.forEach((value, data) -> interpreter.set(value, Runs.doubles(data)));
    if (v != null) {
      double[] changed = interpreter.get(v);
      changed[i] += change;
      interpreter.set(v, changed);
    }
    interpreter.run(forward);
    return interpreter;
  }
}

package io.github.lstm4j.equivalence;

import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.graph.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Holds the gradients of a model's own training program, dropout and penalties and all, against
 * central differences of what it minimises, in double.
 */
final class LayerGradientCheck {
  private static final double[] STEPS = {1e-5, 1e-4, 1e-6, 1e-7};
  private static final int ELEMENTS = 2;
  private static final String PENALTY = "penalty.batch";

  private final Program program;
  private final Map<Value, double[]> data = new LinkedHashMap<>();
  private final List<Value> addends = new ArrayList<>();
  private final List<Op> forward;
  private int checked;

  /**
   * @param start what the program starts from
   */
  LayerGradientCheck(Program program, DoubleInterpreter start) {
    this.program = program;
    program.inputs().forEach(v -> data.put(v, start.get(v)));
    program.variables().forEach(v -> data.put(v, start.get(v)));
    for (Op op : program.ops()) {
      if (op instanceof ObjectiveOp.LossGrad l) { // others are told, without the output's weight
        addends.add(l.forward().result());
      } else if (!op.outputs().isEmpty() && op.outputs().get(0).name().equals(PENALTY)) {
        addends.add(op.inputs().get(0));
      }
    }
    forward = leadingTo(addends);
  }

  private List<Op> leadingTo(List<Value> values) {
    Set<Value> needed = new HashSet<>();
    values.forEach(v -> needed.add(v.owner()));
    Deque<Op> ops = new ArrayDeque<>();
    for (int i = program.ops().size() - 1; i >= 0; i--) {
      Op op = program.ops().get(i);
      if (op.outputs().stream().anyMatch(v -> needed.contains(v.owner()))) {
        ops.addFirst(op);
        op.inputs().forEach(v -> needed.add(v.owner()));
      }
    }
    return List.copyOf(ops);
  }

  int checked() {
    return checked;
  }

  /** What is wrong, one line each. */
  List<String> run(Random random) {
    DoubleInterpreter whole = start(null, 0, 0);
    List<UpdateOp.Update> updates = new ArrayList<>();
    for (Op op : program.ops()) {
      if (op instanceof UpdateOp.Update u) {
        updates.add(u);
      }
    }
    whole.run(program.ops());
    double largest = 0;
    for (UpdateOp.Update u : updates) {
      for (double d : whole.get(u.gradient())) {
        largest = Math.max(largest, Math.abs(d));
      }
    }
    List<String> wrong = new ArrayList<>();
    for (UpdateOp.Update u : updates) {
      double[] gradient = whole.get(u.gradient());
      for (int n = 0; n < Math.min(ELEMENTS, gradient.length); n++) {
        int i = random.nextInt(gradient.length);
        checked++;
        double numeric = numeric(u.weight(), i, gradient[i], largest);
        if (!close(gradient[i], numeric, largest)) {
          wrong.add(
              String.format(
                  Locale.ROOT,
                  "%s[%d]: central difference %.10g, got %.10g",
                  u.weight(),
                  i,
                  numeric,
                  gradient[i]));
        }
      }
    }
    return wrong;
  }

  private static boolean close(double a, double b, double largest) {
    return Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b)) + 1e-7 * largest + 1e-9;
  }

  /** The central difference that comes closest to the gradient given: there may be a kink. */
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
    DoubleInterpreter interpreter = start(v, i, change);
    interpreter.run(forward);
    return addends.stream().mapToDouble(a -> interpreter.get(a)[0]).sum();
  }

  private DoubleInterpreter start(Value changed, int i, double change) {
    DoubleInterpreter interpreter = new DoubleInterpreter();
    data.forEach(
        (v, all) -> {
          double[] values = all;
          if (v == changed) {
            values = all.clone();
            values[i] += change;
          }
          interpreter.set(v, values);
        });
    return interpreter;
  }
}

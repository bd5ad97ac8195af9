package io.github.lstm4j.equivalence;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.MatrixOp;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.ReduceOp;
import io.github.lstm4j.graph.Scalars;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** A graph with what its inputs and variables hold, and which of its values are to be compared. */
final class Scene {
  final Graph graph = new Graph();
  final Random random;

  /** What inputs and variables hold, in the order in which they lie in memory. */
  final Map<Value, float[]> data = new LinkedHashMap<>();

  /** Inputs that may be filled with NaN in a run before the first. */
  final Set<Value> poisonable = new HashSet<>();

  /** What is compared; variables after the last run, others after each. */
  final List<Value> compared = new ArrayList<>();

  /** Elements (true) whose content is left open. */
  final Map<Value, boolean[]> open = new HashMap<>();

  /** Values whose elements are pairs, high and low parts of a number. */
  final Set<Value> pairs = new HashSet<>();

  /** The error allowed, in parts of the reference and of its tensor's largest element. */
  double tolerance = 3e-6;

  /** The error allowed in any case, for sums whose terms cancel. */
  double absolute = 1e-8;

  /** How often the program runs; the scalars count the steps. */
  int runs = 1;

  /** Where the scalars come from. */
  Optimizer optimizer = Optimizer.adam(0.01f);

  private Value scalars;

  Scene(long seed) {
    random = new Random(seed);
  }

  Value input(String name, Fill fill, int... dims) {
    return fill(graph.input(name, Shape.of(dims), false), fill);
  }

  /** An input (T,B,…) that outside is (B,T,…). */
  Value sequence(String name, Fill fill, int... dims) {
    return fill(graph.input(name, Shape.of(dims), true), fill);
  }

  Value variable(String name, Fill fill, int... dims) {
    return fill(graph.variable(name, Shape.of(dims)), fill);
  }

  Value temporary(String name, int... dims) {
    return graph.temporary(name, Shape.of(dims));
  }

  Value like(Value v) {
    return graph.temporary("d." + v.name(), v.shape());
  }

  /** Adds an op and compares its outputs, but for some. */
  void add(Op op, Value... scratch) {
    graph.add(op);
    for (Value v : op.outputs()) {
      if (!List.of(scratch).contains(v)) {
        compare(v);
      }
    }
  }

  Value compare(Value v) {
    if (!compared.contains(v)) {
      compared.add(v);
    }
    return v;
  }

  Value scalars() {
    if (scalars == null) {
      scalars = graph.scalars();
    }
    return scalars;
  }

  /** The graph is written: takes its constants too. */
  Scene written() {
    graph.constants().forEach((v, content) -> data.put(v, content.data()));
    return this;
  }

  /** Writes the scalars of step {@code run}, counted from 0. */
  void prepare(int run) {
    if (scalars != null) {
      float rate = optimizer.learningRate() * (1 - 0.05f * run);
      float[] values = Scalars.of(optimizer.withLearningRate(rate), run);
      values[Scalars.STEP] = Float.intBitsToFloat(3 + run);
      data.put(scalars, values);
    }
  }

  /** One of these. */
  @SafeVarargs
  final <T> T any(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** One of these. */
  @SafeVarargs
  static <T> T pick(Random random, T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private Value fill(Value v, Fill fill) {
    float[] elements = new float[v.size()];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = fill.next(random, i);
    }
    data.put(v, elements);
    if (fill.poisonable() && v.kind() == Value.Kind.INPUT) {
      poisonable.add(v);
    }
    return v;
  }

  /** About how many multiplications and moves a run takes. */
  long work() {
    long work = 0;
    for (Op op : graph.ops()) {
      for (Value v : op.outputs()) {
        work += v.size();
      }
      if (op instanceof MatrixOp.MatMul m) {
        work += (long) m.y().size() * m.weight().dim(0);
      } else if (op instanceof MatrixOp.MatMulGrad m) {
        work += 2L * m.dy().size() * m.weight().dim(0);
      } else if (op instanceof MatrixOp.BatchMatMul m) {
        work += (long) m.y().size() * m.inner();
      } else if (op instanceof ReduceOp.Reduce r) {
        work += r.x().size();
      } else if (op instanceof RecurrentOp.Recurrent r) {
        work += work(r);
      } else if (op instanceof RecurrentOp.RecurrentGrad r) {
        work += 2 * work(r.forward());
      }
    }
    return work * runs;
  }

  private static long work(RecurrentOp.Recurrent r) {
    int own = r.cell().cellWeights().stream().mapToInt(Shape::size).sum();
    return (long) r.gates().size() * (r.features() + r.units() + own / r.cell().gates());
  }
}

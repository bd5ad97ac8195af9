package io.github.lstm4j.training;

import io.github.lstm4j.compile.Goal.Objective;
import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.compile.Plan;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Whether a batch can be fed to a model; each refusal names the layer, the wanted and the given.
 */
final class Checks {
  private final LayerGraph graph;
  private final String where;
  private final Near near;

  /**
   * @param where what is being done: {@code fit}, {@code evaluate}
   */
  Checks(LayerGraph graph, String where) {
    this(graph, where, Near.NONE);
  }

  /**
   * @param near what is known of the data
   */
  Checks(LayerGraph graph, String where, Near near) {
    this.graph = graph;
    this.where = where;
    this.near = near;
  }

  /** Shapes of the inputs, and values that only their layers can judge. */
  void inputs(Batch batch) {
    if (batch.inputs().size() != graph.inputs().size()) {
      throw new IllegalArgumentException(
          where
              + ": expected "
              + graph.inputs().size()
              + (graph.inputs().size() == 1 ? " input" : " inputs, " + graph.inputNames())
              + ", got "
              + batch.inputs().size());
    }
    for (int i = 0; i < batch.inputs().size(); i++) {
      input(i, batch.inputs().get(i));
    }
  }

  private void input(int number, Rows rows) {
    Shape expected = graph.inputShape(number);
    Layer first = graph.fedBy(number);
    Shape got = rows.shape();
    // the batch may be fixed for the sake of states; that is checked apart
    if (got.rank() != expected.rank() || !expected.with(0, Shape.UNKNOWN).accepts(got)) {
      throw new IllegalArgumentException(
          of(number)
              + ": expected "
              + named(number, expected)
              + ", got "
              + got
              + hint(expected, got));
    }
    if (rows.size() == 0) {
      throw new IllegalArgumentException(
          of(number) + ": the data is empty: " + got + "; give at least one sample");
    }
    if (first.judgesValues()) {
      first.checkValues(rows.data(), rows.from(), rows.from() + rows.size());
    }
  }

  /** Whose data an input's is: its first layer's, or of several inputs that of its name. */
  private String of(int number) {
    String layer = graph.fedBy(number).name();
    return graph.inputs().size() == 1
        ? layer
        : "input " + graph.inputNames().get(number) + " of " + layer;
  }

  private String named(int number, Shape expected) {
    boolean ids = graph.takesIds(number);
    String timesteps =
        graph.hasTimesteps(number)
            ? expected.dim(1) == Shape.UNKNOWN ? ", timesteps" : ", " + expected.dim(1)
            : "";
    return "(batch" + timesteps + (ids ? ")" : ", " + expected.last() + ")");
  }

  private static String hint(Shape expected, Shape got) {
    if (expected.rank() == 3 && got.rank() == 2) {
      return "; one series needs a batch axis: reshape(1, timesteps, features)";
    }
    if (expected.rank() == got.rank() && expected.last() != got.last()) {
      return "; the number of features must be the one that the model was built for";
    }
    return "; reshape the data, or change the model's input shape";
  }

  /**
   * Whether sequences can be cut into chunks that follow each other.
   *
   * @return how many timesteps they have
   */
  int cuttable(Batch batch) {
    String option = where + ": tbpttLength: ";
    String why = graph.needsWhole();
    if (why != null) {
      throw new IllegalArgumentException(option + why + "; leave tbpttLength out");
    }
    int timesteps = batch.inputs().get(0).shape().dim(1);
    for (int i = 0; i < batch.inputs().size(); i++) {
      Shape got = batch.inputs().get(i).shape();
      if (!graph.hasTimesteps(i) || got.dim(1) != timesteps) {
        throw new IllegalArgumentException(
            option + of(i) + ": expected an input of " + timesteps + " timesteps, got " + got);
      }
    }
    for (Rows target : batch.targets()) {
      Shape got = target.shape();
      if (got.rank() < 2 || got.dim(1) != timesteps) {
        throw new IllegalArgumentException(
            option + "expected targets for each of " + timesteps + " timesteps, got " + got);
      }
    }
    return timesteps;
  }

  /** Whether sequences, all as long as the first input's, can go through part by part. */
  boolean divisible(Batch batch) {
    for (int i = 0; i < batch.inputs().size(); i++) {
      Shape shape = batch.inputs().get(i).shape();
      if (!graph.hasTimesteps(i) || shape.dim(1) != batch.timesteps()) {
        return false;
      }
    }
    return graph.needsWhole() == null;
  }

  /** Shapes of targets and sample weights for a plan, and class numbers. */
  void targets(Batch batch, Plan plan, List<Objective> objectives) {
    if (batch.targets().size() != plan.targets().size()) {
      throw new IllegalArgumentException(
          where
              + ": expected "
              + plan.targets().size()
              + " targets beside the inputs"
              + (objectives.size() == 1 ? "" : ", of " + names(objectives))
              + ", got "
              + batch.targets().size()
              + "; give BatchSource.of(x, y)");
    }
    sampleWeights(batch, plan);
    for (int i = 0; i < batch.targets().size(); i++) {
      int output = objectives.get(i).output();
      Loss loss = objectives.get(i).measured();
      Shape expected = Plan.outside(plan.targets().get(i));
      Rows rows = batch.targets().get(i);
      Shape got = rows.shape();
      boolean flat = expected.last() == 1 && got.rank() == expected.rank() - 1;
      if (!(flat ? withOne(got) : got).equals(expected)) {
        throw new IllegalArgumentException(
            where
                + ": expected targets "
                + expected
                + " for inputs "
                + batch.inputs().get(0).shape()
                + " and "
                + graph.outputs().get(output).call().layer().name()
                + "'s output, got "
                + got);
      }
      if (loss.takesClasses()) {
        classNumbers(rows, graph.outputShape(output).last(), loss.ignoreClass());
      }
      objectives
          .get(i)
          .metrics()
          .forEach(
              (name, m) -> {
                if (m.ofLibrary() != null && m.ofLibrary().takesTruth()) {
                  truths(name, rows, m.isWeighted() ? batch.sampleWeights() : null);
                }
              });
    }
  }

  private static List<String> names(List<Objective> objectives) {
    return objectives.stream().map(Objective::name).toList();
  }

  /** That each sample, or each timestep, has a weight, if any has. */
  private void sampleWeights(Batch batch, Plan plan) {
    if (batch.sampleWeights() != null) {
      Shape got = batch.sampleWeights().shape();
      boolean ofSteps = plan.key().weighted() == Plan.Weighted.TIMESTEPS;
      Shape expected = ofSteps ? Plan.outside(plan.sampleWeights()) : Shape.of(batch.size());
      if (got.size() != expected.size() || got.dim(0) != batch.size()) {
        throw new IllegalArgumentException(
            where
                + ": expected a weight for each "
                + (ofSteps ? "timestep, " + expected : "sample (" + batch.size() + ")")
                + ", got "
                + got);
      }
    }
  }

  private void classNumbers(Rows rows, int classes, Integer ignored) {
    for (int i = rows.from(); i < rows.from() + rows.size(); i++) {
      float v = rows.data()[i];
      boolean counts = ignored == null || v != ignored;
      if (counts && !(v >= 0 && v < classes && v == (int) v)) {
        throw new IllegalArgumentException(
            where
                + ": expected class numbers from 0 to "
                + (classes - 1)
                + (ignored == null ? "" : ", or " + ignored + ", which is ignored,")
                + " as targets, got "
                + v);
      }
    }
  }

  /** That targets of a metric are true or false, where they count. */
  private void truths(String metric, Rows rows, Rows weights) {
    int each = weights == null ? 1 : rows.size() / weights.size();
    for (int i = 0; i < rows.size(); i++) {
      float v = rows.data()[rows.from() + i];
      boolean counts = weights == null || weights.data()[weights.from() + i / each] != 0;
      if (counts && !(v >= 0 && v <= 1)) {
        throw new IllegalArgumentException(
            where
                + ": "
                + metric
                + ": expected targets from 0, which is false, to 1, got "
                + v
                + "; one-hot rows stand for class numbers, and padding needs a weight of 0 and a"
                + " weighted metric");
      }
    }
  }

  private static Shape withOne(Shape shape) {
    int[] more = Arrays.copyOf(shape.dims(), shape.rank() + 1);
    more[shape.rank()] = 1;
    return Shape.of(more);
  }

  /** That nothing which is trained on is missing or infinite. */
  void finite(Batch batch, List<Objective> objectives, String prefix) {
    for (int i = 0; i < batch.inputs().size(); i++) {
      boolean only = batch.inputs().size() == 1;
      finite(batch, batch.inputs().get(i), prefix + (only ? "x" : graph.inputNames().get(i)));
    }
    for (int i = 0; i < batch.targets().size(); i++) {
      boolean only = batch.targets().size() == 1;
      finite(batch, batch.targets().get(i), prefix + (only ? "y" : names(objectives).get(i)));
    }
    if (batch.sampleWeights() != null) {
      finite(batch, batch.sampleWeights(), prefix + "sample weights");
    }
  }

  private void finite(Batch batch, Rows rows, String what) {
    if (near.isFinite(rows.source())) {
      return;
    }
    float[] values = rows.data();
    int from = rows.from();
    int end = from + rows.size();
    for (int i = from; i < end; i++) {
      if (!Float.isFinite(values[i])) {
        throw notFinite(batch, rows, what, i - from);
      }
    }
  }

  /** What to say of the i-th value. */
  private IllegalArgumentException notFinite(Batch batch, Rows rows, String what, int i) {
    int width = rows.size() / batch.size();
    int last = rows.shape().last();
    return new IllegalArgumentException(
        where
            + ": "
            + what
            + " has the value "
            + rows.data()[rows.from() + i]
            + " in sample "
            + batch.number(i / width)
            + (rows.shape().rank() == 3
                ? ", timestep " + i % width / last + ", feature " + i % last
                : ", column " + i % width)
            + "; fill or drop missing values first");
  }

  /** Stateful layers carry sample i of one batch to sample i of the next. */
  void stateful(int batch, int samples) {
    for (Layer l : graph.layers()) {
      int fixed = graph.inputShape(0).dim(0);
      boolean fits = batch == fixed && (samples == BatchSource.UNKNOWN || samples % fixed == 0);
      if (!l.states().isEmpty() && !fits) {
        throw new IllegalArgumentException(
            l.name()
                + ": stateful with batches of "
                + fixed
                + ", got "
                + (samples == BatchSource.UNKNOWN ? "" : samples + " samples in ")
                + "batches of "
                + batch
                + "; use batchSize "
                + fixed
                + " and a multiple of it in samples");
      }
    }
  }

  /** A mask given beside the input. */
  void mask(Tensor x, Tensor mask) {
    Shape expected = Shape.of(x.dim(0), graph.hasTimesteps(0) ? x.dim(1) : 0);
    if (!mask.shape().equals(expected)) {
      throw new IllegalArgumentException(
          graph.fedBy(0).name()
              + ": expected a mask (batch, timesteps) "
              + expected
              + ", got "
              + mask.shape());
    }
  }

  static void batchSize(int batchSize, String where) {
    if (batchSize < 1) {
      throw new IllegalArgumentException(
          where + ": batchSize must be at least 1, got " + batchSize);
    }
  }
}

package io.github.lstm4j.serve;

import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.StringLookup;
import io.github.lstm4j.layers.TextVectorization;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Session;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tasks.Task;
import io.github.lstm4j.tasks.Tasks;
import io.github.lstm4j.tensor.Memory;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model of ours as an {@link Engine}. When it is made it answers for a few rows, alone and
 * together: so it is warm, and it is seen whether rows keep to themselves.
 */
public final class ModelEngine implements Engine {
  private static final Logger LOG = LoggerFactory.getLogger(ModelEngine.class);
  private static final int PROBES = 3;
  private static final int PROBE_TIMESTEPS = 4; // of a model that takes any number
  private static final double ROUNDING = 1e-3; // more is not what another order of sums does
  private static final double PART_OF_HEAP = 0.25;

  private final Model model;
  private final LayerGraph graph;
  private final List<TensorSpec> inputs = new ArrayList<>();
  private final List<TensorSpec> outputs = new ArrayList<>();
  private final Optional<Task> task;
  private final boolean batches;
  private final Map<Integer, Session> sessions = new HashMap<>(); // by their batch
  private final Set<List<Integer>> affordable = ConcurrentHashMap.newKeySet();

  /**
   * A model that is loaded and has its backend; it is closed with this.
   *
   * @throws IllegalArgumentException if it cannot be served; says why
   */
  public ModelEngine(Model model) {
    this.model = model;
    this.graph = model.graph();
    if (model.layers().stream().anyMatch(layer -> !layer.states().isEmpty())) {
      throw new IllegalArgumentException(
          model.name()
              + ": is stateful: it would carry the states of one client's rows to another's; save it"
              + " with stateful=False, and send its timesteps as sequences (sequence_id)");
    }
    for (int i = 0; i < graph.inputs().size(); i++) {
      inputs.add(input(i));
    }
    for (int i = 0; i < graph.outputs().size(); i++) {
      outputs.add(
          new TensorSpec(
              free(graph.outputNames().get(i)),
              DataType.FP32,
              graph.outputShape(i).with(0, Shape.UNKNOWN)));
    }
    Task stored = Tasks.fromExtra(model.extra());
    if (stored != null) {
      Tasks.checkFits(stored, model);
    }
    task = Optional.ofNullable(stored);
    batches = probe();
  }

  private TensorSpec input(int number) {
    Shape shape = graph.inputShape(number).with(0, Shape.UNKNOWN);
    Layer fed = graph.fedBy(number);
    String name = graph.inputNames().get(number);
    if (fed instanceof TextVectorization) {
      return new TensorSpec(name, DataType.BYTES, Shape.of(Shape.UNKNOWN, 1));
    } else if (fed instanceof StringLookup) {
      return new TensorSpec(name, DataType.BYTES, shape);
    }
    return new TensorSpec(name, graph.takesIds(number) ? DataType.INT32 : DataType.FP32, shape);
  }

  /**
   * As {@link Model#predict(Map, int)} names outputs of one name: {@code dense}, {@code dense_1}.
   */
  private String free(String name) {
    String free = name;
    for (int n = 1; isOutput(free); n++) {
      free = name + "_" + n;
    }
    return free;
  }

  private boolean isOutput(String name) {
    return outputs.stream().anyMatch(output -> output.name().equals(name));
  }

  // ---------------------------------------------------------------- the first rows

  /** Whether rows together answer as each alone. */
  private boolean probe() {
    List<Tensor> rows = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      int[] dims = graph.inputShape(i).with(0, PROBES).dims();
      for (int axis = 1; axis < dims.length; axis++) {
        dims[axis] = dims[axis] == Shape.UNKNOWN ? PROBE_TIMESTEPS : dims[axis];
      }
      Tensor values = Tensor.zeros(dims);
      if (!graph.takesIds(i)) { // of ids 0 is one in any case
        Philox random = new Philox(1, i);
        for (int n = 0; n < values.size(); n++) {
          values.data()[n] = (float) random.nextGaussian();
        }
      }
      rows.add(values);
    }
    List<Tensor> together = model.predict(rows, PROBES);
    double furthest = 0;
    for (int row = 0; row < PROBES; row++) {
      int at = row;
      List<Tensor> alone = model.predict(rows.stream().map(t -> t.rows(at, at + 1)).toList(), 1);
      for (int i = 0; i < alone.size(); i++) {
        furthest = Math.max(furthest, distance(together.get(i).rows(row, row + 1), alone.get(i)));
      }
    }
    if (furthest > ROUNDING) {
      LOG.warn("{}: its rows change each other's answers; requests run one by one", model.name());
    } else if (furthest > 0) {
      LOG.info(
          "{}: on {} answers of a batch differ from those of single rows by rounding",
          model.name(),
          model.backend().description());
    }
    return furthest <= ROUNDING;
  }

  /** 0 for the same bits; else the largest difference, of numbers above 1 in relation to them. */
  private static double distance(Tensor one, Tensor other) {
    if (!one.shape().equals(other.shape())) {
      return Double.POSITIVE_INFINITY;
    }
    double furthest = 0;
    for (int i = 0; i < one.size(); i++) {
      float a = one.data()[i];
      float b = other.data()[i];
      if (Float.floatToIntBits(a) != Float.floatToIntBits(b)) {
        double difference = Math.abs((double) a - b) / Math.max(1, Math.abs(b));
        furthest =
            Math.max(furthest, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
      }
    }
    return furthest;
  }

  // ---------------------------------------------------------------- requests

  @Override
  public List<TensorSpec> inputs() {
    return inputs;
  }

  @Override
  public List<TensorSpec> outputs() {
    return outputs;
  }

  @Override
  public Tensor encode(int input, Shape shape, List<String> texts) {
    if (graph.fedBy(input) instanceof TextVectorization words) {
      return words.encode(texts);
    }
    StringLookup lookup = (StringLookup) graph.fedBy(input);
    int width = shape.dim(1);
    String[][] rows = new String[shape.dim(0)][];
    Arrays.setAll(rows, n -> texts.subList(n * width, (n + 1) * width).toArray(String[]::new));
    return lookup.encode(rows);
  }

  @Override
  public void check(List<Tensor> rows) {
    List<Integer> timesteps = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      Tensor values = rows.get(i);
      graph.fedBy(i).checkValues(values.data(), 0, values.size());
      timesteps.add(
          graph.hasTimesteps(i) && values.shape().rank() > 1 ? values.dim(1) : Shape.UNKNOWN);
    }
    if (graph.timesteps().contains(LayerGraph.ANY) && affordable.add(timesteps)) {
      requireMemory(timesteps);
    }
  }

  /** That a row of so many timesteps fits into a part of the heap. */
  private void requireMemory(List<Integer> timesteps) {
    int longest = timesteps.stream().mapToInt(Integer::intValue).max().orElseThrow();
    long needed;
    try {
      needed = model.program(1, longest, false).arenaBytes();
    } catch (RuntimeException e) {
      affordable.remove(timesteps);
      throw e;
    }
    long most = (long) (PART_OF_HEAP * Runtime.getRuntime().maxMemory());
    if (needed > most) {
      affordable.remove(timesteps);
      throw new IllegalArgumentException(
          longest
              + " timesteps need "
              + Memory.text(needed)
              + ", more than "
              + Memory.text(most)
              + ", a quarter of the server's heap; send fewer, or parts of a sequence");
    }
  }

  @Override
  public boolean batches() {
    return batches;
  }

  @Override
  public List<Tensor> run(List<Tensor> rows, int most) {
    return model.predict(rows, most);
  }

  @Override
  public Optional<Task> task() {
    return task;
  }

  // ---------------------------------------------------------------- sequences

  @Override
  public synchronized int stateSize() {
    return session(1).stateSize();
  }

  private Session session(int batch) {
    return sessions.computeIfAbsent(batch, model::session);
  }

  @Override
  public synchronized List<Tensor> step(List<Tensor> readings, float[][] states) {
    return session(states.length).step(readings, states);
  }

  @Override
  public synchronized void close() {
    sessions.values().forEach(Session::close);
    sessions.clear();
    model.close();
  }

  @Override
  public String toString() {
    return model.name() + " " + IntStream.range(0, inputs.size()).mapToObj(inputs::get).toList();
  }
}

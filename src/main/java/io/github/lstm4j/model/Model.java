package io.github.lstm4j.model;

import static io.github.lstm4j.names.Arguments.given;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.compile.Goal;
import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.compile.ModelLayer;
import io.github.lstm4j.compile.Plan;
import io.github.lstm4j.compile.PlanCache;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.runtime.Binding;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Objectives;
import io.github.lstm4j.training.Progress;
import io.github.lstm4j.training.Trainer;
import io.github.lstm4j.training.TrainingState;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A model: layers that feed one another, trained and run as a whole. {@link Sequential} is the way
 * to write a chain of layers.
 *
 * <p><b>Threads.</b> {@code predict}, {@code evaluate}, {@code call} and sessions may be used from
 * any number of threads at once; each call gives what it would give alone. A training step waits
 * for predictions that are under way, and predictions wait for the step: every prediction is made
 * with the weights between two steps, the same ones from its first batch to its last. A second
 * {@code fit} at the same time is refused. Layers that models share are guarded across the models.
 * Building and {@code compile} are for one thread.
 *
 * <p><b>Memory.</b> Plans of batch sizes and sequence lengths that were used lately are kept, up to
 * {@link #planMemory}. {@link #close} frees what the model holds on its backend.
 */
public class Model extends ModelLoops implements AutoCloseable {
  private ModelLayer asLayer;
  private volatile TrainingState state;
  private PlanCache plans;
  private final Executables executables = new Executables();
  private final BackendChoice choice = new BackendChoice();
  private long planMemory;

  /** A model whose layers are yet to come. */
  Model(String name) {
    super(name);
  }

  private Model(List<KerasTensor> inputs, List<KerasTensor> outputs) {
    super("functional");
    if (given("inputs of the model", inputs).isEmpty()
        || given("outputs of the model", outputs).isEmpty()) {
      throw new IllegalArgumentException(
          "Model.of: expected at least one input and one output, got "
              + inputs.size()
              + " and "
              + outputs.size());
    }
    adopt(LayerGraph.of(name(), inputs, outputs));
  }

  // ---------------------------------------------------------------- building

  /** What Keras calls this kind of model in files. */
  @Override
  public String className() {
    return "Functional";
  }

  /**
   * A model that computes the outputs from the inputs, as Keras's functional models: layers may
   * feed several others, take several inputs, and be used more than once.
   *
   * <pre>{@code
   * KerasTensor sales = new Input(24, 3).name("sales").output();
   * KerasTensor shop = new Input(4).name("shop").output();
   * KerasTensor all = new Concatenate().apply(new LSTM(8).apply(sales), shop);
   * Model model = Model.of(List.of(sales, shop), List.of(new Dense(1).apply(all)));
   * System.out.println(model.countParams()); // 397
   * }</pre>
   *
   * @param inputs outputs of {@link Input}s, in the order in which data has them
   * @throws IllegalArgumentException if an output needs an input that is not given; names the path
   */
  public static Model of(List<KerasTensor> inputs, List<KerasTensor> outputs) {
    return new Model(inputs, outputs);
  }

  /** As {@link #of(List, List)}, of one input and one output. */
  public static Model of(KerasTensor input, KerasTensor output) {
    return of(List.of(input), List.of(output));
  }

  /** The model as a layer of other models, which share its weights; always the same one. */
  public final synchronized ModelLayer asLayer() {
    if (asLayer == null) {
      requireLayers();
      asLayer = new ModelLayer(this);
    }
    return asLayer;
  }

  /** Uses the model in another one: as {@code asLayer().apply(…)}. Gives the first output. */
  public final KerasTensor apply(KerasTensor... inputs) {
    return asLayer().apply(inputs);
  }

  /** As {@link #apply}, with all outputs. */
  public final List<KerasTensor> applyAll(KerasTensor... inputs) {
    return asLayer().applyAll(inputs);
  }

  /** Names the model, without '/', which Keras refuses, and without control characters. */
  public Model name(String newName) {
    rename(newName);
    return this;
  }

  /**
   * Sets the one seed that weights, shuffles and dropout come from: the same seed gives the same
   * results, bit for bit, whatever the number of threads. Without it every model is another. It may
   * be set before the layers are added or after.
   *
   * @throws IllegalStateException if weights were already drawn from another seed, by a training, a
   *     prediction or a look at them
   */
  public Model seed(long newSeed) {
    reseed(newSeed);
    freePlans(); // dropout is drawn from the seed
    return this;
  }

  /** Chooses what runs the model; without it the best there is. Weights move along. */
  public Model on(Backend newBackend) {
    freePlans();
    choice.set(newBackend);
    return this;
  }

  /** What runs the model. */
  public final Backend backend() {
    return choice.get();
  }

  /**
   * Sets how many bytes of memory are kept for batch sizes and sequence lengths that may come
   * again; what a call needs at once is taken all the same. Default: all models together keep a
   * quarter of the heap on the CPU, 1 GiB on devices. Data of very many lengths is faster in
   * batches of a few lengths: pad to multiples of, say, 16.
   */
  public Model planMemory(long bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException(
          name() + ": planMemory must be at least 1 byte, got " + bytes);
    }
    planMemory = bytes;
    plans().limit(bytes);
    return this;
  }

  final synchronized PlanCache plans() {
    if (plans == null) {
      plans = new PlanCache(this::compilePlan, choice::get, planMemory);
    }
    return plans;
  }

  private Plan compilePlan(Plan.Key key) {
    Goal goal =
        switch (key.mode()) {
          case PREDICT, STEP, TRACE, SALIENCY -> null;
          case TEST -> state.goal();
          case SHARE, ACCUMULATE, TRAIN, GRADIENTS -> state.trainingGoal(graph());
        };
    return Plan.of(key, graph(), seed(), goal);
  }

  /** Prints the table of Keras 3. */
  public final void summary() {
    summary(SummaryStyle.KERAS_3);
  }

  /** Prints the table of that Keras version. */
  public final void summary(SummaryStyle style) {
    System.out.print(summaryText(style));
  }

  /** The table of that Keras version, byte for byte. */
  public final String summaryText(SummaryStyle style) {
    return Summary.of(this, optimizerSlots(), style);
  }

  /** As {@link #summaryText(SummaryStyle)} in the style of Keras 3, with options. */
  public final String summaryText(SummaryOptions options) {
    return Summary.of(this, optimizerSlots(), options);
  }

  // ---------------------------------------------------------------- files and streams

  @Override
  public final void trySave(Path file) throws IOException {
    ModelFormat.toWrite(file);
    AtomicFile.probe(file);
  }

  @Override
  public final void save(Path file) throws IOException {
    ModelFormat format = ModelFormat.toWrite(file);
    AtomicFile.write(file, out -> format.save(this, out));
  }

  /** Writes what a {@code .keras} file has into a stream, which stays open. */
  public final void save(OutputStream out) throws IOException {
    ModelFormat.usual().save(this, given("a stream", out));
  }

  /**
   * Saves the weights alone, as Keras's {@code save_weights} does.
   *
   * @param file its name ends with {@code .weights.h5}, or as another format of weights says
   * @throws IOException if the file cannot be written; an older one then stays as it was
   */
  public final void saveWeights(Path file) throws IOException {
    requireBuilt();
    ModelFormat format = ModelFormat.toWriteWeights(file);
    AtomicFile.write(file, out -> format.saveWeights(this, out));
  }

  /** Writes what a {@code .weights.h5} file has into a stream, which stays open. */
  public final void saveWeights(OutputStream out) throws IOException {
    ModelFormat.usual().saveWeights(this, given("a stream", out));
  }

  /**
   * Sets the weights to those of a file that {@link #saveWeights} or another program wrote, for a
   * model of the same layers. What kind of file it is, its bytes say. The optimizer's state stays
   * as it is.
   *
   * @throws IOException if the file cannot be read, or its weights do not fit; the model then stays
   *     as it was
   */
  public final void loadWeights(Path file) throws IOException {
    requireBuilt();
    ModelFile known = ModelFile.of(file);
    ModelFormat.of(known).loadWeights(this, known);
  }

  /** As {@link #loadWeights(Path)}, from a stream, which is read to its end and stays open. */
  public final void loadWeights(InputStream in) throws IOException {
    requireBuilt();
    try (ModelFile copy = ModelFile.of(in, "the stream")) {
      ModelFormat.of(copy).loadWeights(this, copy);
    }
  }

  // ---------------------------------------------------------------- training

  /**
   * Says what to minimise, how, and what to measure beside it. Of a functional model of several
   * outputs each has the loss, and one of as many metrics.
   */
  public Model compile(Optimizer optimizer, Loss loss, Metric... metrics) {
    List<String> outputs = outputNames();
    if (outputs.size() == 1) {
      return compile(optimizer, loss, Objectives.named(List.of(metrics)));
    }
    return compile(
        optimizer,
        Collections.nCopies(outputs.size(), loss),
        Objectives.oneEach(name(), outputs, List.of(metrics)));
  }

  /**
   * As {@link #compile(Optimizer, Loss, Metric...)}, by Keras's names. Logs call each metric as it
   * is called here.
   */
  public Model compile(String optimizer, String loss, String... metrics) {
    if (outputNames().size() > 1) {
      Metric[] of = Stream.of(metrics).map(Metric::of).toArray(Metric[]::new);
      return compile(Optimizer.of(optimizer), Loss.of(loss), of);
    }
    Map<String, Metric> byName = new LinkedHashMap<>();
    for (String m : metrics) {
      Metric.of(m).addTo(byName, m);
    }
    return compile(Optimizer.of(optimizer), Loss.of(loss), byName);
  }

  /**
   * As {@link #compile(Optimizer, Loss, Metric...)}, with what logs call each metric, for a model
   * of one output.
   */
  public Model compile(Optimizer optimizer, Loss loss, Map<String, Metric> metrics) {
    if (outputNames().size() > 1) {
      throw new IllegalArgumentException(
          name()
              + ": the model has the outputs "
              + outputNames()
              + "; call compile with a loss and a list of metrics for each, by name or in order");
    }
    return compile(optimizer, Objectives.of(name(), loss, metrics));
  }

  /**
   * Says what to minimise at each output, which is added up, and what to measure there, by the
   * names of the layers that give them. Logs have {@code loss}, the sum; and of an output {@code
   * price}: {@code price_loss}, without its weight, and {@code price_mae}.
   *
   * <pre>{@code
   * model.compile(
   *     Optimizer.adam(1e-3f),
   *     Map.of("price", Loss.huber(1), "sold", Loss.binaryCrossentropy().withWeight(0.2f)),
   *     Map.of("sold", List.of(Metric.ACCURACY)));
   * }</pre>
   *
   * @param losses with their weights, Keras's {@code loss_weights}; an output may have none
   * @throws IllegalArgumentException if there is no output of such a name
   */
  public Model compile(
      Optimizer optimizer, Map<String, Loss> losses, Map<String, List<Metric>> metrics) {
    return compile(optimizer, Objectives.byName(name(), outputNames(), losses, metrics));
  }

  /**
   * As {@link #compile(Optimizer, Map, Map)}, in the order of the outputs.
   *
   * @param losses null for an output without one
   * @param metrics a list for each output, or none at all
   */
  public Model compile(Optimizer optimizer, List<Loss> losses, List<List<Metric>> metrics) {
    return compile(optimizer, Objectives.inOrder(name(), outputNames(), losses, metrics));
  }

  /** As {@link #compile(Optimizer, Map, Map)}, with objectives that are put together before. */
  public Model compile(Optimizer optimizer, Objectives objectives) {
    requireLayers();
    TrainingState compiled = new TrainingState(name(), optimizer, objectives);
    if (state != null) {
      state.requireIdle();
    }
    executables.free(key -> key.mode().isTraining());
    plans().forget(mode -> mode.isTraining() || mode.measures());
    state = compiled;
    return this;
  }

  private TrainingState requireCompiled() {
    if (state == null) {
      throw new IllegalStateException(
          name() + ": the model is not compiled; call compile(optimizer, loss) first");
    }
    return state;
  }

  @Override
  public final Optimizer optimizer() {
    return state == null ? null : state.optimizer();
  }

  /** The first output's loss, or null before {@code compile}. */
  public final Loss loss() {
    return state == null ? null : state.objectives().loss();
  }

  /** What is minimised and measured at the outputs, or null before {@code compile}. */
  public final Objectives objectives() {
    return state == null ? null : state.objectives();
  }

  @Override
  public final Map<String, Metric> metrics() {
    return state == null ? Map.of() : state.objectives().metrics();
  }

  @Override
  public final long iterations() {
    return state == null ? 0 : state.iterations();
  }

  @Override
  public final float learningRate() {
    return requireCompiled().learningRate();
  }

  @Override
  public final void exchangeAverages() {
    requireCompiled().exchangeAverages();
  }

  @Override
  public final void setLearningRate(float rate) {
    requireCompiled().learningRate(rate);
  }

  /**
   * The optimizer's state, to be saved: for each trained weight, in order, its slots. Empty before
   * the first training step.
   */
  public final List<List<Weight>> optimizerSlots() {
    return state == null ? List.of() : state.slots();
  }

  /**
   * Sets the optimizer's state, as a file has it, so that training goes on as if it had not
   * stopped.
   *
   * @param steps the number of training steps so far
   * @param slots for each trained weight, in order, its slots
   */
  public final void restoreOptimizer(long steps, List<List<Tensor>> slots) {
    requireCompiled();
    requireBuilt();
    state.restore(graph(), steps, slots);
  }

  /** How far training is, to be stored; null where it cannot go on as if it had not stopped. */
  public final Progress progress() {
    return state == null ? null : state.progress(graph());
  }

  /** Sets how far training is, as a file has it. */
  public final void restoreProgress(Progress progress) {
    requireCompiled().progress(progress);
  }

  @Override
  public final Progress restore(Path file) throws IOException {
    requireBuilt();
    ModelFile known = ModelFile.of(file);
    try (Model saved = ModelFormat.of(known).load(known)) {
      Progress progress = requireCompiled().restore(graph(), saved.state, saved.getWeights());
      takeSeed(saved.seed());
      plans().forget(Plan.Mode::isTraining); // dropout is drawn from the seed
      return progress;
    }
  }

  @Override
  final Trainer trainer() {
    requireLayers();
    return new Trainer(this, this::built, plans(), state);
  }

  /** The output and, if the last layer returns them, its states h and c, in one batch. */
  public final List<Tensor> call(Tensor x) {
    return call(x, null, List.of());
  }

  /**
   * As {@link #call(Tensor)}, with more that goes in.
   *
   * @param mask (samples, timesteps), 1 where a timestep counts, or null
   * @param initialState what the recurrent layers start from, each (samples, units), for the first
   *     layer, then the next: h and c of an LSTM; of a {@code Bidirectional} forward h, forward c,
   *     backward h, backward c; or empty
   */
  public final List<Tensor> call(Tensor x, Tensor mask, List<Tensor> initialState) {
    requireLayers();
    LayerGraph layers = built(List.of(x.shape()));
    return trainer().call(x, mask, layers.initialStates(name(), x.dim(0), initialState));
  }

  /** Sets the states of all stateful layers to zero: the next batch begins new sequences. */
  public final void resetStates() {
    layers().forEach(Layer::resetStates);
  }

  /**
   * Begins sequences that are fed one timestep at a time.
   *
   * @param batch how many run side by side
   */
  public final Session session(int batch) {
    requireBuilt();
    return new Session(name(), graph(), batch, plans()::plan, this::bind);
  }

  /**
   * Feeds one timestep.
   *
   * @param x (batch, features)
   * @return what the model returns for the sequences so far: (batch, outputs)
   */
  public final Tensor step(Session session, Tensor x) {
    if (!session.isOf(graph())) {
      throw new IllegalArgumentException(
          name() + ": the session was begun by another model; use model.session(batch)");
    }
    return session.step(x);
  }

  /** What a training step or a prediction becomes for that batch size: ops, shapes, memory. */
  public final Program program(int batch, boolean training) {
    return plan(batch, training).program();
  }

  /** As {@link #program(int, boolean)}, for a model whose number of timesteps is not fixed. */
  public final Program program(int batch, int timesteps, boolean training) {
    return plan(batch, timesteps, training).program();
  }

  private Plan plan(int batch, boolean training) {
    requireBuilt();
    List<Integer> timesteps = graph().timesteps();
    if (timesteps.contains(LayerGraph.ANY)) {
      throw new IllegalStateException(
          name()
              + ": the number of timesteps is not fixed; use program(batch, timesteps, training)");
    }
    return plan(batch, timesteps, training);
  }

  private Plan plan(int batch, int timesteps, boolean training) {
    requireBuilt();
    List<Integer> each = graph().timesteps();
    int fixed = each.contains(LayerGraph.ANY) ? LayerGraph.ANY : each.get(0);
    return plan(batch, each.stream().map(own -> own == fixed ? timesteps : own).toList(), training);
  }

  private Plan plan(int batch, List<Integer> timesteps, boolean training) {
    if (training) {
      requireCompiled();
    }
    Plan.Mode mode = training ? Plan.Mode.TRAIN : Plan.Mode.PREDICT;
    return plans().plan(new Plan.Key(mode, batch, timesteps));
  }

  /**
   * The {@link #program(int, boolean)} bound to the model's weights and to memory of its backend,
   * for who feeds and times it without the loops above; for one thread, and not while others train.
   * It belongs to the model: do not close it.
   */
  public final Executable executable(int batch, boolean training) {
    return executables.get(plan(batch, training), plan -> bind(plan, Map.of()));
  }

  private Binding bind(Plan plan, Map<Weight, Weight> instead) {
    return plan.bind(choice.get(plan.program()), instead);
  }

  @Override
  final synchronized void freePlans() {
    if (plans != null) {
      plans.close();
      plans = null;
    }
    executables.free(key -> true);
  }

  /**
   * Frees the memory on the backend, and brings newer values of weights home. Predictions under way
   * end first. The model can go on: it takes memory again. Sessions keep theirs.
   */
  @Override
  public final void close() {
    freePlans();
  }

  @Override
  public final String toString() {
    return name() + ": " + layers().stream().map(Layer::toString).collect(Collectors.joining(", "));
  }
}

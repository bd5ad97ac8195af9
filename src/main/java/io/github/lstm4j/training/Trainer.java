package io.github.lstm4j.training;

import io.github.lstm4j.compile.Lane;
import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.compile.Plan;
import io.github.lstm4j.compile.PlanCache;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.WeightLock;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.runtime.Binding;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loops over epochs and batches. Each call has a lane of memory for itself; a training step
 * holds the weights for itself too, a prediction or evaluation shares them from its first batch to
 * its last, so that all its results are of the same weights.
 */
public final class Trainer {
  private static final Logger LOG = LoggerFactory.getLogger(Trainer.class);
  private static final int SHUFFLE_STREAMS = 1 << 21;
  private static final int LONG = 1024; // timesteps; more are predicted part by part if possible

  private final Trainable model;
  private final Function<List<Shape>, LayerGraph> built;
  private final PlanCache plans;
  private final TrainingState state;
  private Shares shares; // null: each batch is trained on as a whole
  private Devices devices; // null: by what the model runs on
  private Near near = Near.NONE;

  /**
   * @param built gives the model's layers, which it builds for those inputs if it has not yet
   * @param state null before {@code compile}
   */
  public Trainer(
      Trainable model,
      Function<List<Shape>, LayerGraph> built,
      PlanCache plans,
      TrainingState state) {
    this.model = model;
    this.built = built;
    this.plans = plans;
    this.state = state;
  }

  private Checks checks(Batch batch, String where) {
    Checks checks = new Checks(graphOf(batch), where, near);
    checks.inputs(batch);
    return checks;
  }

  /** Inputs and targets as the model has them, where the batch has names. */
  private Batch inOrder(Batch batch, String where) {
    if (!batch.isNamed()) {
      return batch;
    }
    LayerGraph graph = graphOf(batch);
    return batch.inOrder(
        where,
        graph.inputNames(),
        state == null ? List.of() : state.objectives().outputs(graph.outputNames()));
  }

  private LayerGraph graphOf(Batch batch) {
    return built.apply(batch.inputs().stream().map(Rows::shape).toList());
  }

  private void requireCompiled() {
    if (state == null) {
      throw new IllegalStateException(
          model.name() + ": the model is not compiled; call compile(optimizer, loss) first");
    }
  }

  private Plan.Key key(Plan.Mode mode, Batch batch) {
    LayerGraph graph = built.apply(null);
    List<Integer> timesteps = new ArrayList<>();
    for (int i = 0; i < batch.inputs().size(); i++) {
      Shape shape = batch.inputs().get(i).shape();
      timesteps.add(graph.hasTimesteps(i) ? shape.dim(1) : Shape.UNKNOWN);
    }
    Plan.Weighted weighted =
        mode == Plan.Mode.PREDICT
            ? Plan.Weighted.NOTHING
            : batch.weighted(state.objectives().areOfSequences(graph));
    return new Plan.Key(mode, batch.size(), timesteps, false, Set.of(), weighted, false);
  }

  private void feed(Binding binding, List<Value> values, List<Rows> rows) {
    for (int i = 0; i < values.size(); i++) {
      Rows some = rows.get(i);
      some.feed(binding, values.get(i), near.copyOf(some.source(), binding.backend()));
    }
  }

  private void feed(Binding binding, Plan plan, Batch batch) {
    feed(binding, plan.inputs(), batch.inputs());
    feed(binding, plan.targets(), batch.targets());
    if (plan.sampleWeights() != null) {
      feed(binding, List.of(plan.sampleWeights()), List.of(batch.sampleWeights()));
    }
  }

  // ---------------------------------------------------------------- fit

  /**
   * Trains.
   *
   * @return what was measured, epoch by epoch
   */
  public History fit(BatchSource source, Fit options) {
    requireCompiled();
    model.layers().forEach(this::warnOfWhatIsLeftOut);
    if (options.averageEvery() > 0 && options.allReduce() == null) {
      throw new IllegalArgumentException(
          "fit: averageEvery "
              + options.averageEvery()
              + " needs allReduce: others to average with");
    }
    Fit.Division data = options.divide(source);
    BatchSource train = data.training();
    BatchSource validation = data.validation();
    int samples = train.samples();
    int batch = options.batchSize();
    if (samples != BatchSource.UNKNOWN) {
      if (batch > samples && samples > 0) {
        LOG.warn(
            "fit: batchSize {} is larger than the {} training samples: an epoch is one step of {}",
            batch,
            samples,
            samples);
      }
      batch = Math.max(1, Math.min(batch, samples));
      checkAhead(classed(train, options), "fit", batch, samples);
    }
    if (validation != null && validation.samples() != BatchSource.UNKNOWN) {
      checkAhead(validation, "validationData", batch, validation.samples());
    }
    state.beginFit();
    try (Lane lane = plans.take();
        Near copies = Near.of(train, validation);
        Devices sharing = Devices.of(options, plans, () -> state.trainingGoal(built.apply(null)))) {
      near = copies;
      devices = sharing;
      BatchSource guarded =
          validation == null ? null : new Sources.Guarded("the validation's source", validation);
      BatchSource trained = classed(new Sources.Guarded("the source", train), options);
      if (options.allReduce() != null) {
        LayerGraph graph = built.apply(null);
        shares = new Shares(options, model, state, graph);
        trained = shares.source(trained, batch, validation, graph);
      }
      return epochs(trained, guarded, batch, options, lane);
    } finally {
      state.endFit();
      near = Near.NONE;
      devices = null;
      if (shares != null) {
        shares.close();
        shares = null;
      }
    }
  }

  private BatchSource classed(BatchSource source, Fit options) {
    return options.classWeight().isEmpty()
        ? source
        : new ClassWeights(source, options.classWeight(), this::graphOf);
  }

  /** What a file asks for that Keras does in training and we do not. */
  private void warnOfWhatIsLeftOut(Layer layer) {
    layer
        .leftOutOfTraining()
        .forEach((key, value) -> LOG.warn("fit: {}: {}={} is left out", layer, key, value));
    layer.inner().forEach(this::warnOfWhatIsLeftOut);
  }

  /** What can be told before the first step, of a source that can be begun again. */
  private void checkAhead(BatchSource source, String where, int batchSize, int samples) {
    try (BatchSource.Batches batches = source.batches(batchSize, null)) {
      Batch given = batches.next();
      if (given != null) {
        Batch first = inOrder(given, where);
        Checks checks = checks(first, where);
        checks.targets(first, plans.plan(key(Plan.Mode.TEST, first)), state.objectives().list());
        checks.stateful(batchSize, samples);
      }
    }
  }

  private History epochs(
      BatchSource train, BatchSource validation, int batchSize, Fit options, Lane lane) {
    Progress earlier = state.earlier();
    boolean isBuilt = model.layers().stream().allMatch(Layer::isBuilt);
    Objectives known = isBuilt ? resolved() : state.objectives();
    Training training =
        new Training(
            model,
            options.epochs(),
            options.stepsPerEpoch(),
            train,
            batchSize,
            known.keys(validation != null),
            known.keys(validation != null && options.validationFreq() == 1),
            () -> logs(lane, ""));
    Epochs.Work work =
        new Epochs.Work() {
          @Override
          public void begin() {
            lane.resetTotals();
            if (shares != null) {
              shares.begin();
            }
          }

          @Override
          public Philox order(int first, long made) {
            return options.shuffle() ? shuffle(first, made) : null;
          }

          @Override
          public void train(Batch batch) {
            Trainer.this.train(lane, batch, "fit", options.tbpttLength());
          }

          @Override
          public Map<String, Double> measure() {
            return shares == null
                ? logs(lane, "")
                : resolved().logs(shares.trained(lane.totals()), "");
          }

          @Override
          public boolean validates(int epoch) {
            return validation != null && (epoch + 1) % options.validationFreq() == 0;
          }

          @Override
          public Map<String, Double> validate() {
            return test(validation, batchSize, "validationData", "val_");
          }

          @Override
          public void finish() {
            state.takeAverages(training.weightsAreAverages());
          }

          @Override
          public void carry(Progress progress) {
            built.apply(null).carry(progress.carried());
          }
        };
    Epochs epochs = new Epochs(train, options, work, training);
    state.progress(epochs::progress);
    Progress last = null;
    try {
      History history = epochs.run(earlier);
      last = epochs.last();
      return history;
    } finally {
      state.progress(last);
    }
  }

  /**
   * Where a pass's random order comes from. It depends on the epoch that it begins with and on how
   * many steps were made before epoch 0: so a training that goes on shuffles as one that was never
   * stopped, and one that begins anew shuffles otherwise than the one before.
   */
  private Philox shuffle(int first, long made) {
    return new Philox(model.seed(), SHUFFLE_STREAMS + first, (int) (state.iterations() - made));
  }

  /**
   * @param chunk how many timesteps a step learns from, or 0: all
   */
  private void train(Lane lane, Batch given, String where, int chunk) {
    if (shares != null && !shares.averages()) {
      share(lane, given);
      return;
    } else if (shares != null) {
      if (given.size() > 0) {
        Batch own = inOrder(given, where);
        train(lane, own, false, checks(own, where));
      }
      shares.stepped(given.size());
      return;
    }
    Batch batch = inOrder(given, where);
    Checks checks = checks(batch, where);
    checks.stateful(batch.size(), BatchSource.UNKNOWN);
    if (chunk == 0) {
      train(lane, batch, false, checks);
      return;
    }
    int timesteps = checks.cuttable(batch);
    lane.resetCarried();
    for (int from = 0; from < timesteps; from += chunk) {
      Batch part = batch.timesteps(from, Math.min(chunk, timesteps - from));
      train(lane, part, true, checks);
    }
  }

  private void train(Lane lane, Batch batch, boolean carried, Checks checks) {
    Plan.Mode mode = state.nextStep();
    while (!step(lane, batch, mode, carried, checks)) { // another thread has made a step
      mode = state.nextStep();
    }
  }

  /** One step; false, and nothing done, if the next one is of another kind. */
  private boolean step(Lane lane, Batch batch, Plan.Mode mode, boolean carried, Checks checks) {
    Plan.Key key = carried ? key(mode, batch).asCarried() : key(mode, batch);
    Plan plan = plans.plan(key);
    checks.targets(batch, plan, state.objectives().list());
    checks.finite(batch, state.objectives().list(), "");
    Binding binding = null;
    if (devices == null) {
      binding = lane.binding(key, plan);
      feed(binding, plan, batch);
    } else {
      devices.require(plan, model.layers());
      devices.feed(batch, part -> key(Plan.Mode.SHARE, part), this::feed);
    }
    plan.locks().hold();
    try {
      if (state.nextStep() != mode) {
        return false;
      }
      float[] scalars = shares == null ? state.nextScalars() : shares.nextScalars();
      if (devices != null) {
        devices.run(lane, mode, scalars);
        return true;
      }
      if (plan.scalars() != null) {
        binding.write(plan.scalars(), scalars, 0);
      }
      binding.run();
      return true;
    } finally {
      plan.locks().release();
    }
  }

  /** One step on this share of a batch and on those of others. */
  private void share(Lane lane, Batch given) {
    if (given.size() > 0) {
      Batch batch = inOrder(given, "fit");
      Checks checks = checks(batch, "fit");
      Plan.Key key = key(Plan.Mode.SHARE, batch);
      Plan plan = plans.plan(key);
      checks.targets(batch, plan, state.objectives().list());
      checks.finite(batch, state.objectives().list(), "");
      Binding binding = lane.binding(key, plan);
      feed(binding, plan, batch);
      plan.locks().hold();
      try {
        if (plan.scalars() != null) {
          binding.write(plan.scalars(), shares.scalars(), 0);
        }
        binding.run();
      } finally {
        plan.locks().release();
      }
      shares.take(plan, binding, batch.size());
    }
    shares.step();
  }

  private Map<String, Double> logs(Lane lane, String prefix) {
    return resolved().logs(lane.totals(), prefix);
  }

  private Objectives resolved() {
    return state.objectives().resolve(built.apply(null));
  }

  /** One training step on one batch. Returns the loss before the step, and the metrics. */
  public Map<String, Double> trainOnBatch(Batch batch) {
    requireCompiled();
    try (Lane lane = plans.take()) {
      lane.resetTotals();
      train(lane, batch, "trainOnBatch", 0);
      return logs(lane, "");
    }
  }

  /** The gradients of the loss of a batch, without dropout, by the path of each weight. */
  public Map<String, Tensor> gradients(Batch given) {
    requireCompiled();
    Batch batch = inOrder(given, "gradients");
    Checks checks = checks(batch, "gradients");
    checks.stateful(batch.size(), BatchSource.UNKNOWN);
    Plan.Key key = key(Plan.Mode.GRADIENTS, batch);
    Plan plan = plans.plan(key);
    checks.targets(batch, plan, state.objectives().list());
    Map<String, Tensor> gradients = new LinkedHashMap<>();
    try (Lane lane = plans.take()) {
      Binding binding = lane.binding(key, plan);
      feed(binding, plan, batch);
      plan.locks().hold();
      try {
        binding.run();
      } finally {
        plan.locks().release();
      }
      plan.gradients()
          .forEach(
              (weight, value) -> {
                Tensor gradient = Tensor.zeros(weight.shape());
                binding.read(value, gradient.data(), 0);
                gradients.put(weight.path(), gradient);
              });
    }
    return gradients;
  }

  // ---------------------------------------------------------------- evaluate, predict

  /** Loss and metrics over all batches. */
  public Map<String, Double> evaluate(BatchSource source, int batchSize) {
    requireCompiled();
    Checks.batchSize(batchSize, "evaluate");
    return test(source, batchSize, "evaluate", "");
  }

  /** Null if the thread is interrupted during a validation. */
  private Map<String, Double> test(BatchSource source, int batchSize, String where, String prefix) {
    boolean validation = !prefix.isEmpty();
    WeightLock.Set held = null;
    try (Lane lane = plans.take();
        BatchSource.Batches batches = source.batches(atMost(batchSize, source), null)) {
      lane.resetTotals();
      int count = 0;
      for (Batch batch = batches.next(); batch != null; batch = batches.next()) {
        if (validation && Thread.currentThread().isInterrupted()) {
          return null;
        }
        batch = inOrder(batch, where);
        Checks checks = checks(batch, where);
        checks.stateful(batch.size(), count++ == 0 ? source.samples() : BatchSource.UNKNOWN);
        Plan.Key key = key(Plan.Mode.TEST, batch);
        Plan plan = plans.plan(key);
        checks.targets(batch, plan, state.objectives().list());
        if (validation) {
          checks.finite(batch, state.objectives().list(), "validation ");
        }
        Binding binding = lane.binding(key, plan);
        if (held == null) {
          plan.locks().hold();
          held = plan.locks();
        }
        feed(binding, plan, batch);
        binding.run();
      }
      if (count == 0) {
        throw new IllegalArgumentException(where + ": the source gave no batches");
      }
      return shares == null || !validation
          ? logs(lane, prefix)
          : resolved().logs(shares.summed(lane.totals()), prefix);
    } finally {
      if (held != null) {
        held.release();
      }
    }
  }

  private static int atMost(int batchSize, BatchSource source) {
    int samples = source.samples();
    return samples > 0 ? Math.min(batchSize, samples) : batchSize;
  }

  /** The outputs for all batches, one behind the other. */
  public List<Tensor> predict(BatchSource source, int batchSize) {
    Checks.batchSize(batchSize, "predict");
    Results results = new Results(source.samples());
    WeightLock.Set held = null;
    try (Lane lane = plans.take();
        BatchSource.Batches batches = source.batches(atMost(batchSize, source), null)) {
      int count = 0;
      for (Batch batch = batches.next(); batch != null; batch = batches.next()) {
        batch = inOrder(batch, "predict");
        Checks checks = checks(batch, "predict");
        checks.stateful(batch.size(), count++ == 0 ? source.samples() : BatchSource.UNKNOWN);
        List<Batch> parts = parts(batch, checks);
        lane.resetCarried();
        for (Batch part : parts) {
          Plan.Key key = key(Plan.Mode.PREDICT, part);
          key = parts.size() > 1 ? key.asCarried() : key;
          Plan plan = plans.plan(key);
          results.settleBefore(key);
          Binding binding = lane.binding(key, plan);
          if (held == null) {
            plan.locks().hold();
            held = plan.locks();
          }
          feed(binding, plan.inputs(), part.inputs());
          binding.run();
          if (part == parts.get(parts.size() - 1)) {
            results.add(plan, binding, batch);
          }
        }
      }
      results.settle();
    } finally {
      if (held != null) {
        held.release();
      }
    }
    return results.tensors();
  }

  /**
   * The batch, or if its sequences are long, and only what comes at their end is asked for, parts
   * of them that follow each other: the memory is then that of a part.
   */
  private List<Batch> parts(Batch batch, Checks checks) {
    int timesteps = batch.timesteps();
    if (timesteps <= LONG || !checks.divisible(batch)) {
      return List.of(batch);
    }
    int count = (timesteps + LONG - 1) / LONG;
    List<Batch> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) { // all as long, give or take one
      int from = (int) ((long) timesteps * i / count);
      parts.add(batch.timesteps(from, (int) ((long) timesteps * (i + 1) / count) - from));
    }
    Plan plan = plans.plan(key(Plan.Mode.PREDICT, parts.get(0)).asCarried());
    return plan.outputs().stream().noneMatch(Value::timeMajor) && !hasMasks(plan)
        ? parts
        : List.of(batch);
  }

  /** Whether a part that begins with masked timesteps would need the outputs before them. */
  private static boolean hasMasks(Plan plan) {
    return plan.program().ops().stream()
        .anyMatch(op -> op instanceof RecurrentOp.Recurrent r && r.in().mask() != null);
  }

  /**
   * The outputs of one batch, with more that goes in.
   *
   * @param mask (samples, timesteps), or null
   * @param initialStates by the number of the recurrent node, in order: as many as its layer has
   *     states
   */
  public List<Tensor> call(Tensor x, Tensor mask, Map<Integer, List<Tensor>> initialStates) {
    Batch batch = Batch.of(x);
    Checks checks = checks(batch, "call");
    checks.stateful(x.dim(0), x.dim(0));
    if (mask != null) {
      checks.mask(x, mask);
    }
    Plan.Key plain = key(Plan.Mode.PREDICT, batch);
    Plan.Key key =
        new Plan.Key(
            plain.mode(),
            plain.batch(),
            plain.timesteps(),
            mask != null,
            new HashSet<>(initialStates.keySet()),
            Plan.Weighted.NOTHING,
            false);
    try (Lane lane = plans.take()) {
      Plan plan = plans.plan(key);
      Binding binding = lane.binding(key, plan);
      feed(binding, plan.inputs(), batch.inputs());
      if (mask != null) {
        binding.write(plan.mask(), mask.data(), 0);
      }
      List<Rows> states =
          initialStates.values().stream().flatMap(List::stream).map(Rows::of).toList();
      feed(binding, plan.initialStates(), states);
      Results results = new Results(x.dim(0));
      plan.locks().hold();
      try {
        binding.run();
        results.add(plan, binding, batch);
        results.settle();
      } finally {
        plan.locks().release();
      }
      return results.tensors();
    }
  }
}

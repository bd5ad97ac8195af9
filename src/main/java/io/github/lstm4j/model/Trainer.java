package io.github.lstm4j.model;

import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Recurrent;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The loops over batches and epochs, and the checks of what goes in. */
final class Trainer {
  private static final Logger LOG = LoggerFactory.getLogger(Trainer.class);
  private static final int SHUFFLE_STREAMS = 1 << 21;

  private final Sequential model;

  Trainer(Sequential model) {
    this.model = model;
  }

  /** Inputs and targets, and in which order the samples come. */
  private record Data(Tensor x, Tensor y, int from, int to) {
    int samples() {
      return to - from;
    }
  }

  // ---------------------------------------------------------------- fit

  History fit(Tensor x, Tensor y, Fit options) {
    model.requireCompiled();
    prepare(x);
    checkTargets(x, y, "fit");
    checkFinite(x, "x");
    checkFinite(y, "y");
    int n = x.dim(0);
    int trained = (int) Math.floor(n * (1.0 - options.validationSplit())); // as Keras rounds
    if (trained == 0 || (options.validationSplit() > 0 && trained == n)) {
      throw new IllegalArgumentException(
          "fit: validationSplit "
              + options.validationSplit()
              + " of "
              + n
              + " samples leaves "
              + trained
              + " for training and "
              + (n - trained)
              + " for validation; both must be at least 1");
    }
    Data train = new Data(x, y, 0, trained);
    Data validation = null;
    if (options.validationX() != null) {
      checkInput(options.validationX());
      checkTargets(options.validationX(), options.validationY(), "validationData");
      checkFinite(options.validationX(), "validation x");
      checkFinite(options.validationY(), "validation y");
      validation =
          new Data(options.validationX(), options.validationY(), 0, options.validationX().dim(0));
    } else if (trained < n) {
      validation = new Data(x, y, trained, n);
    }
    if (options.batchSize() > trained) {
      LOG.warn(
          "fit: batchSize {} is larger than the {} training samples: an epoch is one step of {}",
          options.batchSize(),
          trained,
          trained);
    }
    int batch = Math.min(options.batchSize(), trained);
    checkStateful(batch, trained);
    if (validation != null) {
      checkStateful(batch, validation.samples());
    }
    return epochs(train, validation, batch, options);
  }

  private History epochs(Data train, Data validation, int batch, Fit options) {
    History history = new History();
    int steps = (train.samples() + batch - 1) / batch;
    Training training =
        new Training(model, options.epochs(), steps, train.samples(), batch, () -> model.means(""));
    List<Callback> callbacks = new ArrayList<>(options.callbacks());
    if (options.verbose()) {
      callbacks.add(ProgressBar.toStandardOutput());
    }
    callbacks.forEach(c -> c.onTrainBegin(training));
    Batches batches = new Batches(train.x(), train.y(), batch);
    for (int e = options.initialEpoch(); e < options.epochs(); e++) {
      int epoch = e;
      callbacks.forEach(c -> c.onEpochBegin(training, epoch));
      int[] order =
          options.shuffle()
              ? new Philox(model.seed(), SHUFFLE_STREAMS + epoch).permutation(train.samples())
              : null;
      resetTotals();
      for (int step = 0; step < steps && training.stopReason() == null; step++) {
        int from = step * batch;
        int size = Math.min(batch, train.samples() - from);
        Plan plan = plan(Plan.Mode.TRAIN, size, train.x());
        batches.feed(plan, order, from, size);
        plan.scalars(model.nextScalars());
        plan.run();
        int done = step;
        callbacks.forEach(c -> c.onBatchEnd(training, done));
      }
      Map<String, Double> logs = new LinkedHashMap<>(model.means(""));
      if (validation != null) { // also after a stop within the epoch, as Keras does
        logs.putAll(test(validation, batch, "val_"));
      }
      history.add(epoch, logs);
      callbacks.forEach(c -> c.onEpochEnd(training, epoch, logs));
      if (training.stopReason() != null) {
        break;
      }
    }
    callbacks.forEach(c -> c.onTrainEnd(training));
    return history;
  }

  /** Gathers samples into batches, in arrays that are reused. */
  private static final class Batches {
    private final Tensor x;
    private final Tensor y;
    private final int xWidth;
    private final int yWidth;
    private final float[] xBatch;
    private final float[] yBatch;

    Batches(Tensor x, Tensor y, int batch) {
      this.x = x;
      this.y = y;
      xWidth = x.size() / x.dim(0);
      yWidth = y.size() / y.dim(0);
      xBatch = new float[batch * xWidth];
      yBatch = new float[batch * yWidth];
    }

    void feed(Plan plan, int[] order, int from, int size) {
      if (order == null) {
        plan.input(x.data(), from * xWidth);
        plan.target(y.data(), from * yWidth);
        return;
      }
      for (int i = 0; i < size; i++) {
        int sample = order[from + i];
        System.arraycopy(x.data(), sample * xWidth, xBatch, i * xWidth, xWidth);
        System.arraycopy(y.data(), sample * yWidth, yBatch, i * yWidth, yWidth);
      }
      plan.input(xBatch, 0);
      plan.target(yBatch, 0);
    }
  }

  Map<String, Double> trainOnBatch(Tensor x, Tensor y) {
    model.requireCompiled();
    prepare(x);
    checkTargets(x, y, "trainOnBatch");
    checkStateful(x.dim(0), x.dim(0));
    resetTotals();
    Plan plan = plan(Plan.Mode.TRAIN, x.dim(0), x);
    plan.input(x.data(), 0);
    plan.target(y.data(), 0);
    plan.scalars(model.nextScalars());
    plan.run();
    return model.means("");
  }

  // ---------------------------------------------------------------- evaluate, predict

  Map<String, Double> evaluate(Tensor x, Tensor y, int batchSize) {
    model.requireCompiled();
    prepare(x);
    checkTargets(x, y, "evaluate");
    checkBatchSize(batchSize, "evaluate");
    int batch = Math.min(batchSize, x.dim(0));
    checkStateful(batch, x.dim(0));
    return test(new Data(x, y, 0, x.dim(0)), batch, "");
  }

  private Map<String, Double> test(Data data, int batch, String prefix) {
    resetTotals();
    int xWidth = data.x().size() / data.x().dim(0);
    int yWidth = data.y().size() / data.y().dim(0);
    for (int from = data.from(); from < data.to(); from += batch) {
      int size = Math.min(batch, data.to() - from);
      Plan plan = plan(Plan.Mode.TEST, size, data.x());
      plan.input(data.x().data(), from * xWidth);
      plan.target(data.y().data(), from * yWidth);
      plan.run();
    }
    return model.means(prefix);
  }

  List<Tensor> predict(Tensor x, int batchSize) {
    prepare(x);
    checkBatchSize(batchSize, "predict");
    int n = x.dim(0);
    int batch = Math.min(batchSize, n);
    checkStateful(batch, n);
    int xWidth = x.size() / n;
    List<Tensor> results = new ArrayList<>();
    for (int from = 0; from < n; from += batch) {
      int size = Math.min(batch, n - from);
      Plan plan = plan(Plan.Mode.PREDICT, size, x);
      plan.input(x.data(), from * xWidth);
      plan.run();
      for (int i = 0; i < plan.outputs().size(); i++) {
        Shape shape = plan.outputShape(i);
        if (from == 0) {
          results.add(Tensor.zeros(shape.with(0, n)));
        }
        plan.output(i, results.get(i).data(), from * (shape.size() / shape.dim(0)));
      }
    }
    return results;
  }

  List<Tensor> call(Tensor x, Tensor mask, List<Tensor> initialState) {
    prepare(x);
    checkStateful(x.dim(0), x.dim(0));
    if (mask != null) {
      Shape expected = Shape.of(x.dim(0), model.hasTimesteps() ? x.dim(1) : 0);
      if (!mask.shape().equals(expected)) {
        throw new IllegalArgumentException(
            model.firstLayer().name()
                + ": expected a mask (batch, timesteps) "
                + expected
                + ", got "
                + mask.shape());
      }
    }
    checkInitialState(x.dim(0), initialState);
    int timesteps = model.hasTimesteps() ? x.dim(1) : Shape.UNKNOWN;
    Plan plan =
        model.bind(
            model.plan(
                new Plan.Key(
                    Plan.Mode.PREDICT, x.dim(0), timesteps, mask != null, initialState.size())));
    plan.input(x.data(), 0);
    if (mask != null) {
      plan.mask(mask);
    }
    plan.initial(initialState);
    plan.run();
    List<Tensor> results = new ArrayList<>();
    for (int i = 0; i < plan.outputs().size(); i++) {
      Tensor t = Tensor.zeros(plan.outputShape(i));
      plan.output(i, t.data(), 0);
      results.add(t);
    }
    return results;
  }

  private void checkInitialState(int batch, List<Tensor> initialState) {
    List<Recurrent<?>> recurrent = model.recurrent();
    if (initialState.size() % 2 != 0 || initialState.size() > 2 * recurrent.size()) {
      throw new IllegalArgumentException(
          model.name()
              + ": expected h and c for up to "
              + recurrent.size()
              + " recurrent layers, got "
              + initialState.size()
              + " tensors");
    }
    for (int i = 0; i < initialState.size(); i++) {
      Shape expected = Shape.of(batch, recurrent.get(i / 2).units());
      if (!initialState.get(i).shape().equals(expected)) {
        throw new IllegalArgumentException(
            recurrent.get(i / 2).name()
                + ": expected an initial state (batch, units) "
                + expected
                + ", got "
                + initialState.get(i).shape());
      }
    }
  }

  private Plan plan(Plan.Mode mode, int batch, Tensor x) {
    int timesteps = model.hasTimesteps() ? x.dim(1) : Shape.UNKNOWN;
    return model.bind(model.plan(new Plan.Key(mode, batch, timesteps, false, 0)));
  }

  private void resetTotals() {
    model.totals().assign(Tensor.zeros(model.totals().shape()));
  }

  // ---------------------------------------------------------------- checks

  /** Builds the model if the data is the first to tell its shape, and checks the data. */
  private void prepare(Tensor x) {
    if (model.inputShape() == null) {
      model.build(x.shape().with(0, Shape.UNKNOWN));
    }
    checkInput(x);
  }

  private void checkInput(Tensor x) {
    Shape expected = model.inputShape();
    Layer first = model.firstLayer();
    // the batch may be fixed for the sake of states; that is checked where batches are made
    if (x.shape().rank() != expected.rank()
        || !expected.with(0, Shape.UNKNOWN).accepts(x.shape())) {
      throw new IllegalArgumentException(
          first.name()
              + ": expected "
              + named(expected)
              + ", got "
              + x.shape()
              + hint(expected, x.shape()));
    }
    if (x.size() == 0) {
      throw new IllegalArgumentException(
          first.name() + ": the data is empty: " + x.shape() + "; give at least one sample");
    }
    checkIds(model, x);
  }

  private String named(Shape expected) {
    boolean ids = model.firstLayer() instanceof Embedding;
    String timesteps =
        model.hasTimesteps()
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

  static void checkIds(Sequential model, Tensor x) {
    if (model.firstLayer() instanceof Embedding e) {
      for (float id : x.data()) {
        if (!(id >= 0 && id < e.inputDim() && id == (int) id)) {
          throw new IllegalArgumentException(
              e.name()
                  + ": expected whole numbers from 0 to "
                  + (e.inputDim() - 1)
                  + ", got "
                  + id
                  + "; raise inputDim or check the ids");
        }
      }
    }
  }

  private void checkTargets(Tensor x, Tensor y, String where) {
    Shape out = model.outputShape();
    boolean sparse = model.loss().sparse();
    int rowsOfOne = out.rank() == 3 ? x.dim(1) : 1;
    int width = sparse ? 1 : out.last();
    Shape expected =
        out.rank() == 3 ? Shape.of(x.dim(0), rowsOfOne, width) : Shape.of(x.dim(0), width);
    boolean flat = width == 1 && y.shape().rank() == expected.rank() - 1;
    Shape got = flat ? Shape.of(appendOne(y.shape().dims())) : y.shape();
    if (!got.equals(expected)) {
      throw new IllegalArgumentException(
          where
              + ": expected targets "
              + expected
              + " for inputs "
              + x.shape()
              + " and "
              + model.layers().get(model.layers().size() - 1).name()
              + "'s output, got "
              + y.shape());
    }
    if (sparse) {
      for (float v : y.data()) {
        if (!(v >= 0 && v < out.last() && v == (int) v)) {
          throw new IllegalArgumentException(
              where
                  + ": expected class numbers from 0 to "
                  + (out.last() - 1)
                  + " as targets, got "
                  + v);
        }
      }
    }
  }

  private static int[] appendOne(int[] dims) {
    int[] more = java.util.Arrays.copyOf(dims, dims.length + 1);
    more[dims.length] = 1;
    return more;
  }

  private static void checkFinite(Tensor t, String what) {
    float[] d = t.data();
    for (int i = 0; i < d.length; i++) {
      if (!Float.isFinite(d[i])) {
        int width = d.length / t.dim(0);
        throw new IllegalArgumentException(
            "fit: "
                + what
                + " has the value "
                + d[i]
                + " in sample "
                + i / width
                + (t.shape().rank() == 3
                    ? ", timestep "
                        + i % width / t.shape().last()
                        + ", feature "
                        + i % t.shape().last()
                    : ", column " + i % width)
                + "; fill or drop missing values first");
      }
    }
  }

  private static void checkBatchSize(int batchSize, String where) {
    if (batchSize < 1) {
      throw new IllegalArgumentException(
          where + ": batchSize must be at least 1, got " + batchSize);
    }
  }

  /** Stateful layers carry sample i of one batch to sample i of the next. */
  private void checkStateful(int batch, int samples) {
    for (Layer l : model.layers()) {
      boolean stateful = !l.states().isEmpty();
      int fixed = model.inputShape().dim(0);
      if (stateful && (batch != fixed || samples % fixed != 0)) {
        throw new IllegalArgumentException(
            l.name()
                + ": stateful with batches of "
                + fixed
                + ", got "
                + samples
                + " samples in batches of "
                + batch
                + "; use batchSize "
                + fixed
                + " and a multiple of it in samples");
      }
    }
  }
}

package io.github.lstm4j.training;

import io.github.lstm4j.compile.Goal;
import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.compile.Plan;
import io.github.lstm4j.compile.UpdatePlan;
import io.github.lstm4j.graph.ObjectiveOp.LossValue;
import io.github.lstm4j.graph.Scalars;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.losses.Loss.Reduction;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.runtime.Binding;
import io.github.lstm4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;

/**
 * A training whose batches have shares elsewhere, tied to this one by an {@link AllReduce}. The
 * gradient of the whole batch is {@code Σ d·g / Σ d} over the shares' gradients g, where d is what
 * a share's loss was divided by: the number of its samples, or of what of them counts.
 */
final class Shares implements AutoCloseable {
  /** What goes along with the gradients: Σ d, samples, Σ d·loss. */
  private static final int MORE = 3;

  private final AllReduce all;
  private final TrainingState state;
  private final UpdatePlan plan;
  private final float[] sums;
  private boolean reduced; // whether the loss is divided by what counts
  private boolean single; // whether the loss is the only one, and what is minimised is logged
  private double loss; // of this epoch: the sum over samples
  private double samples;
  private Binding update;
  private boolean begun;
  private final int averageEvery; // steps; 0: gradients are added up in each
  private final List<Weight> averaged = new ArrayList<>();
  private int apart; // steps since the last averaging
  private float seen; // samples in these

  /**
   * @throws IllegalArgumentException if something would not be what it is with the whole batch
   */
  Shares(Fit options, Trainable model, TrainingState state, LayerGraph graph) {
    this.all = options.allReduce();
    this.state = state;
    model.layers().forEach(Shares::requireStateless);
    int steps = state.optimizer().gradientAccumulationSteps();
    if (steps > 1) {
      throw refused(
          "gradientAccumulationSteps "
              + steps
              + " of the optimizer would add up what is added up already; use a larger batchSize");
    }
    if (options.tbpttLength() > 0) {
      throw refused("tbpttLength " + options.tbpttLength() + " is for one training alone");
    }
    Goal goal = state.trainingGoal(graph);
    averageEvery = options.averageEvery();
    averaged.addAll(new LinkedHashSet<>(graph.weights()));
    goal.slots().forEach(averaged::addAll);
    plan = new UpdatePlan(goal, false);
    sums = new float[goal.trained().stream().mapToInt(w -> w.shape().size()).sum() + MORE];
  }

  private static void requireStateless(Layer layer) {
    if (!layer.states().isEmpty()) {
      throw refused(layer.name() + " is stateful: which sequences go on, no share can tell");
    }
    layer.inner().forEach(Shares::requireStateless);
  }

  private static IllegalArgumentException refused(String what) {
    return new IllegalArgumentException("fit: allReduce: " + what);
  }

  /**
   * The source with as many steps as that of the longest share, the last of which may have nothing
   * here.
   *
   * @param validation null without
   * @throws IllegalArgumentException if a share has no samples; or, when it begins, not the weights
   *     and steps of the others
   */
  BatchSource source(BatchSource source, int batchSize, BatchSource validation, LayerGraph graph) {
    if (validation != null && samples("the validation's source", validation) == 0) {
      throw refused("share " + all.rank() + " has no samples of the validation");
    }
    int mine = samples("the source", source);
    int own = (mine + batchSize - 1) / batchSize;
    int steps = 0;
    float[] counts = gathered(own);
    for (int rank = 0; rank < counts.length; rank++) {
      if (counts[rank] == 0) {
        throw refused(
            String.format(
                Locale.ROOT,
                "share %d of %d has no samples; use fewer shares, or divide the data evenly",
                rank,
                all.size()));
      }
      steps = Math.max(steps, (int) counts[rank]);
    }
    return new Source(source, steps, () -> begin(graph));
  }

  /** Some numbers of each share, one share behind the other. */
  private float[] gathered(float... mine) {
    float[] each = new float[mine.length * all.size()];
    System.arraycopy(mine, 0, each, mine.length * all.rank(), mine.length);
    all.sum(each);
    return each;
  }

  /** That all shares begin at the same point: they may have taken up different files. */
  private void requireSame(LayerGraph graph) {
    CRC32 check = new CRC32();
    for (Tensor w : Weight.values(graph.weights())) {
      ByteBuffer bytes = ByteBuffer.allocate(w.size() * Float.BYTES);
      bytes.asFloatBuffer().put(w.data());
      check.update(bytes);
    }
    long bits = check.getValue();
    float[] mine = {bits >>> 16, bits & 0xffff, state.iterations() & 0xffffff}; // whole in floats
    float[] each = gathered(mine);
    for (int i = 0; i < each.length; i++) {
      if (each[i] != mine[i % mine.length]) {
        throw refused(
            String.format(
                Locale.ROOT,
                "share %d begins with other weights than share %d, or has made other steps",
                all.rank(),
                i / mine.length));
      }
    }
  }

  private static int samples(String what, BatchSource source) {
    if (source.samples() == BatchSource.UNKNOWN) {
      throw refused(what + " must know how many samples it has");
    }
    return source.samples();
  }

  /** See {@link #source}. */
  private record Source(BatchSource source, int steps, Runnable begin) implements BatchSource {
    @Override
    public int samples() {
      return source.samples();
    }

    @Override
    public int steps(int batchSize) {
      return steps;
    }

    @Override
    public Batches batches(int batchSize, Philox shuffle) {
      begin.run();
      Batches own = source.batches(batchSize, shuffle);
      return new Batches() {
        private int given;
        private boolean ended;

        @Override
        public Batch next() {
          if (given++ == steps) {
            return null;
          }
          Batch batch = ended ? null : own.next();
          ended = batch == null;
          return ended ? Batch.NONE : batch;
        }

        @Override
        public void close() {
          own.close();
        }
      };
    }
  }

  private void begin(LayerGraph graph) {
    if (!begun) {
      begun = true;
      requireSame(graph);
    }
  }

  /** An epoch begins. */
  void begin() {
    loss = 0;
    samples = 0;
  }

  /** What changes from step to step: as in one training, but dropout draws for each share anew. */
  float[] scalars() {
    return drawn(Scalars.of(state.optimizer(), state.iterations()), state.iterations());
  }

  private float[] drawn(float[] scalars, long step) {
    scalars[Scalars.STEP] = Float.intBitsToFloat((int) (step * all.size() + all.rank()));
    return scalars;
  }

  /** Those of a step that shares make by themselves, which is counted. */
  float[] nextScalars() {
    long step = state.iterations();
    return drawn(state.nextScalars(), step);
  }

  /** Whether shares make steps by themselves, and weights are averaged now and then. */
  boolean averages() {
    return averageEvery > 0;
  }

  /**
   * A step was made here alone.
   *
   * @param batch its samples; 0 where others have had some
   */
  void stepped(int batch) {
    if (batch == 0) {
      state.nextScalars(); // all count the same steps
    }
    seen += batch;
    if (++apart == averageEvery) {
      average();
    }
  }

  /** Sets weights and the optimizer's state to the means over all shares, by samples seen. */
  void average() {
    if (apart == 0) {
      return;
    }
    List<Tensor> values = Weight.values(averaged);
    float[] flat = new float[values.stream().mapToInt(Tensor::size).sum() + 1];
    int at = 0;
    for (Tensor t : values) {
      for (float value : t.data()) {
        flat[at++] = seen == 0 ? 0 : value * seen;
      }
    }
    flat[at] = seen;
    all.sum(flat);
    List<Tensor> means = new ArrayList<>();
    int from = 0;
    for (Tensor t : values) {
      Tensor mean = Tensor.zeros(t.shape());
      for (int i = 0; i < t.size(); i++) {
        mean.data()[i] = flat[from++] / flat[at];
      }
      means.add(mean);
    }
    Weight.assign(averaged, means);
    apart = 0;
    seen = 0;
  }

  /** Takes this share's gradients, which have been computed. */
  void take(Plan share, Binding binding, int batch) {
    LossValue first = share.losses().get(0);
    Reduction reduction = first.loss().reduction();
    single =
        share.losses().size() == 1 && share.totals().size() == 1 && reduction != Reduction.NONE;
    reduced = reduction != Reduction.SUM && reduction != Reduction.NONE;
    float[] result = new float[first.result().size()];
    binding.read(first.result(), result, 0);
    float divisor = batch;
    if (single && reduced) { // of these results the second is weight / d
      divisor = result[1] == 0 ? 0 : first.loss().weight() / result[1];
    } else if (!reduced) {
      divisor = 1;
    }
    int at = 0;
    for (Value gradient : share.gradients().values()) {
      binding.read(gradient, sums, at);
      at += gradient.size();
    }
    for (int i = 0; i < at; i++) {
      sums[i] = divisor == 0 ? 0 : sums[i] * divisor;
    }
    sums[at] = divisor;
    sums[at + 1] = batch;
    sums[at + 2] = divisor * result[0];
    if (update == null) {
      update = plan.bind(binding.backend());
    }
  }

  /** Adds up all shares of the batch, and makes the step. */
  void step() {
    all.sum(sums);
    int size = sums.length - MORE;
    float divisor = reduced ? sums[size] : 1;
    for (int i = 0; i < size + MORE; i++) {
      sums[i] = i < size || i == size + 2 ? (divisor == 0 ? 0 : sums[i] / divisor) : sums[i];
    }
    loss += (double) sums[size + 2] * sums[size + 1];
    samples += sums[size + 1];
    int at = 0;
    for (Value gradient : plan.gradients()) {
      update.write(gradient, sums, at);
      at += gradient.size();
    }
    plan.locks().hold();
    try {
      update.write(plan.scalars(), state.nextScalars(), 0);
      update.run();
    } finally {
      plan.locks().release();
    }
    Arrays.fill(sums, 0); // a share without samples adds nothing
  }

  /** The totals of all shares' batches since the epoch's begin. */
  List<Tensor> trained(List<Tensor> own) {
    average();
    List<Tensor> totals = summed(own);
    if (single) { // the mean over what counts, which shares have unequal parts of
      float[] state = totals.get(0).data(); // each number as a float and what that lacks
      state[0] = (float) loss;
      state[1] = (float) (loss - state[0]);
      state[2] = (float) samples;
      state[3] = (float) (samples - state[2]);
    }
    return totals;
  }

  /** The totals of all shares. */
  List<Tensor> summed(List<Tensor> own) {
    float[] flat = new float[own.stream().mapToInt(Tensor::size).sum()];
    int at = 0;
    for (Tensor t : own) {
      System.arraycopy(t.data(), 0, flat, at, t.size());
      at += t.size();
    }
    all.sum(flat);
    List<Tensor> totals = new ArrayList<>();
    at = 0;
    for (Tensor t : own) {
      totals.add(Tensor.of(Arrays.copyOfRange(flat, at, at + t.size()), t.shape()));
      at += t.size();
    }
    return totals;
  }

  @Override
  public void close() {
    if (update != null) {
      update.close();
    }
  }
}

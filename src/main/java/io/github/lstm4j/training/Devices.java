package io.github.lstm4j.training;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.compile.Goal;
import io.github.lstm4j.compile.Lane;
import io.github.lstm4j.compile.Plan;
import io.github.lstm4j.compile.PlanCache;
import io.github.lstm4j.compile.UpdatePlan;
import io.github.lstm4j.graph.DropoutOp;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.runtime.Binding;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Training steps whose batches several devices share: each computes the gradients of its samples,
 * the host adds them in the order of the devices, and the first device updates the weights, which
 * the others take over before the next step. The numbers are those of one device with the whole
 * batch, but for the rounding of sums; what cannot give these is refused.
 *
 * <p>A loss is a mean over what counts: with d of device s and d the sum of them all, the gradient
 * is {@code Σ g_s·d_s/d}. Where it is a plain sum, it is {@code Σ g_s}.
 */
final class Devices implements AutoCloseable {
  private final List<Backend> backends;
  private final List<Lane> lanes = new ArrayList<>();
  private final PlanCache plans;
  private final Supplier<Goal> goals; // known when the model is built
  private final Map<Plan.Mode, Update> updates = new EnumMap<>(Plan.Mode.class);
  private final Set<Plan> good = new HashSet<>();
  private final Map<Weight, Sum> sums = new HashMap<>();
  private List<Part> parts = List.of();

  /** A device's part of a step. */
  private record Part(Plan plan, Binding binding, Lane lane, int samples) {}

  /** Brings a batch to where a plan takes it. */
  interface Feeder {
    void feed(Binding binding, Plan plan, Batch batch);
  }

  /** The end of a step. */
  private record Update(UpdatePlan plan, Binding binding) {}

  /** A weight's gradient, of each device and of all. */
  private static final class Sum {
    final List<float[]> parts = new ArrayList<>();
    final float[] whole;

    Sum(int size, int devices) {
      whole = new float[size];
      for (int i = 0; i < devices; i++) {
        parts.add(new float[size]);
      }
    }

    /** In the order of the devices, always. */
    void add(double[] factors) {
      for (int i = 0; i < whole.length; i++) {
        double sum = 0;
        for (int s = 0; s < factors.length; s++) {
          sum += factors[s] * parts.get(s)[i];
        }
        whole[i] = (float) sum;
      }
    }
  }

  /** Those that are to share batches, or null. */
  static Devices of(Fit options, PlanCache plans, Supplier<Goal> goals) {
    return options.devices().isEmpty() ? null : new Devices(options.devices(), plans, goals);
  }

  private Devices(List<Backend> backends, PlanCache plans, Supplier<Goal> goals) {
    this.backends = backends;
    this.plans = plans;
    this.goals = goals;
    backends.forEach(b -> lanes.add(plans.take()));
  }

  private Goal goal() {
    return goals.get();
  }

  // ---------------------------------------------------------------- what can be shared

  /**
   * Refuses what is not the same in parts; what a share of a batch cannot have, its plan refuses.
   *
   * @param whole the plan of the whole step
   */
  void require(Plan whole, List<Layer> layers) {
    if (!good.add(whole)) {
      return;
    }
    for (Op op : whole.program().ops()) {
      boolean draws =
          op instanceof DropoutOp.Dropout
              || op instanceof DropoutOp.DropoutMask
              || op instanceof DropoutOp.Noise;
      if (draws) {
        throw refused(
            op.outputs().get(0).name() + " draws random numbers for the whole batch",
            "set its rate to 0");
      }
    }
    layers.forEach(Devices::requireStateless);
    for (Goal.Objective o : goal().objectives()) {
      if (o.loss() != null && o.loss().function() != null && o.loss().kind() != Loss.Kind.CTC) {
        throw refused(
            "the loss " + o.loss().name() + " is a function, which may look at the whole batch",
            "use one of Keras's means over samples");
      }
    }
  }

  private static void requireStateless(Layer layer) {
    if (!layer.states().isEmpty()) {
      throw refused(layer.name() + " is stateful: its states are those of one batch", "reset it");
    }
    layer.inner().forEach(Devices::requireStateless);
  }

  private static IllegalArgumentException refused(String what, String instead) {
    return new IllegalArgumentException(
        "fit: devices: expected what each device can compute for its samples alone, but "
            + what
            + "; "
            + instead
            + ", or train on one device");
  }

  // ---------------------------------------------------------------- a step

  /**
   * Gives each device its samples.
   *
   * @param key what a part is computed by
   */
  void feed(Batch batch, Function<Batch, Plan.Key> key, Feeder feeder) {
    int count = Math.min(backends.size(), batch.size());
    List<Part> fed = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < count; i++) {
      int to = (int) ((long) batch.size() * (i + 1) / count);
      Batch part = batch.samples(from, to);
      Plan.Key of = key.apply(part);
      Plan plan = plans.plan(of);
      Binding binding = lanes.get(i).binding(of, plan, backends.get(i));
      feeder.feed(binding, plan, part);
      fed.add(new Part(plan, binding, lanes.get(i), to - from));
      from = to;
    }
    parts = fed;
  }

  /**
   * The step; who runs it holds the weights' locks.
   *
   * @param lane whose totals it adds to
   */
  void run(Lane lane, Plan.Mode mode, float[] scalars) {
    for (Part p : parts) {
      p.lane.resetTotals();
      p.binding.run();
    }
    List<Runnable> ends = new ArrayList<>();
    for (Weight w : goal().trained()) {
      Sum sum = sums.computeIfAbsent(w, k -> new Sum(k.shape().size(), backends.size()));
      for (int s = 0; s < parts.size(); s++) {
        Part p = parts.get(s);
        ends.add(p.binding.fetch(p.plan.gradients().get(w), sum.parts.get(s), 0));
      }
    }
    ends.forEach(Runnable::run);
    double[] factors = totals(lane);
    Update update = updates.computeIfAbsent(mode, this::update);
    for (int i = 0; i < goal().trained().size(); i++) {
      Sum sum = sums.get(goal().trained().get(i));
      sum.add(factors);
      update.binding.write(update.plan.gradients().get(i), sum.whole, 0);
    }
    if (update.plan.scalars() != null) {
      update.binding.write(update.plan.scalars(), scalars, 0);
    }
    update.binding.run();
  }

  private Update update(Plan.Mode mode) {
    UpdatePlan plan = new UpdatePlan(goal(), mode == Plan.Mode.ACCUMULATE);
    return new Update(plan, plan.bind(backends.get(0)));
  }

  /** Adds losses and metrics to the lane's totals; what each device's gradients count. */
  private double[] totals(Lane lane) {
    List<List<Tensor>> of = parts.stream().map(p -> p.lane.totals()).toList();
    double batch = parts.stream().mapToInt(Part::samples).sum();
    double[] common = null; // of several losses the shares are alike, or their plan is refused
    List<double[]> all = new ArrayList<>();
    int losses = 0;
    for (int i = 0; i < of.get(0).size(); i++) {
      double[] sum = sum(of, i);
      if (i < goal().objectives().size() && goal().objectives().get(i).loss() != null) {
        Loss.Reduction reduction = goal().objectives().get(i).loss().reduction();
        common = counts(losses++, reduction);
        sum[0] = 0;
        for (int s = 0; s < parts.size(); s++) {
          int samples = parts.get(s).samples;
          double share = reduction == Loss.Reduction.NONE ? samples / batch : common[s];
          sum[0] += batch * share * number(of.get(s).get(i), 0) / samples;
        }
      }
      all.add(sum);
    }
    lane.add(parts.get(0).plan, all);
    return common;
  }

  /** The numbers of a total, added up over the devices. */
  private static double[] sum(List<List<Tensor>> of, int total) {
    double[] sum = new double[of.get(0).get(total).dim(0)];
    for (List<Tensor> part : of) {
      for (int k = 0; k < sum.length; k++) {
        sum[k] += number(part.get(total), k);
      }
    }
    return sum;
  }

  /** A number that is a sum of two floats. */
  private static double number(Tensor total, int at) {
    return (double) total.data()[2 * at] + total.data()[2 * at + 1];
  }

  /** What each device's mean counts in that of all: d_s/d, or 1 where it is a sum. */
  private double[] counts(int loss, Loss.Reduction reduction) {
    double[] counts = new double[parts.size()];
    double sum = 0;
    boolean isSum = reduction == Loss.Reduction.SUM || reduction == Loss.Reduction.NONE;
    for (int s = 0; s < counts.length; s++) {
      Part p = parts.get(s);
      Value result = p.plan.losses().get(loss).result();
      float[] values = new float[result.size()];
      p.binding.read(result, values, 0);
      counts[s] = isSum ? 1 : values[1] == 0 ? 0 : 1.0 / values[1];
      sum += counts[s];
    }
    if (!isSum && sum == 0) { // nothing counts, whatever the shares
      double batch = parts.stream().mapToInt(Part::samples).sum();
      Arrays.setAll(counts, i -> parts.get(i).samples / batch);
    } else if (!isSum) {
      double all = sum;
      Arrays.setAll(counts, i -> counts[i] / all);
    }
    return counts;
  }

  @Override
  public void close() {
    updates.values().forEach(u -> u.binding.close());
    lanes.forEach(Lane::close);
  }
}

package io.github.lstm4j.training;

import io.github.lstm4j.compile.Goal;
import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.compile.Plan;
import io.github.lstm4j.graph.Scalars;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.optimizers.LearningRateSchedule;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.optimizers.UpdateRule;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** What {@code compile} was given, and what training keeps between steps. */
public final class TrainingState {
  private final String model;
  private final Objectives objectives;
  private final AtomicBoolean fitting = new AtomicBoolean();
  private volatile Optimizer optimizer;
  private final AtomicLong iterations = new AtomicLong();
  private volatile Supplier<Progress> progress = () -> null;
  private Goal goal;

  /**
   * @param model its name
   * @param objectives what is minimised and measured
   */
  public TrainingState(String model, Optimizer optimizer, Objectives objectives) {
    this.model = model;
    this.optimizer = optimizer;
    this.objectives = objectives;
  }

  /** The optimizer. */
  public Optimizer optimizer() {
    return optimizer;
  }

  /** What is minimised and measured. */
  public Objectives objectives() {
    return objectives;
  }

  /** The number of training steps so far. */
  public long iterations() {
    return iterations.get();
  }

  /** How far training is; null where it cannot go on as if it had not stopped. */
  public Progress progress(LayerGraph layers) {
    Progress now = progress.get();
    return now == null ? null : now.carrying(layers);
  }

  /** How far an earlier fit was, here or in the run that saved the model's file; or null. */
  Progress earlier() {
    return progress.get();
  }

  void progress(Supplier<Progress> now) {
    progress = now;
  }

  /** Sets how far training is; that holds until a further step is made. */
  public void progress(Progress last) {
    long steps = iterations.get();
    progress = () -> iterations.get() == steps ? last : null;
  }

  /** The learning rate of the next step. */
  public float learningRate() {
    return optimizer.learningRate(iterations.get());
  }

  /**
   * Sets the learning rate of the steps to come.
   *
   * @throws IllegalStateException if it goes by a schedule
   */
  public void learningRate(float rate) {
    if (!isConstant(optimizer.schedule())) {
      throw new IllegalStateException(
          model
              + ": the learning rate goes by the schedule "
              + optimizer.schedule()
              + " and cannot be set; compile with a number as learning rate");
    }
    optimizer = optimizer.withLearningRate(rate);
  }

  private static boolean isConstant(LearningRateSchedule rate) {
    return rate instanceof LearningRateSchedule.Constant;
  }

  /** What the next step does. */
  Plan.Mode nextStep() {
    return optimizer.updatesAt(iterations.get()) ? Plan.Mode.TRAIN : Plan.Mode.ACCUMULATE;
  }

  /**
   * Sets the weights to their moving averages, if the optimizer keeps these: training has ended.
   *
   * @param exchanged whether the two are exchanged, so that the weights are that already
   */
  void takeAverages(boolean exchanged) {
    if (optimizer.ema() != null && !slots().isEmpty()) {
      List<Weight> weights = goal().trained();
      if (exchanged) {
        Weight.assign(averages(), Weight.values(weights));
      } else {
        Weight.assign(weights, Weight.values(averages()));
      }
    }
  }

  private List<Weight> averages() {
    return slots().stream().map(s -> s.get(0)).toList(); // see Optimizer.slotGroups
  }

  /**
   * Puts the moving averages in the weights' place, and the weights in that of the averages.
   *
   * @throws IllegalStateException if the optimizer keeps none
   */
  public void exchangeAverages() {
    if (optimizer.ema() == null) {
      throw new IllegalStateException(
          model + ": the optimizer keeps no averages of the weights; use withEma(0.99f)");
    }
    List<Weight> both = new ArrayList<>(goal().trained());
    both.addAll(averages());
    List<Tensor> values = new ArrayList<>(Weight.values(averages()));
    values.addAll(Weight.values(goal().trained()));
    Weight.assign(both, values);
  }

  /** The optimizer's state, for each trained weight its slots; empty before the first step. */
  public synchronized List<List<Weight>> slots() {
    return goal == null ? List.of() : Collections.unmodifiableList(goal.slots());
  }

  /** What plans that test are made for. */
  public synchronized Goal goal() {
    return goal == null ? new Goal(optimizer, objectives.list(), List.of(), List.of()) : goal;
  }

  /**
   * What plans that train are made for. The first call makes the optimizer's state: now it is
   * settled which weights are trained.
   *
   * @throws IllegalStateException if there are none
   */
  public synchronized Goal trainingGoal(LayerGraph graph) {
    if (goal == null) {
      List<Weight> trained = graph.weights().stream().filter(Weight::trainable).toList();
      if (trained.isEmpty()) {
        throw new IllegalStateException(
            model
                + ": there is nothing to train: no layer has weights, or all are frozen; call"
                + " trainable(true) on a layer, then compile");
      }
      List<List<Weight>> slots = new ArrayList<>();
      for (Weight w : trained) {
        List<Weight> of = new ArrayList<>();
        for (List<UpdateRule.Slot> group : optimizer.slotGroups()) {
          for (UpdateRule.Slot slot : group) {
            of.add(Weight.slot(w.path() + "." + slot.name(), w.shape(), slot.initial()));
          }
        }
        slots.add(of);
      }
      goal = new Goal(optimizer, objectives.list(), trained, slots);
    }
    return goal;
  }

  /**
   * Sets the optimizer's state, as a file has it.
   *
   * @param steps the number of training steps so far
   * @param values for each trained weight, in order, its slots
   */
  public void restore(LayerGraph graph, long steps, List<List<Tensor>> values) {
    List<List<Weight>> slots = trainingGoal(graph).slots();
    if (values.size() != slots.size()) {
      throw new IllegalArgumentException(
          model
              + ": expected optimizer state for "
              + slots.size()
              + " weights, got "
              + values.size());
    }
    for (int i = 0; i < slots.size(); i++) {
      if (slots.get(i).size() != values.get(i).size()) {
        throw new IllegalArgumentException(
            optimizer.name()
                + ": expected "
                + slots.get(i).size()
                + " tensors of state for each weight, got "
                + values.get(i).size());
      }
    }
    for (int i = 0; i < slots.size(); i++) {
      for (int k = 0; k < slots.get(i).size(); k++) {
        if (!slots.get(i).get(k).shape().equals(values.get(i).get(k).shape())) {
          throw new IllegalArgumentException(
              slots.get(i).get(k).name()
                  + ": expected optimizer state of shape "
                  + slots.get(i).get(k).shape()
                  + ", got "
                  + values.get(i).get(k).shape());
        }
      }
    }
    for (int i = 0; i < slots.size(); i++) {
      for (int k = 0; k < slots.get(i).size(); k++) {
        slots.get(i).get(k).assign(values.get(i).get(k));
      }
    }
    iterations.set(steps);
  }

  /**
   * Takes over weights, optimizer's state and progress of a model that was saved in training.
   *
   * @param from null if it was not compiled
   * @return its progress
   * @throws IllegalArgumentException if it has none, or its layers, loss, metrics or optimizer are
   *     others, but for the learning rate; then nothing is taken
   */
  public Progress restore(LayerGraph graph, TrainingState from, List<Tensor> weights) {
    Progress last = from == null ? null : from.progress(graph);
    if (last == null) {
      throw new IllegalArgumentException("it was not saved by a callback of a training");
    }
    LearningRateSchedule rate = from.optimizer.schedule();
    boolean wasSet = isConstant(rate) && isConstant(optimizer.schedule());
    requireSame("optimizer", wasSet ? optimizer.withLearningRate(rate) : optimizer, from.optimizer);
    requireSame("losses and metrics", objectives.resolve(graph), from.objectives.resolve(graph));
    graph.setWeights(model, weights);
    restore(graph, from.iterations(), from.slots().stream().map(Weight::values).toList());
    optimizer = from.optimizer;
    return last;
  }

  private static void requireSame(String what, Object here, Object there) {
    if (!here.equals(there)) {
      throw new IllegalArgumentException(
          "the model has the " + what + " " + here + ", the file " + there);
    }
  }

  /** What changes from step to step, for the next training step, which it counts. */
  float[] nextScalars() {
    return Scalars.of(optimizer, iterations.getAndIncrement());
  }

  /**
   * Refuses what must not happen within a {@code fit}.
   *
   * @throws IllegalStateException if one is under way
   */
  public void requireIdle() {
    if (fitting.get()) {
      throw new IllegalStateException(
          model + ": the model is being trained; call compile when fit has ended");
    }
  }

  /** A {@code fit} begins. */
  void beginFit() {
    if (!fitting.compareAndSet(false, true)) {
      throw new IllegalStateException(
          model + ": the model is being trained already; call fit when the other one has ended");
    }
  }

  /** A {@code fit} has ended. */
  void endFit() {
    fitting.set(false);
  }
}

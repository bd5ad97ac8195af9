package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.DropoutOp;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Scalars;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.regularizers.Regularizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The writing of one model into one graph: for one batch size, number of timesteps, and for
 * training or not. Layers add their ops through it.
 */
public final class Lowering {
  private final Graph graph = new Graph();
  private final boolean training;
  private final boolean stepwise;
  private final long seed;
  private final Map<Weight, Value> variables = new LinkedHashMap<>();
  private final StateSource states;
  private Value scalars;
  private int streams;
  private final Map<Value, Value> kept = new LinkedHashMap<>();
  private final List<Activity> activities = new ArrayList<>();

  /** A value that a penalty is asked for. */
  public record Activity(Regularizer regularizer, Value value) {}

  /** Where a layer's states outlive a run. */
  @FunctionalInterface
  public interface StateSource {
    /** The weights that hold the layer's states, or an empty list if it starts from zero. */
    List<Weight> statesOf(Stateful layer);
  }

  /**
   * @param training whether dropout is active
   * @param stepwise whether one timestep of a longer sequence is lowered, the rest of which has
   *     gone before
   * @param seed of the random bits
   * @param states where states come from
   */
  public Lowering(boolean training, boolean stepwise, long seed, StateSource states) {
    this.training = training;
    this.stepwise = stepwise;
    this.seed = seed;
    this.states = states;
  }

  /** The graph that is written. */
  public Graph graph() {
    return graph;
  }

  /** Whether dropout is active. */
  public boolean training() {
    return training;
  }

  /** Whether the input is one timestep that goes on where an earlier run ended. */
  public boolean isStepwise() {
    return stepwise;
  }

  /** The graph's value for a weight. */
  public Value variable(Weight weight) {
    return variables.computeIfAbsent(weight, w -> graph.variable(w.path(), w.shape()));
  }

  /** The weights that were used so far, each with its value. */
  public Map<Weight, Value> variables() {
    return variables;
  }

  /** The input of {@link Scalars}. */
  public Value scalars() {
    if (scalars == null) {
      scalars = graph.scalars();
    }
    return scalars;
  }

  /** The input of {@link Scalars} if anything reads it, else null. */
  public Value scalarsIfUsed() {
    return scalars;
  }

  /** A stream of random bits that no other op of the graph draws from. */
  public DropoutOp.Draw draw(float rate) {
    return new DropoutOp.Draw(rate, seed, streams++);
  }

  /** Normal numbers in the shape of {@code x}, that no other op of the graph draws. */
  public Value noise(float mean, float deviation, Value x, String name) {
    return graph.noise(mean, deviation, seed, streams++, x, scalars(), name);
  }

  /** A weight's value, or what an earlier use of its layer has made for the next step. */
  Value latest(Weight weight) {
    return kept.getOrDefault(variable(weight), variable(weight));
  }

  /** Lets a weight have that value from the next step on. */
  void keep(Value value, Weight weight) {
    kept.put(variable(weight), value);
  }

  /** What weights are to have once the training step is done, by their values. */
  public Map<Value, Value> kept() {
    return kept;
  }

  /** Asks for a penalty for a value of this batch, which counts where there is a loss. */
  void regularize(Regularizer regularizer, Value value) {
    activities.add(new Activity(regularizer, value));
  }

  /** The penalties that were asked for. */
  public List<Activity> activities() {
    return activities;
  }

  /** The weights that hold a layer's states between runs, or an empty list. */
  public List<Weight> statesOf(Stateful layer) {
    return states.statesOf(layer);
  }

  /**
   * Writes an activation of a layer's output; sigmoid and softmax keep what went in as logits.
   *
   * @param in (B,F), or (T,B,…) for a sequence
   * @param name the layer's
   */
  public Signal activate(Activation a, Signal in, String name) {
    if (a.kind() == Activation.Kind.LINEAR) {
      return in;
    }
    Value x = in.value();
    int rank = x.shape().rank();
    Value y =
        a.isOverLastAxis(rank)
            ? graph.activate(a.isElementwise() ? a : a.kind().usual(), x, name)
            : graph.activateOver(a.kind().usual(), x, MemoryAxes.of(a.axis(rank), rank), name);
    boolean logits = a.kind() == Activation.Kind.SIGMOID || a.kind() == Activation.Kind.SOFTMAX;
    return new Signal(y, in.mask(), List.of(), logits ? x : null);
  }
}

package io.github.lstm4j.layers;

import io.github.lstm4j.graph.DropoutOp;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Scalars;
import io.github.lstm4j.graph.Value;
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
  private final long seed;
  private final Map<Weight, Value> variables = new LinkedHashMap<>();
  private final StateSource states;
  private Value scalars;
  private int streams;
  private boolean stepwise;
  private List<Value> initialState = new ArrayList<>();

  /** Where a recurrent layer's state outlives a run. */
  @FunctionalInterface
  public interface StateSource {
    /** The weights that hold the layer's h and c, or an empty list if it starts from zero. */
    List<Weight> statesOf(LSTM layer);
  }

  /**
   * @param training whether dropout is active
   * @param seed of the random bits
   * @param states where states come from
   */
  public Lowering(boolean training, long seed, StateSource states) {
    this.training = training;
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

  /**
   * From now on one timestep of a longer sequence is lowered, the rest of which has gone before.
   */
  public void stepwise() {
    stepwise = true;
  }

  /** Whether the input is one timestep that goes on where an earlier run ended. */
  boolean isStepwise() {
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

  /** The weights that hold a recurrent layer's state between runs, or an empty list. */
  public List<Weight> statesOf(LSTM layer) {
    return states.statesOf(layer);
  }

  /** Sets what the next recurrent layer starts from: h, c. */
  public void initialState(List<Value> values) {
    initialState = new ArrayList<>(values);
  }

  /** Takes h and c of what {@link #initialState} set, or an empty list. */
  List<Value> takeInitialState() {
    if (initialState.isEmpty()) {
      return List.of();
    }
    List<Value> taken = List.copyOf(initialState.subList(0, 2));
    initialState.subList(0, 2).clear();
    return taken;
  }

  /** Whether values of {@link #initialState} are left that no layer took. */
  public boolean hasInitialState() {
    return !initialState.isEmpty();
  }
}

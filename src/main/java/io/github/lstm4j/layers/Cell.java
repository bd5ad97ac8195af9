package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import java.util.List;

/**
 * What a recurrent layer computes at one timestep: a {@link Layer} from (None, features) to (None,
 * units) that is also this, and goes into an {@link RNN}. The layer part says the output's shape
 * ({@link Layer#computeOutputShape}), adds weights ({@link Layer#onBuild}) and declares settings;
 * this part says the states, and writes one timestep as ops of a {@link Graph}.
 *
 * <p>Cells that one op takes through a whole sequence ({@link LSTMCell}, {@link GRUCell}, {@link
 * SimpleRNNCell}) run fast. Every other runs <b>step by step</b>: its ops are in the program once
 * for each timestep, which costs compile time and memory in proportion to their number; a line in
 * the log says so. Masks, initial states, both directions and gradients come with it; {@code
 * inspect.Trace} sees nothing of it.
 */
public interface Cell {
  /** The names of the states; the first is the output. */
  List<String> stateNames();

  /** The length of each state, once the cell's settings are known. */
  List<Integer> stateSizes();

  /**
   * Writes what is done once for all timesteps, such as a dropout mask, and says what is done at
   * each.
   *
   * @param to has the graph, and the weights as values ({@link Lowering#variable})
   * @param batch the number of samples B
   */
  Step begin(Lowering to, int batch);

  /**
   * Writes what can be computed of all timesteps of the input at once, as its product with a kernel
   * is, which is faster so; mostly nothing.
   *
   * @param x (T,B,features), or (B,features) where a step is written by itself
   * @return (T,B,…) or (B,…), of which each step gets its timestep
   */
  default Value inputs(Value x, Lowering to) {
    return x;
  }

  /** One timestep. */
  @FunctionalInterface
  interface Step {
    /**
     * Writes its ops.
     *
     * @param x (B,features), or what {@link Cell#inputs} made of them
     * @param states (B,size) each
     * @return the new states; the first is the output
     */
    List<Value> next(Value x, List<Value> states);
  }
}

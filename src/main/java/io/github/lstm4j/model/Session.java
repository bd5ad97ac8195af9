package io.github.lstm4j.model;

import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Sequences that are fed to a model one timestep at a time: the state lives here, outside the
 * model. After the t-th step the output equals that of the whole sequence of t steps.
 *
 * <pre>{@code
 * try (Session session = model.session(1)) {
 *   for (Tensor reading : readings) {
 *     Tensor forecast = model.step(session, reading); // (1, outputs)
 *   }
 * }
 * }</pre>
 */
public final class Session implements AutoCloseable {
  private final Sequential model;
  private final int batch;
  private final Map<Layer, List<Weight>> states = new HashMap<>();
  private final Plan plan;

  Session(Sequential model, int batch) {
    if (batch < 1) {
      throw new IllegalArgumentException("session: batch must be at least 1, got " + batch);
    }
    this.model = model;
    this.batch = batch;
    for (Layer l : model.layers()) {
      if (!l.runsStepwise()) {
        throw new IllegalArgumentException(
            l + ": needs whole sequences and cannot run one timestep at a time; use predict");
      }
    }
    for (LSTM lstm : model.recurrent()) {
      states.put(lstm, lstm.newStates(batch));
    }
    plan = model.bind(model.sessionPlan(batch, layer -> states.getOrDefault(layer, List.of())));
  }

  /** Whether it runs that model. */
  boolean isOf(Sequential other) {
    return model == other;
  }

  /** How many sequences run side by side. */
  public int batch() {
    return batch;
  }

  /**
   * Feeds one timestep.
   *
   * @param x (batch, features), or (batch) ids for a model that begins with an Embedding
   * @return (batch, outputs)
   */
  public Tensor step(Tensor x) {
    Shape in = model.inputShape();
    int features = in.rank() == 3 ? in.dim(2) : model.hasTimesteps() ? 1 : in.dim(1);
    if (x.dim(0) != batch || x.size() != batch * features) {
      throw new IllegalArgumentException(
          model.firstLayer().name()
              + ": expected one timestep ("
              + batch
              + ", "
              + features
              + "), got "
              + x.shape());
    }
    Trainer.checkIds(model, x);
    plan.input(x.data(), 0);
    plan.run();
    Shape out = plan.outputShape(0);
    float[] y = new float[out.size()];
    plan.output(0, y, 0);
    return Tensor.of(y, batch, out.size() / batch);
  }

  /** The state h and c (batch, units) of a recurrent layer. */
  public List<Tensor> states(Layer layer) {
    if (!states.containsKey(layer)) {
      throw new IllegalArgumentException(layer + ": not a layer of this session's model");
    }
    return states.get(layer).stream().map(Weight::value).toList();
  }

  /** Sets all states to zero: new sequences begin. */
  public void reset() {
    states.values().forEach(l -> l.forEach(s -> s.assign(Tensor.zeros(s.shape()))));
  }

  /** Frees the states. */
  @Override
  public void close() {
    plan.close();
  }
}

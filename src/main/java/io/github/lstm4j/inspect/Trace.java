package io.github.lstm4j.inspect;

import io.github.lstm4j.compile.Inside;
import io.github.lstm4j.compile.Plan;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the recurrent layers of a model computed at every timestep: the gates and states that its
 * backend has in memory while it predicts, not a second computation of them.
 *
 * <pre>{@code
 * Trace trace = Trace.of(model, x); // x (samples, timesteps, features)
 * Tensor forget = trace.layer("lstm").parts().get("f"); // (samples, timesteps, units)
 * }</pre>
 */
public final class Trace {
  /**
   * What one recurrent layer computed; a {@code Bidirectional} is two of them, forward and
   * backward.
   *
   * @param name the layer's name
   * @param parts by name, each (samples, timesteps, units) in the order of time: of an LSTM the
   *     input gate {@code i}, the forget gate {@code f}, the candidate {@code g} (c̃), the output
   *     gate {@code o}, the cell state {@code c} and the output {@code h} after the timestep; of a
   *     GRU the update gate {@code z}, the reset gate {@code r}, the candidate {@code g} and {@code
   *     h}; of a SimpleRNN {@code h}. At masked timesteps gates are NaN, and states those before
   */
  public record Layer(String name, Map<String, Tensor> parts) {
    /** Keeps the order. */
    public Layer {
      parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
    }
  }

  private final List<Layer> layers;
  private final Tensor output;

  private Trace(List<Layer> layers, Tensor output) {
    this.layers = List.copyOf(layers);
    this.output = output;
  }

  /**
   * Lets a model predict and looks inside. Stateful layers begin with what they carry and carry it
   * on: the model is as before.
   *
   * @param x what {@code predict} takes, as one batch
   * @throws IllegalArgumentException if the model does not take it
   */
  public static Trace of(Model model, Tensor x) {
    try (Probe probe = Probe.of(model, Plan.Mode.TRACE, x)) {
      probe.run();
      List<Layer> layers = new ArrayList<>();
      for (Inside inside : probe.plan().insides()) {
        layers.add(new Layer(inside.layer(), parts(probe, inside)));
      }
      return new Trace(layers, probe.read(probe.plan().outputs().get(0)));
    }
  }

  private static Map<String, Tensor> parts(Probe probe, Inside inside) {
    RecurrentOp.Recurrent op = inside.op();
    Value mask = op.in().mask();
    Tensor counts = mask == null ? null : probe.read(mask);
    Map<String, Tensor> parts = new LinkedHashMap<>();
    inside.gates().forEach((name, gate) -> parts.put(name, masked(probe.read(gate), counts)));
    List<String> states = inside.cell().states();
    for (int i = states.size() - 1; i >= 0; i--) { // c, then h, which is made of it
      parts.put(states.get(i), after(probe.read(op.states().get(i)), op));
    }
    return parts;
  }

  /** NaN where the mask says that a timestep does not count. */
  private static Tensor masked(Tensor gate, Tensor mask) {
    int units = gate.dim(2);
    for (int at = 0; mask != null && at < gate.size(); at++) {
      if (mask.data()[at / units] == 0) {
        gate.data()[at] = Float.NaN;
      }
    }
    return gate;
  }

  /** Of the T+1 slots of a state those after each timestep. */
  private static Tensor after(Tensor slots, RecurrentOp.Recurrent op) {
    int timesteps = op.timesteps();
    int units = op.units();
    Tensor states = Tensor.zeros(op.batch(), timesteps, units);
    for (int b = 0; b < op.batch(); b++) {
      for (int t = 0; t < timesteps; t++) {
        int from = (b * (timesteps + 1) + op.slotAfter(t)) * units;
        System.arraycopy(slots.data(), from, states.data(), (b * timesteps + t) * units, units);
      }
    }
    return states;
  }

  /** The recurrent layers, in the order in which they run. */
  public List<Layer> layers() {
    return layers;
  }

  /**
   * The recurrent layer of that name; the first one, if it is used twice.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Layer layer(String name) {
    return layers.stream()
        .filter(l -> l.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no recurrent layer is called '"
                        + name
                        + "'; there are "
                        + layers.stream().map(Layer::name).toList()));
  }

  /** What the model predicted. */
  public Tensor output() {
    return output;
  }
}

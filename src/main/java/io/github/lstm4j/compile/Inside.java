package io.github.lstm4j.compile;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a recurrent layer computes at every timestep, as values that can be read after a run.
 *
 * @param layer the layer's name
 * @param cell what a timestep computes
 * @param gates by name, each (T,B,U) after its activation; none for a cell that has no gates
 * @param op the op, whose states are (T+1,B,U) in the slots that it says
 */
public record Inside(
    String layer, CellSpec cell, Map<String, Value> gates, RecurrentOp.Recurrent op) {

  /** Adds what is still to be computed of all recurrent ops of a graph; one for each of them. */
  static List<Inside> of(Graph graph) {
    List<Inside> all = new ArrayList<>();
    graph.ops().stream()
        .filter(op -> op instanceof RecurrentOp.Recurrent)
        .map(op -> (RecurrentOp.Recurrent) op)
        .toList()
        .forEach(op -> all.add(of(graph, op)));
    return List.copyOf(all);
  }

  private static Inside of(Graph graph, RecurrentOp.Recurrent op) {
    String h = op.hs().name();
    String layer = h.substring(0, h.length() - ".h".length());
    Map<String, Value> gates = new LinkedHashMap<>();
    if (op.cell() instanceof CellSpec.Lstm lstm) {
      Activation sigma = lstm.recurrentActivation();
      gates.put("i", gate(graph, op, 0, sigma));
      gates.put("f", gate(graph, op, 1, sigma));
      gates.put("g", gate(graph, op, 2, lstm.activation()));
      gates.put("o", gate(graph, op, 3, sigma));
    } else if (op.cell() instanceof CellSpec.Gru gru) {
      Activation sigma = gru.recurrentActivation();
      gates.put("z", gate(graph, op, 0, sigma));
      gates.put("r", gate(graph, op, 1, sigma));
      gates.put("g", gate(graph, op, 2, gru.activation()));
    }
    return new Inside(layer, op.cell(), gates, op);
  }

  /** A gate is activated where it lies if its activation derives from its output, else here. */
  private static Value gate(Graph graph, RecurrentOp.Recurrent op, int gate, Activation a) {
    int units = op.units();
    String name = op.gates().name() + "." + gate;
    Value z = graph.slice(op.gates(), -1, gate * units, units, name);
    return a.derivesFromOutput() ? z : graph.activate(a, z, name + ".activated");
  }

  /** What must be kept for it to be read. */
  List<Value> values() {
    List<Value> values = new ArrayList<>(gates.values());
    values.addAll(op.states());
    if (op.in().mask() != null) {
      values.add(op.in().mask());
    }
    return values;
  }
}

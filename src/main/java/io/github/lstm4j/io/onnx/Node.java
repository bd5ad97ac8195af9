package io.github.lstm4j.io.onnx;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.io.onnx.proto.NodeProto;
import io.github.lstm4j.io.onnx.proto.TensorProto;
import io.github.lstm4j.layers.KerasTensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A node of a graph while it is imported: what goes in, and its attributes, each asked for once.
 */
final class Node {
  private final NodeProto proto;
  private final long opset;
  private final List<Operand> inputs; // null for one that is left out
  private final Surroundings around;
  private final List<Integer> uses; // of its outputs
  private final Set<String> asked = new HashSet<>();

  Node(NodeProto proto, long opset, List<Operand> inputs, Surroundings around, List<Integer> uses) {
    this.proto = proto;
    this.opset = opset;
    this.inputs = inputs;
    this.around = around;
    this.uses = uses;
  }

  /** What an operator makes of a node: its outputs. */
  interface Operator {
    List<? extends Operand> read(Node node);
  }

  /** The graph that it is in. */
  interface Surroundings {
    /** An input of the model with an axis of a length; null if there is none. */
    Data fedWith(Dim length);

    /** Lets weights be read when all layers are there, by several threads. */
    void later(Runnable reading);
  }

  String op() {
    return proto.opType();
  }

  long opset() {
    return opset;
  }

  /** How often an output is used; 0 for one that is not wanted. */
  int uses(int output) {
    return output < uses.size() ? uses.get(output) : 0;
  }

  int outputCount() {
    return proto.outputs().size();
  }

  // ---------------------------------------------------------------- inputs

  int inputCount() {
    return inputs.size();
  }

  boolean has(int input) {
    return input < inputs.size() && inputs.get(input) != null;
  }

  String inputName(int number) {
    return Printable.text(proto.inputs().get(number));
  }

  Operand input(int number) {
    if (!has(number)) {
      throw new Refusal("input " + number + " is missing");
    }
    return inputs.get(number);
  }

  /** An input of the model that has an axis of a length that the file leaves open. */
  Data fedWith(Dim length) {
    Data fed = around.fedWith(length);
    if (fed == null) {
      throw new Refusal(
          "a length of " + length + " is not supported here, which no axis of an input has");
    }
    return fed;
  }

  List<Operand> inputs() {
    for (int i = 0; i < inputs.size(); i++) {
      input(i);
    }
    return inputs;
  }

  /** The constant inputs, if all are. */
  List<Constant> constants() {
    List<Constant> all = new ArrayList<>();
    for (Operand o : inputs) {
      if (!(o instanceof Constant) && o != null) {
        return null;
      }
      all.add((Constant) o);
    }
    return all;
  }

  Data data(int number) {
    if (input(number) instanceof Data d) {
      return d;
    }
    throw new Refusal("input " + number + " is a constant, which is not supported here");
  }

  /** An input that must be known at import. */
  Constant constant(int number, String what) {
    if (input(number) instanceof Constant c) {
      return c;
    }
    throw new Refusal(
        what
            + " (input "
            + number
            + ") is computed from the model's inputs; it must be a constant");
  }

  // ---------------------------------------------------------------- attributes

  boolean says(String attribute) {
    asked.add(attribute);
    return proto.attribute(attribute) != null;
  }

  long whole(String attribute, long otherwise) {
    asked.add(attribute);
    return proto.attribute(attribute, Long.class, otherwise);
  }

  float number(String attribute, float otherwise) {
    asked.add(attribute);
    return proto.attribute(attribute, Float.class, otherwise);
  }

  /** As {@link #number}, as the decimal that the file's maker wrote: 0.2 and not 0.20000000298. */
  double decimal(String attribute, float otherwise) {
    return decimal(number(attribute, otherwise));
  }

  static double decimal(float number) {
    return Double.parseDouble(Float.toString(number));
  }

  String text(String attribute, String otherwise) {
    asked.add(attribute);
    return proto.attribute(attribute, String.class, otherwise);
  }

  List<Long> wholes(String attribute, List<Long> otherwise) {
    asked.add(attribute);
    return proto.attributes(attribute, Long.class, otherwise);
  }

  List<Float> numbers(String attribute) {
    asked.add(attribute);
    return proto.attributes(attribute, Float.class, List.of());
  }

  List<String> texts(String attribute) {
    asked.add(attribute);
    return proto.attributes(attribute, String.class, List.of());
  }

  TensorProto tensor(String attribute) {
    asked.add(attribute);
    return proto.attribute(attribute, TensorProto.class, null);
  }

  /** An attribute that may be there, and plays no part here. */
  void ignore(String attribute) {
    asked.add(attribute);
  }

  /** Refuses an attribute with another value than that. */
  void require(String attribute, long value) {
    long got = whole(attribute, value);
    if (got != value) {
      throw new Refusal(attribute + "=" + got + " is not supported, only " + value);
    }
  }

  /** Refuses attributes that nobody has asked for. */
  void requireAllAsked() {
    for (NodeProto.Attribute a : proto.attributes()) {
      if (!asked.contains(a.name())) {
        throw new Refusal("the attribute " + Printable.quoted(a.name()) + " is not supported");
      }
    }
  }

  /**
   * Axes from an attribute, or from an input that has taken its place; null if neither is there.
   */
  List<Long> axes(int input) {
    if (has(input)) {
      return constant(input, "axes").list().stream().map(Dim::value).toList();
    }
    return wholes("axes", null);
  }

  /** An axis from the front. */
  static int axis(long axis, int rank) {
    long at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at >= rank) {
      throw new Refusal("there is no axis " + axis + " of " + rank);
    }
    return (int) at;
  }

  /** Axes from the front, each once. */
  static List<Integer> axes(List<Long> axes, int rank) {
    List<Integer> all = axes.stream().map(a -> axis(a, rank)).toList();
    if (new HashSet<>(all).size() < all.size()) {
      throw new Refusal("axes " + axes + ": one is given twice");
    }
    return all;
  }

  // ---------------------------------------------------------------- results

  /** Data that are computed once they are needed. */
  Data data(ElementType type, List<List<Atom>> axes, List<Data> needs, Supplier<Placed> how) {
    return new Data(type, axes, new Data.Recipe(needs, () -> placed(how)));
  }

  private Placed placed(Supplier<Placed> how) {
    return said(how);
  }

  /** Reads weights when all layers are there. */
  void later(Runnable reading) {
    around.later(
        () ->
            said(
                () -> {
                  reading.run();
                  return null;
                }));
  }

  /** Lets errors say which node it was. */
  <T> T said(Supplier<T> how) {
    try {
      return how.get();
    } catch (Refusal e) {
      throw e.at(this);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new Refusal(Printable.reason(e)).at(this);
    }
  }

  /** Data of the same axes, computed from others where they lie. */
  Data mapped(Data x, java.util.function.UnaryOperator<KerasTensor> how) {
    return data(
        x.type(),
        x.axes(),
        List.of(x),
        () -> {
          Placed in = x.placed();
          return new Placed(how.apply(in.tensor()), in.groups());
        });
  }

  /** The name of a setting in the way that errors have it. */
  static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return proto.toString();
  }
}

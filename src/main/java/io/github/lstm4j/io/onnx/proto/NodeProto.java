package io.github.lstm4j.io.onnx.proto;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ProtoWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A use of an operator.
 *
 * @param name may be empty
 * @param opType the operator: {@code LSTM}
 * @param domain the set of operators it is of; empty for ONNX's own
 * @param inputs names of tensors; an empty one is an input that is left out
 * @param outputs names for the results; an empty one is not wanted
 */
public record NodeProto(
    String name,
    String opType,
    String domain,
    List<String> inputs,
    List<String> outputs,
    List<Attribute> attributes)
    implements ProtoWriter.Message {

  /** Copies the lists. */
  public NodeProto {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    attributes = List.copyOf(attributes);
  }

  /**
   * A setting of a node.
   *
   * @param value a {@link Float}, {@link Long}, {@link String}, {@link TensorProto}, {@link
   *     GraphProto}, a list of one of these, or {@link Unsupported}
   */
  public record Attribute(String name, Object value) implements ProtoWriter.Message {

    /** A value of a kind that is not read: a sparse tensor, a type, another attribute's. */
    public enum Unsupported {
      /** A sparse tensor, or several. */
      SPARSE_TENSOR,
      /** A type, or several. */
      TYPE,
      /** What an attribute of the function around is. */
      REFERENCE
    }

    static Attribute read(ProtoReader in) throws IOException {
      String name = "";
      int type = 0;
      Float f = null;
      Long i = null;
      String s = null;
      Object single = null;
      Unsupported unsupported = null;
      List<Float> floats = new ArrayList<>();
      List<Long> ints = new ArrayList<>();
      List<Object> others = new ArrayList<>();
      while (in.next()) {
        switch (in.field()) {
          case 1 -> name = in.text();
          case 2 -> f = in.fraction();
          case 3 -> i = in.whole();
          case 4 -> s = in.text();
          case 5 -> single = in.message(TensorProto::read);
          case 6 -> single = in.message(GraphProto::read);
          case 7 -> in.fractions(floats);
          case 8 -> in.wholes(ints);
          case 9 -> others.add(in.text());
          case 10 -> others.add(in.message(TensorProto::read));
          case 11 -> others.add(in.message(GraphProto::read));
          case 14, 15 -> {
            unsupported = Unsupported.TYPE;
            in.skip();
          }
          case 20 -> type = (int) in.whole();
          case 21 -> {
            unsupported = in.text().isEmpty() ? unsupported : Unsupported.REFERENCE;
          }
          case 22, 23 -> {
            unsupported = Unsupported.SPARSE_TENSOR;
            in.skip();
          }
          default -> in.skip();
        }
      }
      // a field with the value 0 may be left out by who writes; the type says which it is
      Object value =
          unsupported != null
              ? unsupported
              : switch (type) {
                case 1 -> f == null ? 0f : f;
                case 2 -> i == null ? 0L : i;
                case 3 -> s == null ? "" : s;
                case 6 -> List.copyOf(floats);
                case 7 -> List.copyOf(ints);
                case 8, 9, 10 -> List.copyOf(others);
                default -> // files of the first version have no type
                    first(f, i, s, single, some(floats), some(ints), some(others));
              };
      if (value == null) {
        throw in.source().damaged("the attribute " + Printable.quoted(name) + " has no value");
      }
      return new Attribute(name, value);
    }

    private static List<?> some(List<?> list) {
      return list.isEmpty() ? null : List.copyOf(list);
    }

    private static Object first(Object... values) {
      for (Object value : values) {
        if (value != null) {
          return value;
        }
      }
      return null;
    }

    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, name);
      if (value instanceof Float f) {
        out.fraction(2, f);
        out.whole(20, 1);
      } else if (value instanceof Long i) {
        out.always(3, i);
        out.whole(20, 2);
      } else if (value instanceof String s) {
        out.texts(4, List.of(s));
        out.whole(20, 3);
      } else if (value instanceof TensorProto t) {
        out.message(5, t);
        out.whole(20, 4);
      } else if (value instanceof GraphProto g) {
        out.message(6, g);
        out.whole(20, 5);
      } else if (value instanceof List<?> list) {
        writeList(list, out);
      } else {
        throw new IllegalStateException(name + ": cannot be written: " + value);
      }
    }

    private void writeList(List<?> list, ProtoWriter out) throws IOException {
      Object first = list.isEmpty() ? 0L : list.get(0);
      if (first instanceof Float) {
        out.fractions(7, all(list, Float.class));
        out.whole(20, 6);
      } else if (first instanceof Long) {
        out.wholes(8, all(list, Long.class));
        out.whole(20, 7);
      } else {
        out.texts(9, all(list, String.class));
        out.whole(20, 8);
      }
    }

    private static <T> List<T> all(List<?> list, Class<T> kind) {
      return list.stream().map(kind::cast).toList();
    }
  }

  static NodeProto read(ProtoReader in) throws IOException {
    String name = "";
    String opType = "";
    String domain = "";
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    List<Attribute> attributes = new ArrayList<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> inputs.add(in.text());
        case 2 -> outputs.add(in.text());
        case 3 -> name = in.text();
        case 4 -> opType = in.text();
        case 5 -> attributes.add(in.message(Attribute::read));
        case 7 -> domain = in.text();
        default -> in.skip();
      }
    }
    return new NodeProto(name, opType, domain, inputs, outputs, attributes);
  }

  @Override
  public void write(ProtoWriter out) throws IOException {
    out.texts(1, inputs);
    out.texts(2, outputs);
    out.text(3, name);
    out.text(4, opType);
    out.messages(5, attributes);
    out.text(7, domain);
  }

  /** The value of an attribute; null if it has none of that name. */
  public Object attribute(String attribute) {
    return attributes.stream()
        .filter(a -> a.name().equals(attribute))
        .map(Attribute::value)
        .findFirst()
        .orElse(null);
  }

  /**
   * The value of an attribute of one kind.
   *
   * @param kind {@link Float}, {@link Long}, {@link String}, {@link TensorProto} or {@link
   *     GraphProto}
   * @param otherwise if there is none
   * @throws IllegalArgumentException if it is of another kind; names node and attribute
   */
  public <T> T attribute(String attribute, Class<T> kind, T otherwise) {
    Object value = attribute(attribute);
    if (value != null && !kind.isInstance(value)) {
      throw wrong(attribute, kind, value);
    }
    return value == null ? otherwise : kind.cast(value);
  }

  /** As {@link #attribute(String, Class, Object)}, of a list of that kind. */
  public <T> List<T> attributes(String attribute, Class<T> kind, List<T> otherwise) {
    Object value = attribute(attribute);
    if (value == null) {
      return otherwise;
    }
    if (!(value instanceof List<?> list) || !list.stream().allMatch(kind::isInstance)) {
      throw wrong(attribute, kind, value);
    }
    return list.stream().map(kind::cast).toList();
  }

  private IllegalArgumentException wrong(String attribute, Class<?> kind, Object value) {
    return new IllegalArgumentException(
        this
            + ": the attribute "
            + Printable.quoted(attribute)
            + " is no "
            + kind.getSimpleName()
            + ", but "
            + Printable.quoted(value));
  }

  /** What errors call it: {@code LSTM "lstm_1"}. */
  @Override
  public String toString() {
    String shown = name.isEmpty() && !outputs.isEmpty() ? outputs.get(0) : name;
    return Printable.text(domain.isEmpty() ? opType : domain + "." + opType)
        + " "
        + Printable.quoted(shown);
  }
}

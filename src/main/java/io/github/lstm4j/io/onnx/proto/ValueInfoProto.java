package io.github.lstm4j.io.onnx.proto;

import io.github.lstm4j.io.ProtoWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The name and the type of a tensor.
 *
 * @param kind what it is
 * @param type of a tensor's elements
 * @param dims of a tensor's shape; null if the file does not say its rank
 */
public record ValueInfoProto(String name, Kind kind, ElementType type, List<Dimension> dims)
    implements ProtoWriter.Message {

  /** Kinds of values. */
  public enum Kind {
    /** A tensor. */
    TENSOR,
    /** A list, a map, something optional, or a sparse tensor. */
    OTHER,
    /** The file says nothing. */
    UNKNOWN
  }

  /**
   * A dimension.
   *
   * @param value the length; -1 if it is not known
   * @param symbol what stands for a length that is not known: {@code batch}; may be empty
   */
  public record Dimension(long value, String symbol) implements ProtoWriter.Message {
    static Dimension read(ProtoReader in) throws IOException {
      long value = -1;
      String symbol = "";
      while (in.next()) {
        switch (in.field()) {
          case 1 -> value = in.whole();
          case 2 -> symbol = in.text();
          default -> in.skip();
        }
      }
      return new Dimension(value, symbol);
    }

    @Override
    public void write(ProtoWriter out) throws IOException {
      if (value >= 0) {
        out.always(1, value);
      } else {
        out.text(2, symbol);
      }
    }
  }

  /** Copies the dimensions. */
  public ValueInfoProto {
    dims = dims == null ? null : List.copyOf(dims);
  }

  /** A tensor. */
  public static ValueInfoProto tensor(String name, ElementType type, List<Dimension> dims) {
    return new ValueInfoProto(name, Kind.TENSOR, type, dims);
  }

  /** The value in a {@code TypeProto}. */
  private record Type(Kind kind, ElementType element, List<Dimension> dims)
      implements ProtoWriter.Message {
    static final Type UNKNOWN = new Type(Kind.UNKNOWN, ElementType.OTHER, null);

    static Type read(ProtoReader in) throws IOException {
      Type type = UNKNOWN;
      while (in.next()) {
        switch (in.field()) {
          case 1 -> type = in.message(Type::readTensor);
          case 4, 5, 7, 8, 9 -> {
            type = new Type(Kind.OTHER, ElementType.OTHER, null);
            in.skip();
          }
          default -> in.skip();
        }
      }
      return type;
    }

    private static Type readTensor(ProtoReader in) throws IOException {
      ElementType element = ElementType.OTHER;
      List<Dimension> dims = null;
      while (in.next()) {
        switch (in.field()) {
          case 1 -> element = ElementType.of(in.whole());
          case 2 -> dims = in.message(Type::readShape);
          default -> in.skip();
        }
      }
      return new Type(Kind.TENSOR, element, dims);
    }

    private static List<Dimension> readShape(ProtoReader in) throws IOException {
      List<Dimension> dims = new ArrayList<>();
      while (in.next()) {
        switch (in.field()) {
          case 1 -> dims.add(in.message(Dimension::read));
          default -> in.skip();
        }
      }
      return dims;
    }

    @Override
    public void write(ProtoWriter out) throws IOException {
      out.message(
          1,
          tensor -> {
            tensor.whole(1, element.code());
            if (dims != null) {
              tensor.message(2, shape -> shape.messages(1, dims));
            }
          });
    }
  }

  static ValueInfoProto read(ProtoReader in) throws IOException {
    String name = "";
    Type type = Type.UNKNOWN;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> name = in.text();
        case 2 -> type = in.message(Type::read);
        default -> in.skip();
      }
    }
    return new ValueInfoProto(name, type.kind, type.element, type.dims);
  }

  @Override
  public void write(ProtoWriter out) throws IOException {
    out.text(1, name);
    if (kind == Kind.TENSOR) {
      out.message(2, new Type(kind, type, dims));
    }
  }
}

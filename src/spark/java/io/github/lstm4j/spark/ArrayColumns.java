package io.github.lstm4j.spark;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;
import scala.collection.Seq;

/** Tensors in columns of arrays: (T,F) is an array of arrays of numbers. */
final class ArrayColumns {
  private ArrayColumns() {}

  /** The column type of a tensor of so many axes. */
  static DataType type(int rank) {
    DataType type = DataTypes.FloatType;
    for (int i = 0; i < rank; i++) {
      type = DataTypes.createArrayType(type, false);
    }
    return type;
  }

  /**
   * That a column is there and holds arrays of that many axes.
   *
   * @throws IllegalArgumentException if not; names the column and what it holds
   */
  static void require(StructType schema, String column, int rank, String why) {
    require(schema, column);
    DataType type = schema.apply(column).dataType();
    DataType inner = type;
    int axes = 0;
    while (inner instanceof ArrayType array) {
      inner = array.elementType();
      axes++;
    }
    if (axes != rank || !(inner instanceof NumericType)) {
      throw new IllegalArgumentException(
          "column "
              + Printable.text(column)
              + ": expected "
              + "array<".repeat(rank)
              + "numbers"
              + ">".repeat(rank)
              + " for "
              + why
              + ", got "
              + type.simpleString());
    }
  }

  /** That a column is there. */
  static void require(StructType schema, String column) {
    if (!Arrays.asList(schema.fieldNames()).contains(column)) {
      throw new IllegalArgumentException(
          "column "
              + Printable.text(column)
              + ": is not among "
              + Printable.text(List.of(schema.fieldNames())));
    }
  }

  /** That a column is not there yet. */
  static void requireFree(StructType schema, String column) {
    if (Arrays.asList(schema.fieldNames()).contains(column)) {
      throw new IllegalArgumentException(
          "column " + Printable.text(column) + ": is there already; give the output another name");
    }
  }

  /**
   * A row's field as a tensor.
   *
   * @throws IllegalArgumentException if a value is missing, or rows of it differ in length
   */
  static Tensor tensor(Row row, int field) {
    String column = row.schema() == null ? "" : row.schema().fieldNames()[field];
    List<Integer> dims = new ArrayList<>();
    for (Object at = row.get(field); at instanceof Seq<?> seq; ) {
      dims.add(seq.length());
      at = seq.length() == 0 ? null : seq.apply(0);
    }
    if (dims.isEmpty() || dims.contains(0)) {
      throw new IllegalArgumentException(
          "column " + Printable.text(column) + ": expected a sequence, got " + row.get(field));
    }
    Tensor tensor = Tensor.zeros(Shape.of(dims.stream().mapToInt(d -> d).toArray()));
    fill(column, (Seq<?>) row.get(field), dims, 0, tensor.data(), 0);
    return tensor;
  }

  private static int fill(
      String column, Seq<?> values, List<Integer> dims, int axis, float[] to, int from) {
    if (values == null || values.length() != dims.get(axis)) {
      throw new IllegalArgumentException(
          "column "
              + Printable.text(column)
              + ": expected "
              + dims.get(axis)
              + " numbers in each part of a sequence, got "
              + (values == null ? "null" : values.length()));
    }
    int at = from;
    for (int i = 0; i < values.length(); i++) {
      Object value = values.apply(i);
      if (axis + 1 < dims.size()) {
        at = fill(column, (Seq<?>) value, dims, axis + 1, to, at);
      } else if (value instanceof Number number) {
        to[at++] = number.floatValue();
      } else {
        throw new IllegalArgumentException(
            "column " + Printable.text(column) + ": a number is missing in a sequence");
      }
    }
    return at;
  }

  /** A tensor as a row's field. */
  static Object field(Tensor tensor) {
    return tensor.shape().rank() == 1
        ? tensor.data()
        : IntStream.range(0, tensor.dim(0)).mapToObj(i -> field(tensor.at(0, i))).toArray();
  }
}

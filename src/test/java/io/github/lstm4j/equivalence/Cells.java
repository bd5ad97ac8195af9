package io.github.lstm4j.equivalence;

/** A tensor of the {@link DoubleInterpreter}: elements of an array, from an offset on. */
final class Cells {
  private final double[] array;
  private final int from;
  private final int size;

  Cells(double[] array, int from, int size) {
    this.array = array;
    this.from = from;
    this.size = size;
  }

  int size() {
    return size;
  }

  double get(int i) {
    return array[from + check(i)];
  }

  void set(int i, double value) {
    array[from + check(i)] = value;
  }

  void add(int i, double value) {
    array[from + check(i)] += value;
  }

  void fill(double value) {
    java.util.Arrays.fill(array, from, from + size, value);
  }

  double[] row(int row, int width) {
    return java.util.Arrays.copyOfRange(array, from + check(row * width), from + (row + 1) * width);
  }

  void setRow(int row, double[] values) {
    for (int i = 0; i < values.length; i++) {
      set(row * values.length + i, values[i]);
    }
  }

  private int check(int i) {
    if (i < 0 || i >= size) {
      throw new IndexOutOfBoundsException("element " + i + " of " + size);
    }
    return i;
  }
}

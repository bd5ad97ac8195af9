package io.github.lstm4j.tensor;

/**
 * Rows of as many numbers each, which need not lie in memory: a tensor, a file, or whatever can be
 * read by the row.
 *
 * <pre>{@code
 * Series series = Series.of(Tensor.of(rows));
 * float[] tenth = new float[series.columns()];
 * series.read(10, 1, tenth, 0);
 * }</pre>
 *
 * <p>Reading is safe from any number of threads.
 */
public interface Series {
  /** The number of rows. */
  int rows();

  /** The numbers in a row. */
  int columns();

  /**
   * Copies rows that follow each other.
   *
   * @param row the first
   * @param count how many
   * @param into where they go, one behind the other
   * @param at where the first number goes
   */
  void read(int row, int count, float[] into, int at);

  /** The rows of a tensor {@code (rows, columns)}, which is not copied. */
  static Series of(Tensor t) {
    if (t.shape().rank() != 2) {
      throw new IllegalArgumentException("a series must be (rows, columns); got " + t.shape());
    }
    return new Series() {
      @Override
      public int rows() {
        return t.dim(0);
      }

      @Override
      public int columns() {
        return t.dim(1);
      }

      @Override
      public void read(int row, int count, float[] into, int at) {
        int width = t.dim(1);
        System.arraycopy(t.data(), row * width, into, at, count * width);
      }
    };
  }
}

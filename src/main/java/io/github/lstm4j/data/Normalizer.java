package io.github.lstm4j.data;

import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.StoredFields;
import io.github.lstm4j.names.Names;
import io.github.lstm4j.tensor.Series;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Brings columns to one scale: {@code (value − shift) / scale}, each column with its own; and back.
 * Fitted on the training rows only, then applied to all. Immutable.
 *
 * <p>Missing values (NaN) are left out of the fit and stay missing. A column that is constant in
 * the training rows gets scale 1.
 *
 * @param columns the columns, in order
 */
public record Normalizer(List<Column> columns) {

  /** How a column's shift and scale come from its training rows. */
  public enum Kind {
    /** Mean 0, standard deviation 1 (that of the population: the sum is divided by n). */
    STANDARD,
    /** Smallest value 0, greatest 1. */
    MIN_MAX,
    /** Left as it is. */
    NONE
  }

  /**
   * One column's scale.
   *
   * @param name the column's name
   * @param shift what is subtracted
   * @param scale what is then divided by; not 0
   */
  public record Column(String name, double shift, double scale) {
    /** Checks that both are finite and the scale is not 0. */
    public Column {
      if (!Double.isFinite(shift) || !Double.isFinite(scale) || scale == 0) {
        throw new IllegalArgumentException(
            "column "
                + Printable.text(name)
                + ": cannot scale by (value - "
                + shift
                + ") / "
                + scale);
      }
    }

    /** The scaled value. */
    public double apply(double value) {
      return (value - shift) / scale;
    }

    /** The value that {@link #apply} scaled. */
    public double invert(double scaled) {
      return scaled * scale + shift;
    }
  }

  /** Copies the list. */
  public Normalizer {
    columns = List.copyOf(columns);
  }

  /** Fits every column of {@code frame} the same way, on the rows of {@code train}. */
  public static Normalizer fit(Kind kind, Frame frame, Range train) {
    return fit(kind, frame, List.of(train));
  }

  /** Fits every column of {@code frame} the same way, on the rows of all parts of {@code train}. */
  public static Normalizer fit(Kind kind, Frame frame, List<Range> train) {
    List<Kind> kinds = frame.names().stream().map(name -> kind).toList();
    return fit(kinds, frame.names(), frame.values(), train);
  }

  /**
   * Fits each column its own way.
   *
   * @param kinds one per column
   * @param names one per column
   * @param values {@code (rows, columns)}, row-major
   * @param train the rows to fit on
   * @throws IllegalArgumentException if a column has no value in the training rows
   */
  public static Normalizer fit(
      List<Kind> kinds, List<String> names, double[] values, List<Range> train) {
    int width = names.size();
    int end = train.stream().mapToInt(Range::to).max().orElse(0);
    if (kinds.size() != width || (long) end * width > values.length) {
      throw new IllegalArgumentException(
          "rows to "
              + end
              + " of "
              + width
              + " columns are asked, with "
              + kinds.size()
              + " kinds; there are "
              + values.length
              + " values");
    }
    return fit(
        kinds, names, train, (row, into) -> System.arraycopy(values, row * width, into, 0, width));
  }

  /**
   * Fits every column the same way, reading the rows twice; the columns are called 0, 1, ….
   *
   * @param train the rows to fit on
   */
  public static Normalizer fit(Kind kind, Series series, Range train) {
    float[] read = new float[series.columns()];
    List<String> names = IntStream.range(0, read.length).mapToObj(String::valueOf).toList();
    return fit(
        Collections.nCopies(read.length, kind),
        names,
        List.of(train),
        (row, into) -> {
          series.read(row, 1, read, 0);
          for (int j = 0; j < read.length; j++) {
            into[j] = read[j];
          }
        });
  }

  /** Gives the values of a row. */
  private interface Rows {
    void read(int row, double[] into);
  }

  private static Normalizer fit(
      List<Kind> kinds, List<String> names, List<Range> train, Rows rows) {
    int width = names.size();
    double[] row = new double[width];
    Spread[] spreads = new Spread[width];
    Arrays.setAll(spreads, j -> new Spread());
    for (int pass = 0; pass < 2; pass++) {
      for (Range part : train) {
        for (int r = part.from(); r < part.to(); r++) {
          rows.read(r, row);
          for (int j = 0; j < width; j++) {
            if (!Double.isNaN(row[j])) {
              spreads[j].add(row[j], pass);
            }
          }
        }
      }
    }
    List<Column> columns = new ArrayList<>();
    for (int j = 0; j < width; j++) {
      Spread spread = spreads[j];
      String name = names.get(j);
      columns.add(
          switch (kinds.get(j)) {
            case STANDARD -> new Column(name, spread.mean(name), spread.deviation(name));
            case MIN_MAX -> new Column(name, spread.min(name), spread.range());
            case NONE -> new Column(name, 0, 1);
          });
    }
    return new Normalizer(columns);
  }

  /** What a column's values are like, known after two passes over them. */
  private static final class Spread {
    private int n;
    private double sum;
    private double squares; // of the distances from the mean
    private double min = Double.POSITIVE_INFINITY;
    private double max = Double.NEGATIVE_INFINITY;

    void add(double value, int pass) {
      if (pass > 0) {
        double distance = value - sum / n;
        squares += distance * distance;
        return;
      }
      n++;
      sum += value;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }

    double mean(String name) {
      return sum / known(n, name);
    }

    double deviation(String name) {
      double deviation = Math.sqrt(squares / n);
      // a constant column's deviation is what rounding leaves: at most n half-units in the mean
      double rounding = n * Math.ulp(mean(name));
      return deviation <= rounding ? 1 : deviation;
    }

    double min(String name) {
      known(n, name);
      return min;
    }

    double range() {
      return max == min ? 1 : max - min;
    }
  }

  private static int known(int n, String name) {
    if (n == 0) {
      throw new IllegalArgumentException(
          "column "
              + Printable.text(name)
              + " has no value in the training rows to learn its scale from");
    }
    return n;
  }

  /** The column of this name. */
  public Column column(String name) {
    return columns.stream()
        .filter(column -> column.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no column "
                        + Printable.text(
                            Names.missing(name, columns.stream().map(Column::name).toList()))));
  }

  /** All rows of {@code frame}, scaled: {@code (rows, columns)}. */
  public Tensor apply(Frame frame) {
    return apply(frame.values());
  }

  /**
   * Rows, scaled.
   *
   * @param values {@code (rows, columns)}, row-major
   * @return {@code (rows, columns)}
   */
  public Tensor apply(double[] values) {
    int width = columns.size();
    check(values.length);
    float[] out = new float[values.length];
    for (int j = 0; j < width; j++) {
      Column column = columns.get(j);
      for (int at = j; at < out.length; at += width) {
        out[at] = (float) column.apply(values[at]);
      }
    }
    return Tensor.of(out, values.length / width, width);
  }

  /** Rows of a series, each scaled when it is read. */
  public Series apply(Series series) {
    check(series.columns());
    return new Series() {
      @Override
      public int rows() {
        return series.rows();
      }

      @Override
      public int columns() {
        return series.columns();
      }

      @Override
      public void read(int row, int count, float[] into, int at) {
        series.read(row, count, into, at);
        for (int i = 0; i < count * columns.size(); i++) {
          into[at + i] = (float) columns.get(i % columns.size()).apply(into[at + i]);
        }
      }
    };
  }

  /**
   * Scaled values, brought back: in double, because float32 has 7 digits, and a column whose level
   * is large against its variation (1.7e9 ± 20) needs more.
   *
   * @param scaled the last dimension is the columns, or several times the columns: {@code (N, H·K)}
   *     as {@link Windows#targets} lays out K columns at H horizons
   * @return as many values, row-major
   */
  public double[] invert(Tensor scaled) {
    int width = columns.size();
    check(scaled.shape().last());
    double[] out = new double[scaled.size()];
    for (int at = 0; at < out.length; at++) {
      out[at] = columns.get(at % width).invert(scaled.data()[at]);
    }
    return out;
  }

  private void check(int values) {
    if (columns.isEmpty() || values % columns.size() != 0) {
      throw new IllegalArgumentException(
          "expected rows of " + columns.size() + " columns, got " + values + " values");
    }
  }

  /** As maps, lists, strings and numbers, for JSON; {@link #fromMap} reads it back. */
  public Map<String, Object> toMap() {
    List<Object> list = new ArrayList<>();
    for (Column column : columns) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("name", column.name);
      map.put("shift", column.shift);
      map.put("scale", column.scale);
      list.add(map);
    }
    return Map.of("columns", list);
  }

  /**
   * What {@link #toMap} gave.
   *
   * @throws IllegalArgumentException if the map is not of that form; the message names the field
   */
  public static Normalizer fromMap(Map<String, ?> map) {
    return fromStored("normalizer", map);
  }

  /**
   * What {@link #toMap} gave.
   *
   * @param path what errors call it
   * @throws IllegalArgumentException as {@link #fromMap}
   */
  public static Normalizer fromStored(String path, Object stored) {
    List<Column> columns = new ArrayList<>();
    for (StoredFields column :
        StoredFields.of(path, stored, "columns").objects("columns", "name", "shift", "scale")) {
      if (column.number("scale") == 0) {
        throw column.wrong("scale", "a number other than 0");
      }
      columns.add(new Column(column.text("name"), column.number("shift"), column.number("scale")));
    }
    return new Normalizer(columns);
  }
}

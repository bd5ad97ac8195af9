package io.github.lstm4j.demo;

import io.github.lstm4j.data.CsvReader;
import io.github.lstm4j.data.Encoder;
import io.github.lstm4j.data.Encoder.Missing;
import io.github.lstm4j.data.ForecastErrors;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Samples;
import io.github.lstm4j.data.Split;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.Windows;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * Fine dust (PM2.5) in Beijing, hour by hour, 2010 to 2014: the last 24 hours of dust and weather
 * in, the dust 1, 6 and 24 hours ahead out. Train on 2010–2012, validate on 2013, test on 2014.
 *
 * <p>11 inputs per hour: pm2.5 (µg/m³; a missing value is filled with the last known one), dew
 * point, temperature, pressure, wind speed, hours of snow, hours of rain, and the wind direction
 * one-hot (NW, cv, NE, SE). All are standardised with the training years' mean and deviation. A
 * window whose target is missing is left out.
 *
 * <p>Data: Song Xi Chen, Beijing PM2.5, UCI Machine Learning Repository (2015), CC BY 4.0; see
 * {@code beijing-pm25.LICENCE.txt} beside the resource.
 */
public final class BeijingPm25 {
  /** How many hours go in. */
  public static final int WINDOW = 24;

  /** How many hours ahead is forecast; a list of three. */
  public static final List<Integer> HORIZONS = List.of(1, 6, 24);

  private static final String RESOURCE = "beijing-pm25.csv.gz";
  private static final LocalDateTime FIRST_HOUR = LocalDateTime.of(2010, 1, 1, 0, 0);
  private static final String[] WEATHER = {"DEWP", "TEMP", "PRES", "Iws", "Is", "Ir"};
  private static final List<String> WINDS = List.of("NW", "cv", "NE", "SE");
  private static final double EPSILON = 1e-8; // added to each deviation

  /** What the model learns to forecast. */
  public enum Form {
    /** The value ahead, standardised. */
    LEVEL,
    /** The value ahead less the last known one, both standardised: easier to learn. */
    CHANGE
  }

  private final Normalizer inputs;
  private final Normalizer.Column target;
  private final Tensor hours;
  private final double[] measured;
  private final Part train;
  private final Part validation;
  private final Part test;

  private BeijingPm25(Table table) {
    double[] year = table.numbers("year");
    Split split = Split.at(table.rows(), firstRowOf(2013, year), firstRowOf(2014, year));

    Encoder encoder = Encoder.empty().number("pm2.5", Missing.FORWARD_FILL_OR_ZERO);
    for (String column : WEATHER) {
      encoder = encoder.number(column, Missing.FAIL);
    }
    Frame frame = encoder.oneHot("cbwd", Missing.FAIL, WINDS).encode(table);
    inputs =
        new Normalizer(
            Normalizer.fit(Normalizer.Kind.STANDARD, frame, split.train()).columns().stream()
                .map(c -> new Normalizer.Column(c.name(), c.shift(), c.scale() + EPSILON))
                .toList());
    // the target's scale: of the measured values, not of the filled ones
    Frame pm = Encoder.empty().number("pm2.5", Missing.KEEP).encode(table);
    Normalizer targets = Normalizer.fit(Normalizer.Kind.STANDARD, pm, split.train());
    target = targets.column("pm2.5");
    measured = pm.values();

    Tensor x = inputs.apply(frame);
    hours = x;
    Tensor y = targets.apply(pm);
    double[] filled = column(frame, 0);
    train = new Part(x, y, filled, split.train());
    validation = new Part(x, y, filled, split.validation());
    test = new Part(x, y, filled, split.test());
  }

  /** Loads the data set that is shipped with the library, and cuts its windows. */
  public static BeijingPm25 load() {
    return new BeijingPm25(table());
  }

  /** The shipped table as it is: all 43,824 hours, all columns. */
  public static Table table() {
    try (InputStream in = BeijingPm25.class.getResourceAsStream(RESOURCE)) {
      return CsvReader.of(new GZIPInputStream(in, 1 << 16), RESOURCE).read();
    } catch (IOException e) {
      throw new IllegalStateException("the shipped data set is damaged: " + Printable.reason(e), e);
    }
  }

  private static int firstRowOf(int year, double[] years) {
    int row = 0;
    while (years[row] < year) {
      row++;
    }
    return row;
  }

  private static double[] column(Frame frame, int j) {
    double[] values = new double[frame.rows()];
    Arrays.setAll(values, row -> frame.values()[row * frame.names().size() + j]);
    return values;
  }

  /** All hours, (43824, 11), standardised. */
  Tensor hours() {
    return hours;
  }

  /** PM2.5 of all hours, µg/m³; NaN where it is missing. Live, not a copy. */
  double[] measured() {
    return measured;
  }

  /** The first hour of a year. */
  static int row(int year) {
    return (int) Duration.between(FIRST_HOUR, LocalDateTime.of(year, 1, 1, 0, 0)).toHours();
  }

  /** The inputs' scale: 11 columns, the first is pm2.5. */
  public Normalizer inputs() {
    return inputs;
  }

  /** The target's scale: pm2.5 as measured in the training years. */
  public Normalizer.Column target() {
    return target;
  }

  /** 2010 to 2012. */
  public Part train() {
    return train;
  }

  /** 2013. */
  public Part validation() {
    return validation;
  }

  /** 2014. */
  public Part test() {
    return test;
  }

  /** The windows of some years. */
  public final class Part {
    private static final int H = 3; // horizons

    private final Samples level;
    private final int[] lastRows;
    private final double[] last; // the last known value, µg/m³

    private Part(Tensor x, Tensor y, double[] filled, Range range) {
      Windows windows =
          Windows.of(WINDOW).horizons(HORIZONS.stream().mapToInt(Integer::intValue).toArray());
      int[] starts = windows.starts(y, range);
      level = new Samples(windows.inputs(x, starts), windows.targets(y, starts));
      lastRows = Arrays.stream(starts).map(windows::lastRow).toArray();
      last = Arrays.stream(lastRows).mapToDouble(row -> filled[row]).toArray();
    }

    /** The number of windows. */
    public int size() {
      return last.length;
    }

    /** Inputs {@code (N, 24, 11)} and targets {@code (N, 3)}, standardised. */
    public Samples samples(Form form) {
      if (form == Form.LEVEL) {
        return level;
      }
      float[] y = level.y().data().clone();
      for (int at = 0; at < y.length; at++) {
        y[at] = (float) (y[at] - known(at / H));
      }
      return new Samples(level.x(), Tensor.of(y, level.y().shape()));
    }

    /** The last known value of window {@code n}, on the target's scale. */
    private double known(int n) {
      int at = ((n + 1) * WINDOW - 1) * inputs.columns().size(); // pm2.5 of the last hour
      Normalizer.Column pm = inputs.columns().get(0);
      return level.x().data()[at] * pm.scale() / target.scale()
          + (pm.shift() - target.shift()) / target.scale();
    }

    /** The hour of the last input of window {@code n}. */
    public LocalDateTime hour(int n) {
      return FIRST_HOUR.plusHours(lastRows[n]);
    }

    /**
     * A model's forecasts in µg/m³.
     *
     * @param predicted {@code (N, 3)}, in the form the model was trained on
     * @return {@code (N, 3)}, row-major
     */
    public double[] concentrations(Tensor predicted, Form form) {
      if (!predicted.shape().equals(level.y().shape())) {
        throw new IllegalArgumentException(
            "expected forecasts of shape " + level.y().shape() + ", got " + predicted.shape());
      }
      double[] out = new double[predicted.size()];
      for (int at = 0; at < out.length; at++) {
        double scaled = predicted.data()[at];
        out[at] = target.invert(form == Form.CHANGE ? scaled + known(at / H) : scaled);
      }
      return out;
    }

    /** What came, in µg/m³: {@code (N, 3)}, row-major. */
    public double[] truth() {
      return concentrations(level.y(), Form.LEVEL);
    }

    /** The forecast that nothing changes, in µg/m³: {@code (N, 3)}, row-major. */
    public double[] persistence() {
      double[] out = new double[last.length * H];
      Arrays.setAll(out, at -> last[at / H]);
      return out;
    }

    /** How far forecasts in µg/m³ are off, by horizon. */
    public ForecastErrors errors(double[] concentrations) {
      return ForecastErrors.of(concentrations, truth(), H);
    }
  }
}

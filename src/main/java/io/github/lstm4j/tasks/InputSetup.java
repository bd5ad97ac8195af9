package io.github.lstm4j.tasks;

import io.github.lstm4j.data.Calendar;
import io.github.lstm4j.data.CsvFormat;
import io.github.lstm4j.data.CsvReader;
import io.github.lstm4j.data.Encoder;
import io.github.lstm4j.data.Encoder.Missing;
import io.github.lstm4j.data.Encoder.Unknown;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Split;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.TimeOrder;
import io.github.lstm4j.data.TimeStep;
import io.github.lstm4j.io.Printable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Which columns of a table go into a model, and how; what tasks have in common.
 *
 * <pre>{@code
 * InputSetup inputs = InputSetup.of("load", "price")
 *     .time("time")
 *     .group("station")
 *     .calendar(Calendar.HOUR, Calendar.WEEKDAY)
 *     .known("price");
 * }</pre>
 */
public final class InputSetup {
  private static final int FEW = 20; // texts, of which any number of rows may have

  private final List<String> features; // null: all columns but time, group and excepted ones
  private Missing missing = Missing.FAIL;
  private Unknown unknown = Unknown.FAIL;
  private Normalizer.Kind scale = Normalizer.Kind.STANDARD;
  private boolean scalePerGroup;
  private CsvFormat format = CsvFormat.DEFAULT;
  private String time; // null: rows follow each other without a gap
  private String group; // null: all rows are one series
  private boolean sort;
  private Table.Keep dedupe; // null: there must be one row for a time
  private TimeStep step; // null: found
  private List<Calendar> calendar = List.of();
  private List<String> known = List.of();
  private Set<String> excepted = Set.of();

  private InputSetup(List<String> features) {
    this.features = features;
  }

  /** All columns but the time and the group. */
  public static InputSetup all() {
    return new InputSetup(null);
  }

  /** These columns; text is one-hot encoded. */
  public static InputSetup of(String... columns) {
    return new InputSetup(distinct("features (--features)", List.of(columns)));
  }

  /** What is done about a missing value; default: an error. */
  public InputSetup missing(Missing policy) {
    missing = policy;
    return this;
  }

  /** What is done about a category that no training row has; default: an error. */
  public InputSetup unknown(Unknown policy) {
    unknown = policy;
    return this;
  }

  /** How columns are scaled; default: standardised. */
  public InputSetup scale(Normalizer.Kind kind) {
    scale = kind;
    return this;
  }

  /** How columns are scaled. */
  Normalizer.Kind scale() {
    return scale;
  }

  /**
   * Whether each group's rows are scaled by its own training rows; then a group that was not there
   * in training is an error later. Default false: all rows alike.
   */
  public InputSetup scalePerGroup(boolean own) {
    scalePerGroup = own;
    return this;
  }

  /** Whether each group's rows are scaled by its own. */
  boolean scalePerGroup() {
    return scalePerGroup;
  }

  /** Learns the scale of columns from the training rows. */
  Scales fitScale(Frame frame, List<Range> train) {
    return Scales.fit(scale, frame, train, scalePerGroup ? group : null);
  }

  /** How files are written; default: what can be seen of them. */
  public InputSetup format(CsvFormat written) {
    format = written;
    return this;
  }

  /** The column that holds the time: no window then spans a gap. */
  public InputSetup time(String column) {
    time = column;
    return this;
  }

  /** The column that holds the time, or null. */
  public String time() {
    return time;
  }

  /** The columns that were named to go in, those known beforehand too; null: all there are. */
  public List<String> columns() {
    if (features == null) {
      return null;
    }
    Set<String> named = new LinkedHashSet<>(features);
    named.addAll(known);
    return List.copyOf(named);
  }

  /**
   * The column that says whose a row is: a station's, a shop's, a patient's. Windows and sequences
   * never hold rows of two, and each has its own last rows held back.
   */
  public InputSetup group(String column) {
    group = column;
    return this;
  }

  /** The column that says whose a row is, or null. */
  public String group() {
    return group;
  }

  /** Whether rows are brought in the order of time; else they must be. Default false. */
  public InputSetup sort(boolean sorted) {
    sort = sorted;
    return this;
  }

  /** Which of several rows at one time is kept; default null: there must be one. */
  public InputSetup dedupe(Table.Keep keep) {
    dedupe = keep;
    return this;
  }

  /** How far rows that follow each other lie apart; default null: the median of their distances. */
  public InputSetup step(TimeStep apart) {
    step = apart;
    return this;
  }

  /** Parts of the time that go in too. */
  public InputSetup calendar(Calendar... parts) {
    calendar = distinct("calendar (--calendar)", List.of(parts));
    return this;
  }

  /**
   * Columns that are known beforehand, such as prices, holidays or a weather forecast: their values
   * at the rows that are forecast go in too.
   */
  public InputSetup known(String... columns) {
    known = distinct("known (--known)", List.of(columns));
    return this;
  }

  /**
   * Without these columns, which say what is to be found out.
   *
   * @throws IllegalArgumentException if one was named to go in
   */
  InputSetup except(String... columns) {
    excepted = Set.of(columns);
    for (String column : columns) {
      if (features != null && features.contains(column)) {
        throw new IllegalArgumentException(
            "column "
                + Printable.text(column)
                + " is what is to be found out, and cannot go in; leave it out of the features");
      }
    }
    return this;
  }

  /**
   * Checks that what was said fits together, as far as no table is needed for that.
   *
   * @throws IllegalArgumentException if not; says what is missing
   */
  public InputSetup checked() {
    reading();
    require(
        time != null || calendar.isEmpty(),
        "calendar (--calendar): needs the time column (--time)");
    require(
        group != null || !scalePerGroup,
        "a scale for each group (--scale-per-group): needs the column of the group (--group)");
    require(
        scale != Normalizer.Kind.NONE || !scalePerGroup,
        "a scale for each group (--scale-per-group): there is no scale (--normalize none)");
    require(time != null || step == null, "step (--step): needs the time column (--time)");
    return this;
  }

  private TableReading reading() {
    CsvFormat whole =
        time == null ? format : format.withTime(time, format.times().getOrDefault(time, ""));
    return new TableReading(whole, time, group, sort, dedupe);
  }

  /**
   * Reads the columns that are needed; see {@link TaskSetup#read}.
   *
   * @param more columns that are needed beside the inputs; they must be there
   * @param texts those of them that hold texts, even if they look like numbers
   */
  Table read(Path csv, List<String> more, List<String> texts) throws IOException {
    Set<String> needed = null;
    if (features != null) {
      needed = new LinkedHashSet<>(columns());
      needed.addAll(more);
    }
    Table table = reading().read(CsvReader.of(csv), needed, List.of(), texts);
    return missing == Missing.DROP_ROW ? table.dropMissing(features(table)) : table;
  }

  /** The columns of the table that go in. */
  public List<String> features(Table table) {
    return features != null
        ? features
        : table.names().stream()
            .filter(c -> !c.equals(time) && !c.equals(group) && !excepted.contains(c))
            .toList();
  }

  /** What was found in the file beside what was said, and what might be said: a line each. */
  public List<String> notes(Table table) {
    List<String> notes = new ArrayList<>();
    String found = table.format() == null ? "" : table.format().found(format);
    if (!found.isEmpty()) {
      notes.add(table.source() + ": read with " + found + ", as the file shows");
    }
    if (time != null && step == null) {
      TimeStep fitted =
          TimeStep.fit(
              table, time, Split.fractions(table, 0, 0).stream().map(Split::train).toList());
      if (fitted != null && fitted.unit() == TimeStep.Unit.MONTHS) {
        notes.add(table.source() + ": rows are apart by --step " + fitted);
      }
      String hint = fitted == null ? null : fitted.hint(table, time);
      if (hint != null) {
        notes.add(table.source() + ": " + hint);
      }
    }
    return notes;
  }

  /**
   * Which rows train, validate and test: for each stretch of rows that is split by itself one
   * split, with ranges of the whole table.
   *
   * @param validation the fraction of each stretch that validates
   * @param test the fraction of each stretch, its newest rows, that tests
   */
  public List<Split> splits(Table table, double validation, double test) {
    return Split.fractions(table, validation, test);
  }

  /** The columns that are known beforehand. */
  List<String> known() {
    return known;
  }

  /** As {@link #fit(Table, List, List)}, where nothing lies ahead. */
  TableInputs fit(Table table, List<Range> train) {
    require(known.isEmpty(), "known (--known): only what is forecast has rows ahead");
    return fit(table, train, List.of());
  }

  /**
   * Learns categories, scales and the time step from the training rows.
   *
   * @param ahead how many rows ahead the columns go in that are known beforehand
   */
  TableInputs fit(Table table, List<Range> train, List<Integer> ahead) {
    checked();
    if (time != null) {
      TimeOrder.check(table, time);
    }
    Encoder encoder = Encoder.empty();
    for (String column : features(table)) {
      encoder = plus(encoder, table, column, train);
    }
    for (Calendar part : calendar) {
      require(
          table.timeFormat(time).hasDate(),
          "calendar (--calendar): column "
              + Printable.text(time)
              + " holds numbers, not dates; say what they count since 1970 with --time-format"
              + " epoch-seconds or epoch-millis");
      encoder = encoder.calendar(time, part);
    }
    for (int rows : known.isEmpty() ? List.<Integer>of() : ahead) {
      Encoder later = Encoder.empty();
      for (String column : known) {
        later = plus(later, table, column, train);
      }
      encoder = encoder.ahead(rows, later);
    }
    require(
        step == null
            || time == null
            || step.unit() == TimeStep.Unit.SECONDS
            || table.timeFormat(time).hasDate(),
        "step (--step %s): column %s holds numbers, not dates; say what they count since 1970 with"
            + " --time-format epoch-seconds or epoch-millis, or give the step as a number",
        step,
        Printable.text(String.valueOf(time)));
    TimeStep apart = step != null || time == null ? step : TimeStep.fit(table, time, train);
    Encoder whole = encoder;
    TableReading reading = reading();
    TableInputs unscaled =
        new TableInputs(
            table.format() == null ? reading : reading.withFormat(used(table.format())),
            whole,
            Scales.of(
                new Normalizer(
                    whole.names().stream().map(n -> new Normalizer.Column(n, 0, 1)).toList())),
            apart);
    return unscaled.scaled(fitScale(unscaled.encode(table), train));
  }

  /** What is stored: what was found of the numbers and times, as another file may not show it. */
  private CsvFormat used(CsvFormat found) {
    CsvFormat used = format;
    if (found.decimal() != null) {
      used = used.withDecimal(found.decimal());
    }
    for (Map.Entry<String, String> column : found.times().entrySet()) {
      used = used.withTime(column.getKey(), column.getValue());
    }
    return used;
  }

  private Encoder plus(Encoder encoder, Table table, String column, List<Range> train) {
    if (!table.isCategorical(column)) {
      return encoder.number(column, missing);
    }
    if (table.format() == null || !table.format().categorical().contains(column)) {
      String name = Printable.text(column);
      String moment = table.undeclaredTime(column);
      require(
          moment == null,
          "column %s holds times such as '%s'; name it with --time, leave it out with --features, or"
              + " declare it with --categorical",
          name,
          moment);
      int texts = table.categories(column).size();
      require(
          texts <= FEW || 2 * texts <= table.rows(),
          "column %s holds %d different texts in %d rows, too many to be categories; leave it out"
              + " with --features, or declare it with --categorical",
          name,
          texts,
          table.rows());
    }
    return encoder.oneHot(column, missing, Encoder.sortedCategories(table, column, train), unknown);
  }

  /**
   * Values of which each says something.
   *
   * @throws IllegalArgumentException if one is there twice
   */
  static <T> List<T> distinct(String what, List<T> values) {
    Set<T> seen = new HashSet<>();
    for (T value : values) {
      require(seen.add(value), what + ": has " + Printable.text(value.toString()) + " twice");
    }
    return List.copyOf(values);
  }

  private static void require(boolean holds, String problem, Object... values) {
    if (!holds) {
      throw new IllegalArgumentException(
          values.length == 0 ? problem : String.format(Locale.ROOT, problem, values));
    }
  }
}

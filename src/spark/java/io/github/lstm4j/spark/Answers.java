package io.github.lstm4j.spark;

import io.github.lstm4j.data.Table;
import io.github.lstm4j.tasks.AnomalyTask;
import io.github.lstm4j.tasks.ClassLabel;
import io.github.lstm4j.tasks.ForecastTask;
import io.github.lstm4j.tasks.SequenceTask;
import io.github.lstm4j.tasks.Task;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** What a task says of a table ({@code TaskSamples.results}), as rows of a Dataset. */
final class Answers {
  private static final String ACTUAL = "actual";
  private static final String TIME = "time";

  private Answers() {}

  private static boolean has(StructType schema, String column) {
    return List.of(schema.fieldNames()).contains(column);
  }

  /** Adds the columns that the answers are compared with, as far as they are there. */
  static void truth(Task task, StructType schema, TableColumns columns) {
    if (task instanceof ForecastTask forecast) {
      for (String target : forecast.targetNames()) {
        if (has(schema, target)) {
          columns.number(schema, target);
        }
      }
    } else if (isLabelled(task, schema)) {
      if (truthType(task).equals(DataTypes.StringType)) {
        columns.label(schema, label(task));
      } else {
        columns.number(schema, label(task));
      }
    }
  }

  /** The column of the label, or null. */
  private static String label(Task task) {
    return task instanceof SequenceTask sequences
        ? sequences.label().column()
        : ((AnomalyTask) task).label();
  }

  private static boolean isLabelled(Task task, StructType schema) {
    return label(task) != null && has(schema, label(task));
  }

  private static DataType truthType(Task task) {
    return task instanceof AnomalyTask
            || (task instanceof SequenceTask s && s.label() instanceof ClassLabel)
        ? DataTypes.StringType
        : DataTypes.DoubleType;
  }

  /**
   * The schema of the answers.
   *
   * @param data that of the rows
   * @param time the type of the time
   */
  static StructType schema(Task task, StructType data, DataType time) {
    StructType keys = new StructType();
    if (task.inputs().group() != null) {
      keys = keys.add("group", DataTypes.StringType);
    }
    keys = keys.add("row", DataTypes.LongType, false).add(TIME, time);
    if (task instanceof ForecastTask forecast) {
      return forecasts(keys, forecast);
    }
    StructType said =
        task instanceof SequenceTask sequences
            ? labels(keys, sequences)
            : keys.add("score", DataTypes.DoubleType)
                .add("anomaly", DataTypes.BooleanType, false)
                .add("worst_column", DataTypes.StringType, false);
    return isLabelled(task, data) ? said.add(ACTUAL, truthType(task)) : said;
  }

  private static StructType forecasts(StructType keys, ForecastTask task) {
    StructType all =
        keys.add("target", DataTypes.StringType, false)
            .add("horizon", DataTypes.IntegerType, false)
            .add("forecast", DataTypes.DoubleType);
    if (task.interval() != null) {
      all = all.add("lower", DataTypes.DoubleType).add("upper", DataTypes.DoubleType);
    }
    return all.add(ACTUAL, DataTypes.DoubleType);
  }

  private static StructType labels(StructType keys, SequenceTask task) {
    StructType all = keys.add("predicted", truthType(task));
    if (task.label() instanceof ClassLabel label) {
      for (ClassLabel.OneClass c : label.classes()) {
        all = all.add("probability_" + c.label(), DataTypes.DoubleType);
      }
    }
    return all;
  }

  /**
   * The answers as rows.
   *
   * @param columns those of the rows that were answered
   * @param schema that of the answers, with the time in the type that columns give
   */
  static List<Row> rows(Table answers, TableColumns columns, StructType schema) {
    double[] times = answers.times(TIME);
    List<Cell> cells = new ArrayList<>();
    for (StructField field : schema.fields()) {
      cells.add(
          field.name().equals(TIME)
              ? i -> columns.time(answers, TIME, times[i])
              : cell(answers, field));
    }
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < answers.rows(); i++) {
      Object[] row = new Object[cells.size()];
      for (int k = 0; k < row.length; k++) {
        row[k] = cells.get(k).of(i);
      }
      rows.add(RowFactory.create(row));
    }
    return rows;
  }

  /** A column's value in a row. */
  private interface Cell {
    Object of(int row);
  }

  private static Cell cell(Table answers, StructField field) {
    String name = field.name();
    DataType type = field.dataType();
    if (type.equals(DataTypes.StringType)) {
      return i -> answers.text(name, i);
    }
    if (type.equals(DataTypes.BooleanType)) {
      return i -> Boolean.valueOf(answers.text(name, i));
    }
    double[] numbers = answers.numbers(name);
    if (type.equals(DataTypes.LongType)) {
      return i -> (long) numbers[i];
    }
    if (type.equals(DataTypes.IntegerType)) {
      return i -> (int) numbers[i];
    }
    return i -> Double.isNaN(numbers[i]) ? null : numbers[i];
  }
}

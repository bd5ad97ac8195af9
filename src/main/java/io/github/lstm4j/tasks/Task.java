package io.github.lstm4j.tasks;

import io.github.lstm4j.data.CsvReader;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * How the rows of a table become a model's inputs, and a model's outputs become answers in the
 * table's units. Fitted on the training rows ({@link TaskSetup}), and stored in the model's file.
 */
public sealed interface Task permits ForecastTask, SequenceTask, AnomalyTask {
  /** How rows become inputs. */
  TableInputs inputs();

  /** The same task on files that are read in another way. */
  Task reading(UnaryOperator<TableReading> how);

  /** What the model takes, without the batch: {@code (timesteps, features)}. */
  Shape inputShape();

  /** What the model gives, without the batch. */
  default Shape outputShape() {
    int units = head().units();
    return head().per() == Head.Per.SAMPLE ? Shape.of(units) : Shape.of(inputShape().dim(0), units);
  }

  /** What the model ends in. */
  Head head();

  /** A name for each of the model's outputs, as far as they have some; else none. */
  default List<String> outputNames() {
    return List.of();
  }

  /** What the samples of each class count in training; classes that are not named count 1. */
  default Map<Integer, Double> classWeight() {
    return Map.of();
  }

  /** What makes {@link #inputShape}, for messages: "forecast: a window and its columns". */
  String describeInputs();

  /** What makes {@link #outputShape}, for messages. */
  String describeOutputs();

  /** As {@link #read(CsvReader, boolean)}, from a file. */
  default Table read(Path csv, boolean withTruth) throws IOException {
    return read(CsvReader.of(csv), withTruth);
  }

  /**
   * Reads the columns that this task needs, and no others; the truth only if asked for.
   *
   * @param csv how it is to be read, the task knows
   */
  Table read(CsvReader csv, boolean withTruth) throws IOException;

  /**
   * The same task, measured by the labels in that column.
   *
   * @throws IllegalArgumentException if the truth is what was learnt
   */
  default Task labelled(String column) {
    throw new IllegalArgumentException(
        "column "
            + Printable.text(column)
            + " cannot be the label: this model is measured by what it has learnt; only anomaly"
            + " scores are measured by another column");
  }

  /** All samples with a known truth in these rows of the encoded table. */
  TaskSamples cut(Frame frame, List<Range> rows);

  /** All samples of the encoded table, whether their truth is known or not. */
  TaskSamples cutInputs(Frame frame);

  /** What a sample is, for messages: "whole window with its target". */
  String describeSample(boolean withTruth);

  /** How many rows a sample needs at least. */
  int sampleRows(boolean withTruth);

  /** As maps and lists, to be stored beside a model under a key of its own. */
  Map<String, Object> toExtra();
}

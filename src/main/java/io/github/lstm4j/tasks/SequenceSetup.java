package io.github.lstm4j.tasks;

import io.github.lstm4j.data.Split;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.io.Printable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Which label is to be learnt of which sequences: of whole groups of rows (a device, a patient, a
 * customer), of each row of a group, or of windows of rows.
 *
 * <pre>{@code
 * SequenceSetup setup = SequenceSetup.classify("failed")
 *     .inputs(InputSetup.all().group("engine").time("hour"));
 * Table table = setup.read(Path.of("engines.csv"));
 * List<Split> splits = setup.splits(table, 0.2, 0); // never a group in two parts
 * SequenceTask task = setup.fit(table, splits.stream().map(Split::train).toList());
 * }</pre>
 */
public final class SequenceSetup implements TaskSetup {
  private final String label;
  private final boolean classes;
  private InputSetup inputs;
  private int window; // 0: whole groups
  private int maxLength; // 0: as long as the longest
  private boolean perStep;
  private ClassWeights weights = ClassWeights.none();

  private SequenceSetup(String label, boolean classes) {
    this.label = label;
    this.classes = classes;
    inputs = InputSetup.all().except(label);
  }

  /** To tell the classes in this column apart: texts or numbers. */
  public static SequenceSetup classify(String label) {
    return new SequenceSetup(label, true);
  }

  /** To say the number in this column. */
  public static SequenceSetup regress(String label) {
    return new SequenceSetup(label, false);
  }

  /** What goes in; default: all columns but the label. The label never does. */
  public SequenceSetup inputs(InputSetup columns) {
    inputs = columns.except(label);
    return this;
  }

  /**
   * Windows of so many rows, each labelled as its last row; default: whole groups, whose rows have
   * one label or, where some have none, at most one.
   */
  public SequenceSetup window(int rows) {
    window = rows;
    return this;
  }

  /**
   * Of longer groups only the last so many rows; default: as many as the longest that is trained on
   * has.
   */
  public SequenceSetup maxLength(int rows) {
    maxLength = rows;
    return this;
  }

  /** Whether each row of a group has a label of its own; default false. */
  public SequenceSetup perStep(boolean each) {
    perStep = each;
    return this;
  }

  /** How much the samples of each class count in training; default: all alike. */
  public SequenceSetup classWeights(ClassWeights each) {
    weights = each;
    return this;
  }

  private void check() {
    require(window > 0 || inputs.group() != null, "a group column or a window is needed");
    require(window == 0 || !perStep, "a window has one label, that of its last row");
    require(window == 0 || maxLength == 0, "windows are all equally long");
    require(weights.isNone() || (classes && !perStep), "weights are those of samples' classes");
    require(!label.equals(inputs.group()), "the label is the group");
    require(
        !inputs.scalePerGroup(),
        "a scale for each group (--scale-per-group): what is held back are whole groups, of which"
            + " no scale is learnt");
  }

  private static void require(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException(problem);
    }
  }

  @Override
  public InputSetup inputs() {
    return inputs;
  }

  @Override
  public Table read(Path csv) throws IOException {
    check();
    Table table = inputs.read(csv, List.of(label), classes ? List.of(label) : List.of());
    if (!classes) {
      table.numbers(label); // fails here if they are none
    }
    return table;
  }

  /**
   * Groups are never in two parts; which part a group falls into depends on its name alone, and
   * each class of label has its fraction in each part. Windows without groups: {@link
   * InputSetup#splits}.
   */
  @Override
  public List<Split> splits(Table table, double validation, double test) {
    if (inputs.group() == null) {
      return inputs.splits(table, validation, test);
    }
    Split.fractions(0, validation, test); // refuses what are none
    List<Range> groups = Spans.groups(table, inputs.group());
    Map<String, List<Range>> byClass = new TreeMap<>();
    for (Range group : groups) {
      String last = classes ? ClassLabel.text(table, label, group.to() - 1) : null;
      byClass.computeIfAbsent(String.valueOf(last), l -> new ArrayList<>()).add(group);
    }
    List<Split> splits = new ArrayList<>();
    double owedTest = 0.5;
    double owedValidation = 0.5;
    for (List<Range> alike : byClass.values()) {
      alike.sort(Comparator.comparingInt(g -> scattered(table.text(inputs.group(), g.from()))));
      for (int i = 0; i < alike.size(); i++) {
        Range group = alike.get(i);
        owedTest += test;
        owedValidation += validation;
        boolean first = i == 0; // each class is trained on
        Range none = new Range(group.from(), group.from());
        if (owedTest >= 1 && !first) {
          owedTest--;
          splits.add(new Split(none, none, group));
        } else if (owedValidation >= 1 && !first) {
          owedValidation--;
          splits.add(new Split(none, group, none));
        } else {
          splits.add(new Split(group, none, none));
        }
      }
    }
    return splits;
  }

  /** A number that looks random, always the same for a name: MurmurHash3's last step. */
  private static int scattered(String name) {
    int h = name.hashCode();
    h = (h ^ (h >>> 16)) * 0x85ebca6b;
    h = (h ^ (h >>> 13)) * 0xc2b2ae35;
    return h ^ (h >>> 16);
  }

  @Override
  public SequenceTask fit(Table table, List<Range> train) {
    check();
    TableInputs fitted = inputs.fit(table, train);
    Spans spans;
    int timesteps = window;
    if (window > 0) {
      spans = Spans.windows(fitted.windows(fitted.encode(table), window), table.rows(), train);
    } else {
      int longest = maxLength > 0 ? maxLength : Integer.MAX_VALUE;
      spans = Spans.whole(Spans.groups(table, inputs.group()), train, longest);
      timesteps = maxLength > 0 ? maxLength : Math.max(1, spans.longest());
    }
    Labelled labelled = window > 0 ? Labelled.WINDOW : perStep ? Labelled.ROW : Labelled.GROUP;
    int[] rows = labelled.rows(table, label, inputs.group(), spans);
    int[] known = Arrays.stream(rows).filter(row -> row >= 0).toArray();
    if (known.length == 0) {
      throw new IllegalArgumentException(
          "column "
              + Printable.text(label)
              + ": no label is known of the "
              + spans.size()
              + (window > 0 ? " training windows" : " training groups"));
    }
    return new SequenceTask(fitted, label(table, known), timesteps, labelled);
  }

  private SequenceLabel label(Table table, int[] rows) {
    if (classes) {
      return ClassLabel.fit(
          label,
          IntStream.of(rows).mapToObj(row -> ClassLabel.text(table, label, row)).toList(),
          weights);
    }
    double[] numbers = table.numbers(label);
    double[] some = IntStream.of(rows).mapToDouble(row -> numbers[row]).toArray();
    return NumberLabel.fit(label, inputs.scale(), some);
  }

  @Override
  public SequenceTask fit(Table table, Range train) {
    return fit(table, List.of(train));
  }
}

package io.github.lstm4j.tasks;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.data.ClassificationErrors;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.StoredFields;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A label that is one of some classes: numbers by their size, texts by their letters; of two texts
 * the rarer is the second. Of two classes the model gives the probability of the second (sigmoid,
 * binary crossentropy), which measures call the positive one; of more, that of each (softmax,
 * sparse categorical crossentropy).
 *
 * @param column the column that holds it
 * @param classes the classes in order, two at least
 */
public record ClassLabel(String column, List<OneClass> classes) implements SequenceLabel {
  private static final int SHOWN = 8;
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(0|[1-9][0-9]*)(\\.[0-9]*)?([eE][-+]?[0-9]+)?");

  /**
   * One class.
   *
   * @param label its name, as the file has it; a number without needless digits: 1, not 1.0
   * @param share of the training samples
   * @param weight how much its samples count in training
   */
  public record OneClass(String label, double share, double weight) {}

  /**
   * Checks the classes.
   *
   * @throws IllegalArgumentException if there are fewer than two, two alike, or a share or weight
   *     is out of range
   */
  public ClassLabel {
    classes = List.copyOf(classes);
    long different = classes.stream().map(OneClass::label).distinct().count();
    if (classes.size() < 2 || different < classes.size()) {
      throw new IllegalArgumentException(
          "expected at least two classes, each once, got "
              + Printable.text(classes.stream().map(OneClass::label).toList()));
    }
    for (OneClass c : classes) {
      if (!(c.share > 0 && c.share < 1) || !(c.weight > 0 && c.weight <= Float.MAX_VALUE)) {
        throw new IllegalArgumentException(
            "class "
                + Printable.text(c.label)
                + ": expected a share between 0 and 1 and a weight greater than 0, got "
                + c.share
                + " and "
                + c.weight);
      }
    }
  }

  /**
   * Learns which classes there are.
   *
   * @param labels those of the training samples
   */
  static ClassLabel fit(String column, List<String> labels, ClassWeights weights) {
    Map<String, Integer> counted = new TreeMap<>(order(labels));
    labels.forEach(label -> counted.merge(label, 1, Integer::sum));
    List<String> names = new ArrayList<>(counted.keySet());
    if (names.size() == 2 && !names.stream().allMatch(ClassLabel::isNumber)) {
      names.sort(Comparator.comparing(name -> -counted.get(name))); // what is rare is looked for
    }
    if (names.size() < 2) {
      throw new IllegalArgumentException(
          "column "
              + Printable.text(column)
              + ": the training rows hold "
              + Printable.text(names)
              + "; to tell classes apart there must be two at least");
    }
    if (names.size() == labels.size() && names.size() > 2) {
      throw new IllegalArgumentException(
          "column "
              + Printable.text(column)
              + ": each of the "
              + names.size()
              + " training samples has a label of its own; numbers are learnt by the task regress");
    }
    int[] counts = names.stream().mapToInt(counted::get).toArray();
    List<Double> each = weights.of(names, counts);
    List<OneClass> classes = new ArrayList<>();
    for (int c = 0; c < counts.length; c++) {
      classes.add(new OneClass(names.get(c), counts[c] / (double) labels.size(), each.get(c)));
    }
    return new ClassLabel(column, classes);
  }

  /** Numbers by their size, anything else by its letters. */
  private static Comparator<String> order(List<String> labels) {
    boolean numbers = labels.stream().allMatch(ClassLabel::isNumber);
    return numbers ? Comparator.comparingDouble(Double::parseDouble) : Comparator.naturalOrder();
  }

  static boolean isNumber(String text) {
    return NUMBER.matcher(text).matches();
  }

  /** The label in a row, a number in one form only; null if it is missing. */
  static String text(Table table, String column, int row) {
    String text = table.text(column, row);
    if (text == null || !isNumber(text)) {
      return text;
    }
    double number = Double.parseDouble(text) + 0.0; // -0 is 0
    return number == Math.rint(number) && Math.abs(number) < 1e15
        ? Long.toString((long) number)
        : Double.toString(number);
  }

  private List<String> names() {
    return classes.stream().map(OneClass::label).toList();
  }

  @Override
  public Head head(Head.Per per, Float padding) {
    return classes.size() == 2
        ? new Head(1, Activation.SIGMOID, Loss.binaryCrossentropy(false), per, padding)
        : new Head(
            classes.size(),
            Activation.softmax(-1),
            Loss.sparseCategoricalCrossentropy(false),
            per,
            padding);
  }

  @Override
  public float target(Table table, int row) {
    String label = text(table, column, row);
    for (int c = 0; c < classes.size(); c++) {
      if (classes.get(c).label.equals(label)) {
        return c;
      }
    }
    throw new IllegalArgumentException(
        table.where(row, column)
            + ": unknown label '"
            + Printable.text(label)
            + "'; the rows that were trained on hold "
            + Printable.text(names()));
  }

  @Override
  public Map<Integer, Double> weights() {
    Map<Integer, Double> weights = new LinkedHashMap<>();
    for (int c = 0; c < classes.size(); c++) {
      if (classes.get(c).weight != 1) {
        weights.put(c, classes.get(c).weight);
      }
    }
    return weights;
  }

  @Override
  public String describe(float[] targets) {
    int[] counts = new int[classes.size()];
    for (float target : targets) {
      counts[(int) target]++;
    }
    List<String> parts = new ArrayList<>();
    for (int c = 0; c < Math.min(SHOWN, counts.length); c++) {
      parts.add(Printable.text(classes.get(c).label) + " " + counts[c]);
    }
    if (counts.length > SHOWN) {
      parts.add("…");
    }
    return String.join(", ", parts);
  }

  /** The probability of each class: (N, C), row-major. */
  double[] probabilities(Tensor outputs) {
    int count = classes.size();
    float[] out = outputs.data();
    double[] all = new double[count == 2 ? 2 * out.length : out.length];
    for (int at = 0; at < out.length; at++) {
      if (count == 2) {
        all[2 * at] = 1.0 - out[at]; // in double: the two sum to 1
        all[2 * at + 1] = out[at];
      } else {
        all[at] = out[at];
      }
    }
    return all;
  }

  @Override
  public Table answers(Table rows, Tensor outputs) {
    double[] probabilities = probabilities(outputs);
    int count = classes.size();
    List<String> predicted = new ArrayList<>();
    for (int n = 0; n < rows.rows(); n++) {
      predicted.add(classes.get(ClassificationErrors.predicted(probabilities, n, count)).label);
    }
    Table answers = rows.withCategories("predicted", predicted);
    for (int c = 0; c < count; c++) {
      double[] column = new double[rows.rows()];
      int at = c;
      Arrays.setAll(column, n -> probabilities[n * count + at]);
      answers = answers.with("probability_" + classes.get(c).label, column);
    }
    return answers;
  }

  @Override
  public Table actual(Table answers, Table table, int[] rows) {
    return answers.withCategories(
        "actual", Arrays.stream(rows).mapToObj(row -> text(table, column, row)).toList());
  }

  /** How well the outputs tell the classes apart. */
  ClassificationErrors errors(Tensor outputs, float[] targets) {
    return ClassificationErrors.of(classes.size(), actual(targets), probabilities(outputs));
  }

  @Override
  public String errorsText(Tensor outputs, float[] targets) {
    ClassificationErrors errors = errors(outputs, targets);
    double[] shares = new double[targets.length * classes.size()];
    Arrays.setAll(shares, at -> classes.get(at % classes.size()).share);
    ClassificationErrors always = ClassificationErrors.of(classes.size(), actual(targets), shares);
    OneClass most = classes.stream().max(Comparator.comparingDouble(OneClass::share)).orElseThrow();
    return ErrorsText.classification(
        errors, always, names(), "always " + Printable.text(most.label));
  }

  @Override
  public void report(HtmlPage page, Tensor outputs, float[] targets) {
    AnswerPictures.classes(page, errors(outputs, targets), names());
  }

  private static int[] actual(float[] targets) {
    int[] actual = new int[targets.length];
    Arrays.setAll(actual, n -> (int) targets[n]);
    return actual;
  }

  @Override
  public Map<String, Object> toMap() {
    List<Object> list = new ArrayList<>();
    for (OneClass c : classes) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("label", c.label);
      map.put("share", c.share);
      map.put("weight", c.weight);
      list.add(map);
    }
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("column", column);
    map.put("classes", list);
    return map;
  }

  static ClassLabel fromStored(String path, Object stored) {
    StoredFields fields = StoredFields.of(path, stored, "column", "classes");
    List<OneClass> classes = new ArrayList<>();
    for (StoredFields c : fields.objects("classes", "label", "share", "weight")) {
      classes.add(new OneClass(c.text("label"), c.number("share"), c.number("weight")));
    }
    try {
      return new ClassLabel(fields.text("column"), classes);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(fields.path("classes") + ": " + e.getMessage(), e);
    }
  }
}

package io.github.lstm4j.tasks;

import io.github.lstm4j.data.ClassificationErrors;
import io.github.lstm4j.data.Ranking;
import io.github.lstm4j.io.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Measures as lines of aligned columns. */
public final class ErrorsText {
  private static final int LONGEST_NAME = 24;

  private ErrorsText() {}

  /**
   * The measures of a model beside those of something simpler.
   *
   * @param simple how good that is
   * @param name what it is called
   */
  public static String classification(
      ClassificationErrors model, ClassificationErrors simple, List<String> classes, String name) {
    List<List<String>> measures = new ArrayList<>();
    measures.add(List.of("", "model", name));
    measures.add(pair("accuracy", model.accuracy(), simple.accuracy()));
    measures.add(pair("balanced accuracy", model.balancedAccuracy(), simple.balancedAccuracy()));
    String of = classes.size() == 2 ? " of " + name(classes.get(1)) : ", mean of classes";
    measures.add(pair("ROC AUC" + of, model.rocAuc(), simple.rocAuc()));
    measures.add(pair("PR AUC" + of, model.averagePrecision(), simple.averagePrecision()));
    measures.add(pair("log loss", model.logLoss(), simple.logLoss()));
    return aligned(measures) + byClass(model, classes);
  }

  /**
   * The measures of scores beside those of others, and of the alarms that a threshold makes of
   * them.
   *
   * @param alarms of two classes, normal rows and anomalies
   * @param name of the others
   */
  static String anomalies(
      ClassificationErrors alarms, Ranking scores, Ranking others, String name) {
    List<List<String>> measures = new ArrayList<>();
    measures.add(List.of("", "model", name));
    measures.add(pair("ROC AUC", scores.rocAuc(), others.rocAuc()));
    measures.add(pair("PR AUC", scores.averagePrecision(), others.averagePrecision()));
    return aligned(measures) + byClass(alarms, List.of("normal", "anomaly"));
  }

  private static String byClass(ClassificationErrors errors, List<String> classes) {
    List<List<String>> each = new ArrayList<>();
    each.add(List.of("class", "precision", "recall", "F1", "samples"));
    List<List<String>> confusion = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of("actual \\ predicted"));
    classes.forEach(c -> head.add(name(c)));
    confusion.add(head);
    for (int c = 0; c < classes.size(); c++) {
      each.add(
          List.of(
              name(classes.get(c)),
              number(errors.precision(c)),
              number(errors.recall(c)),
              number(errors.f1(c)),
              String.valueOf(errors.support(c))));
      List<String> line = new ArrayList<>(List.of(name(classes.get(c))));
      for (int p = 0; p < classes.size(); p++) {
        line.add(String.valueOf(errors.confusion(c, p)));
      }
      confusion.add(line);
    }
    String blank = String.format("%n");
    return blank + aligned(each) + blank + aligned(confusion);
  }

  private static List<String> pair(String name, double model, double always) {
    return List.of(name, number(model), number(always));
  }

  private static String name(String label) {
    String text = Printable.text(label);
    return text.length() <= LONGEST_NAME ? text : text.substring(0, LONGEST_NAME - 1) + "…";
  }

  /** A measure in four digits; what cannot be said is a dash. */
  static String number(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4f", value);
  }

  /** The first column to the left, the others to the right, each as wide as it must be. */
  static String aligned(List<List<String>> lines) {
    StringBuilder s = new StringBuilder();
    for (List<String> line : lines) {
      for (int k = 0; k < line.size(); k++) {
        int column = k;
        int width = lines.stream().mapToInt(l -> l.get(column).length()).max().orElseThrow();
        String cell = line.get(k);
        s.append("  ");
        s.append(k == 0 ? cell : "");
        s.append(" ".repeat(width - cell.length()));
        s.append(k == 0 ? "" : cell);
      }
      s.append(String.format("%n"));
    }
    return s.toString();
  }
}

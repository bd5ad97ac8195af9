package io.github.lstm4j.equivalence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.UpdateRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Holds a backend against the {@link DoubleInterpreter}: every op with every option over many
 * shapes, whole models over ten training steps, and gradients against central differences. The
 * largest differences go to {@code target/equivalence-<class>.txt}.
 *
 * <p>A subclass gives the backend, and may leave out what it cannot afford.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BackendEquivalence {
  private static final int SHOWN = 20;

  private final List<String> table = new ArrayList<>();
  private final TreeMap<String, double[]> byOp = new TreeMap<>();
  private Backend backend;

  /** The backend, closed at the end. */
  abstract Backend backend();

  /** Of all random numbers; another seed makes other cases. */
  long seed() {
    return 20_240_607;
  }

  /** The most multiplications and moves a case may take. */
  long affordable() {
    return 40_000_000;
  }

  /** The part of the optional cases (combinations of options) that runs. */
  double share() {
    return 1;
  }

  /** How many random models train. */
  int models() {
    return 120;
  }

  /** How many random models have their gradients checked. */
  int gradientChecks() {
    return 300;
  }

  /** Runs a case; may do so more than once. */
  void each(Runnable test) {
    test.run();
  }

  @BeforeAll
  final void open() {
    backend = backend();
  }

  @AfterAll
  final void close() throws IOException {
    backend.close();
    StringBuilder s = new StringBuilder(backend.description()).append(System.lineSeparator());
    s.append("largest difference, in parts of |reference| + largest |reference| of its tensor");
    s.append(System.lineSeparator());
    int cases = 0;
    double largest = 0;
    for (String op : byOp.keySet()) {
      double[] row = byOp.get(op);
      s.append(String.format(Locale.ROOT, "%-18s %5.0f cases  %.2e%n", op, row[0], row[1]));
      cases += (int) row[0];
      largest = Math.max(largest, row[1]);
    }
    s.append(System.lineSeparator());
    table.forEach(line -> s.append(line).append(System.lineSeparator()));
    Path file = Path.of("target", "equivalence-" + getClass().getSimpleName() + ".txt");
    Files.createDirectories(file.getParent());
    Files.writeString(file, s);
    System.out.printf(
        Locale.ROOT,
        "equivalence of %s: %d comparisons of %d ops, largest relative difference %.1e, table in %s%n",
        backend.name(),
        cases,
        byOp.size(),
        largest,
        file);
  }

  @Test
  final void everyOpEqualsTheOracle() {
    run(OpCases.all(seed()));
  }

  @Test
  final void everyLossAndMetricEqualsTheOracle() {
    run(LossCases.all(seed()));
  }

  @Test
  final void everyRecurrentLayerEqualsTheOracle() {
    run(RecurrentCases.all(seed()));
  }

  @Test
  final void modelsTrainLikeTheOracle() {
    run(models(seed(), models()));
  }

  @Test
  final void gradientsEqualCentralDifferences() {
    List<String> wrong = new ArrayList<>();
    int checked = 0;
    for (int i = 0; i < gradientChecks(); i++) {
      Scene scene = new Scene(seed() + 7919L * i);
      RandomModel model = new RandomModel(scene, 5, Activations.ELEMENTWISE).forward().backward();
      GradientCheck check = new GradientCheck(scene, model);
      String name = "model " + i + ": ";
      each(() -> check.run(backend).forEach(line -> wrong.add(name + line)));
      checked += check.checked();
    }
    assertThat(wrong.subList(0, Math.min(SHOWN, wrong.size())))
        .as("%d wrong of %d elements", wrong.size(), checked)
        .isEmpty();
    assertThat(checked).isGreaterThan(20 * gradientChecks());
  }

  @Test
  final void everyOpAndOptionIsCovered() {
    List<Case> cases = new ArrayList<>(OpCases.all(seed()));
    cases.addAll(LossCases.all(seed()));
    cases.addAll(RecurrentCases.all(seed()));
    Set<Object> covered = new HashSet<>();
    Set<String> seen = new HashSet<>();
    for (Case c : cases) {
      Scene scene = c.optional() || seen.contains(c.op() + c.options()) ? null : c.scene();
      if (scene != null && scene.work() <= affordable()) {
        seen.add(c.op() + c.options());
        scene.graph.ops().forEach(op -> Coverage.add(op, covered));
      }
    }
    assertThat(covered).containsAll(Coverage.ops());
    assertThat(covered).contains((Object[]) ElementwiseOp.Combine.values());
    assertThat(covered).contains((Object[]) ElementwiseOp.Unary.values());
    assertThat(covered).containsAll(LossCases.WITH_ROWS);
    assertThat(covered).contains((Object[]) Loss.Reduction.values());
    assertThat(covered)
        .containsAll(
            EnumSet.range(
                Metric.Kind.MEAN, Metric.Kind.SPARSE_TOP_K_CATEGORICAL_ACCURACY)); // with rows
    assertThat(covered).contains((Object[]) UpdateRule.class.getPermittedSubclasses());
    assertThat(covered).contains((Object[]) CellSpec.class.getPermittedSubclasses());
    assertThat(covered).contains((Object[]) Peephole.values());
    for (Activation a : Activations.ALL) {
      assertThat(covered).contains(Coverage.of("Activate", a), Coverage.of("ActivateGrad", a));
      if (a.isElementwise()) {
        assertThat(covered)
            .contains(Coverage.of("φ", a), Coverage.of("σ", a), Coverage.of("SimpleRnn", a))
            .contains(Coverage.of("Gru φ", a), Coverage.of("Gru σ", a));
      }
    }
  }

  /** Random models over ten training steps. */
  static List<Case> models(long seed, int count) {
    List<Case> cases = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int size = i % 10 == 9 ? 24 : 7;
      cases.add(
          new Case(
              "Model",
              "random " + i,
              "up to " + size,
              seed + i,
              false,
              s -> {
                s.runs = 10;
                s.tolerance = 3e-4;
                s.absolute = 3e-7;
                new RandomModel(s, size, Activations.TAME).forward().backward().update();
              }));
    }
    return cases;
  }

  private void run(List<Case> cases) {
    List<String> failures = new ArrayList<>();
    Random random = new Random(seed());
    for (Case c : cases) {
      if (c.optional() && random.nextDouble() >= share()) {
        continue;
      }
      Scene scene = c.scene();
      if (scene.work() > affordable()) {
        continue;
      }
      Map<String, double[]> oracle = Runs.oracle(scene);
      each(
          () -> {
            String failure = compare(c, scene, oracle);
            if (failure != null) {
              failures.add(failure);
            }
          });
    }
    if (!failures.isEmpty()) {
      fail(
          failures.size()
              + " cases differ\n"
              + String.join("\n", failures.subList(0, Math.min(SHOWN, failures.size()))));
    }
  }

  private String compare(Case c, Scene scene, Map<String, double[]> oracle) {
    Comparison comparison;
    try {
      comparison = new Comparison(scene, oracle, Runs.backend(backend, scene));
    } catch (RuntimeException e) {
      return c + ": " + e + " at " + Arrays.toString(Arrays.copyOf(e.getStackTrace(), 3));
    }
    double[] row = byOp.computeIfAbsent(c.op(), op -> new double[2]);
    row[0]++;
    row[1] = Math.max(row[1], comparison.largest());
    table.add(
        String.format(
            Locale.ROOT,
            "%-16s %-60s %-26s %.2e  absolute %.2e",
            c.op(),
            c.options(),
            c.shapes(),
            Math.max(0, comparison.largest()),
            comparison.largestAbsolute()));
    return comparison.passed() ? null : c + ": " + comparison.report();
  }
}

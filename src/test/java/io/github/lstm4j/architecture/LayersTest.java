package io.github.lstm4j.architecture;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The house: its packages in layers, arrows that point down only, and no knots within a package. A
 * class and those nested in it count as one.
 */
class LayersTest {
  private static final String ROOT = "io.github.lstm4j";
  private static final int LONGEST_FILE = 600;

  /** From the top: a package may know those of the lines below its own, and no others. */
  private static final List<List<String>> LAYERS =
      List.of(
          List.of("cli"),
          List.of("demo"),
          List.of("serve"),
          List.of("tasks"),
          List.of("io.safetensors"),
          List.of("io.onnx"),
          List.of("io.onnx.export"),
          List.of("io.keras"),
          List.of("io.keras.legacy"),
          List.of("inspect"),
          List.of("model"),
          List.of("callbacks"),
          List.of("training"),
          List.of("compile"),
          List.of("runtime"),
          List.of("backend.cuda", "backend.cpu.vector"),
          List.of("backend.cpu"),
          List.of("layers", "backend"),
          List.of("regularizers", "constraints"),
          List.of("graph"),
          List.of("report", "data", "io.npy", "io.hdf5", "io.onnx.proto", "metrics", "optimizers"),
          List.of("io", "initializers", "losses"),
          List.of("expression"),
          List.of("activations"),
          List.of("random"),
          List.of("tensor", "names"));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  private static JavaClass outer(JavaClass c) {
    JavaClass base = c.getBaseComponentType();
    return base.getEnclosingClass().map(LayersTest::outer).orElse(base);
  }

  private static boolean isOurs(JavaClass c) {
    return c.getPackageName().startsWith(ROOT);
  }

  /** {@code io.github.lstm4j.graph} is {@code graph}. */
  private static String shortPackage(JavaClass c) {
    return c.getPackageName().replaceFirst("^" + ROOT + "\\.?", "");
  }

  /** Who knows whom, among our top-level classes. */
  private static Map<JavaClass, Set<JavaClass>> knows() {
    Map<JavaClass, Set<JavaClass>> knows = new HashMap<>();
    for (JavaClass c : CLASSES) {
      Set<JavaClass> known = knows.computeIfAbsent(outer(c), k -> new HashSet<>());
      for (Dependency d : c.getDirectDependenciesFromSelf()) {
        JavaClass target = outer(d.getTargetClass());
        if (isOurs(target) && !target.equals(outer(c))) {
          known.add(target);
        }
      }
    }
    return knows;
  }

  @Test
  void everyPackageHasItsPlace() {
    Set<String> packages =
        CLASSES.stream().map(LayersTest::shortPackage).collect(toCollection(TreeSet::new));
    Set<String> listed = LAYERS.stream().flatMap(List::stream).collect(toCollection(TreeSet::new));
    assertThat(packages).isEqualTo(listed);
  }

  @Test
  void theReadmeDrawsTheSameHouse() throws IOException {
    List<String> drawn =
        LAYERS.stream().flatMap(List::stream).collect(toCollection(ArrayList::new));
    drawn.remove("backend.cpu.vector"); // a part of backend.cpu
    assertThat(Files.readString(Path.of("README.md"))).containsSubsequence(drawn);
  }

  @Test
  void arrowsPointDown() {
    Map<String, Integer> depth = new HashMap<>();
    LAYERS.forEach(layer -> layer.forEach(p -> depth.put(p, LAYERS.indexOf(layer))));
    Set<String> wrong = new TreeSet<>();
    knows()
        .forEach(
            (from, all) -> {
              for (JavaClass to : all) {
                String above = shortPackage(from);
                String below = shortPackage(to);
                if (!above.equals(below) && depth.get(above) >= depth.get(below)) {
                  wrong.add(name(from) + " -> " + name(to));
                }
              }
            });
    assertThat(wrong).isEmpty();
  }

  private static String name(JavaClass c) {
    return shortPackage(c) + "." + c.getSimpleName();
  }

  /** Two classes may know each other; three or more in a circle cannot be read one by one. */
  @Test
  void noKnotsWithinAPackage() {
    Map<String, Set<String>> arrows = new TreeMap<>();
    knows()
        .forEach(
            (from, all) ->
                arrows.put(
                    name(from),
                    all.stream()
                        .filter(to -> to.getPackageName().equals(from.getPackageName()))
                        .map(LayersTest::name)
                        .collect(toCollection(TreeSet::new))));
    Set<String> knots = new TreeSet<>();
    StringBuilder drawing = new StringBuilder("circles, with their arrows:\n");
    for (Set<String> circle : Circles.of(arrows)) {
      if (circle.size() <= 2) {
        continue;
      }
      String in = circle.iterator().next().replaceFirst("\\.[A-Z].*", "");
      knots.add(in + ": " + String.join(", ", circle).replace(in + ".", ""));
      for (String from : circle) {
        Set<String> to = new TreeSet<>(arrows.get(from));
        to.retainAll(circle);
        drawing.append("  ").append(from).append(" -> ").append(to).append('\n');
      }
      drawing.append('\n');
    }
    assertThat(knots).as(drawing.toString()).isEmpty();
  }

  @Test
  void noFileIsTooLongToRead() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path folder : List.of(Path.of("src/main/java"), Path.of("kernels"))) {
      try (Stream<Path> all = Files.walk(folder)) {
        all.filter(f -> f.toString().matches(".*\\.(java|cu|cuh)")).forEach(files::add);
      }
    }
    Set<String> tooLong = new TreeSet<>();
    for (Path file : files) {
      if (Files.readAllLines(file).size() > LONGEST_FILE) {
        tooLong.add(file.getFileName().toString());
      }
    }
    assertThat(files).hasSizeGreaterThan(100);
    assertThat(tooLong).as("files of more than %d lines", LONGEST_FILE).isEmpty();
  }

  /** The search itself, on graphs whose circles are seen at a glance. */
  @Test
  void findsCircles() {
    Map<String, Set<String>> chain = Map.of("a", Set.of("b", "c"), "b", Set.of("c"));
    assertThat(Circles.of(chain)).isEmpty();
    Map<String, Set<String>> two =
        Map.of(
            "a",
            Set.of("b"),
            "b",
            Set.of("c", "d"),
            "c",
            Set.of("a"),
            "d",
            Set.of("e"),
            "e",
            Set.of("d", "f"));
    assertThat(Circles.of(two)).containsExactlyInAnyOrder(Set.of("a", "b", "c"), Set.of("d", "e"));
  }
}

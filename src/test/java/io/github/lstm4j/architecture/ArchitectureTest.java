package io.github.lstm4j.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;

/** Which package may know which. A rule that finds no classes to check fails too. */
class ArchitectureTest {
  private static final String ROOT = "io.github.lstm4j.";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.github.lstm4j");

  private static void check(ArchRule rule) {
    rule.check(CLASSES);
  }

  @Test
  void onlyTheCudaBackendKnowsJCuda() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + "backend.cuda..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jcuda.."));
  }

  @Test
  void backendsKnowNoLayers() {
    check(
        noClasses()
            .that()
            .resideInAPackage(ROOT + "backend..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                ROOT + "layers..",
                ROOT + "model..",
                ROOT + "callbacks..",
                ROOT + "data..",
                ROOT + "io..",
                ROOT + "cli.."));
  }

  @Test
  void theGraphKnowsNeitherBackendsNorLayers() {
    check(
        noClasses()
            .that()
            .resideInAPackage(ROOT + "graph..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                ROOT + "backend..",
                ROOT + "layers..",
                ROOT + "model..",
                ROOT + "callbacks..",
                ROOT + "data..",
                ROOT + "io..",
                ROOT + "cli.."));
  }

  @Test
  void tensorsKnowNothingElseOfOurs() {
    check(
        noClasses()
            .that()
            .resideInAPackage(ROOT + "tensor..")
            .should()
            .dependOnClassesThat(
                resideInAPackage("io.github.lstm4j..")
                    .and(resideOutsideOfPackages(ROOT + "tensor.."))));
  }

  @Test
  void layersKnowNoModel() {
    check(
        noClasses()
            .that()
            .resideInAPackage(ROOT + "layers..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                ROOT + "model..",
                ROOT + "callbacks..",
                ROOT + "data..",
                ROOT + "io..",
                ROOT + "cli.."));
  }

  @Test
  void theModelKnowsNoFilesAndNoCallbacks() {
    check(
        noClasses()
            .that()
            .resideInAPackage(ROOT + "model..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(ROOT + "callbacks..", ROOT + "io..", ROOT + "cli.."));
  }

  @Test
  void onlyOnePackageKnowsJHdf() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + "io.hdf5..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.jhdf.."));
  }

  @Test
  void onlyMainEndsTheProcess() {
    check(
        noClasses()
            .that()
            .doNotHaveFullyQualifiedName(ROOT + "cli.Main")
            .should()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "halt", int.class));
  }

  @Test
  void theLibraryDoesNotPrint() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + "cli..")
            .and()
            .doNotHaveFullyQualifiedName(ROOT + "model.ProgressBar")
            .and()
            .doNotHaveFullyQualifiedName(ROOT + "model.Sequential")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err"));
  }
}

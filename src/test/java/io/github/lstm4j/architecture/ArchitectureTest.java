package io.github.lstm4j.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;

/**
 * Who may use what, and who may do what. A rule that finds no classes to check fails too. Which
 * package may know which is said by {@link LayersTest}.
 */
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
            .resideInAPackage(ROOT + "layers.."));
  }

  @Test
  void onlyWhereItBeginsTheProcessEnds() {
    check(
        noClasses()
            .that()
            .doNotHaveFullyQualifiedName(ROOT + "cli.Main")
            .and()
            .doNotHaveFullyQualifiedName(ROOT + "cli.Launcher")
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
            .doNotHaveFullyQualifiedName(ROOT + "callbacks.ProgressBar")
            .and()
            .doNotHaveFullyQualifiedName(ROOT + "model.Model")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err"));
  }
}

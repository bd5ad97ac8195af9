package io.github.lstm4j.equivalence;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cpu.CpuBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The CPU backend: the properties hold bit for bit. */
class CpuPropertiesTest extends BackendProperties {
  @Override
  Backend backend() {
    return new CpuBackend(2);
  }

  @Override
  double tolerance() {
    return 0;
  }

  @Test
  void resultsDoNotDependOnTheNumberOfThreads() {
    List<Case> cases = new ArrayList<>(BackendEquivalence.models(11, 40));
    for (Case c : RecurrentCases.all(11)) {
      if (!c.optional()) {
        cases.add(c);
      }
    }
    for (Case c : OpCases.all(11)) {
      if (!c.op().startsWith("Activate") && !c.op().equals("Update")) {
        cases.add(c);
      }
    }
    try (CpuBackend one = new CpuBackend(1);
        CpuBackend three = new CpuBackend(3);
        CpuBackend four = new CpuBackend(4)) {
      for (Case c : cases) {
        Map<String, double[]> alone = Runs.backend(one, c.scene());
        for (CpuBackend several : List.of(three, four)) {
          Map<String, double[]> results = Runs.backend(several, c.scene());
          alone.forEach(
              (name, expected) ->
                  assertThat(Arrays.equals(results.get(name), expected))
                      .as("%s: %s with %s", c, name, several.description())
                      .isTrue());
        }
      }
    }
  }
}

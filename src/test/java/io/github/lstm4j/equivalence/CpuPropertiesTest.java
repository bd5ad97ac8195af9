package io.github.lstm4j.equivalence;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cpu.CpuBackend;
import io.github.lstm4j.equivalence.RecurrentCases.Kind;
import io.github.lstm4j.equivalence.RecurrentCases.Mask;
import io.github.lstm4j.equivalence.RecurrentCases.Options;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
    equal(cases, 3, 4);
  }

  /** Few rows and many units: then the threads share each product. */
  @Test
  void sharedProductsGiveTheSameBits() {
    List<Case> cases = new ArrayList<>();
    for (int batch : new int[] {1, 2, 3, 8}) {
      for (Kind kind : Kind.values()) {
        for (int i = 0; i < 3; i++) {
          Options o = Options.random(new Random(i), kind, Activations.TAME);
          cases.add(
              new Case(
                  kind.name(),
                  o.toString(),
                  "B=" + batch,
                  i,
                  false,
                  s -> RecurrentCases.build(s, o, 1, 3, batch, 7, 300)));
        }
      }
    }
    equal(cases, 5);
  }

  /** One thread takes some units of a step after the other, several that share it all at once. */
  @Test
  void unitsTakenApartGiveTheSameBits() {
    List<Case> cases = new ArrayList<>();
    for (Activation activation : List.of(Activation.TANH, Activation.Kind.SILU.usual())) {
      for (Peephole peephole : Peephole.values()) {
        for (Mask mask : List.of(Mask.NONE, Mask.RANDOM)) {
          cases.add(inBlocks(Kind.LSTM, activation, peephole, mask, 160));
        }
      }
      cases.add(inBlocks(Kind.SIMPLE_RNN, activation, Peephole.NONE, Mask.RANDOM, 272));
    }
    cases.add(inBlocks(Kind.LSTM, Activation.TANH, Peephole.DIAGONAL, Mask.NONE, 75));
    equal(cases, 11);
  }

  private static Case inBlocks(
      Kind kind, Activation activation, Peephole peephole, Mask mask, int units) {
    Options o =
        new Options(
            kind,
            activation,
            Activation.SIGMOID,
            mask == Mask.NONE,
            peephole,
            false,
            mask,
            false,
            true,
            false,
            false);
    String size = "U=" + units;
    return new Case(
        kind.name(),
        o.toString(),
        size,
        7,
        false,
        s -> RecurrentCases.build(s, o, 1, 8, 20, 7, units));
  }

  /** So many threads give the same bits as one. */
  private static void equal(List<Case> cases, int... threads) {
    try (CpuBackend one = new CpuBackend(1)) {
      for (int number : threads) {
        try (CpuBackend several = new CpuBackend(number)) {
          for (Case c : cases) {
            Map<String, double[]> alone = Runs.backend(one, c.scene());
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
}

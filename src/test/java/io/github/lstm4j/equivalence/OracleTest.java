package io.github.lstm4j.equivalence;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.Backend;
import org.junit.jupiter.api.Test;

/** The oracle against itself: the suite is sound, and the oracle's gradients are right. */
class OracleTest extends BackendEquivalence {
  @Override
  Backend backend() {
    return new OracleBackend((op, interpreter) -> {});
  }

  /** The known answers that Random123, the authors' own implementation, is tested by. */
  @Test
  void philoxGivesItsKnownAnswers() {
    assertThat(Philox.words(new int[4], new int[2]))
        .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(Philox.words(new int[] {-1, -1, -1, -1}, new int[] {-1, -1}))
        .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertThat(
            Philox.words(
                new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                new int[] {0xa4093822, 0x299f31d0}))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }
}

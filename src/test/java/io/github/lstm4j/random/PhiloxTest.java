package io.github.lstm4j.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** The known answers are those of Random123 (kat_vectors, philox4x32 10). */
class PhiloxTest {
  private static int[] block(int c0, int c1, int c2, int c3, int k0, int k1) {
    int[] words = new int[4];
    Philox.block(c0, c1, c2, c3, k0, k1, words);
    return words;
  }

  @Test
  void knownAnswers() {
    assertThat(block(0, 0, 0, 0, 0, 0))
        .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(block(-1, -1, -1, -1, -1, -1))
        .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertThat(block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  @Test
  void numbersHaveTheMomentsOfTheirDistributions() {
    Philox random = new Philox(3, 1);
    int n = 200_000;
    double uniform = 0;
    double normal = 0;
    double squares = 0;
    double fourths = 0;
    for (int i = 0; i < n; i++) {
      float u = random.nextFloat();
      assertThat(u).isBetween(0f, Math.nextDown(1f));
      uniform += u;
      double g = random.nextGaussian();
      normal += g;
      squares += g * g;
      fourths += g * g * g * g;
    }
    assertThat(uniform / n).isCloseTo(0.5, within(0.003));
    assertThat(normal / n).isCloseTo(0, within(0.01));
    assertThat(squares / n).isCloseTo(1, within(0.015));
    assertThat(fourths / n).isCloseTo(3, within(0.1));
  }

  @Test
  void aPermutationHasEveryNumberOnce() {
    int[] p = new Philox(9, 0).permutation(1000);
    assertThat(p).doesNotHaveDuplicates().hasSize(1000).contains(0, 999);
    assertThat(p).isNotEqualTo(new Philox(10, 0).permutation(1000));
    assertThat(p).isEqualTo(new Philox(9, 0).permutation(1000));
  }
}

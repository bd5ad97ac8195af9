package io.github.lstm4j.equivalence;

/**
 * Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC
 * 2011), written from the paper's figure of the Philox S-box and its table of constants.
 */
final class Philox {
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;

  private Philox() {}

  /** The four words of a counter (4 words) under a key (2 words). */
  static int[] words(int[] counter, int[] key) {
    int r0 = counter[0];
    int l0 = counter[1];
    int r1 = counter[2];
    int l1 = counter[3];
    int k0 = key[0];
    int k1 = key[1];
    for (int round = 0; round < 10; round++) {
      long product0 = MULTIPLIER_0 * Integer.toUnsignedLong(r0);
      long product1 = MULTIPLIER_1 * Integer.toUnsignedLong(r1);
      int newR0 = (int) (product1 >>> 32) ^ l0 ^ k0;
      int newR1 = (int) (product0 >>> 32) ^ l1 ^ k1;
      l0 = (int) product1;
      l1 = (int) product0;
      r0 = newR0;
      r1 = newR1;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    return new int[] {r0, l0, r1, l1};
  }
}

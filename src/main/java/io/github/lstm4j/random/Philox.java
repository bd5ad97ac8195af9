package io.github.lstm4j.random;

/**
 * Philox4x32-10, a counter-based generator: every number is a function of a key and a counter, so
 * that any element can be drawn by itself, by any thread, on any backend. Source: Salmon, Moraes,
 * Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 *
 * <p>An object of this class draws one stream of numbers in order; {@link #block} draws any.
 */
public final class Philox {
  private static final long M0 = 0xD2511F53L;
  private static final long M1 = 0xCD9E8D57L;
  private static final int W0 = 0x9E3779B9;
  private static final int W1 = 0xBB67AE85;

  private final long seed;
  private final int stream;
  private final int branch;
  private final int[] block = new int[4];
  private long next;
  private double spare = Double.NaN;

  /** The numbers of one stream of a seed, from the first. */
  public Philox(long seed, int stream) {
    this(seed, stream, 0);
  }

  /** The numbers of a branch of a stream; the stream itself is its branch 0. */
  public Philox(long seed, int stream, int branch) {
    this.seed = seed;
    this.stream = stream;
    this.branch = branch;
  }

  /** Ten rounds: the four words of the block with that counter and key. */
  public static void block(int c0, int c1, int c2, int c3, int k0, int k1, int[] words) {
    for (int round = 0; round < 10; round++) {
      long p0 = M0 * (c0 & 0xFFFFFFFFL);
      long p1 = M1 * (c2 & 0xFFFFFFFFL);
      c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      c1 = (int) p1;
      c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c3 = (int) p0;
      k0 += W0;
      k1 += W1;
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
  }

  /** A uniform number in [0, 1) of 24 bits from a word. */
  public static float uniform(int word) {
    return (word >>> 8) * 0x1p-24f;
  }

  /** The next 32 bits. */
  public int nextInt() {
    int at = (int) (next & 3);
    if (at == 0) {
      long b = next >>> 2;
      block((int) b, stream, (int) (b >>> 32), branch, (int) seed, (int) (seed >>> 32), block);
    }
    next++;
    return block[at];
  }

  /** Uniform in [0, 1). */
  public float nextFloat() {
    return uniform(nextInt());
  }

  /** Uniform in [0, bound), exactly: what would favour small numbers is drawn again. */
  public int nextInt(int bound) {
    long span = (1L << 32) / bound * bound;
    long w;
    do {
      w = nextInt() & 0xFFFFFFFFL;
    } while (w >= span);
    return (int) (w % bound);
  }

  /** Normal, mean 0 and deviation 1: the polar method of Marsaglia. */
  public double nextGaussian() {
    if (!Double.isNaN(spare)) {
      double g = spare;
      spare = Double.NaN;
      return g;
    }
    double x;
    double y;
    double s;
    do {
      x = 2 * nextDouble() - 1;
      y = 2 * nextDouble() - 1;
      s = x * x + y * y;
    } while (s >= 1 || s == 0);
    double scale = StrictMath.sqrt(-2 * StrictMath.log(s) / s);
    spare = y * scale;
    return x * scale;
  }

  private double nextDouble() {
    long high = (nextInt() & 0xFFFFFFFFL) >>> 5;
    long low = (nextInt() & 0xFFFFFFFFL) >>> 6;
    return (high * 0x1p26 + low) * 0x1p-53;
  }

  /** Puts a part of an array in random order (Fisher and Yates). */
  public void permute(int[] values, int from, int to) {
    for (int i = to - 1; i > from; i--) {
      int j = from + nextInt(i - from + 1);
      int swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
    }
  }

  /** The numbers 0 … n−1 in random order (Fisher and Yates). */
  public int[] permutation(int n) {
    int[] p = new int[n];
    for (int i = 0; i < n; i++) {
      int j = nextInt(i + 1);
      p[i] = p[j];
      p[j] = i;
    }
    return p;
  }
}

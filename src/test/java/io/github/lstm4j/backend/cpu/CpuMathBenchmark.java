package io.github.lstm4j.backend.cpu;

import java.util.Random;

/** Prints how fast the CPU's arithmetic is; not a test. */
final class CpuMathBenchmark {
  /** Name, m, n, k: the products of LSTMs of three sizes. */
  private record Product(String name, int m, int n, int k) {}

  private static final Product[] PRODUCTS = {
    new Product("square", 1024, 1024, 1024),
    new Product("S-rec", 32, 128, 32),
    new Product("S-in", 1600, 128, 8),
    new Product("M-rec", 64, 512, 128),
    new Product("M-in", 6400, 512, 64),
    new Product("L-rec", 64, 2048, 512),
    new Product("L-in", 6400, 2048, 256),
    new Product("M-dX", 6400, 64, 512),
    new Product("M-dW", 64, 512, 6400),
    new Product("L-dW", 256, 2048, 6400),
    new Product("step", 1, 512, 128),
  };

  private final CpuMath form;

  private CpuMathBenchmark(CpuMath form) {
    this.form = form;
  }

  public static void main(String[] args) {
    CpuMath form = args.length > 0 && args[0].equals("plain") ? CpuMath.plain() : CpuMath.best();
    System.out.printf("%s, JDK %s%n", form.name(), Runtime.version());
    CpuMathBenchmark benchmark = new CpuMathBenchmark(form);
    benchmark.elements();
    for (Product product : PRODUCTS) {
      benchmark.product(product);
    }
  }

  private void product(Product p) {
    boolean transposeA = p.name.endsWith("dW");
    boolean transposeB = p.name.endsWith("dX");
    int m = p.m;
    int n = p.n;
    int k = p.k;
    float[] a = random(m * k);
    float[] b = random(k * n);
    float[] c = new float[m * n];
    int lda = transposeA ? m : k;
    int ldb = transposeB ? k : n;
    double flop = 2.0 * m * n * k;
    StringBuilder line = new StringBuilder(String.format("%-7s GFLOP/s", p.name));
    for (int threads = 1; threads <= 2; threads++) {
      try (ThreadTeam team = new ThreadTeam(threads)) {
        double ns =
            time(
                () ->
                    form.gemm()
                        .multiply(
                            transposeA,
                            transposeB,
                            m,
                            n,
                            k,
                            a,
                            0,
                            lda,
                            b,
                            0,
                            ldb,
                            c,
                            0,
                            n,
                            false,
                            team));
        line.append(String.format("  %d thread(s) %6.1f", threads, flop / ns));
      }
    }
    if (!transposeA && !transposeB) {
      Gemm.PackedB packed = form.gemm().packedB(k, n);
      packed.pack(false, b, 0, n);
      double ns = time(() -> packed.multiply(m, a, 0, k, c, 0, n, false));
      line.append(String.format("  packed %6.1f (%.2f us)", flop / ns, ns / 1000));
    }
    System.out.println(line);
  }

  private void elements() {
    VectorMath math = form.math();
    for (int units : new int[] {32, 128, 129, 512}) {
      float[] z = random(4 * units);
      float[] start = z.clone();
      float[] c = random(units);
      float[] next = new float[units];
      float[] h = new float[units];
      float[] dc = random(units);
      double backward =
          time(
              () -> {
                System.arraycopy(start, 0, z, 0, z.length);
                math.lstmBackward(z, 0, c, 0, next, 0, h, 0, dc, 0, units);
              });
      System.out.printf("U=%-4d backward %.2f ns/unit%n", units, backward / units);
    }
    float[] x = random(1024);
    float[] y = new float[1024];
    System.out.printf(
        "exp %.2f, tanh %.2f, sigmoid %.2f ns/element%n",
        time(() -> math.exp(x, 0, y, 0, 1024)) / 1024,
        time(() -> math.tanh(x, 0, y, 0, 1024)) / 1024,
        time(() -> math.sigmoid(x, 0, y, 0, 1024)) / 1024);
  }

  /** Nanoseconds per call in the best round of about 20 ms, after warming up. */
  private static double time(Runnable work) {
    double best = Double.MAX_VALUE;
    long calls = 1;
    for (int round = -20; round < 25; round++) {
      long start = System.nanoTime();
      for (long i = 0; i < calls; i++) {
        work.run();
      }
      double ns = (double) (System.nanoTime() - start) / calls;
      if (round >= 0) {
        best = Math.min(best, ns);
      }
      calls = Math.max(1, Math.round(20e6 / ns));
    }
    return best;
  }

  private static float[] random(int length) {
    Random random = new Random(length);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}

package io.github.lstm4j.backend.cpu;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** How fast the CPU's matrix product is: 2·m·n·k floating-point operations each. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CpuProductBenchmark {
  /** (m, k)·(k, n): the products of LSTMs of three sizes. */
  public enum Product {
    SQUARE(1024, 1024, 1024),
    S_RECURRENT(32, 128, 32),
    S_INPUT(1600, 128, 8),
    M_RECURRENT(64, 512, 128),
    M_INPUT(6400, 512, 64),
    L_RECURRENT(64, 2048, 512),
    L_INPUT(6400, 2048, 256),
    M_DX(6400, 64, 512),
    M_DW(64, 512, 6400),
    L_DW(256, 2048, 6400),
    STEP(1, 512, 128);

    final int m;
    final int n;
    final int k;

    Product(int m, int n, int k) {
      this.m = m;
      this.n = n;
      this.k = k;
    }
  }

  /** The factors, as they lie in training: dX = dZ·Wᵀ, dW = Xᵀ·dZ. */
  @State(Scope.Thread)
  public static class Factors {
    /** Which product. */
    @Param public Product product;

    /** The Vector API where there is one, or plain Java. */
    @Param("best")
    public String form;

    private boolean transposeA;
    private boolean transposeB;
    private Gemm gemm;
    private float[] a;
    private float[] b;
    private float[] c;

    /** Fills the factors. */
    @Setup(Level.Trial)
    public void fill() {
      gemm = (form.equals("plain") ? CpuMath.plain() : CpuMath.best()).gemm();
      transposeA = product.name().endsWith("DW");
      transposeB = product.name().endsWith("DX");
      a = RandomData.gaussian(product.m * product.k, 1);
      b = RandomData.gaussian(product.k * product.n, 1);
      c = new float[product.m * product.n];
    }
  }

  /** The threads that share a product. */
  @State(Scope.Thread)
  public static class Threads {
    /** How many. */
    @Param({"1", "2"})
    public int threads;

    private ThreadTeam team;

    /** Starts them. */
    @Setup(Level.Trial)
    public void start() {
      team = new ThreadTeam(threads);
    }

    /** Ends them. */
    @TearDown(Level.Trial)
    public void end() {
      team.close();
    }
  }

  /** The right factor laid out once for many products, as the recurrent kernel is. */
  @State(Scope.Thread)
  public static class Packed {
    private Gemm.PackedB b;

    /** Lays it out. */
    @Setup(Level.Trial)
    public void pack(Factors f) {
      b = f.gemm.packedB(f.product.k, f.product.n);
      b.pack(f.transposeB, f.b, 0, f.transposeB ? f.product.k : f.product.n);
    }
  }

  @Benchmark
  public float[] product(Factors f, Threads t) {
    Product p = f.product;
    int lda = f.transposeA ? p.m : p.k;
    int ldb = f.transposeB ? p.k : p.n;
    f.gemm.multiply(
        f.transposeA,
        f.transposeB,
        p.m,
        p.n,
        p.k,
        f.a,
        0,
        lda,
        f.b,
        0,
        ldb,
        f.c,
        0,
        p.n,
        false,
        t.team);
    return f.c;
  }

  /** By one thread. */
  @Benchmark
  public float[] packed(Factors f, Packed packed) {
    Product p = f.product;
    packed.b.multiply(f.transposeA, p.m, f.a, 0, f.transposeA ? p.m : p.k, f.c, 0, p.n, false);
    return f.c;
  }
}

package io.github.lstm4j.backend.cpu.vector;

import io.github.lstm4j.backend.cpu.RandomData;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What bounds the CPU's matrix product with vectors of 8: floating-point operations a nanosecond,
 * which are GFLOP/s, of one thread.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class TileBenchmark {
  private static final int LANES = 8;
  private static final int DEPTH = 256;
  private static final int PANELS = 11;
  private static final int COUNT = 4096;

  private final float[] a = RandomData.gaussian(PANELS * DEPTH * LANES, 1);
  private final float[] b = RandomData.gaussian(2 * DEPTH * LANES, 1);
  private final float[] zeros = new float[2 * LANES];
  private final float[] c = new float[PANELS * 6 * 2 * LANES];
  private int never = -2;

  /** The counts above are those of vectors of 8. */
  @Setup
  public void requireEight() {
    if (Lanes.SPECIES.length() != LANES) {
      throw new IllegalStateException(
          "for vectors of 8 floats, got " + Lanes.SPECIES + "; start Java with -XX:UseAVX=2");
    }
  }

  /** Twelve sums in registers, to which products are added, and nothing else. */
  @Benchmark
  @OperationsPerInvocation(COUNT * 12 * LANES * 2)
  public float multiplyAdds() {
    FloatVector x = FloatVector.fromArray(Lanes.SPECIES, a, 0);
    FloatVector y = FloatVector.fromArray(Lanes.SPECIES, b, 0);
    FloatVector c0 = x;
    FloatVector c1 = x;
    FloatVector c2 = x;
    FloatVector c3 = x;
    FloatVector c4 = x;
    FloatVector c5 = x;
    FloatVector c6 = y;
    FloatVector c7 = y;
    FloatVector c8 = y;
    FloatVector c9 = y;
    FloatVector c10 = y;
    FloatVector c11 = y;
    for (int i = 0; i < COUNT; i++) {
      c0 = x.fma(y, c0);
      c1 = x.fma(y, c1);
      c2 = x.fma(y, c2);
      c3 = x.fma(y, c3);
      c4 = x.fma(y, c4);
      c5 = x.fma(y, c5);
      c6 = x.fma(y, c6);
      c7 = x.fma(y, c7);
      c8 = x.fma(y, c8);
      c9 = x.fma(y, c9);
      c10 = x.fma(y, c10);
      c11 = x.fma(y, c11);
    }
    FloatVector sum = c0.add(c1).add(c2).add(c3).add(c4).add(c5);
    return sum.add(c6).add(c7).add(c8).add(c9).add(c10).add(c11).lane(0);
  }

  /**
   * (66,256)x(256,16) -> (66,16): the right factor in the first-level cache, the left behind it.
   */
  @Benchmark
  @OperationsPerInvocation(PANELS * 6 * 2 * LANES * DEPTH * 2)
  public float[] tiles() {
    for (int i = 0; i < PANELS; i++) {
      int from = i * DEPTH * LANES;
      int to = i * 6 * 2 * LANES;
      Tiles.six(DEPTH, a, from, b, 0, zeros, 0, 0, c, to, 2 * LANES, never);
    }
    return c;
  }
}

package io.github.lstm4j.backend.cpu.vector;

import io.github.lstm4j.backend.cpu.Aligned;
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
 * What bounds the CPU's matrix product: floating-point operations a nanosecond, which are GFLOP/s,
 * of one thread. {@code -XX:UseAVX=2} shows vectors of 8 where there are longer ones.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class TileBenchmark {
  private static final int LANES = Lanes.SPECIES.length();
  private static final int DEPTH = 256;

  /**
   * Elements of C: of 24 tiles of 6 rows and 2 vectors of 8, or 9 of 8 rows and 2 vectors of 16.
   */
  private static final int ELEMENTS = 24 * 6 * 16;

  private static final int COUNT = 1 << 20;

  private static final int HIGH = LANES == 16 ? 8 : 6;
  private static final int TILES = ELEMENTS / (HIGH * 2 * LANES);

  private final Aligned a = random(TILES * DEPTH * Tiles.APART, 1);
  private final Aligned b = random(2 * DEPTH * LANES, 1);
  private final float[] zeros = new float[2 * LANES];
  private final float[] c = new float[ELEMENTS];
  private int never = -2;

  private static Aligned random(int size, float deviation) {
    Aligned memory = Aligned.floats(size, "a factor");
    System.arraycopy(RandomData.gaussian(size, deviation), 0, memory.values(), memory.at(), size);
    return memory;
  }

  /** Tiles of six rows are those of vectors of 8. */
  @Setup
  public void requireTiles() {
    if (LANES != 8 && LANES != 16) {
      throw new IllegalStateException("for vectors of 8 or 16 floats, got " + Lanes.SPECIES);
    }
  }

  /** Twelve sums in registers, to which products are added, and nothing else. */
  @Benchmark
  @OperationsPerInvocation(COUNT * 2)
  public float multiplyAdds() {
    FloatVector x = FloatVector.fromArray(Lanes.SPECIES, a.values(), a.at());
    FloatVector y = FloatVector.fromArray(Lanes.SPECIES, b.values(), b.at());
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
    for (int i = 0; i < COUNT / (12 * LANES); i++) {
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

  /** (tiles·rows,256)x(256,2·LANES): B in the first-level cache, A behind it. */
  @Benchmark
  @OperationsPerInvocation(ELEMENTS * DEPTH * 2)
  public float[] tiles() {
    for (int i = 0; i < TILES; i++) {
      int from = a.at() + i * DEPTH * Tiles.APART;
      int to = i * HIGH * 2 * LANES;
      if (LANES == 16) {
        Tiles.eight(DEPTH, a.values(), from, b.values(), b.at(), zeros, 0, 0, c, to, 2 * LANES);
      } else {
        Tiles.six(
            DEPTH, a.values(), from, b.values(), b.at(), zeros, 0, 0, c, to, 2 * LANES, never);
      }
    }
    return c;
  }
}

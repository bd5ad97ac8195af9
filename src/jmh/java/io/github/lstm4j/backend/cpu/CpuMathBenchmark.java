package io.github.lstm4j.backend.cpu;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How fast the CPU's functions of elements are: one sample's gate gradients, and functions alone.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class CpuMathBenchmark {
  /** The Vector API where there is one, or plain Java. */
  @Param("best")
  public String form;

  /** U; the functions alone get as many elements. */
  @Param({"32", "128", "129", "512", "1024"})
  public int units;

  private VectorMath math;
  private float[] start; // (4U): the gates, which each call overwrites
  private float[] z; // (4U)
  private float[] c; // (U), as are the others
  private float[] next;
  private float[] h;
  private float[] dc;

  /** Fills the arrays. */
  @Setup
  public void fill() {
    math = (form.equals("plain") ? CpuMath.plain() : CpuMath.best()).math();
    start = RandomData.gaussian(4 * units, 1);
    z = start.clone();
    c = RandomData.gaussian(units, 1);
    next = new float[units];
    h = new float[units];
    dc = RandomData.gaussian(units, 1);
  }

  @Benchmark
  public float[] lstmBackward() {
    System.arraycopy(start, 0, z, 0, z.length);
    math.lstmBackward(z, 0, c, 0, next, 0, h, 0, dc, 0, units);
    return z;
  }

  @Benchmark
  public float[] exp() {
    math.exp(c, 0, h, 0, units);
    return h;
  }

  @Benchmark
  public float[] tanh() {
    math.tanh(c, 0, h, 0, units);
    return h;
  }

  @Benchmark
  public float[] sigmoid() {
    math.sigmoid(c, 0, h, 0, units);
    return h;
  }
}

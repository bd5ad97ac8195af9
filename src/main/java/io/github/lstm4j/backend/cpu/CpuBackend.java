package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.DType;
import java.util.Map;

/**
 * Runs programs on the CPU: on every machine, and so what a GPU is compared with. Results do not
 * depend on the number of threads.
 */
public final class CpuBackend implements Backend {
  private final CpuMath math;
  private final ThreadTeam team;

  /** With a thread for every processor. */
  public CpuBackend() {
    this(Runtime.getRuntime().availableProcessors());
  }

  /**
   * With that many threads.
   *
   * @param threads at least 1, the calling thread counted
   */
  public CpuBackend(int threads) {
    this(threads, CpuMath.best());
  }

  CpuBackend(int threads, CpuMath math) {
    this.math = math;
    this.team = new ThreadTeam(threads);
  }

  @Override
  public String description() {
    return "CPU, " + team.size() + (team.size() == 1 ? " thread, " : " threads, ") + math.name();
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public Buffer allocate(DType dtype, long elements) {
    return new CpuBuffer(dtype, Math.toIntExact(elements));
  }

  @Override
  public long room() {
    return Long.MAX_VALUE;
  }

  @Override
  public Buffer near(float[] data) {
    return new CpuBuffer(data);
  }

  @Override
  public Executable compile(Program program, Map<Value, Buffer> variables) {
    return new CpuExecutable(program, variables, math, team);
  }

  @Override
  public void close() {
    team.close();
  }
}

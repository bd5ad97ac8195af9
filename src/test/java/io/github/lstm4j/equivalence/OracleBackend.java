package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.DType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * The oracle behind the interface of a backend, with an error built in: what the suite must notice.
 *
 * @param instead the op that runs instead of one
 * @param spoil is given each op after it ran
 * @param watch is given each program with what it starts from
 */
public record OracleBackend(
    UnaryOperator<Op> instead,
    BiConsumer<Op, DoubleInterpreter> spoil,
    BiConsumer<Program, DoubleInterpreter> watch)
    implements Backend {
  OracleBackend(UnaryOperator<Op> instead, BiConsumer<Op, DoubleInterpreter> spoil) {
    this(instead, spoil, (program, memory) -> {});
  }

  /** The oracle itself. */
  public static OracleBackend sound() {
    return new OracleBackend(op -> op, (op, memory) -> {});
  }

  @Override
  public String description() {
    return "the oracle";
  }

  @Override
  public String name() {
    return "oracle";
  }

  @Override
  public Buffer allocate(DType dtype, long elements) {
    return new Memory(dtype, new double[Math.toIntExact(elements)]);
  }

  @Override
  public Executable compile(Program program, Map<Value, Buffer> variables) {
    return new Interpreted(program, variables);
  }

  @Override
  public void close() {}

  private static final class Memory implements Buffer {
    private final DType dtype;
    private final double[] data;

    Memory(DType dtype, double[] data) {
      this.dtype = dtype;
      this.data = data;
    }

    @Override
    public DType dtype() {
      return dtype;
    }

    @Override
    public int size() {
      return data.length;
    }

    @Override
    public void write(float[] source) {
      System.arraycopy(Runs.doubles(source), 0, data, 0, data.length);
    }

    @Override
    public void read(float[] target) {
      for (int i = 0; i < data.length; i++) {
        target[i] = (float) data[i];
      }
    }

    @Override
    public void close() {}
  }

  private final class Interpreted implements Executable {
    private final Program program;
    private final Map<Value, Buffer> variables;
    private final Map<Value, double[]> inputs = new HashMap<>();
    private DoubleInterpreter interpreter = new DoubleInterpreter();

    Interpreted(Program program, Map<Value, Buffer> variables) {
      this.program = program;
      this.variables = variables;
    }

    @Override
    public Program program() {
      return program;
    }

    @Override
    public long bytes() {
      return 2 * program.arenaBytes();
    }

    @Override
    public void write(Value v, float[] source, int from) {
      float[] data = Arrays.copyOfRange(source, from, from + v.size());
      inputs.put(v, Runs.doubles(v.timeMajor() ? Runs.swap(data, v.dim(1), v.dim(0)) : data));
    }

    @Override
    public void run() {
      interpreter = new DoubleInterpreter();
      inputs.forEach(interpreter::set);
      variables.forEach((v, buffer) -> interpreter.set(v, ((Memory) buffer).data));
      watch.accept(program, interpreter);
      for (Op op : program.ops()) {
        interpreter.run(List.of(instead.apply(op)));
        spoil.accept(op, interpreter);
      }
      variables.forEach(
          (v, buffer) ->
              System.arraycopy(interpreter.get(v), 0, ((Memory) buffer).data, 0, v.size()));
    }

    @Override
    public void await() {}

    @Override
    public void read(Value v, float[] target, int to) {
      float[] data = new float[v.size()];
      double[] exact = interpreter.get(v);
      for (int i = 0; i < data.length; i++) {
        data[i] = (float) exact[i];
      }
      float[] outside = v.timeMajor() ? Runs.swap(data, v.dim(0), v.dim(1)) : data;
      System.arraycopy(outside, 0, target, to, outside.length);
    }

    @Override
    public void close() {}
  }
}

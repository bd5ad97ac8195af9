package io.github.lstm4j.runtime;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.backend.cpu.CpuBackend;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.backend.cuda.CudaOptions;
import io.github.lstm4j.backend.cuda.CudaProbe;
import io.github.lstm4j.backend.cuda.DeviceException;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.tensor.DType;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Finds what runs programs here. The backends of this class are shared, each made when it is first
 * asked for.
 *
 * <pre>{@code
 * model.on(Backends.cuda(0));
 * }</pre>
 */
public final class Backends {
  private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

  private Backends() {}

  private static final class Cpu {
    static final Backend SHARED =
        new Shared(new CpuBackend(Runtime.getRuntime().availableProcessors()));
  }

  private static final class Best {
    static final Backend SHARED = choose();

    private static Backend choose() {
      CudaProbe.Result probe = CudaProbe.result();
      if (probe.usable()) {
        try {
          Backend gpu = cuda(0);
          LOG.info("backend: {}", gpu.description());
          return gpu;
        } catch (DeviceException | IllegalStateException failed) {
          LOG.info("backend: {}; not CUDA: {}", cpu().description(), Printable.reason(failed));
          return cpu();
        }
      }
      LOG.info("backend: {}; not CUDA: {}", cpu().description(), probe.reason());
      return cpu();
    }
  }

  private static final Map<Integer, Backend> DEVICES = new ConcurrentHashMap<>();

  /**
   * The CUDA device of that number, counted from 0; shared, so closing it does nothing.
   *
   * @throws IllegalStateException if CUDA cannot be used here; says why
   */
  public static Backend cuda(int device) {
    return DEVICES.computeIfAbsent(
        device, d -> new Shared(CudaBackend.open(d, CudaOptions.DEFAULT)));
  }

  /** The CPU with a thread for each processor; shared, so closing it does nothing. */
  public static Backend cpu() {
    return Cpu.SHARED;
  }

  /** The CPU with that many threads, which end when it is closed. */
  public static Backend cpu(int threads) {
    return new CpuBackend(threads);
  }

  /**
   * The best there is here: the first CUDA device if it can be used, else the CPU. One line in the
   * log says which, and why not the other.
   */
  public static Backend best() {
    return Best.SHARED;
  }

  /**
   * Estimates, to be replaced by measured ones: seconds to start a run, for each launch, per FLOP.
   */
  private static final double GPU_RUN = 30e-6;

  private static final double GPU_LAUNCH = 4e-6;
  private static final double GPU_FLOP = 1 / 10e12;
  private static final double CPU_FLOP = 1 / 60e9; // of one processor
  private static final AtomicBoolean SMALL_TOLD = new AtomicBoolean();

  /**
   * What a program is likely to run fastest on: the first CUDA device if it can be used and pays,
   * else the CPU. A GPU starts each piece of work anew, which for a small model takes longer than a
   * CPU's whole run. Both times are estimated from the program's launches and its FLOPs; the first
   * time that the CPU wins the log says so. A model that was not told what to run on asks this for
   * its first program.
   */
  public static Backend best(Program program) {
    Backend best = best();
    if (best.name().equals("cpu") || pays(CudaBackend.load(program))) {
      return best;
    }
    LOG.atLevel(SMALL_TOLD.getAndSet(true) ? Level.DEBUG : Level.INFO)
        .log(
            "backend: {}; not CUDA: {} is so small that starting its launches would take longer",
            cpu().description(),
            program.name());
    return cpu();
  }

  /** Whether a run on the GPU is likely to take less time than one on all processors. */
  static boolean pays(CudaBackend.Load load) {
    double gpu = GPU_RUN + GPU_LAUNCH * load.launches() + GPU_FLOP * load.flops();
    double cpu = CPU_FLOP * load.flops() / Runtime.getRuntime().availableProcessors();
    return gpu < cpu;
  }

  /** A backend that several models use, and that none of them closes. */
  private record Shared(Backend backend) implements Backend {
    @Override
    public String description() {
      return backend.description();
    }

    @Override
    public String name() {
      return backend.name();
    }

    @Override
    public Buffer allocate(DType dtype, long elements) {
      return backend.allocate(dtype, elements);
    }

    @Override
    public Executable compile(Program program, Map<Value, Buffer> variables) {
      return backend.compile(program, variables);
    }

    @Override
    public void onClose(Runnable action) {
      backend.onClose(action);
    }

    @Override
    public void close() {}
  }
}

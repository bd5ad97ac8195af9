package io.github.lstm4j.runtime;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cpu.CpuBackend;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.backend.cuda.CudaOptions;
import io.github.lstm4j.backend.cuda.CudaProbe;
import io.github.lstm4j.backend.cuda.DeviceException;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.io.Printable;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
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

  private static final Map<Integer, SharedDevice> DEVICES = new ConcurrentHashMap<>();

  /** Lines that the log has: each is told once. */
  private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

  /** How fast each device that was asked about is. */
  private static final Map<Backend, Speeds> SPEEDS = new WeakHashMap<>();

  /**
   * The CUDA device of that number, counted from 0; shared, so closing it does nothing. One that
   * was lost by an error is opened anew; models that ran on it are put on the new one by {@code
   * model.on(Backends.cuda(device))} and need their weights again.
   *
   * @throws IllegalStateException if CUDA cannot be used here; says why
   */
  public static Backend cuda(int device) {
    return DEVICES
        .computeIfAbsent(
            device, d -> new SharedDevice(() -> CudaBackend.open(d, CudaOptions.DEFAULT)))
        .get();
  }

  /** The CPU with a thread for each processor; shared, so closing it does nothing. */
  public static Backend cpu() {
    return Cpu.SHARED;
  }

  /** The CPU with that many threads, which end when it is closed. */
  public static Backend cpu(int threads) {
    return new CpuBackend(threads);
  }

  /** The first CUDA device, or why there is none. */
  private record Gpu(Backend backend, String refusal) {
    static Gpu find() {
      CudaProbe.Result probe = CudaProbe.result();
      if (!probe.usable()) {
        return new Gpu(null, probe.reason());
      }
      try {
        return new Gpu(cuda(0), "");
      } catch (IllegalStateException failed) {
        return new Gpu(null, Printable.reason(failed));
      }
    }
  }

  private static void tell(String line) {
    LOG.atLevel(TOLD.add(line) ? Level.INFO : Level.DEBUG).log(line);
  }

  /**
   * The best there is here: the first CUDA device if it can be used, else the CPU. One line in the
   * log says which, and why not the other.
   */
  public static Backend best() {
    Gpu gpu = Gpu.find();
    return gpu.backend() == null ? cpuFor(gpu.refusal()) : told(gpu.backend());
  }

  private static Backend cpuFor(String refusal) {
    tell("backend: " + cpu().description() + "; not CUDA: " + refusal);
    return cpu();
  }

  private static Backend told(Backend gpu) {
    tell("backend: " + gpu.description());
    return gpu;
  }

  /**
   * What a program is likely to run fastest on: the first CUDA device if it can be used and pays,
   * else the CPU. A GPU starts each piece of work anew, which for a small program takes longer than
   * a CPU's whole run. How long both would take is estimated from the program's launches and its
   * products, and from what launches and products take on that device, which is measured once; a
   * line in the log says what runs the program, and why. A model that was not told what to run on
   * asks this for each of its programs.
   */
  public static Backend best(Program program) {
    return best(program, true);
  }

  /**
   * As {@link #best(Program)}, for one who asks again and again.
   *
   * @param first whether the asker has not asked for a program of this kind: the log tells no other
   *     but in detail
   */
  public static Backend best(Program program, boolean first) {
    Gpu gpu = Gpu.find();
    if (gpu.backend() == null) {
      return cpuFor(gpu.refusal());
    }
    CudaOptions options = CudaOptions.DEFAULT;
    double there;
    try {
      there = speeds(gpu.backend()).gpu(CudaBackend.load(program, options));
    } catch (DeviceException failed) {
      return cpuFor(Printable.reason(failed));
    }
    CudaBackend.Load all = CudaBackend.load(program, options.withPersistent(false));
    double here = Speeds.cpu(all, Runtime.getRuntime().availableProcessors());
    Backend faster = there < here ? gpu.backend() : cpu();
    String line =
        String.format(
            Locale.ROOT,
            "backend: %s for %s: about %.3g ms there, %.3g ms on the %s",
            faster.description(),
            program.name(),
            1e3 * Math.min(here, there),
            1e3 * Math.max(here, there),
            there < here ? "CPU" : "GPU");
    if (first) {
      tell(line);
    } else {
      LOG.debug(line);
    }
    return faster;
  }

  private static Speeds speeds(Backend gpu) {
    synchronized (SPEEDS) {
      return SPEEDS.computeIfAbsent(gpu, Speeds::measure);
    }
  }
}

package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.backend.cuda.CudaDriver.DeviceInfo;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.DType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs programs on an NVIDIA GPU: matrix products in cuBLAS, everything else in the kernels of
 * {@code kernels/*.cu}, a whole step recorded once as a CUDA graph. Gradients are summed in a fixed
 * order, without atomics: the same seed gives the same bits.
 *
 * <p>Several models and threads may share one.
 */
public final class CudaBackend implements Backend {
  private static final Logger LOG = LoggerFactory.getLogger(CudaBackend.class);
  private static final int OUT_OF_MEMORY = 2; // CUDA_ERROR_OUT_OF_MEMORY
  private static final int TRANSFER_BYTES = 1 << 20;

  private final CudaDriver driver;
  private final CudaOptions options;
  private final Map<String, Long> modules = new HashMap<>();
  private final Map<String, Long> functions = new HashMap<>(); // by entry: no two modules share one
  private final Set<AutoCloseable> open = new LinkedHashSet<>();
  private final List<Runnable> beforeClose = new ArrayList<>();
  private ByteBuffer transfer;
  private boolean closed;

  /**
   * On that device; the backend closes the driver when it is closed.
   *
   * @param options {@link CudaOptions#DEFAULT} mostly
   */
  public CudaBackend(CudaDriver driver, CudaOptions options) {
    this.driver = driver;
    this.options = options;
  }

  /**
   * The device of that number.
   *
   * @throws IllegalStateException if CUDA cannot be used here; says why
   */
  public static CudaBackend open(int device, CudaOptions options) {
    CudaProbe.Result probe = CudaProbe.result();
    if (!probe.usable()) {
      throw new IllegalStateException("CUDA cannot be used: " + probe.reason());
    }
    if (device < 0 || device >= probe.devices().size()) {
      throw new IllegalStateException(
          "there is no CUDA device "
              + device
              + "; there are "
              + probe.devices().size()
              + ", counted from 0");
    }
    return new CudaBackend(new JCudaDriver(device), options);
  }

  @Override
  public String description() {
    DeviceInfo d = driver.device();
    return String.format(
        Locale.ROOT,
        "CUDA, %s (sm_%d, %.1f GiB), %s, %s%s",
        d.name(),
        d.computeCapability(),
        d.totalMemory() / (double) (1L << 30),
        driver.hasGemm()
            ? "cuBLAS"
            : "built-in matrix product because cuBLAS was not found; it would be faster",
        math().name().toLowerCase(Locale.ROOT),
        options.graph() ? ", CUDA graphs" : "");
  }

  @Override
  public String name() {
    return "cuda";
  }

  CudaDriver driver() {
    return driver;
  }

  CudaOptions options() {
    return options;
  }

  /** Tensor cores that round to TF32 or bfloat16 came with compute capability 8.0. */
  MathMode math() {
    return driver.device().computeCapability() >= 80 ? options.math() : MathMode.FP32;
  }

  /** The module of {@code kernels/NAME.ptx}, loaded when it is first needed. */
  private long module(String name) {
    return modules.computeIfAbsent(name, n -> driver.loadModule(n + ".ptx", ptx(n)));
  }

  /** An entry of {@code kernels/MODULE.ptx}, looked up once however often it is launched. */
  synchronized long function(String module, String entry) {
    long loaded = module(module);
    return functions.computeIfAbsent(entry, e -> driver.function(loaded, e));
  }

  private static String ptx(String name) {
    String resource = "/kernels/" + name + ".ptx";
    try (InputStream in = CudaBackend.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("the jar has no " + resource + "; build it with Maven");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource, e);
    }
  }

  @Override
  public synchronized Buffer allocate(DType dtype, long elements) {
    requireOpen();
    return own(new CudaBuffer(this, dtype, Math.toIntExact(elements)));
  }

  @Override
  public synchronized Executable compile(Program program, Map<Value, Buffer> variables) {
    requireOpen();
    LaunchPlan plan = CudaCompiler.compile(program, !driver.hasGemm());
    return own(new CudaExecutable(this, plan, variables));
  }

  private <T extends AutoCloseable> T own(T resource) {
    open.add(resource);
    return resource;
  }

  synchronized void disown(AutoCloseable resource) {
    open.remove(resource);
  }

  /**
   * Device memory.
   *
   * @param what it is for
   * @throws CudaException if there is not enough; tells what was asked for, what is free, and what
   *     helps
   */
  long allocate(long bytes, String what) {
    try {
      return driver.allocate(bytes);
    } catch (CudaException e) {
      if (e.code() != OUT_OF_MEMORY) {
        throw e;
      }
      String free = "";
      try {
        free = String.format(Locale.ROOT, " of %,d free", driver.freeMemory());
      } catch (CudaException unknown) {
        e.addSuppressed(unknown);
      }
      CudaException told =
          new CudaException(
              String.format(
                  Locale.ROOT,
                  "%s: the device has no room for %,d bytes%s; use smaller batches, or the CPU: %s",
                  what,
                  bytes,
                  free,
                  e.getMessage()),
              e.code());
      told.initCause(e);
      throw told;
    }
  }

  /**
   * Page-locked memory through which variables go up and down, piece by piece. It is kept, so that
   * values that went up can come down even when no memory is left.
   */
  ByteBuffer transfer() {
    if (transfer == null) {
      transfer = driver.allocatePinned(TRANSFER_BYTES);
    }
    return transfer;
  }

  /** Frees something; a device that is lost must not keep the rest from being freed. */
  static void release(Runnable free) {
    try {
      free.run();
    } catch (CudaException lost) {
      LOG.debug("while memory of the device was freed", lost);
    }
  }

  /** Waits for all programs: what reads or frees variables must come after what computes them. */
  void settle() {
    for (AutoCloseable resource : open) {
      if (resource instanceof CudaExecutable e) {
        e.settle();
      }
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the CUDA backend is closed; open another");
    }
  }

  /**
   * How much a program gives a device with cuBLAS to do.
   *
   * @param launches kernels and matrix products
   * @param flops multiplications and additions of the matrix products
   */
  public record Load(long launches, double flops) {}

  /** How much a program gives a device with cuBLAS to do. Needs no device. */
  public static Load load(Program program) {
    LaunchPlan plan = CudaCompiler.compile(program, false);
    return new Load(plan.kernels() + plan.products(), plan.flops());
  }

  /** What a program becomes on a device with cuBLAS: launches, shapes, bytes. Needs no device. */
  public static String explain(Program program) {
    return CudaCompiler.compile(program, false).toString();
  }

  @Override
  public void onClose(Runnable action) {
    synchronized (this) {
      requireOpen();
      beforeClose.add(action);
    }
  }

  @Override
  public void close() {
    List<Runnable> actions;
    synchronized (this) {
      actions = List.copyOf(beforeClose);
      beforeClose.clear();
    }
    actions.forEach(Runnable::run); // without the lock: they take others first
    free();
  }

  private synchronized void free() {
    if (closed) {
      return;
    }
    closed = true;
    // what is open is closed here, so that models need not be closed first
    for (AutoCloseable resource : Set.copyOf(open)) {
      if (resource instanceof CudaExecutable e) {
        e.close();
      } else if (resource instanceof CudaBuffer b) {
        b.close();
      }
    }
    if (transfer != null) {
      release(() -> driver.freePinned(transfer));
    }
    modules.values().forEach(m -> release(() -> driver.unloadModule(m)));
    modules.clear();
    driver.close();
  }
}

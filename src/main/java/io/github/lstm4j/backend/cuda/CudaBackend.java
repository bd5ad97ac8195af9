package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.backend.cuda.CudaDriver.DeviceInfo;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Runs programs on an NVIDIA GPU: matrix products in cuBLAS, everything else in the kernels of
 * {@code kernels/*.cu}, a whole step recorded once as a CUDA graph. Gradients are summed in a fixed
 * order, without atomics: the same seed gives the same bits.
 *
 * <p>Several models and threads may share one; the device does what it is given in the order of
 * coming.
 */
public final class CudaBackend implements Backend {
  private final CudaContext context;
  private final CudaOptions options;
  private final String product; // what multiplies matrices, and why
  private final Target target;
  private final List<Runnable> beforeClose = new ArrayList<>();

  /**
   * On that device; the backend closes the driver when it is closed.
   *
   * @param options {@link CudaOptions#DEFAULT} mostly
   */
  public CudaBackend(CudaDriver driver, CudaOptions options) {
    this.context = new CudaContext(driver);
    DeviceInfo device = driver.device();
    // tensor cores that round to TF32 or bfloat16 came with compute capability 8.0
    this.options = device.computeCapability() >= 80 ? options : options.withMath(MathMode.FP32);
    String refusal = driver.hasGemm() ? check() : "was not found";
    product =
        refusal.isEmpty()
            ? "cuBLAS"
            : "built-in matrix product because cuBLAS " + refusal + "; it would be faster";
    target = Target.of(device, refusal.isEmpty());
  }

  private String check() {
    try {
      return ProductCheck.refusal(context, options.math());
    } catch (RuntimeException | Error e) {
      context.close();
      throw e;
    }
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
    return new CudaBackend(new NativeCuda(device), options);
  }

  @Override
  public String description() {
    DeviceInfo d = context.driver().device();
    return String.format(
        Locale.ROOT,
        "CUDA, %s (sm_%d, %.1f GiB), %s, %s%s",
        d.name(),
        d.computeCapability(),
        d.totalMemory() / (double) (1L << 30),
        product,
        options.math().name().toLowerCase(Locale.ROOT),
        options.graph() ? ", CUDA graphs" : "");
  }

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public Buffer allocate(DType dtype, long elements) {
    int size = Math.toIntExact(elements);
    return context.use(() -> new CudaBuffer(context, dtype, size));
  }

  @Override
  public long room() {
    return context.use(() -> context.call(() -> context.driver().freeMemory())) / 2;
  }

  @Override
  public Executable compile(Program program, Map<Value, Buffer> variables) {
    CudaOptions now = context.blocksMayWait() ? options : options.withPersistent(false);
    LaunchPlan plan = CudaCompiler.compile(program, target, now);
    return context.use(() -> new CudaExecutable(context, plan, variables));
  }

  /**
   * Whether the device answers nothing any more, as after an error within a kernel. Closing gives
   * it back, so that it can be opened anew.
   */
  public boolean isLost() {
    return context.lost();
  }

  /**
   * How much a program gives a device with cuBLAS to do.
   *
   * @param launches kernels and matrix products
   * @param products the matrix products
   * @param persistentSeconds what the launches that go through whole sequences are estimated to
   *     take in all: their length is not in their number
   */
  public record Load(long launches, List<Product> products, double persistentSeconds) {
    /** Keeps a copy of the products. */
    public Load {
      products = List.copyOf(products);
    }

    /** Multiplications and additions of all products. */
    public double flops() {
      return products.stream().mapToDouble(Product::flops).sum();
    }
  }

  /**
   * A matrix product.
   *
   * @param rows of the result: what there is to share among processors
   * @param flops multiplications and additions
   */
  public record Product(int rows, double flops) {}

  /**
   * How much a program gives an H100 with cuBLAS to do. Needs no device. {@linkplain
   * CudaOptions#withPersistent Without persistence} it is all that the program computes, in
   * launches and products.
   */
  public static Load load(Program program, CudaOptions options) {
    LaunchPlan plan = CudaCompiler.compile(program, Target.H100, options);
    List<Product> products = new ArrayList<>();
    for (Work work : plan.work()) {
      if (work instanceof Work.Product p) {
        products.add(new Product(p.n(), p.flops()));
      }
    }
    return new Load(plan.kernels() + plan.products(), products, plan.persistentSeconds());
  }

  /**
   * What a program becomes on an H100 with cuBLAS: launches, shapes, bytes, and how the recurrent
   * layers go through their sequences. Needs no device.
   */
  public static String explain(Program program, CudaOptions options) {
    return CudaCompiler.compile(program, Target.H100, options).toString();
  }

  @Override
  public void onClose(Runnable action) {
    context.use(
        () -> {
          synchronized (beforeClose) {
            beforeClose.add(action);
          }
        });
  }

  /**
   * Waits for the threads that use it and frees what is open, so that models need not be closed
   * first. Whoever comes later is told that the backend is closed.
   */
  @Override
  public void close() {
    List<Runnable> actions;
    synchronized (beforeClose) {
      actions = List.copyOf(beforeClose);
      beforeClose.clear();
    }
    actions.forEach(Runnable::run); // others use the device meanwhile: they may hold what it takes
    context.close();
  }
}

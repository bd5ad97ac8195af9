package io.github.lstm4j.backend.cuda;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out, once per JVM, whether CUDA can be used here, and if not, why. On a machine without a
 * driver, or with {@code lstm4j.cuda=off}, not one class of JCuda is loaded and nothing is
 * unpacked.
 *
 * <p>Settings, as system properties or environment variables:
 *
 * <ul>
 *   <li>{@code lstm4j.cuda} ({@code LSTM4J_CUDA}): {@code off} keeps CUDA out;
 *   <li>{@code lstm4j.cublas} ({@code LSTM4J_CUBLAS}): the file or folder of cuBLAS 12, where it is
 *       in none of the usual places; {@code off} uses the built-in matrix product.
 * </ul>
 */
public final class CudaProbe {
  /** What is needed at least: the driver 525, which came with CUDA 12.0. */
  static final int OLDEST_DRIVER = 12000;

  /** The least compute capability that the kernels are compiled for. */
  static final int LEAST_COMPUTE_CAPABILITY = 60;

  static final Logger LOG = LoggerFactory.getLogger(CudaProbe.class);

  private static final Set<String> PLATFORMS = Set.of("linux-x86_64", "windows-x86_64");

  private CudaProbe() {}

  /** The result for this machine; the first call does the work. */
  public static Result result() {
    return Holder.RESULT;
  }

  /** The work of {@link #result} for any machine. */
  static Result probe(Host host) {
    Result result = examine(host);
    if (result.usable()) {
      LOG.info("CUDA: {}; {}", result.reason(), result.cublasReason());
    } else {
      LOG.debug("CUDA is not used: {}", result.reason());
    }
    return result;
  }

  private static Result examine(Host host) {
    if (host.setting("lstm4j.cuda").equalsIgnoreCase("off")) {
      return Result.refused("switched off by lstm4j.cuda=off (or LSTM4J_CUDA)");
    }
    if (!PLATFORMS.contains(host.platform())) {
      return Result.refused(
          String.format(
              Locale.ROOT,
              "JCuda has no native libraries for %s, only for linux-x86_64 and windows-x86_64",
              host.platform()));
    }
    LibrarySearch search = new LibrarySearch(host);
    if (search.drivers().isEmpty()) {
      return Result.refused(
          String.format(
                  Locale.ROOT,
                  "no NVIDIA driver: %s is neither in %s nor in a usual folder; install driver 525 or newer",
                  search.driverName(),
                  host.windows() ? "PATH" : "LD_LIBRARY_PATH")
              + " (in a container: start it with --gpus all)");
    }
    // From here on classes of JCuda are touched.
    return JCudaSetup.examine(host, search);
  }

  /**
   * What was found.
   *
   * @param usable whether there is a device that runs our kernels
   * @param reason one sentence: why not, or what will be used
   * @param devices every device of the driver, by its index, also those that are too old
   * @param hasCublas whether cuBLAS was loaded
   * @param cublasReason one sentence: which cuBLAS, or why none and what that means; empty if not
   *     usable
   */
  public record Result(
      boolean usable,
      String reason,
      List<CudaDriver.DeviceInfo> devices,
      boolean hasCublas,
      String cublasReason) {

    /** Keeps a copy of the devices. */
    public Result {
      devices = List.copyOf(devices);
    }

    static Result refused(String reason) {
      return new Result(false, reason, List.of(), false, "");
    }
  }

  private static final class Holder {
    static final Result RESULT = probe(Host.current());
  }
}

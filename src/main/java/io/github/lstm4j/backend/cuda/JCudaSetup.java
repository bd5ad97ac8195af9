package io.github.lstm4j.backend.cuda;

import static io.github.lstm4j.backend.cuda.CudaCalls.check;
import static io.github.lstm4j.backend.cuda.CudaProbe.LEAST_COMPUTE_CAPABILITY;
import static io.github.lstm4j.backend.cuda.CudaProbe.LOG;
import static io.github.lstm4j.backend.cuda.CudaProbe.OLDEST_DRIVER;
import static java.nio.charset.StandardCharsets.UTF_8;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetAttribute;
import static jcuda.driver.JCudaDriver.cuDeviceGetCount;
import static jcuda.driver.JCudaDriver.cuDeviceGetName;
import static jcuda.driver.JCudaDriver.cuDeviceTotalMem;
import static jcuda.driver.JCudaDriver.cuDriverGetVersion;
import static jcuda.driver.JCudaDriver.cuInit;

import io.github.lstm4j.backend.cuda.CudaDriver.DeviceInfo;
import io.github.lstm4j.backend.cuda.CudaProbe.Result;
import io.github.lstm4j.io.Printable;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import jcuda.JCudaVersion;
import jcuda.LibUtils;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;

/** The part of the probe that touches JCuda: loads the libraries, then asks the driver. */
final class JCudaSetup {
  /**
   * Seconds of a launch, as estimated for an H100, where the driver ends those that take long:
   * Windows after two seconds.
   */
  private static final double LONGEST_LAUNCH = 0.2;

  private static final int CUBLAS_VERSION = 12;

  private JCudaSetup() {}

  static Result examine(Host host, LibrarySearch search) {
    try {
      String loaded = loadFirst(search.drivers());
      if (!loaded.isEmpty()) {
        return Result.refused("the NVIDIA driver does not load: " + loaded);
      }
      loadJCuda(host, "JCudaDriver", "jcuda.driver.JCudaDriver");
      return askDriver(host, search);
    } catch (IOException e) {
      return Result.refused(
          String.format(
              Locale.ROOT,
              "JCuda's native libraries cannot be unpacked (%s); make the cache writable or set XDG_CACHE_HOME",
              e));
    } catch (LinkageError | ReflectiveOperationException e) {
      return Result.refused("JCuda does not load: " + rootMessage(e));
    } catch (DeviceException e) {
      return Result.refused(Printable.reason(e));
    }
  }

  private static Result askDriver(Host host, LibrarySearch search)
      throws IOException, ReflectiveOperationException {
    int[] answer = {0};
    check(cuDriverGetVersion(answer), "cuDriverGetVersion");
    int version = answer[0];
    if (version < OLDEST_DRIVER) {
      return Result.refused(
          String.format(
              Locale.ROOT,
              "the NVIDIA driver is too old: it knows CUDA %s, and %s is needed; install driver 525 or newer",
              dotted(version),
              dotted(OLDEST_DRIVER)));
    }
    int code = cuInit(0);
    if (code != CUresult.CUDA_SUCCESS) {
      return Result.refused("cuInit returned " + CudaCalls.name(code) + hint(code));
    }
    check(cuDeviceGetCount(answer), "cuDeviceGetCount");
    List<DeviceInfo> devices = new ArrayList<>();
    for (int index = 0; index < answer[0]; index++) {
      devices.add(describe(index, version));
    }
    List<DeviceInfo> able =
        devices.stream().filter(d -> d.computeCapability() >= LEAST_COMPUTE_CAPABILITY).toList();
    if (able.isEmpty()) {
      String reason =
          devices.isEmpty()
              ? "the NVIDIA driver sees no device"
              : String.format(
                  Locale.ROOT,
                  "%s has compute capability %s, and %s is needed",
                  devices.get(0).name(),
                  capability(devices.get(0).computeCapability()),
                  capability(LEAST_COMPUTE_CAPABILITY));
      return new Result(false, reason, devices, false, "");
    }
    DeviceInfo first = able.get(0);
    String reason =
        String.format(
            Locale.ROOT,
            "device %d, %s (compute capability %s, %.1f GiB), driver for CUDA %s",
            first.index(),
            first.name(),
            capability(first.computeCapability()),
            first.totalMemory() / (double) (1L << 30),
            dotted(version));
    List<String> refusals = new ArrayList<>();
    String cublas = loadCublas(host, search, refusals);
    return new Result(
        true,
        reason,
        devices,
        !cublas.isEmpty(),
        cublas.isEmpty() ? withoutCublas(host, search, refusals) : "cuBLAS from " + cublas);
  }

  static DeviceInfo describe(int index, int driverVersion) {
    CUdevice device = new CUdevice();
    check(cuDeviceGet(device, index), "cuDeviceGet");
    byte[] name = new byte[256];
    check(cuDeviceGetName(name, name.length, device), "cuDeviceGetName");
    long[] bytes = {0};
    check(cuDeviceTotalMem(bytes, device), "cuDeviceTotalMem");
    int major = attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device);
    int minor = attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device);
    int end = 0;
    while (end < name.length && name[end] != 0) {
      end++;
    }
    return new DeviceInfo(
        index,
        new String(name, 0, end, UTF_8),
        major * 10 + minor,
        attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, device),
        attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, device),
        attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH, device) != 0,
        attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE, device),
        attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_KERNEL_EXEC_TIMEOUT, device) == 0
            ? Double.POSITIVE_INFINITY
            : LONGEST_LAUNCH,
        bytes[0],
        driverVersion);
  }

  private static int attribute(int attribute, CUdevice device) {
    int[] value = {0};
    check(cuDeviceGetAttribute(value, attribute, device), "cuDeviceGetAttribute");
    return value[0];
  }

  /** Loads the first library that loads; "" if one did, else why the last one did not. */
  private static String loadFirst(List<Path> files) {
    String refusal = "";
    for (Path file : files) {
      try {
        System.load(file.toString());
        LOG.debug("loaded {}", file);
        return "";
      } catch (UnsatisfiedLinkError e) {
        refusal = Printable.reason(e); // for example a library for 32 bits
        LOG.debug("{} does not load: {}", file, refusal);
      }
    }
    return refusal;
  }

  /**
   * Initialises a class of JCuda with our own copy of its library. JCuda looks for the library
   * first in {@code java.library.path}, then takes a file of its name in {@code java.io.tmpdir}, or
   * unpacks it there. So for as long as that takes, this property names the folder of our copy.
   */
  private static void loadJCuda(Host host, String library, String className)
      throws IOException, ReflectiveOperationException {
    String file =
        LibUtils.createLibraryFileName(
            LibUtils.createPlatformLibraryName(library + "-" + JCudaVersion.get()));
    Path copy = NativeCache.of(host).extract("/lib/" + file, LibUtils.class);
    // Both of the JDK's makers of temporary files read the property once; let that be before.
    Files.delete(Files.createTempFile(copy.getParent(), "probe-", ".tmp"));
    Files.delete(File.createTempFile("probe-", ".tmp", copy.getParent().toFile()).toPath());
    String shared = System.getProperty("java.io.tmpdir");
    System.setProperty("java.io.tmpdir", copy.getParent().toString());
    try {
      Class.forName(className);
    } finally {
      System.setProperty("java.io.tmpdir", shared);
    }
  }

  /** Loads cuBLAS and JCuda's binding to it; returns the file, or "" and the reasons. */
  private static String loadCublas(Host host, LibrarySearch search, List<String> refusals)
      throws IOException {
    for (Path file : search.cublas(CUBLAS_VERSION)) {
      Path lt = file.resolveSibling(search.cublasLtName(CUBLAS_VERSION));
      try {
        // The loaded libraries are found by their names when JCuda's library asks for them, but
        // only in this order.
        if (Files.isRegularFile(lt)) {
          System.load(lt.toString());
        }
        System.load(file.toString());
        loadJCuda(host, "JCublas2", "jcuda.jcublas.JCublas2");
        return file.toString();
      } catch (LinkageError | ReflectiveOperationException e) {
        refusals.add(file + " does not load (" + rootMessage(e) + ")");
      }
    }
    return "";
  }

  private static String withoutCublas(Host host, LibrarySearch search, List<String> refusals) {
    String setting = host.setting(LibrarySearch.CUBLAS_SETTING);
    String why;
    if (!refusals.isEmpty()) {
      why = String.join(", ", refusals);
    } else if (setting.equalsIgnoreCase("off")) {
      why = "cuBLAS is switched off by lstm4j.cublas=off (or LSTM4J_CUBLAS)";
    } else if (!setting.isEmpty()) {
      why =
          String.format(
              Locale.ROOT,
              "lstm4j.cublas (or LSTM4J_CUBLAS) is %s, where no %s is",
              setting,
              search.cublasName(CUBLAS_VERSION));
    } else {
      List<Path> newer = search.cublas(CUBLAS_VERSION + 1);
      why =
          newer.isEmpty()
              ? search.cublasName(CUBLAS_VERSION) + " was not found"
              : String.format(
                  Locale.ROOT,
                  "cuBLAS 13 in %s cannot serve, JCuda 12.6 needs cuBLAS 12",
                  newer.get(0).getParent());
    }
    return why
        + ": the built-in matrix product serves, cuBLAS 12 would be faster (CUDA 12 toolkit, or pip"
        + " install nvidia-cublas-cu12; lstm4j.cublas names its folder)";
  }

  private static String hint(int code) {
    return switch (code) {
      case CUresult.CUDA_ERROR_NO_DEVICE ->
          ": the driver sees no device (none is there, or CUDA_VISIBLE_DEVICES hides it)";
      case CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH ->
          ": library and kernel module of the driver differ; restart the machine";
      case CUresult.CUDA_ERROR_STUB_LIBRARY ->
          ": the toolkit's stub was found in place of the driver; take its folder out of the path";
      default -> "";
    };
  }

  private static String dotted(int version) {
    return version / 1000 + "." + version % 1000 / 10;
  }

  private static String capability(int value) {
    return String.format(Locale.ROOT, "%d.%d", value / 10, value % 10);
  }

  private static String rootMessage(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage() == null ? root.toString() : root.getMessage().strip();
    int line = message.indexOf('\n');
    return line < 0 ? message : message.substring(0, line).strip();
  }
}

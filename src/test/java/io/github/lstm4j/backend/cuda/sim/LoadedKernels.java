package io.github.lstm4j.backend.cuda.sim;

import static io.github.lstm4j.backend.cuda.sim.CudaErrors.error;

import io.github.lstm4j.backend.cuda.CudaDriver.DeviceInfo;
import io.github.lstm4j.backend.cuda.CudaDriver.LaunchConfig;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Modules, their functions, and prepared launches. */
final class LoadedKernels {
  private static final int MAX_GRID_YZ = 65535;
  private static final int MAX_BLOCK_Z = 64;
  private static final int MOST_RESIDENT_THREADS = 2048; // of a multiprocessor

  private record Module(String name, PtxModule ptx, Map<String, Long> symbols) {}

  private record Function(long module, KernelCode code) {}

  private record Launch(
      String name, Function function, LaunchConfig config, ByteBuffer parameters) {
    /** The shared memory of a block, declared and given. */
    int allSharedBytes() {
      var kernel = function.code.kernel();
      int given = config.sharedBytes();
      return given == 0 ? kernel.sharedBytes : kernel.dynamicSharedOffset() + given;
    }
  }

  private final DeviceMemory memory;
  private final PtxInterpreter interpreter;
  private final DeviceInfo device;
  private final Map<Long, Module> modules = new HashMap<>();
  private final Map<Long, Function> functions = new HashMap<>();
  private final Map<Long, Launch> launches = new HashMap<>();
  private long nextHandle = 0x1000;

  LoadedKernels(DeviceMemory memory, PtxInterpreter interpreter, DeviceInfo device) {
    this.memory = memory;
    this.interpreter = interpreter;
    this.device = device;
  }

  long loadModule(String name, String ptx) {
    var module = new PtxModule(name, ptx);
    var symbols = new HashMap<String, Long>();
    for (var variable : module.globals) {
      int size = variable.content().capacity();
      var place = memory.allocate(size, "module " + name);
      variable.content().get(0, place.bytes());
      place.markRangeWritten(0, size);
      symbols.put(variable.name(), place.start);
    }
    modules.put(nextHandle, new Module(name, module, symbols));
    return nextHandle++;
  }

  void unloadModule(long handle) {
    var module = modules.remove(handle);
    if (module == null) {
      throw error(CudaCall.UNLOAD_MODULE, CudaErrors.INVALID_HANDLE, "no such module");
    }
    module.symbols.values().forEach(memory::free);
    functions.values().removeIf(function -> function.module == handle);
  }

  long function(long handle, String name) {
    var module = modules.get(handle);
    if (module == null) {
      throw error(CudaCall.FUNCTION, CudaErrors.INVALID_HANDLE, "no such module");
    }
    var kernel = module.ptx.kernels.get(name);
    if (kernel == null) {
      throw error(CudaCall.FUNCTION, CudaErrors.NOT_FOUND, module.name + " has no kernel " + name);
    }
    var code = PtxDecoder.decode(module.name, kernel, module.symbols, memory);
    functions.put(nextHandle, new Function(handle, code));
    return nextHandle++;
  }

  long prepareLaunch(long handle, String name, LaunchConfig config, Object... arguments) {
    var function = functions.get(handle);
    if (function == null) {
      throw error(CudaCall.PREPARE_LAUNCH, CudaErrors.INVALID_HANDLE, name);
    }
    var parameters = LaunchParameters.marshal(function.code.kernel(), arguments);
    var launch = new Launch(name, function, config, parameters);
    if (config.cooperative()) {
      requireTogether(launch);
    }
    launches.put(nextHandle, launch);
    return nextHandle++;
  }

  void freeLaunch(long handle) {
    if (launches.remove(handle) == null) {
      throw error(CudaCall.FREE_LAUNCH, CudaErrors.INVALID_HANDLE, "no such launch");
    }
  }

  /** What a launch does when its turn comes; it does not need the launch site any more. */
  Runnable launchable(long handle) {
    var launch = launches.get(handle);
    if (launch == null) {
      throw error(CudaCall.LAUNCH, CudaErrors.INVALID_HANDLE, "no such launch");
    }
    requireLaunchable(launch);
    return () -> {
      if (!modules.containsKey(launch.function.module)) {
        throw new DeviceCheckError(launch.name + " runs after its module was unloaded");
      }
      interpreter.run(
          launch.function.code,
          new LaunchShape(launch.config.grid(), launch.config.block()),
          launch.allSharedBytes(),
          launch.parameters,
          launch.config.cooperative());
    };
  }

  private void requireLaunchable(Launch launch) {
    var grid = launch.config.grid();
    var block = launch.config.block();
    int maxThreads = launch.function.code.kernel().maxThreads;
    boolean good =
        Math.min(grid.x(), Math.min(grid.y(), grid.z())) > 0
            && Math.min(block.x(), Math.min(block.y(), block.z())) > 0
            && grid.y() <= MAX_GRID_YZ
            && grid.z() <= MAX_GRID_YZ
            && block.z() <= MAX_BLOCK_Z
            && (long) block.x() * block.y() * block.z() <= maxThreads
            && launch.config.sharedBytes() >= 0
            && launch.allSharedBytes() <= device.sharedBytesPerBlock();
    if (!good) {
      throw error(
          CudaCall.LAUNCH,
          CudaErrors.INVALID_VALUE,
          String.format(
              Locale.ROOT,
              "%s: grid %s, block %s (at most %d threads), %d bytes of shared memory (at most %d)",
              launch.name,
              grid,
              block,
              maxThreads,
              launch.allSharedBytes(),
              device.sharedBytesPerBlock()));
    }
  }

  /**
   * All blocks of a cooperative launch are on the device at once, as many as their threads allow.
   */
  private void requireTogether(Launch launch) {
    var grid = launch.config.grid();
    var block = launch.config.block();
    long blocks = (long) grid.x() * grid.y() * grid.z();
    int each = Math.max(1, MOST_RESIDENT_THREADS / (block.x() * block.y() * block.z()));
    if (!device.cooperative() || blocks > (long) each * device.multiprocessors()) {
      throw error(
          CudaCall.PREPARE_LAUNCH,
          device.cooperative() ? CudaErrors.COOPERATIVE_TOO_LARGE : CudaErrors.NOT_SUPPORTED,
          String.format(
              Locale.ROOT,
              "%s: %d blocks at once, at most %d on each of %d multiprocessors",
              launch.name,
              blocks,
              each,
              device.multiprocessors()));
    }
  }
}

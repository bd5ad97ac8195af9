package io.github.lstm4j.backend.cuda.sim;

import static io.github.lstm4j.backend.cuda.sim.CudaErrors.error;

import io.github.lstm4j.backend.cuda.CudaDriver;
import java.lang.StackWalker.StackFrame;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * A CUDA device in plain Java: kernels are interpreted from their PTX, matrix products computed as
 * cuBLAS defines them, streams and recordings kept by the driver's rules, and every access to
 * memory checked. A check that fails is a {@link DeviceCheckError}; what a real driver would refuse
 * is a {@code CudaException} with its code.
 *
 * <pre>{@code
 * var cuda = SimulatedCuda.builder().shuffle(42).build();   // all checks are on
 * cuda.failAt(CudaCall.ALLOCATE, 3, 2);                     // the third allocation: out of memory
 * …
 * cuda.close();
 * assertThat(cuda.leaks()).isEmpty();
 * }</pre>
 */
public final class SimulatedCuda implements CudaDriver {
  private static final int MAX_GRID_YZ = 65535;

  /** Which device to be, and what to check. */
  public static final class Builder {
    private DeviceInfo device = new DeviceInfo(0, "Simulated GPU", 90, 4, 8L << 30, 12060);
    private boolean hasGemm = true;
    private boolean checkUninitialised = true;
    private boolean checkRaces = true;
    private boolean shuffle;
    private long seed;
    private int sharedMemoryLimit = 48 << 10;
    private long instructionLimit = 1L << 30;

    private Builder() {}

    /** Whether cuBLAS is there; by default it is. */
    public Builder gemm(boolean present) {
      hasGemm = present;
      return this;
    }

    /** What {@link CudaDriver#device} says; its memory is the limit of what can be allocated. */
    public Builder device(DeviceInfo info) {
      device = info;
      return this;
    }

    /** Limits the memory, in bytes; by default 8 GiB. */
    public Builder memory(long bytes) {
      var d = device;
      return device(
          new DeviceInfo(
              d.index(),
              d.name(),
              d.computeCapability(),
              d.multiprocessors(),
              bytes,
              d.driverVersion()));
    }

    /** Sets the compute capability, major·10 + minor; by default 90. */
    public Builder computeCapability(int value) {
      var d = device;
      return device(
          new DeviceInfo(
              d.index(), d.name(), value, d.multiprocessors(), d.totalMemory(), d.driverVersion()));
    }

    /** Whether reading memory that was never written is an error; by default it is. */
    public Builder checkUninitialised(boolean on) {
      checkUninitialised = on;
      return this;
    }

    /**
     * Whether unordered accesses of several threads to one word are an error; by default they are.
     */
    public Builder checkRaces(boolean on) {
      checkRaces = on;
      return this;
    }

    /**
     * Runs work as late as possible and in a random order that streams and events allow, blocks and
     * warps of a kernel in a random order too. By default all runs at once and in order.
     */
    public Builder shuffle(long withSeed) {
      shuffle = true;
      seed = withSeed;
      return this;
    }

    /** Shared memory a block may use, in bytes; by default 48 KiB. */
    public Builder sharedMemoryLimit(int bytes) {
      sharedMemoryLimit = bytes;
      return this;
    }

    /** Warp instructions after which a block is taken to hang; by default 2³⁰. */
    public Builder instructionLimit(long instructions) {
      instructionLimit = instructions;
      return this;
    }

    /** The device. */
    public SimulatedCuda build() {
      return new SimulatedCuda(this);
    }
  }

  private record Module(String name, PtxModule ptx, Map<String, Long> symbols) {}

  private record Launch(
      KernelCode code,
      LaunchShape shape,
      int sharedBytes,
      ByteBuffer parameters,
      String site,
      long module) {}

  private record Function(long module, KernelCode code) {}

  private final DeviceInfo device;
  private final boolean hasGemm;
  private final int sharedMemoryLimit;
  private final DeviceMemory memory;
  private final PtxInterpreter interpreter;
  private final WorkQueue queue;
  private final Faults faults = new Faults();
  private final AtomicReference<Thread> caller = new AtomicReference<>();
  private final Map<Long, Module> modules = new HashMap<>();
  private final Map<Long, Function> functions = new HashMap<>();
  private final Map<Long, Launch> launches = new HashMap<>();
  private final IdentityHashMap<ByteBuffer, String> pinned = new IdentityHashMap<>();
  private final Map<Long, String> handles = new HashMap<>();
  private long nextHandle = 0x1000;
  private boolean closed;
  private List<String> leaks = List.of();

  private SimulatedCuda(Builder b) {
    device = b.device;
    hasGemm = b.hasGemm;
    sharedMemoryLimit = b.sharedMemoryLimit;
    memory = new DeviceMemory(b.checkUninitialised, b.checkRaces);
    interpreter = new PtxInterpreter(b.shuffle ? new Random(b.seed) : null, b.instructionLimit);
    queue = new WorkQueue(b.shuffle ? new Random(b.seed + 1) : null);
  }

  /** A device with all checks on, work in order, and cuBLAS. */
  public static Builder builder() {
    return new Builder();
  }

  // ---- what only the simulated device can do

  /** Makes the n-th call of a kind from now fail with a code; 1 is the next. */
  public void failAt(CudaCall call, int n, int code) {
    faults.failAt(call, n, code, false);
  }

  /** Loses the device at the n-th call of a kind from now: that and all later calls fail. */
  public void loseDeviceAt(CudaCall call, int n) {
    faults.failAt(call, n, CudaErrors.DEVICE_UNAVAILABLE, true);
  }

  /** Forgets failures that did not happen yet. */
  public void clearFailures() {
    faults.clear();
  }

  /** How often a call was made, failed ones included. */
  public long count(CudaCall call) {
    return faults.count(call);
  }

  /** The most bytes that were allocated at one time. */
  public long peakBytes() {
    return memory.peakBytes();
  }

  /** Instructions that kernels ran, counted per thread. */
  public long threadInstructions() {
    return interpreter.threadInstructions();
  }

  /**
   * What is not given back: memory, pinned memory, modules, launches, streams, events and graphs,
   * each with the place it was made. After {@link #close}, what was not when it was called.
   */
  public List<String> leaks() {
    if (closed) {
      return leaks;
    }
    var open = new ArrayList<String>();
    for (var allocation : memory.live()) {
      if (!allocation.site.startsWith("module ")) {
        open.add(allocation.length + " bytes of device memory from " + allocation.site);
      }
    }
    pinned.forEach(
        (buffer, site) -> open.add(buffer.capacity() + " bytes of pinned memory from " + site));
    open.addAll(handles.values());
    return open;
  }

  // ---- the driver

  @Override
  public DeviceInfo device() {
    return device;
  }

  @Override
  public long freeMemory() {
    return call(CudaCall.FREE_MEMORY, () -> device.totalMemory() - memory.allocatedBytes());
  }

  @Override
  public long allocatedBytes() {
    return memory.allocatedBytes();
  }

  @Override
  public long allocate(long bytes) {
    return call(
        CudaCall.ALLOCATE,
        () -> {
          refuseWhileRecording(CudaCall.ALLOCATE);
          if (bytes < 1) {
            throw error(CudaCall.ALLOCATE, CudaErrors.INVALID_VALUE, bytes + " bytes");
          }
          long free = device.totalMemory() - memory.allocatedBytes();
          if (bytes > free) {
            throw error(
                CudaCall.ALLOCATE,
                CudaErrors.OUT_OF_MEMORY,
                bytes + " bytes asked for, " + free + " free");
          }
          return memory.allocate(bytes, site()).start;
        });
  }

  @Override
  public void free(long pointer) {
    if (faults.deviceLost()) {
      memory.free(pointer); // it fails, but whoever tried did not leak
    }
    run(
        CudaCall.FREE,
        () -> {
          refuseWhileRecording(CudaCall.FREE);
          queue.finish();
          if (!memory.free(pointer)) {
            throw error(
                CudaCall.FREE,
                CudaErrors.INVALID_VALUE,
                DeviceMemory.hex(pointer)
                    + " is not the start of an allocation, or was freed before");
          }
        });
  }

  @Override
  public ByteBuffer allocatePinned(int bytes) {
    return call(
        CudaCall.ALLOCATE_PINNED,
        () -> {
          refuseWhileRecording(CudaCall.ALLOCATE_PINNED);
          if (bytes < 1) {
            throw error(CudaCall.ALLOCATE_PINNED, CudaErrors.INVALID_VALUE, bytes + " bytes");
          }
          var buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
          pinned.put(buffer, site());
          return buffer;
        });
  }

  @Override
  public void freePinned(ByteBuffer buffer) {
    if (faults.deviceLost()) {
      pinned.remove(buffer);
    }
    run(
        CudaCall.FREE_PINNED,
        () -> {
          refuseWhileRecording(CudaCall.FREE_PINNED);
          queue.finish();
          if (pinned.remove(buffer) == null) {
            throw error(
                CudaCall.FREE_PINNED, CudaErrors.INVALID_VALUE, "not pinned, or freed before");
          }
        });
  }

  @Override
  public void upload(long target, ByteBuffer source, int from, long bytes, long stream) {
    submit(
        CudaCall.UPLOAD,
        stream,
        () -> {
          requirePinned(CudaCall.UPLOAD, source, from, bytes);
          var allocation = memory.find(target, bytes);
          int offset = (int) (target - allocation.start);
          source.duplicate().clear().position(from).get(allocation.bytes(), offset, (int) bytes);
          allocation.markRangeWritten(offset, (int) bytes);
        });
  }

  @Override
  public void download(ByteBuffer target, int to, long source, long bytes, long stream) {
    submit(
        CudaCall.DOWNLOAD,
        stream,
        () -> {
          requirePinned(CudaCall.DOWNLOAD, target, to, bytes);
          var allocation = memory.readable(source, bytes);
          int offset = (int) (source - allocation.start);
          target.duplicate().clear().position(to).put(allocation.bytes(), offset, (int) bytes);
        });
  }

  @Override
  public void copy(long target, long source, long bytes, long stream) {
    submit(
        CudaCall.COPY,
        stream,
        () -> {
          var from = memory.find(source, bytes);
          var to = memory.find(target, bytes);
          if (Math.abs(target - source) < bytes) {
            throw new DeviceCheckError("source and target of a copy overlap");
          }
          to.copyFrom(from, (int) (source - from.start), (int) (target - to.start), (int) bytes);
        });
  }

  @Override
  public void fill(long target, int value, long words, long stream) {
    submit(
        CudaCall.FILL,
        stream,
        () -> {
          if (target % Integer.BYTES != 0) {
            throw new DeviceCheckError("fill of words at " + DeviceMemory.hex(target));
          }
          int bytes = Math.toIntExact(words * Integer.BYTES);
          var allocation = memory.find(target, bytes);
          int offset = (int) (target - allocation.start);
          for (int i = offset; i < offset + bytes; i += Integer.BYTES) {
            allocation.set(i, Integer.BYTES, value);
          }
          allocation.markRangeWritten(offset, bytes);
        });
  }

  @Override
  public long loadModule(String name, String ptx) {
    return call(
        CudaCall.LOAD_MODULE,
        () -> {
          var module = new PtxModule(name, ptx);
          var symbols = new HashMap<String, Long>();
          for (var variable : module.globals) {
            var place = memory.allocate(variable.content().capacity(), "module " + name);
            System.arraycopy(variable.content().array(), 0, place.bytes(), 0, place.length);
            place.markRangeWritten(0, place.length);
            symbols.put(variable.name(), place.start);
          }
          long handle = newHandle("module " + name);
          modules.put(handle, new Module(name, module, symbols));
          return handle;
        });
  }

  @Override
  public void unloadModule(long module) {
    giveUpIfLost(module);
    run(
        CudaCall.UNLOAD_MODULE,
        () -> {
          queue.finish();
          var known = modules.remove(module);
          if (known == null) {
            throw error(CudaCall.UNLOAD_MODULE, CudaErrors.INVALID_HANDLE, "no such module");
          }
          known.symbols.values().forEach(memory::free);
          functions.values().removeIf(function -> function.module == module);
          handles.remove(module);
        });
  }

  @Override
  public long function(long module, String name) {
    return call(
        CudaCall.FUNCTION,
        () -> {
          var known = modules.get(module);
          if (known == null) {
            throw error(CudaCall.FUNCTION, CudaErrors.INVALID_HANDLE, "no such module");
          }
          var kernel = known.ptx.kernels.get(name);
          if (kernel == null) {
            throw error(
                CudaCall.FUNCTION, CudaErrors.NOT_FOUND, known.name + " has no kernel " + name);
          }
          functions.put(
              nextHandle,
              new Function(module, PtxDecoder.decode(known.name, kernel, known.symbols, memory)));
          return nextHandle++;
        });
  }

  @Override
  public long prepareLaunch(
      long function, String name, Dim3 grid, Dim3 block, int sharedBytes, Object... arguments) {
    return call(
        CudaCall.PREPARE_LAUNCH,
        () -> {
          var known = functions.get(function);
          if (known == null) {
            throw error(CudaCall.PREPARE_LAUNCH, CudaErrors.INVALID_HANDLE, name);
          }
          var parameters = LaunchParameters.marshal(known.code.kernel(), arguments);
          long handle = newHandle("launch " + name);
          launches.put(
              handle,
              new Launch(
                  known.code,
                  new LaunchShape(grid, block),
                  sharedBytes,
                  parameters,
                  name,
                  known.module));
          return handle;
        });
  }

  @Override
  public void freeLaunch(long launch) {
    giveUpIfLost(launch);
    run(
        CudaCall.FREE_LAUNCH,
        () -> {
          if (launches.remove(launch) == null) {
            throw error(CudaCall.FREE_LAUNCH, CudaErrors.INVALID_HANDLE, "no such launch");
          }
          handles.remove(launch);
        });
  }

  @Override
  public void launch(long launch, long stream) {
    var site = launches.get(launch);
    run(
        CudaCall.LAUNCH,
        () -> {
          if (site == null) {
            throw error(CudaCall.LAUNCH, CudaErrors.INVALID_HANDLE, "no such launch");
          }
          requireLaunchable(site);
          queue.submit(
              CudaCall.LAUNCH,
              stream,
              () -> {
                if (!modules.containsKey(site.module)) {
                  throw new DeviceCheckError(site.site + " runs after its module was unloaded");
                }
                interpreter.run(site.code, site.shape, site.sharedBytes, site.parameters);
              });
        });
  }

  private void requireLaunchable(Launch launch) {
    var grid = launch.shape.grid();
    var block = launch.shape.block();
    var kernel = launch.code.kernel();
    long shared = (launch.sharedBytes > 0 ? kernel.dynamicSharedOffset() : kernel.sharedBytes);
    boolean good =
        Math.min(grid.x(), Math.min(grid.y(), grid.z())) > 0
            && Math.min(block.x(), Math.min(block.y(), block.z())) > 0
            && grid.y() <= MAX_GRID_YZ
            && grid.z() <= MAX_GRID_YZ
            && block.z() <= 64
            && (long) block.x() * block.y() * block.z() <= kernel.maxThreads
            && launch.sharedBytes >= 0
            && shared + launch.sharedBytes <= sharedMemoryLimit;
    if (!good) {
      throw error(
          CudaCall.LAUNCH,
          CudaErrors.INVALID_VALUE,
          "%s: grid %s, block %s (at most %d threads), %d bytes of shared memory (at most %d)"
              .formatted(
                  launch.site,
                  grid,
                  block,
                  kernel.maxThreads,
                  shared + launch.sharedBytes,
                  sharedMemoryLimit));
    }
  }

  @Override
  public boolean hasGemm() {
    return hasGemm;
  }

  @Override
  public void gemm(Gemm gemm, long stream) {
    run(
        CudaCall.GEMM,
        () -> {
          if (!hasGemm) {
            throw new DeviceCheckError("gemm was called on a device without cuBLAS");
          }
          String refusal = SimulatedGemm.refusal(gemm);
          if (refusal != null) {
            throw error(CudaCall.GEMM, SimulatedGemm.refusalCode(), refusal);
          }
          queue.submit(
              CudaCall.GEMM,
              stream,
              () -> {
                try {
                  SimulatedGemm.run(memory, gemm);
                } catch (DeviceCheckError e) {
                  throw new DeviceCheckError(gemm + ": " + e.getMessage(), e);
                }
              });
        });
  }

  @Override
  public long createStream() {
    return call(CudaCall.CREATE_STREAM, () -> registered("stream", queue.createStream()));
  }

  @Override
  public void destroyStream(long stream) {
    giveUpIfLost(stream);
    run(
        CudaCall.DESTROY_STREAM,
        () -> {
          queue.destroyStream(stream);
          handles.remove(stream);
        });
  }

  @Override
  public long createEvent() {
    return call(CudaCall.CREATE_EVENT, () -> registered("event", queue.createEvent()));
  }

  @Override
  public void destroyEvent(long event) {
    giveUpIfLost(event);
    run(
        CudaCall.DESTROY_EVENT,
        () -> {
          queue.destroyEvent(event);
          handles.remove(event);
        });
  }

  @Override
  public void recordEvent(long event, long stream) {
    run(CudaCall.RECORD_EVENT, () -> queue.recordEvent(event, stream));
  }

  @Override
  public void waitEvent(long stream, long event) {
    run(CudaCall.WAIT_EVENT, () -> queue.waitEvent(stream, event));
  }

  @Override
  public void synchronize(long stream) {
    run(CudaCall.SYNCHRONIZE, () -> queue.synchronize(stream));
  }

  @Override
  public void beginCapture(long stream) {
    run(CudaCall.BEGIN_CAPTURE, () -> queue.beginCapture(stream));
  }

  @Override
  public long endCapture(long stream) {
    return call(CudaCall.END_CAPTURE, () -> registered("graph", queue.endCapture(stream)));
  }

  @Override
  public void abortCapture(long stream) {
    run(CudaCall.ABORT_CAPTURE, () -> queue.abortCapture(stream));
  }

  @Override
  public void launchGraph(long graph, long stream) {
    run(CudaCall.LAUNCH_GRAPH, () -> queue.launchGraph(graph, stream));
  }

  @Override
  public void destroyGraph(long graph) {
    giveUpIfLost(graph);
    run(
        CudaCall.DESTROY_GRAPH,
        () -> {
          queue.finish();
          queue.destroyGraph(graph);
          handles.remove(graph);
        });
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    try {
      if (!faults.deviceLost()) {
        queue.finish();
      }
    } finally {
      leaks = leaks();
      closed = true;
      memory.live().forEach(allocation -> memory.free(allocation.start));
      pinned.clear();
      modules.clear();
      launches.clear();
    }
  }

  // ---- helpers

  private void submit(CudaCall call, long stream, Runnable work) {
    run(
        call,
        () ->
            queue.submit(
                call,
                stream,
                () -> {
                  try {
                    work.run();
                  } catch (DeviceCheckError e) {
                    throw new DeviceCheckError(call.function + ": " + e.getMessage(), e);
                  }
                }));
  }

  private void run(CudaCall call, Runnable body) {
    call(
        call,
        () -> {
          body.run();
          return 0L;
        });
  }

  private <T> T call(CudaCall call, Supplier<T> body) {
    var other = caller.compareAndExchange(null, Thread.currentThread());
    if (other != null) {
      throw new DeviceCheckError(
          call.function + " was called while " + other.getName() + " is in another call");
    }
    try {
      if (closed) {
        throw error(call, CudaErrors.DEINITIALIZED, "the device was closed");
      }
      faults.enter(call);
      return body.get();
    } finally {
      caller.set(null);
    }
  }

  private void refuseWhileRecording(CudaCall call) {
    if (queue.isRecording()) {
      queue.invalidateRecordings();
      throw error(call, CudaErrors.CAPTURE_UNSUPPORTED, "not allowed while a stream records");
    }
  }

  private void requirePinned(CudaCall call, ByteBuffer buffer, int from, long bytes) {
    if (!pinned.containsKey(buffer)) {
      throw new DeviceCheckError("the host memory is not pinned, or was freed");
    }
    if (from < 0 || bytes < 0 || from + bytes > buffer.capacity()) {
      throw new DeviceCheckError(
          "%s: bytes %d to %d of %d pinned ones"
              .formatted(call.function, from, from + bytes, buffer.capacity()));
    }
  }

  /** On a lost device nothing can be given back; whoever tries has done what can be done. */
  private void giveUpIfLost(long handle) {
    if (faults.deviceLost()) {
      handles.remove(handle);
    }
  }

  private long newHandle(String what) {
    return registered(what, nextHandle++);
  }

  private long registered(String what, long handle) {
    handles.put(handle, what + " from " + site());
    return handle;
  }

  /** The first caller outside this package. */
  private static String site() {
    String here = SimulatedCuda.class.getName();
    return StackWalker.getInstance()
        .walk(
            frames ->
                frames
                    .filter(frame -> !(frame.getClassName() + "$").startsWith(here + "$"))
                    .findFirst()
                    .map(StackFrame::toString)
                    .orElse("?"));
  }
}

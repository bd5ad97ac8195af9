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
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * A CUDA device in plain Java: kernels are interpreted from their PTX, matrix products computed as
 * cuBLAS defines them, streams and recordings kept by the driver's rules, and every access to
 * memory checked. A check that fails is a {@link DeviceCheckError}; what a real driver would refuse
 * is a {@code DeviceException} with its code.
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
  private final DeviceInfo device;
  private final boolean hasGemm;
  private final DeviceMemory memory;
  private final PtxInterpreter interpreter;
  private final WorkQueue queue;
  private final Faults faults = new Faults();
  private final AtomicReference<Thread> caller = new AtomicReference<>();
  private final ReentrantLock turn = new ReentrantLock(true); // of a caller, or of one who waits
  private final LoadedKernels kernels;
  private final IdentityHashMap<ByteBuffer, String> pinned = new IdentityHashMap<>();
  private final Map<Long, String> handles = new HashMap<>();
  private final ThreadLocal<Integer> entries = ThreadLocal.withInitial(() -> 0);
  private volatile boolean entered; // by anybody, once: who does has to do so for every call
  private boolean closed;
  private List<String> leaks = List.of();

  SimulatedCuda(SimulatedCudaBuilder b) {
    device = b.device;
    hasGemm = b.hasGemm;
    memory = new DeviceMemory(b.checkUninitialised, b.checkRaces);
    interpreter =
        new PtxInterpreter(memory, b.shuffle ? new Random(b.seed) : null, b.instructionLimit);
    kernels = new LoadedKernels(memory, interpreter, device);
    queue = new WorkQueue(b.shuffle ? new Random(b.seed + 1) : null);
  }

  /** A device with all checks on, work in order, and cuBLAS. */
  public static SimulatedCudaBuilder builder() {
    return new SimulatedCudaBuilder();
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
  public void enter() {
    entered = true;
    entries.set(entries.get() + 1);
  }

  @Override
  public void leave() {
    entries.set(entries.get() - 1);
  }

  @Override
  public boolean lost() {
    return faults.deviceLost();
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
        CudaCall.LOAD_MODULE, () -> registered("module " + name, kernels.loadModule(name, ptx)));
  }

  @Override
  public void unloadModule(long module) {
    giveUpIfLost(module);
    run(
        CudaCall.UNLOAD_MODULE,
        () -> {
          queue.finish();
          kernels.unloadModule(module);
          handles.remove(module);
        });
  }

  @Override
  public long function(long module, String name) {
    return call(CudaCall.FUNCTION, () -> kernels.function(module, name));
  }

  @Override
  public long prepareLaunch(long function, String name, LaunchConfig config, Object... arguments) {
    return call(
        CudaCall.PREPARE_LAUNCH,
        () ->
            registered("launch " + name, kernels.prepareLaunch(function, name, config, arguments)));
  }

  @Override
  public void freeLaunch(long launch) {
    giveUpIfLost(launch);
    run(
        CudaCall.FREE_LAUNCH,
        () -> {
          kernels.freeLaunch(launch);
          handles.remove(launch);
        });
  }

  @Override
  public void launch(long launch, long stream) {
    run(CudaCall.LAUNCH, () -> queue.submit(CudaCall.LAUNCH, stream, kernels.launchable(launch)));
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

  /** The one call that others may overlap: each piece of work that it waits for is a turn. */
  @Override
  public void awaitEvent(long event) {
    boolean done = false;
    for (boolean first = true; !done; first = false) {
      turn.lock();
      try {
        if (first) {
          begin(CudaCall.AWAIT_EVENT);
        }
        done = queue.stepTowards(event);
      } finally {
        turn.unlock();
      }
    }
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
    turn.lock();
    try {
      begin(call);
      return body.get();
    } finally {
      turn.unlock();
      caller.set(null);
    }
  }

  private void begin(CudaCall call) {
    if (entered && entries.get() <= 0) {
      throw new DeviceCheckError(call.function + " was called without enter");
    }
    if (closed) {
      throw error(call, CudaErrors.DEINITIALIZED, "the device was closed");
    }
    faults.enter(call);
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
          String.format(
              Locale.ROOT,
              "%s: bytes %d to %d of %d pinned ones",
              call.function,
              from,
              from + bytes,
              buffer.capacity()));
    }
  }

  /** On a lost device nothing can be given back; whoever tries has done what can be done. */
  private void giveUpIfLost(long handle) {
    if (faults.deviceLost()) {
      handles.remove(handle);
    }
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

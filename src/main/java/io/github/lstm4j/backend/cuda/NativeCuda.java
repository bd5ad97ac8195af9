package io.github.lstm4j.backend.cuda;

import static io.github.lstm4j.backend.cuda.CudaCalls.check;
import static io.github.lstm4j.backend.cuda.CudaCalls.failure;
import static io.github.lstm4j.backend.cuda.CudaCalls.misuse;
import static java.nio.charset.StandardCharsets.UTF_8;
import static jcuda.driver.JCudaDriver.cuCtxPopCurrent;
import static jcuda.driver.JCudaDriver.cuCtxPushCurrent;
import static jcuda.driver.JCudaDriver.cuCtxSynchronize;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRelease;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;
import static jcuda.driver.JCudaDriver.cuGraphDestroy;
import static jcuda.driver.JCudaDriver.cuGraphExecDestroy;
import static jcuda.driver.JCudaDriver.cuGraphInstantiate;
import static jcuda.driver.JCudaDriver.cuGraphLaunch;
import static jcuda.driver.JCudaDriver.cuLaunchCooperativeKernel;
import static jcuda.driver.JCudaDriver.cuLaunchKernel;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemAllocHost;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemFreeHost;
import static jcuda.driver.JCudaDriver.cuMemGetInfo;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemsetD32Async;
import static jcuda.driver.JCudaDriver.cuModuleGetFunction;
import static jcuda.driver.JCudaDriver.cuModuleLoadDataEx;
import static jcuda.driver.JCudaDriver.cuModuleUnload;
import static jcuda.driver.JCudaDriver.cuStreamBeginCapture;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamEndCapture;
import static jcuda.driver.JCudaDriver.cuStreamIsCapturing;
import static jcuda.driver.JCudaDriver.cuStreamQuery;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;
import static jcuda.driver.JCudaDriver.cuStreamWaitEvent;
import static jcuda.driver.JCudaDriver.setExceptionsEnabled;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstreamCaptureStatus;
import jcuda.driver.CUstream_flags;

/**
 * A CUDA device through JCuda: the driver API, in the device's primary context, and cuBLAS. Nothing
 * is done here that is not in {@link CudaDriver}; this is the place where result codes become
 * exceptions, and where it is known what is alive.
 */
public final class NativeCuda implements CudaDriver {
  private static final int LOG_BYTES = 8 << 10;

  private final DeviceInfo device;
  private final CUdevice handle = new CUdevice();
  private final CUcontext context = new CUcontext();
  private final boolean hasCublas;
  private final Map<Long, Long> memory = new HashMap<>(); // pointer to bytes
  private final IdentityHashMap<ByteBuffer, Address> pinned = new IdentityHashMap<>();
  private final HandleTable<Module> modules = new HandleTable<>("module");
  private final HandleTable<CUfunction> functions = new HandleTable<>("function");
  private final HandleTable<Launch> launches = new HandleTable<>("launch");
  private final HandleTable<NativeStream> streams = new HandleTable<>("stream");
  private final HandleTable<CUevent> events = new HandleTable<>("event");
  private final HandleTable<CUgraphExec> graphs = new HandleTable<>("graph");
  private final ArgumentMemory arguments = new ArgumentMemory();
  private final NativeStream defaultStream = new NativeStream(new CUstream());
  private long allocated;
  private String lastLaunch = "none";
  private boolean closed;

  /**
   * Opens a device.
   *
   * @param index its number, from 0
   * @throws DeviceException if CUDA cannot be used here, with the reason that {@link CudaProbe}
   *     gives
   */
  public NativeCuda(int index) {
    CudaProbe.Result probe = CudaProbe.result();
    if (!probe.usable()) {
      throw new DeviceException(
          "CUDA cannot be used: " + probe.reason(), CUresult.CUDA_ERROR_NO_DEVICE);
    }
    if (index < 0 || index >= probe.devices().size()) {
      throw new DeviceException(
          "no CUDA device " + index + ": there are " + probe.devices().size() + ", counted from 0",
          CUresult.CUDA_ERROR_INVALID_DEVICE);
    }
    device = probe.devices().get(index);
    hasCublas = probe.hasCublas();
    setExceptionsEnabled(false);
    check(cuDeviceGet(handle, index), "cuDeviceGet");
    check(cuDevicePrimaryCtxRetain(context, handle), "cuDevicePrimaryCtxRetain");
    try {
      requireAlive();
    } catch (DeviceException e) {
      cuDevicePrimaryCtxRelease(handle);
      throw e;
    }
  }

  /** The primary context is the process's, so another library may have lost the device. */
  private void requireAlive() {
    enter();
    int state = cuStreamQuery(defaultStream.handle);
    leave();
    if (isLost(state)) {
      throw failure(
          state,
          "CUDA device " + device.index(),
          "it was lost, and another library of this process holds its context; restart the JVM");
    }
  }

  private static boolean isLost(int state) {
    return state != CUresult.CUDA_SUCCESS && state != CUresult.CUDA_ERROR_NOT_READY;
  }

  @Override
  public void enter() {
    if (!closed) {
      check(cuCtxPushCurrent(context), "cuCtxPushCurrent");
    }
  }

  @Override
  public void leave() {
    if (!closed) {
      cuCtxPopCurrent(new CUcontext());
    }
  }

  @Override
  public boolean lost() {
    return closed || isLost(cuStreamQuery(defaultStream.handle));
  }

  @Override
  public DeviceInfo device() {
    return device;
  }

  @Override
  public long freeMemory() {
    requireOpen();
    long[] free = {0};
    check(cuMemGetInfo(free, new long[1]), "cuMemGetInfo");
    return free[0];
  }

  @Override
  public long allocatedBytes() {
    return allocated;
  }

  @Override
  public long allocate(long bytes) {
    requireOpen();
    if (bytes < 1) {
      throw failure(CUresult.CUDA_ERROR_INVALID_VALUE, "cuMemAlloc", bytes + " bytes asked for");
    }
    Address.OfDevice pointer = new Address.OfDevice();
    int result = cuMemAlloc(pointer, bytes);
    if (result != CUresult.CUDA_SUCCESS) {
      throw failure(result, "cuMemAlloc", memoryState(bytes));
    }
    memory.put(pointer.value(), bytes);
    allocated += bytes;
    return pointer.value();
  }

  @Override
  public void free(long pointer) {
    requireOpen();
    Long bytes = memory.remove(pointer);
    if (bytes == null) {
      throw misuse(
          String.format(Locale.ROOT, "free: nothing is allocated at 0x%x (freed twice?)", pointer));
    }
    allocated -= bytes;
    check(cuMemFree(new Address.OfDevice(pointer)), "cuMemFree");
  }

  @Override
  public ByteBuffer allocatePinned(int bytes) {
    requireOpen();
    Address pointer = new Address();
    int result = cuMemAllocHost(pointer, bytes);
    if (result != CUresult.CUDA_SUCCESS) {
      throw failure(result, "cuMemAllocHost", bytes + " bytes of page-locked memory asked for");
    }
    ByteBuffer buffer = pointer.getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
    pinned.put(buffer, pointer);
    return buffer;
  }

  @Override
  public void freePinned(ByteBuffer buffer) {
    requireOpen();
    Address pointer = pinned.remove(buffer);
    if (pointer == null) {
      throw misuse("freePinned: this buffer is not of allocatePinned, or was freed");
    }
    check(cuMemFreeHost(pointer), "cuMemFreeHost");
  }

  @Override
  public void upload(long target, ByteBuffer source, int from, long bytes, long stream) {
    requireOpen();
    Address host = pinnedRange("upload", source, from, bytes);
    int result =
        cuMemcpyHtoDAsync(new Address.OfDevice(target), host, bytes, stream(stream).handle);
    if (result != CUresult.CUDA_SUCCESS) {
      throw failure(result, "cuMemcpyHtoDAsync", transfer(bytes, target));
    }
  }

  @Override
  public void download(ByteBuffer target, int to, long source, long bytes, long stream) {
    requireOpen();
    Address host = pinnedRange("download", target, to, bytes);
    int result =
        cuMemcpyDtoHAsync(host, new Address.OfDevice(source), bytes, stream(stream).handle);
    if (result != CUresult.CUDA_SUCCESS) {
      throw failure(result, "cuMemcpyDtoHAsync", transfer(bytes, source));
    }
  }

  @Override
  public void copy(long target, long source, long bytes, long stream) {
    requireOpen();
    int result =
        cuMemcpyDtoDAsync(
            new Address.OfDevice(target),
            new Address.OfDevice(source),
            bytes,
            stream(stream).handle);
    if (result != CUresult.CUDA_SUCCESS) {
      throw failure(
          result,
          "cuMemcpyDtoDAsync",
          String.format(Locale.ROOT, "%s from 0x%x", transfer(bytes, target), source));
    }
  }

  @Override
  public void fill(long target, int value, long words, long stream) {
    requireOpen();
    int result =
        cuMemsetD32Async(new Address.OfDevice(target), value, words, stream(stream).handle);
    if (result != CUresult.CUDA_SUCCESS) {
      throw failure(result, "cuMemsetD32Async", transfer(words * Integer.BYTES, target));
    }
  }

  @Override
  public long loadModule(String name, String ptx) {
    requireOpen();
    byte[] text = (ptx + '\0').getBytes(UTF_8);
    ByteBuffer log = allocatePinned(LOG_BYTES);
    ByteBuffer values = allocatePinned(2 * Long.BYTES);
    try {
      log.put(0, (byte) 0);
      values.putLong(0, pinned.get(log).value());
      values.putLong(Long.BYTES, LOG_BYTES);
      int[] options = {
        CUjit_option.CU_JIT_ERROR_LOG_BUFFER, CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES
      };
      CUmodule module = new CUmodule();
      int result =
          cuModuleLoadDataEx(module, Pointer.to(text), options.length, options, pinned.get(values));
      if (result != CUresult.CUDA_SUCCESS) {
        String message = text(log);
        throw failure(
            result,
            "cuModuleLoadDataEx " + name,
            text.length - 1 + " bytes of PTX" + (message.isEmpty() ? "" : ": " + message));
      }
      return modules.add(new Module(name, module));
    } finally {
      freePinned(values);
      freePinned(log);
    }
  }

  @Override
  public void unloadModule(long module) {
    requireOpen();
    Module removed = modules.remove(module);
    check(cuModuleUnload(removed.handle), "cuModuleUnload " + removed.name);
  }

  @Override
  public long function(long module, String name) {
    requireOpen();
    Module of = modules.get(module);
    CUfunction function = new CUfunction();
    int result = cuModuleGetFunction(function, of.handle, name);
    if (result != CUresult.CUDA_SUCCESS) {
      throw failure(result, "cuModuleGetFunction", "no " + name + " in " + of.name);
    }
    return functions.add(function);
  }

  @Override
  public long prepareLaunch(long function, String name, LaunchConfig config, Object... values) {
    requireOpen();
    CUfunction kernel = functions.get(function);
    LaunchRoom.require(kernel, name, config, device);
    return launches.add(new Launch(kernel, name, config, arguments.marshal(name, values)));
  }

  @Override
  public void freeLaunch(long launch) {
    requireOpen();
    arguments.give(launches.remove(launch).block);
  }

  @Override
  public void launch(long launch, long stream) {
    requireOpen();
    Launch l = launches.get(launch);
    lastLaunch = l.name;
    Dim3 grid = l.config.grid();
    Dim3 block = l.config.block();
    int shared = l.config.sharedBytes();
    CUstream to = stream(stream).handle;
    Address values = l.block.pointer();
    int result =
        l.config.cooperative()
            ? cuLaunchCooperativeKernel(
                l.kernel, grid.x(), grid.y(), grid.z(), block.x(), block.y(), block.z(), shared, to,
                values)
            : cuLaunchKernel(
                l.kernel, grid.x(), grid.y(), grid.z(), block.x(), block.y(), block.z(), shared, to,
                values, null);
    if (result != CUresult.CUDA_SUCCESS) {
      throw failure(
          result,
          (l.config.cooperative() ? "cuLaunchCooperativeKernel " : "cuLaunchKernel ") + l.name,
          "grid " + grid + ", block " + block + ", " + shared + " bytes of shared memory");
    }
  }

  @Override
  public boolean hasGemm() {
    return hasCublas;
  }

  @Override
  public void gemm(Gemm gemm, long stream) {
    requireOpen();
    if (!hasCublas) {
      throw misuse("gemm: " + CudaProbe.result().cublasReason());
    }
    lastLaunch = "a matrix product";
    stream(stream).cublas(device.computeCapability()).multiply(gemm);
  }

  @Override
  public long createStream() {
    requireOpen();
    CUstream stream = new CUstream();
    check(cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
    return streams.add(new NativeStream(stream));
  }

  @Override
  public void destroyStream(long stream) {
    requireOpen();
    NativeStream removed = streams.remove(stream);
    removed.closeCublas();
    check(cuStreamDestroy(removed.handle), "cuStreamDestroy");
  }

  @Override
  public long createEvent() {
    requireOpen();
    CUevent event = new CUevent();
    check(cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
    return events.add(event);
  }

  @Override
  public void destroyEvent(long event) {
    requireOpen();
    check(cuEventDestroy(events.remove(event)), "cuEventDestroy");
  }

  @Override
  public void recordEvent(long event, long stream) {
    requireOpen();
    check(cuEventRecord(events.get(event), stream(stream).handle), "cuEventRecord");
  }

  @Override
  public void waitEvent(long stream, long event) {
    requireOpen();
    check(cuStreamWaitEvent(stream(stream).handle, events.get(event), 0), "cuStreamWaitEvent");
  }

  @Override
  public void awaitEvent(long event) {
    requireOpen();
    requireDone(cuEventSynchronize(events.get(event)), "cuEventSynchronize");
  }

  @Override
  public void synchronize(long stream) {
    requireOpen();
    requireDone(cuStreamSynchronize(stream(stream).handle), "cuStreamSynchronize");
  }

  /** What a wait returns tells of all that was launched before. */
  private void requireDone(int result, String call) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw failure(
          result,
          call,
          "something launched before failed; the last launch was "
              + lastLaunch
              + " (CUDA_LAUNCH_BLOCKING=1 tells which)");
    }
  }

  @Override
  public void beginCapture(long stream) {
    requireOpen();
    check(
        cuStreamBeginCapture(
            stream(stream).handle, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
        "cuStreamBeginCapture");
  }

  @Override
  public long endCapture(long stream) {
    requireOpen();
    CUgraph graph = new CUgraph();
    check(cuStreamEndCapture(stream(stream).handle, graph), "cuStreamEndCapture");
    CUgraphExec executable = new CUgraphExec();
    int result = cuGraphInstantiate(executable, graph, 0);
    cuGraphDestroy(graph);
    check(result, "cuGraphInstantiate");
    return graphs.add(executable);
  }

  @Override
  public void abortCapture(long stream) {
    requireOpen();
    CUstream recording = stream(stream).handle;
    int[] status = {CUstreamCaptureStatus.CU_STREAM_CAPTURE_STATUS_NONE};
    int result = cuStreamIsCapturing(recording, status);
    if (result == CUresult.CUDA_SUCCESS
        && status[0] != CUstreamCaptureStatus.CU_STREAM_CAPTURE_STATUS_NONE) {
      CUgraph graph = new CUgraph();
      if (cuStreamEndCapture(recording, graph) == CUresult.CUDA_SUCCESS) {
        cuGraphDestroy(graph);
      }
    }
  }

  @Override
  public void launchGraph(long graph, long stream) {
    requireOpen();
    lastLaunch = "in a graph";
    check(cuGraphLaunch(graphs.get(graph), stream(stream).handle), "cuGraphLaunch");
  }

  @Override
  public void destroyGraph(long graph) {
    requireOpen();
    check(cuGraphExecDestroy(graphs.remove(graph)), "cuGraphExecDestroy");
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    // After a lost device every call fails, and there is nothing left to free; so no result counts.
    cuCtxPushCurrent(context);
    cuCtxSynchronize();
    graphs.clear(graph -> cuGraphExecDestroy(graph));
    events.clear(event -> cuEventDestroy(event));
    streams.clear(
        stream -> {
          stream.closeCublas();
          cuStreamDestroy(stream.handle);
        });
    defaultStream.closeCublas();
    modules.clear(module -> cuModuleUnload(module.handle));
    arguments.close();
    pinned.values().forEach(pointer -> cuMemFreeHost(pointer));
    pinned.clear();
    memory.keySet().forEach(pointer -> cuMemFree(new Address.OfDevice(pointer)));
    memory.clear();
    allocated = 0;
    closed = true;
    cuCtxPopCurrent(new CUcontext());
    cuDevicePrimaryCtxRelease(handle);
  }

  private void requireOpen() {
    if (closed) {
      throw new DeviceException(
          "this CUDA driver is closed", CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED);
    }
  }

  private NativeStream stream(long stream) {
    return stream == 0 ? defaultStream : streams.get(stream);
  }

  private Address pinnedRange(String call, ByteBuffer buffer, int from, long bytes) {
    Address pointer = pinned.get(buffer);
    if (pointer == null) {
      throw misuse(call + ": this buffer is not of allocatePinned, or was freed");
    }
    if (from < 0 || bytes < 0 || from + bytes > buffer.capacity()) {
      throw misuse(
          call
              + (": " + bytes + " bytes from " + from)
              + (" on of a buffer of " + buffer.capacity() + " bytes"));
    }
    return new Address(pointer.value() + from);
  }

  private String memoryState(long asked) {
    long[] free = {0};
    long[] total = {0};
    String state = String.format(Locale.ROOT, "%,d bytes asked for", asked);
    if (cuMemGetInfo(free, total) == CUresult.CUDA_SUCCESS) {
      state +=
          String.format(
              Locale.ROOT, ", %,d of %,d are free, %,d are ours", free[0], total[0], allocated);
    }
    return state;
  }

  private static String transfer(long bytes, long pointer) {
    return String.format(Locale.ROOT, "%,d bytes at 0x%x", bytes, pointer);
  }

  private static String text(ByteBuffer log) {
    byte[] bytes = new byte[log.capacity()];
    log.get(0, bytes);
    String text = new String(bytes, UTF_8);
    int end = text.indexOf('\0');
    return (end < 0 ? text : text.substring(0, end)).strip();
  }

  private record Module(String name, CUmodule handle) {}

  private record Launch(
      CUfunction kernel, String name, LaunchConfig config, ArgumentMemory.Block block) {}
}

package io.github.lstm4j.backend.cuda;

import java.nio.ByteBuffer;

/**
 * The one seam to a CUDA device: memory, modules, launches, matrix products, streams, events and
 * graphs. What is above it is plain Java and runs without a GPU; behind it stands {@code
 * NativeCuda}, and in the tests a simulated device that interprets the shipped PTX.
 *
 * <p>Device memory is addressed by {@code long} pointers and handles are {@code long}s, 0 meaning
 * none (and, as a stream, the default stream). Work in one stream runs in order. Every method may
 * be called from any thread, between {@link #enter} and {@link #leave}; calls on one driver must
 * not overlap in time, but for {@link #awaitEvent}: one thread may wait while others call.
 *
 * <p>Every failure is a {@link DeviceException} that names the call, the CUDA error and its sizes.
 */
public interface CudaDriver extends AutoCloseable {
  /** What is known of the device; no call. */
  DeviceInfo device();

  /**
   * Makes the device what this thread's calls go to, until {@link #leave}; another library may have
   * made it another. What was before comes back then. May be nested.
   */
  void enter();

  /** Gives the thread back what its calls went to before; fails for nothing. */
  void leave();

  /** Whether the device answers nothing any more; to be asked after a failure. */
  boolean lost();

  /** Bytes free on the device now. */
  long freeMemory();

  /** Bytes allocated through this driver and not freed; no call. */
  long allocatedBytes();

  /**
   * Allocates device memory, aligned to 256 bytes; its content is undefined.
   *
   * @param bytes at least 1
   */
  long allocate(long bytes);

  /** Frees what {@link #allocate} returned; freeing anything else, or twice, is an error. */
  void free(long pointer);

  /**
   * Allocates page-locked host memory in native byte order. Copies want this very buffer, not a
   * slice or duplicate of it.
   */
  ByteBuffer allocatePinned(int bytes);

  /** Frees what {@link #allocatePinned} returned. */
  void freePinned(ByteBuffer pinned);

  /**
   * Copies {@code bytes} bytes from {@code source} (pinned memory, from byte {@code from}) to the
   * device, in the order of the stream.
   */
  void upload(long target, ByteBuffer source, int from, long bytes, long stream);

  /** Copies {@code bytes} bytes from the device into pinned memory, in the order of the stream. */
  void download(ByteBuffer target, int to, long source, long bytes, long stream);

  /** Copies within the device, in the order of the stream. */
  void copy(long target, long source, long bytes, long stream);

  /** Fills {@code words} 32-bit words with {@code value}, in the order of the stream. */
  void fill(long target, int value, long words, long stream);

  /**
   * Loads PTX text.
   *
   * @param name what errors call it
   */
  long loadModule(String name, String ptx);

  /** Unloads a module; its functions are gone. */
  void unloadModule(long module);

  /** The entry point {@code name} of a module. */
  long function(long module, String name);

  /**
   * Marshals a launch once, to be repeated at little cost. Arguments are {@code Long} (a pointer or
   * 64-bit value), {@code Integer} or {@code Float}, in the order of the kernel's parameters. A
   * cooperative launch whose blocks the device has no room for at once is refused here already.
   *
   * @return a launch site, freed with {@link #freeLaunch}
   */
  long prepareLaunch(long function, String name, LaunchConfig config, Object... arguments);

  /** Frees what {@link #prepareLaunch} returned. */
  void freeLaunch(long launch);

  /** Launches a prepared kernel into a stream. */
  void launch(long launch, long stream);

  /** Whether cuBLAS was found, so that {@link #gemm} can be called; no call. */
  boolean hasGemm();

  /**
   * One matrix product, or a strided batch of them, into a stream. The first one of a stream
   * prepares cuBLAS for it, which cannot be recorded: run one before {@link #beginCapture}.
   */
  void gemm(Gemm gemm, long stream);

  /** A new stream, which does not wait for the default stream. */
  long createStream();

  /** Destroys a stream. */
  void destroyStream(long stream);

  /** A new event, without timing. */
  long createEvent();

  /** Destroys an event. */
  void destroyEvent(long event);

  /** Records an event in a stream. */
  void recordEvent(long event, long stream);

  /** Makes what follows in {@code stream} wait for {@code event}. */
  void waitEvent(long stream, long event);

  /** Waits here, on the host, for an event; not for one that was never recorded. */
  void awaitEvent(long event);

  /** Waits for everything in a stream. */
  void synchronize(long stream);

  /**
   * Begins to record the work of a stream (and of streams joined to it by events); to be ended by
   * the same thread. The default stream cannot be recorded.
   */
  void beginCapture(long stream);

  /**
   * Ends the recording.
   *
   * @return a graph that is ready to launch
   */
  long endCapture(long stream);

  /** Drops a recording after a failure; does nothing if the stream does not record. */
  void abortCapture(long stream);

  /** Launches a recorded graph into a stream. */
  void launchGraph(long graph, long stream);

  /** Destroys a graph. */
  void destroyGraph(long graph);

  /** Frees everything that is still allocated, and the context. Closing twice does nothing. */
  @Override
  void close();

  /** Extents of a grid or a block. */
  record Dim3(int x, int y, int z) {
    /** A one-dimensional extent. */
    public static Dim3 of(int x) {
      return new Dim3(x, 1, 1);
    }

    /** A two-dimensional extent. */
    public static Dim3 of(int x, int y) {
      return new Dim3(x, y, 1);
    }

    @Override
    public String toString() {
      return x + "x" + y + "x" + z;
    }
  }

  /**
   * How a kernel is launched.
   *
   * @param sharedBytes dynamic shared memory of a block
   * @param cooperative whether all blocks run at once, so that they may wait for one another; the
   *     launch is refused if the device cannot hold them all
   */
  record LaunchConfig(Dim3 grid, Dim3 block, int sharedBytes, boolean cooperative) {
    /** Without dynamic shared memory, blocks on their own. */
    public static LaunchConfig of(Dim3 grid, Dim3 block) {
      return new LaunchConfig(grid, block, 0, false);
    }

    /** A copy with dynamic shared memory. */
    public LaunchConfig withShared(int bytes) {
      return new LaunchConfig(grid, block, bytes, cooperative);
    }

    /** A copy whose blocks may wait for one another. */
    public LaunchConfig together() {
      return new LaunchConfig(grid, block, sharedBytes, true);
    }

    @Override
    public String toString() {
      return "grid "
          + grid
          + " block "
          + block
          + (sharedBytes == 0 ? "" : " shared " + sharedBytes)
          + (cooperative ? " cooperative" : "");
    }
  }

  /**
   * A device.
   *
   * @param index its number
   * @param name as the driver gives it
   * @param computeCapability major·10 + minor, 90 for an H200
   * @param multiprocessors their number
   * @param sharedBytesPerBlock the most shared memory that a block can ask for
   * @param cooperative whether it knows cooperative launches
   * @param cacheBytes of its L2 cache
   * @param longestLaunch seconds that a launch may take, well within what the driver lets one that
   *     also draws a screen; infinite where it sets no limit
   * @param totalMemory bytes
   * @param driverVersion as CUDA counts: 12060 for 12.6
   */
  record DeviceInfo(
      int index,
      String name,
      int computeCapability,
      int multiprocessors,
      int sharedBytesPerBlock,
      boolean cooperative,
      int cacheBytes,
      double longestLaunch,
      long totalMemory,
      int driverVersion) {}

  /** How a matrix product rounds its inputs; sums are float32 always. */
  enum MathMode {
    /** float32 throughout. */
    FP32,
    /** Inputs rounded to TF32 (10 bits of mantissa) in the tensor cores. */
    TF32,
    /** Inputs rounded to bfloat16 in the tensor cores. */
    BF16
  }

  /**
   * {@code C = alpha·op(A)·op(B) + beta·C} on column-major float32 matrices, exactly as cuBLAS
   * defines it: op(A) is m×k, op(B) is k×n, C is m×n. A row-major product {@code Z(n,m) =
   * X(n,k)·W(k,m)} is {@code a=W, b=X, c=Z} without transposition.
   *
   * @param transposeA whether op(A) is Aᵀ
   * @param transposeB whether op(B) is Bᵀ
   * @param a device pointer, {@code lda} its leading dimension in elements
   * @param batch how many products, the i-th at {@code a + i·strideA} elements and so on; 1 for one
   */
  record Gemm(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      float alpha,
      long a,
      int lda,
      long strideA,
      long b,
      int ldb,
      long strideB,
      float beta,
      long c,
      int ldc,
      long strideC,
      int batch,
      MathMode math) {}
}

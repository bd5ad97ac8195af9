package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.io.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What the executables and buffers of one backend share: the device, its streams with their cuBLAS,
 * the kernels, and the order in which threads come to them.
 *
 * <p>All work goes into the same streams, so what is given first is done first, whichever
 * executable gives it: executables that share variables need no other order. Three rules keep
 * threads apart:
 *
 * <ul>
 *   <li>what uses the device does so within {@link #use}: {@link #close} waits for its end, and
 *       refuses what comes later;
 *   <li>the driver is called within {@link #call}, by one thread at a time, in the order of coming;
 *   <li>waiting for the device, in {@link #await}, keeps nobody from calling.
 * </ul>
 */
final class CudaContext {
  private static final Logger LOG = LoggerFactory.getLogger(CudaContext.class);
  private static final int OUT_OF_MEMORY = 2; // CUDA_ERROR_OUT_OF_MEMORY
  private static final int TRANSFER_BYTES = 1 << 20;

  /** What is to be freed before the device is given up. */
  interface Resource {
    /** Frees it, within a {@link CudaContext#call}; the second time does nothing. */
    void free();
  }

  private final CudaDriver driver;
  private final ReentrantReadWriteLock life = new ReentrantReadWriteLock(); // to use, to close
  private final ReentrantLock calls = new ReentrantLock(true);
  private final ReentrantLock transfers = new ReentrantLock(true); // taken before calls
  private final List<Long> streams = new ArrayList<>();
  private final Map<String, Long> modules = new HashMap<>();
  private final Map<String, Long> functions = new HashMap<>(); // by entry: no two modules share one
  private final List<Long> unfreed = new ArrayList<>();
  private final Set<Resource> open = new LinkedHashSet<>();
  private ByteBuffer transfer;
  private long transferred;
  private final Set<String> told = new HashSet<>();
  private volatile DeviceException lost;
  private volatile boolean waitedInVain;
  private boolean closed;

  CudaContext(CudaDriver driver) {
    this.driver = driver;
  }

  /** The device, to be called within {@link #call}. */
  CudaDriver driver() {
    return driver;
  }

  /** The device by its number and name. */
  @Override
  public String toString() {
    return "CUDA device " + driver.device().index() + " (" + driver.device().name() + ")";
  }

  // ---------------------------------------------------------------- threads

  /**
   * Does something that uses the device.
   *
   * @throws IllegalStateException if the backend is closed
   * @throws DeviceException if the device was lost; says what helps
   */
  void use(Runnable work) {
    use(
        () -> {
          work.run();
          return null;
        });
  }

  /** As {@link #use(Runnable)}, with a result. */
  <T> T use(Supplier<T> work) {
    life.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the CUDA backend is closed; open another");
      }
      if (lost != null) {
        throw lostBefore(lost);
      }
      return work.get();
    } finally {
      life.readLock().unlock();
    }
  }

  /** Calls the driver. What is given to a stream within one call stays together. */
  void call(Runnable work) {
    call(
        () -> {
          work.run();
          return null;
        });
  }

  /** As {@link #call(Runnable)}, with a result. */
  <T> T call(Supplier<T> work) {
    calls.lock();
    try {
      driver.enter();
      try {
        return work.get();
      } catch (DeviceException e) {
        notice(e);
        throw e;
      } finally {
        driver.leave();
      }
    } finally {
      calls.unlock();
    }
  }

  /** Waits for an event; not within a call, so that other threads can go on. */
  void await(long event) {
    driver.enter();
    try {
      driver.awaitEvent(event);
    } catch (DeviceException e) {
      call(() -> notice(e));
      throw e;
    } finally {
      driver.leave();
    }
  }

  /** Something failed: perhaps nothing will work any more; within a call. */
  private void notice(DeviceException e) {
    if (lost == null && driver.lost()) {
      lost = e;
    }
  }

  /** Blocks of a launch waited for one another in vain. */
  void waitedInVain() {
    waitedInVain = true;
  }

  /** Whether launches whose blocks wait for one another can be trusted to end. */
  boolean blocksMayWait() {
    return !waitedInVain;
  }

  /** Whether the device answers nothing any more. */
  boolean lost() {
    return lost != null;
  }

  private DeviceException lostBefore(DeviceException how) {
    return new DeviceException(
        String.format(
            Locale.ROOT,
            "%s was lost: %s; put the model on(Backends.cuda(%d)), which opens it anew, and set or"
                + " load its weights",
            this,
            Printable.reason(how),
            driver.device().index()),
        how.code());
  }

  /** Waits for all that the device was given so far; within a call. */
  void settle() {
    streams.forEach(driver::synchronize);
  }

  // ---------------------------------------------------------------- what is shared

  /**
   * A stream, made when it is first asked for; within a call.
   *
   * @param i 0 for the main one, 1 for what runs beside it
   */
  long stream(int i) {
    while (streams.size() <= i) {
      streams.add(driver.createStream());
    }
    return streams.get(i);
  }

  /** An entry of {@code kernels/MODULE.ptx}, loaded when it is first needed; within a call. */
  long function(String module, String entry) {
    long loaded =
        modules.computeIfAbsent(module, name -> driver.loadModule(name + ".ptx", ptx(name)));
    return functions.computeIfAbsent(entry, e -> driver.function(loaded, e));
  }

  private static String ptx(String name) {
    String resource = "/kernels/" + name + ".ptx";
    try (InputStream in = CudaContext.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("the jar has no " + resource + "; build it with Maven");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource, e);
    }
  }

  /** Says, the first time as a warning, that no graph could be made; within a call. */
  void tellWithoutGraph(String program, DeviceException why) {
    tell("{}: {} runs without a CUDA graph, to the same results but slower: {}", program, why);
  }

  /** Says, the first time as a warning, that sequences go step by step; within a call. */
  void tellWithoutPersistence(String program, DeviceException why) {
    tell("{}: {} goes through its sequences step by step, which is slower: {}", program, why);
  }

  private void tell(String line, String program, DeviceException why) {
    LOG.atLevel(told.add(line) ? Level.WARN : Level.DEBUG)
        .log(line, this, program, Printable.reason(why));
  }

  /**
   * Device memory; within a call.
   *
   * @param what it is for
   * @throws DeviceException if there is not enough; tells what was asked for, what is free, and
   *     what helps
   */
  long allocate(long bytes, String what) {
    try {
      return driver.allocate(bytes);
    } catch (DeviceException e) {
      if (e.code() != OUT_OF_MEMORY) {
        throw e;
      }
      String free = "";
      try {
        free = String.format(Locale.ROOT, " of %,d free", driver.freeMemory());
      } catch (DeviceException unknown) {
        e.addSuppressed(unknown);
      }
      DeviceException told =
          new DeviceException(
              String.format(
                  Locale.ROOT,
                  "%s: the device has no room for %,d bytes%s; use smaller batches, or the CPU: %s",
                  what,
                  bytes,
                  free,
                  Printable.reason(e)),
              e.code());
      told.initCause(e);
      throw told;
    }
  }

  // ---------------------------------------------------------------- variables

  /** Copies floats to the device, after all that it was given before. */
  void upload(float[] source, int size, long target) {
    upload(size, target, (at, n) -> transfer.asFloatBuffer().put(source, at, n));
  }

  /** As {@link #upload(float[], int, long)}, all of these integers. */
  void upload(int[] source, long target) {
    upload(source.length, target, (at, n) -> transfer.asIntBuffer().put(source, at, n));
  }

  private void upload(int size, long target, Chunk source) {
    transfer(
        size,
        (at, n) -> {
          source.copy(at, n);
          call(
              () -> {
                driver.upload(target + 4L * at, transfer, 0, 4L * n, stream(0));
                driver.recordEvent(transferred, stream(0));
              });
          await(transferred);
        });
  }

  /** Copies floats from the device, after all that it was given before. */
  void download(long source, float[] target, int size) {
    transfer(
        size,
        (at, n) -> {
          call(
              () -> {
                driver.download(transfer, 0, source + 4L * at, 4L * n, stream(0));
                driver.recordEvent(transferred, stream(0));
              });
          await(transferred);
          transfer.asFloatBuffer().get(target, at, n);
        });
  }

  private interface Chunk {
    void copy(int at, int n);
  }

  /**
   * Copies piece by piece through page-locked memory. It is kept, so that values that went up can
   * come down even when no memory is left.
   */
  private void transfer(int size, Chunk chunk) {
    transfers.lock();
    try {
      call(this::prepareTransfer);
      int most = TRANSFER_BYTES / Float.BYTES;
      for (int at = 0; at < size; at += most) {
        chunk.copy(at, Math.min(most, size - at));
      }
    } finally {
      transfers.unlock();
    }
  }

  private void prepareTransfer() {
    if (transferred == 0) {
      transferred = driver.createEvent();
    }
    if (transfer == null) {
      transfer = driver.allocatePinned(TRANSFER_BYTES);
    }
  }

  // ---------------------------------------------------------------- the end

  /** Remembers what {@link #close} has to free; within a call. */
  void own(Resource resource) {
    open.add(resource);
  }

  /** Frees something now, after all that the device was given before; fails for nothing. */
  void free(Resource resource) {
    life.readLock().lock();
    try {
      call(
          () -> {
            if (open.remove(resource)) { // else the backend was closed, and this with it
              release(this::settle);
              resource.free();
            }
          });
    } finally {
      life.readLock().unlock();
    }
  }

  /** Frees memory; where that fails, it is tried again with the next, within a call. */
  void freeMemory(long pointer) {
    unfreed.add(pointer);
    unfreed.removeIf(
        p -> {
          try {
            driver.free(p);
            return true;
          } catch (DeviceException e) {
            LOG.debug("while memory of the device was freed", e);
            return false;
          }
        });
  }

  /** Frees something; a device that is lost must not keep the rest from being freed. */
  static void release(Runnable free) {
    try {
      free.run();
    } catch (DeviceException lost) {
      LOG.debug("while memory of the device was freed", lost);
    }
  }

  /**
   * Waits for those who use the device, and gives it up. What is open is freed here, so that models
   * need not be closed first.
   */
  void close() {
    life.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        call(this::freeAll);
        driver.close();
      }
    } finally {
      life.writeLock().unlock();
    }
  }

  /** Gives up the streams, which are made anew when they are asked for; within a call. */
  void dropStreams() {
    streams.forEach(s -> release(() -> driver.destroyStream(s)));
    streams.clear();
  }

  private void freeAll() {
    release(this::settle);
    open.forEach(Resource::free);
    open.clear();
    unfreed.forEach(p -> release(() -> driver.free(p)));
    unfreed.clear();
    if (transfer != null) {
      release(() -> driver.freePinned(transfer));
    }
    if (transferred != 0) {
      release(() -> driver.destroyEvent(transferred));
    }
    dropStreams();
    modules.values().forEach(m -> release(() -> driver.unloadModule(m)));
  }
}

package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.backend.cuda.CudaDriver.Gemm;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * A launch plan bound to device memory. The first run launches piece by piece; the second records
 * the same calls as a CUDA graph, and from then on a run is one graph launch. What changes between
 * runs (inputs, learning rate, step) lies in device memory, so a graph is never recorded again.
 */
final class CudaExecutable implements Executable {
  private final CudaBackend backend;
  private final CudaDriver driver;
  private final LaunchPlan plan;
  private final Map<Value, Buffer> variables;
  private final Map<Value, Staging> staging = new HashMap<>();
  private final long[] streams;
  private final List<Runnable> steps = new ArrayList<>();
  private final List<Long> launches = new ArrayList<>();
  private final List<Long> events = new ArrayList<>();
  private long arena;
  private final long[] scratch = new long[2];
  private ByteBuffer download;
  private long graph;
  private int runs;
  private boolean busy;
  private boolean closed;

  /**
   * Where an input waits for its way up, page-locked. There are two: while the device still copies
   * from one, the host fills the other.
   */
  private static final class Staging {
    final ByteBuffer[] bytes = new ByteBuffer[2];
    final FloatBuffer[] floats = new FloatBuffer[2];
    final long[] copied = new long[2]; // events
    int next;
  }

  CudaExecutable(CudaBackend backend, LaunchPlan plan, Map<Value, Buffer> variables) {
    this.backend = backend;
    this.driver = backend.driver();
    this.plan = plan;
    this.variables = variables;
    this.streams = new long[plan.streams()];
    try {
      allocate();
      for (Work work : plan.work()) {
        steps.add(bind(work));
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private void allocate() {
    for (int i = 0; i < streams.length; i++) {
      streams[i] = driver.createStream();
    }
    String name = plan.program().name();
    arena = backend.allocate(Math.max(1, plan.program().arenaBytes()), name);
    for (int i = 0; i < 2; i++) {
      long floats = plan.scratch().get(i);
      scratch[i] = floats == 0 ? 0 : backend.allocate(4 * floats, name);
    }
    for (Value input : plan.program().inputs()) {
      if (input.size() > 0) {
        Staging of = new Staging();
        staging.put(input, of); // first, so that what there is of it is freed if the rest fails
        for (int i = 0; i < 2; i++) {
          of.bytes[i] = driver.allocatePinned(Math.multiplyExact(4, input.size()));
          of.floats[i] = of.bytes[i].asFloatBuffer();
          of.copied[i] = driver.createEvent();
        }
      }
    }
  }

  private long address(Place place) {
    if (place.value() == null) {
      return scratch[place.stream()] + 4 * place.offset();
    }
    Value owner = place.value().owner();
    long offset = 4 * place.offset();
    if (owner.kind() == Value.Kind.VARIABLE) {
      if (!(variables.get(owner) instanceof CudaBuffer buffer)) {
        throw new IllegalArgumentException(owner + " has no memory on this device");
      }
      return buffer.pointer() + plan.program().offset(place.value()) + offset;
    }
    return arena + plan.program().offset(place.value()) + offset;
  }

  private Runnable bind(Work work) {
    long stream = streams[work.stream()];
    if (work instanceof Work.Kernel k) {
      Object[] arguments =
          k.arguments().stream()
              .map(a -> a == null ? (Object) 0L : a instanceof Place p ? address(p) : a)
              .toArray();
      long function = backend.function(k.module(), k.entry());
      long launch = driver.prepareLaunch(function, k.entry(), k.grid(), k.block(), 0, arguments);
      launches.add(launch);
      return () -> driver.launch(launch, stream);
    } else if (work instanceof Work.Product p) {
      Gemm gemm = gemm(p, backend.math());
      return () -> driver.gemm(gemm, stream);
    } else if (work instanceof Work.Copy c) {
      long from = address(c.from());
      long to = address(c.to());
      return () -> driver.copy(to, from, 4 * c.floats(), stream);
    } else if (work instanceof Work.Zero z) {
      long to = address(z.to());
      return () -> driver.fill(to, 0, z.floats(), stream);
    }
    Work.Wait wait = (Work.Wait) work;
    long awaited = streams[wait.awaited()];
    long event = driver.createEvent();
    events.add(event);
    return () -> {
      driver.recordEvent(event, awaited);
      driver.waitEvent(stream, event);
    };
  }

  private Gemm gemm(Work.Product p, MathMode math) {
    return new Gemm(
        p.transposeA(),
        p.transposeB(),
        p.m(),
        p.n(),
        p.k(),
        1f,
        address(p.a()),
        p.lda(),
        p.strideA(),
        address(p.b()),
        p.ldb(),
        p.strideB(),
        p.beta(),
        address(p.c()),
        p.ldc(),
        p.strideC(),
        p.batch(),
        math);
  }

  @Override
  public Program program() {
    return plan.program();
  }

  @Override
  public void write(Value input, float[] source, int from) {
    synchronized (backend) {
      requireOpen();
      Staging to = staging.get(input);
      if (to == null) {
        return; // an input without elements
      }
      int i = to.next;
      to.next = 1 - i;
      driver.awaitEvent(to.copied[i]); // the copy of the run before the last may still read it
      if (input.timeMajor()) {
        transpose(input, source, from, to.floats[i]);
      } else {
        to.floats[i].put(0, source, from, input.size());
      }
      long address = address(Place.of(input));
      driver.upload(address, to.bytes[i], 0, 4L * input.size(), streams[0]);
      driver.recordEvent(to.copied[i], streams[0]);
    }
  }

  /** (B,T,W) in the source to (T,B,W). */
  private static void transpose(Value input, float[] source, int from, FloatBuffer to) {
    int t = input.dim(0);
    int b = input.dim(1);
    int width = input.size() / (t * b);
    for (int i = 0; i < b; i++) {
      for (int k = 0; k < t; k++) {
        to.put((k * b + i) * width, source, from + (i * t + k) * width, width);
      }
    }
  }

  @Override
  public void run() {
    synchronized (backend) {
      requireOpen();
      busy = true;
      if (runs < 2) {
        runs++;
      }
      if (!backend.options().graph() || runs == 1) {
        launchAll(); // also prepares cuBLAS, which cannot be done while recording
        return;
      }
      if (graph == 0) {
        record();
      }
      driver.launchGraph(graph, streams[0]);
    }
  }

  private void launchAll() {
    for (Runnable step : steps) {
      step.run();
    }
  }

  private void record() {
    driver.synchronize(streams[0]);
    driver.beginCapture(streams[0]);
    try {
      launchAll();
      graph = driver.endCapture(streams[0]);
    } catch (RuntimeException | Error e) {
      CudaBackend.release(() -> driver.abortCapture(streams[0]));
      throw e;
    }
  }

  /** Waits until everything that was started is done. */
  void settle() {
    if (busy) {
      driver.synchronize(streams[0]);
      busy = false;
    }
  }

  @Override
  public void await() {
    synchronized (backend) {
      requireOpen();
      settle();
    }
  }

  @Override
  public void read(Value value, float[] target, int to) {
    synchronized (backend) {
      requireOpen();
      if (!plan.program().isKept(value)) {
        throw new IllegalArgumentException(
            value + " is not kept after a run; name it when the program is made");
      }
      int bytes = Math.multiplyExact(4, value.size());
      if (bytes == 0) {
        return;
      }
      if (download == null || download.capacity() < bytes) {
        if (download != null) {
          driver.freePinned(download);
          download = null;
        }
        download = driver.allocatePinned(bytes);
      }
      driver.download(download, 0, address(Place.of(value)), bytes, streams[0]);
      driver.synchronize(streams[0]);
      busy = false;
      FloatBuffer floats = download.asFloatBuffer();
      if (!value.timeMajor()) {
        floats.get(0, target, to, value.size());
        return;
      }
      int t = value.dim(0);
      int b = value.dim(1);
      int width = value.size() / (t * b);
      for (int i = 0; i < b; i++) {
        for (int k = 0; k < t; k++) {
          floats.get((k * b + i) * width, target, to + (i * t + k) * width, width);
        }
      }
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(plan.program().name() + ": the program's memory was freed");
    }
  }

  @Override
  public void close() {
    synchronized (backend) {
      if (closed) {
        return;
      }
      closed = true;
      backend.disown(this);
      for (long stream : streams) {
        release(stream, s -> driver.synchronize(s));
      }
      release(graph, driver::destroyGraph);
      launches.forEach(l -> release(l, driver::freeLaunch));
      events.forEach(e -> release(e, driver::destroyEvent));
      for (Staging s : staging.values()) {
        for (int i = 0; i < 2; i++) {
          ByteBuffer bytes = s.bytes[i];
          if (bytes != null) {
            CudaBackend.release(() -> driver.freePinned(bytes));
          }
          release(s.copied[i], driver::destroyEvent);
        }
      }
      if (download != null) {
        CudaBackend.release(() -> driver.freePinned(download));
      }
      release(scratch[0], driver::free);
      release(scratch[1], driver::free);
      release(arena, driver::free);
      for (long stream : streams) {
        release(stream, driver::destroyStream);
      }
    }
  }

  private static void release(long handle, LongConsumer free) {
    if (handle != 0) {
      CudaBackend.release(() -> free.accept(handle));
    }
  }
}

package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.backend.cuda.CudaDriver.Gemm;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Memory;
import io.github.lstm4j.tensor.TooLargeException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * A launch plan bound to device memory. The first run launches piece by piece; the second records
 * the same calls as a CUDA graph, and from then on a run is one graph launch. What changes between
 * runs (inputs, learning rate, step) lies in device memory, so a graph is never recorded again.
 * Where no graph can be made, runs go on piece by piece, to the same bits. Where the device refuses
 * a launch for a whole sequence, they go on step by step.
 */
final class CudaExecutable implements Executable, CudaContext.Resource {
  /**
   * How a device refuses a launch that it cannot hold: {@code LAUNCH_OUT_OF_RESOURCES}, {@code
   * COOPERATIVE_LAUNCH_TOO_LARGE}, {@code INVALID_CLUSTER_SIZE}.
   */
  private static final Set<Integer> REFUSALS = Set.of(701, 720, 912);

  private static final int LAUNCH_TIMEOUT = 702; // CUDA_ERROR_LAUNCH_TIMEOUT

  private final CudaContext context;
  private final CudaDriver driver;
  private LaunchPlan plan;
  private final Map<Value, Buffer> variables;
  private boolean recorded; // or to be
  private final Map<Value, Staging> staging = new HashMap<>();
  private final List<Runnable> steps = new ArrayList<>();
  private final List<Long> launches = new ArrayList<>();
  private final List<Long> events = new ArrayList<>();
  private long arena;
  private final long[] scratch = new long[3]; // of two streams, and the status
  private final List<Long> tables = new ArrayList<>();
  private final List<ByteBuffer> tableTexts = new ArrayList<>();
  private ByteBuffer download;
  private ByteBuffer status;
  private long done; // an event
  private long graph;
  private boolean prepared; // has run once
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

  CudaExecutable(CudaContext context, LaunchPlan plan, Map<Value, Buffer> variables) {
    this.context = context;
    this.driver = context.driver();
    this.plan = plan;
    this.variables = variables;
    context.call(
        () -> {
          try {
            allocate();
            try {
              bind();
            } catch (DeviceException e) {
              withoutPersistence(e, steps.size());
            }
          } catch (RuntimeException | Error e) {
            free();
            throw e;
          }
          context.own(this);
        });
  }

  private void allocate() {
    String name = plan.program().name();
    done = driver.createEvent();
    arena = context.allocate(Math.max(1, plan.program().arenaBytes()), name);
    for (Value input : plan.program().inputs()) {
      if (input.size() > 0) {
        Staging of = new Staging();
        staging.put(input, of); // first, so that what there is of it is freed if the rest fails
        for (int i = 0; i < 2; i++) {
          of.bytes[i] = driver.allocatePinned(pinnedBytes(input));
          of.floats[i] = of.bytes[i].asFloatBuffer();
          of.copied[i] = driver.createEvent();
        }
      }
    }
  }

  private void bind() {
    recorded = plan.options().graph();
    prepared = false;
    for (int i = 0; i < scratch.length; i++) {
      long floats = plan.scratch().get(i);
      scratch[i] = floats == 0 ? 0 : context.allocate(4 * floats, plan.program().name());
    }
    if (waits()) {
      driver.fill(scratch[Place.STATUS], 0, 1, context.stream(0));
    }
    Binding binding = new Binding();
    for (Work work : plan.work()) {
      steps.add(binding.bind(work));
    }
  }

  /** Undoes {@link #bind}. */
  private void unbind() {
    steps.clear();
    release(graph, driver::destroyGraph);
    graph = 0;
    launches.forEach(l -> release(l, driver::freeLaunch));
    launches.clear();
    events.forEach(e -> release(e, driver::destroyEvent));
    events.clear();
    tables.forEach(t -> release(t, driver::free));
    tables.clear();
    tableTexts.forEach(t -> CudaContext.release(() -> driver.freePinned(t)));
    tableTexts.clear();
    for (int i = 0; i < scratch.length; i++) {
      release(scratch[i], driver::free);
      scratch[i] = 0;
    }
  }

  /** Whether blocks of a launch wait for one another. */
  private boolean waits() {
    return scratch[Place.STATUS] != 0;
  }

  /**
   * Goes on step by step where the device refused a launch that takes a whole sequence. What ran
   * before it stands: an op begins with the same memory either way, and ends with the same.
   *
   * @param refusal thrown again if it is not one, or of another launch
   * @param piece of the plan's work that was refused
   * @return where in the new plan's work the same op begins
   */
  private int withoutPersistence(DeviceException refusal, int piece) {
    if (!plan.persistent().contains(piece) || !REFUSALS.contains(refusal.code())) {
      throw refusal;
    }
    int op = plan.opOf(piece);
    goStepByStep(refusal);
    return plan.starts().get(op);
  }

  private void goStepByStep(DeviceException why) {
    context.settle();
    context.tellWithoutPersistence(plan.program().name(), why);
    unbind();
    plan =
        CudaCompiler.compile(plan.program(), plan.target(), plan.options().withPersistent(false));
    bind();
  }

  /** Asks, within a call, whether blocks gave up waiting for one another. */
  private void askStatus() {
    if (waits()) {
      if (status == null) {
        status = driver.allocatePinned(Integer.BYTES);
      }
      driver.download(status, 0, scratch[Place.STATUS], Integer.BYTES, context.stream(0));
    }
  }

  /** Looks at the answer, once it is there. */
  private void requireNobodyGaveUp() {
    if (waits() && status.getInt(0) != 0) {
      DeviceException gaveUp =
          new DeviceException(
              plan.program().name()
                  + ": blocks of a launch waited for one another in vain, so what was computed"
                  + " since the last reading is void; programs go on step by step, so set or load"
                  + " the model's weights and repeat it",
              LAUNCH_TIMEOUT);
      context.waitedInVain();
      context.call(() -> goStepByStep(gaveUp));
      throw gaveUp;
    }
  }

  /** Gives the work of the plan its addresses. */
  private final class Binding {
    Runnable bind(Work work) {
      long stream = context.stream(work.stream());
      if (work instanceof Work.Kernel k) {
        Object[] arguments = k.arguments().stream().map(this::value).toArray();
        long function = context.function(k.module(), k.entry());
        long launch = driver.prepareLaunch(function, k.entry(), k.config(), arguments);
        launches.add(launch);
        return () -> driver.launch(launch, stream);
      } else if (work instanceof Work.Product p) {
        Gemm gemm = gemm(p);
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
      long awaited = context.stream(wait.awaited());
      long event = driver.createEvent();
      events.add(event);
      return () -> {
        driver.recordEvent(event, awaited);
        driver.waitEvent(stream, event);
      };
    }

    /** An argument as the driver takes it. */
    private Object value(Object argument) {
      if (argument instanceof Work.Table table) {
        return upload(table);
      }
      return argument == null ? (Object) 0L : argument instanceof Place p ? address(p) : argument;
    }

    private long upload(Work.Table table) {
      long to = context.allocate(table.bytes(), plan.program().name());
      tables.add(to);
      ByteBuffer host = driver.allocatePinned((int) table.bytes());
      tableTexts.add(host); // until the end: the copy may be under way
      for (int i = 0; i < table.words().size(); i++) {
        host.putLong(8 * i, (Long) value(table.words().get(i)));
      }
      driver.upload(to, host, 0, table.bytes(), context.stream(0));
      return to;
    }

    private long address(Place place) {
      if (place.value() != null && place.value().owner().kind() == Value.Kind.VARIABLE) {
        long offset = plan.program().offset(place.value()) + 4 * place.offset();
        return memory(place.value().owner()).pointer() + offset;
      }
      return own(place);
    }

    private CudaBuffer memory(Value variable) {
      if (variables.get(variable) instanceof CudaBuffer buffer && buffer.context() == context) {
        return buffer;
      }
      Buffer other = variables.get(variable);
      throw new IllegalArgumentException(
          String.format(
                  Locale.ROOT,
                  "%s: %s: expected memory of this backend, %s, got %s; allocate it with the backend that",
                  plan.program().name(),
                  variable,
                  context,
                  other == null
                      ? "none"
                      : other instanceof CudaBuffer b
                          ? "memory of another, " + b.context()
                          : "a " + other.getClass().getSimpleName())
              + " compiles");
    }

    private Gemm gemm(Work.Product p) {
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
          plan.options().math());
    }
  }

  /** The address of what is not a variable. */
  private long own(Place place) {
    return place.value() == null
        ? scratch[place.stream()] + 4 * place.offset()
        : arena + plan.program().offset(place.value()) + 4 * place.offset();
  }

  @Override
  public Program program() {
    return plan.program();
  }

  @Override
  public long bytes() {
    return plan.bytes();
  }

  @Override
  public void write(Value input, float[] source, int from) {
    context.use(
        () -> {
          requireOpen();
          Staging to = staging.get(input);
          if (to != null) { // else it has no elements
            write(input, source, from, to);
          }
        });
  }

  private void write(Value input, float[] source, int from, Staging to) {
    int i = to.next;
    to.next = 1 - i;
    context.await(to.copied[i]); // the copy of the run before the last may still read it
    if (input.timeMajor()) {
      transpose(input, source, from, to.floats[i]);
    } else {
      to.floats[i].put(0, source, from, input.size());
    }
    long address = own(Place.of(input));
    context.call(
        () -> {
          long stream = context.stream(0);
          driver.upload(address, to.bytes[i], 0, 4L * input.size(), stream);
          driver.recordEvent(to.copied[i], stream);
        });
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
    context.use(
        () -> {
          requireOpen();
          context.call(this::launch);
        });
  }

  private void launch() {
    if (!recorded || !prepared) {
      prepared = true;
      launchFrom(0); // also prepares cuBLAS, which cannot be done while recording
      return;
    }
    if (graph == 0) {
      try {
        record();
      } catch (DeviceException e) {
        recorded = false;
        context.tellWithoutGraph(plan.program().name(), e);
        launchFrom(0); // and if it is the device that fails, so does this
        return;
      }
    }
    try {
      driver.launchGraph(graph, context.stream(0));
    } catch (DeviceException e) {
      withoutPersistence(e, plan.persistent().stream().findAny().orElse(-1));
      launchFrom(0); // nothing of the graph ran
    }
  }

  /** Launches piece by piece. */
  private void launchFrom(int first) {
    for (int i = first; i < steps.size(); i++) {
      try {
        steps.get(i).run();
      } catch (DeviceException e) {
        i = withoutPersistence(e, i) - 1;
      }
    }
  }

  private void record() {
    long stream = context.stream(0);
    driver.beginCapture(stream);
    try {
      steps.forEach(Runnable::run);
      graph = driver.endCapture(stream);
    } catch (RuntimeException | Error e) {
      CudaContext.release(() -> driver.abortCapture(stream));
      throw e;
    }
  }

  @Override
  public void await() {
    context.use(
        () -> {
          requireOpen();
          context.call(
              () -> {
                askStatus();
                driver.recordEvent(done, context.stream(0));
              });
          context.await(done);
          requireNobodyGaveUp();
        });
  }

  @Override
  public void read(Value value, float[] target, int to) {
    context.use(
        () -> {
          requireOpen();
          if (!plan.program().isKept(value)) {
            throw new IllegalArgumentException(
                value + " is not kept after a run; name it when the program is made");
          }
          if (value.size() > 0) {
            read(value);
            context.await(done);
            requireNobodyGaveUp();
            take(value, download.asFloatBuffer(), target, to);
          }
        });
  }

  /** What travels between host and device does so in one block. */
  private int pinnedBytes(Value value) {
    if (value.bytes() > Integer.MAX_VALUE) {
      throw new TooLargeException(
          plan.program().name()
              + ": "
              + value.name()
              + " "
              + value.shape()
              + " needs "
              + Memory.text(value.bytes())
              + " at once between host and device, and at most 2.0 GiB can be; use smaller"
              + " batches");
    }
    return (int) value.bytes();
  }

  /** Begins to copy a value to the host. */
  private void read(Value value) {
    int bytes = pinnedBytes(value);
    context.call(
        () -> {
          if (download == null || download.capacity() < bytes) {
            if (download != null) {
              driver.freePinned(download);
              download = null;
            }
            download = driver.allocatePinned(bytes);
          }
          driver.download(download, 0, own(Place.of(value)), bytes, context.stream(0));
          askStatus();
          driver.recordEvent(done, context.stream(0));
        });
  }

  /** (T,B,W) on the host to (B,T,W) in the target; what is not time-major as it is. */
  private static void take(Value value, FloatBuffer floats, float[] target, int to) {
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

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(plan.program().name() + ": the program's memory was freed");
    }
  }

  @Override
  public void close() {
    context.free(this);
  }

  @Override
  public void free() {
    if (closed) {
      return;
    }
    closed = true;
    unbind();
    release(done, driver::destroyEvent);
    for (Staging s : staging.values()) {
      for (int i = 0; i < 2; i++) {
        ByteBuffer bytes = s.bytes[i];
        if (bytes != null) {
          CudaContext.release(() -> driver.freePinned(bytes));
        }
        release(s.copied[i], driver::destroyEvent);
      }
    }
    if (download != null) {
      CudaContext.release(() -> driver.freePinned(download));
    }
    if (status != null) {
      CudaContext.release(() -> driver.freePinned(status));
    }
    release(arena, driver::free);
  }

  private static void release(long handle, LongConsumer free) {
    if (handle != 0) {
      CudaContext.release(() -> free.accept(handle));
    }
  }
}

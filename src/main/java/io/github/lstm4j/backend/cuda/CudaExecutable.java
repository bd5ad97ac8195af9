package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.backend.cuda.CudaDriver.Gemm;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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
  private final List<Runnable> steps = new ArrayList<>();
  private final List<Long> launches = new ArrayList<>();
  private final List<Long> events = new ArrayList<>();
  private long arena;
  private final long[] scratch = new long[3]; // of two streams, and the status
  private final Feed feed;
  private final List<Long> tables = new ArrayList<>();
  private final List<ByteBuffer> tableTexts = new ArrayList<>();
  private final List<Download> downloads = new ArrayList<>(); // all that there are
  private final Deque<Download> idle = new ArrayDeque<>();
  private ByteBuffer status;
  private long done; // an event
  private long graph;
  private boolean prepared; // has run once
  private boolean closed;

  /** Where a value lands on its way down, page-locked. */
  private static final class Download {
    ByteBuffer bytes;
    long done; // an event
  }

  CudaExecutable(CudaContext context, LaunchPlan plan, Map<Value, Buffer> variables) {
    this.context = context;
    this.driver = context.driver();
    this.plan = plan;
    this.variables = variables;
    this.feed = new Feed(context, plan.program().name(), plan.inputs());
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
    feed.allocate(plan.program().name());
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
    tables.forEach(t -> release(t, context::freeMemory));
    tables.clear();
    tableTexts.forEach(t -> CudaContext.release(() -> driver.freePinned(t)));
    tableTexts.clear();
    for (int i = 0; i < scratch.length; i++) {
      release(scratch[i], context::freeMemory);
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
    plan = CudaCompiler.stepByStep(plan);
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
    if (place.value() == null) {
      return (place.isOfFeed() ? feed.block() : scratch[place.stream()]) + 4 * place.offset();
    }
    return arena + plan.program().offset(place.value()) + 4 * place.offset();
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
          feed.write(input, source, from);
        });
  }

  @Override
  public void gather(Value input, Buffer samples, int[] order, int first) {
    context.use(
        () -> {
          requireOpen();
          feed.gather(input, (CudaBuffer) samples, order, first);
        });
  }

  @Override
  public void run() {
    context.use(
        () -> {
          requireOpen();
          context.call(
              () -> {
                feed.upload();
                launch();
              });
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
    fetch(value, target, to).run();
  }

  @Override
  public Runnable fetch(Value value, float[] target, int to) {
    return context.use(
        () -> {
          requireOpen();
          if (!plan.program().isKept(value)) {
            throw new IllegalArgumentException(
                value + " is not kept after a run; name it when the program is made");
          }
          if (value.size() == 0) {
            return () -> {};
          }
          Download by = context.call(() -> download(value));
          return () -> context.use(() -> land(value, by, target, to));
        });
  }

  private void land(Value value, Download by, float[] target, int to) {
    requireOpen();
    context.await(by.done);
    requireNobodyGaveUp();
    take(value, by.bytes.asFloatBuffer(), target, to);
    idle.addLast(by);
  }

  /** Begins to copy a value to the host; within a call. */
  private Download download(Value value) {
    if (value.bytes() > Integer.MAX_VALUE) {
      throw Feed.tooLarge(plan.program().name(), value);
    }
    int bytes = (int) value.bytes();
    Download by = idle.pollFirst();
    if (by == null) {
      by = new Download();
      downloads.add(by); // first, so that what there is of it is freed if the rest fails
      by.done = driver.createEvent();
    }
    if (by.bytes == null || by.bytes.capacity() < bytes) {
      if (by.bytes != null) {
        driver.freePinned(by.bytes);
        by.bytes = null;
      }
      by.bytes = driver.allocatePinned(bytes);
    }
    driver.download(by.bytes, 0, own(Place.of(value)), bytes, context.stream(0));
    askStatus();
    driver.recordEvent(by.done, context.stream(0));
    return by;
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
    feed.free();
    for (Download d : downloads) {
      if (d.bytes != null) {
        CudaContext.release(() -> driver.freePinned(d.bytes));
      }
      release(d.done, driver::destroyEvent);
    }
    if (status != null) {
      CudaContext.release(() -> driver.freePinned(status));
    }
    release(arena, context::freeMemory);
  }

  private static void release(long handle, LongConsumer free) {
    if (handle != 0) {
      CudaContext.release(() -> free.accept(handle));
    }
  }
}

package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.backend.cuda.CudaDriver.LaunchConfig;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/** Writes a launch plan: the vocabulary of all that launches ops on one target. */
final class PlanBuilder {
  /** Threads in a block of a kernel that has one thread an element. */
  static final int BLOCK = 256;

  /** Elements of a block of a kernel that takes a table of tensors. */
  static final int PART = 1024;

  private static final int MOST_BLOCKS_YZ = 65_535;
  private static final int MOST_THREADS = 1024;
  private static final int MOST_THREADS_Z = 64;

  private final List<Work> work = new ArrayList<>();

  /** The most floats of scratch memory that a sum of squares takes, from the first one on. */
  static final int SQUARES_SCRATCH = 1024;

  private final Target target;
  private final CudaOptions options;
  private final List<Integer> starts = new ArrayList<>();
  private final Set<Integer> persistent = new HashSet<>();
  private final List<Route> routes = new ArrayList<>();
  private final Predicate<Value> kept;
  private final Predicate<Value> read;
  private int stream;
  private int streams = 1;
  private final long[] scratch = new long[3]; // of two streams, and the status

  PlanBuilder(Target target, CudaOptions options) {
    this(target, options, value -> false, value -> true);
  }

  /**
   * @param kept whether a value is read after the run
   * @param read whether a value is read by any op, or after the run
   */
  PlanBuilder(Target target, CudaOptions options, Predicate<Value> kept, Predicate<Value> read) {
    this.target = target;
    this.options = options;
    this.kept = kept;
    this.read = read;
  }

  /** Whether a value is read after the run, all of it. */
  boolean isKept(Value value) {
    return kept.test(value);
  }

  /** Whether an op reads any of a value, or it is read after the run. */
  boolean isRead(Value value) {
    return read.test(value);
  }

  /** What is thrown for an op that nothing here launches. */
  static RuntimeException noLaunches(Op op) {
    return new IllegalStateException("the CUDA backend has no " + op.name());
  }

  List<Work> work() {
    return work;
  }

  /** What it is for. */
  Target target() {
    return target;
  }

  /** How programs are to be run. */
  CudaOptions options() {
    return options;
  }

  /** What follows is the next op of the program. */
  void begin() {
    starts.add(work.size());
  }

  /** Tells how a recurrent op goes. */
  void note(Route route) {
    routes.add(route);
  }

  /** The plan for a program, of all that was added. */
  LaunchPlan build(Program program) {
    return new LaunchPlan(
        program,
        target,
        options,
        work,
        starts,
        persistent,
        streams,
        List.of(scratch[0], scratch[1], scratch[2]),
        routes);
  }

  /** Sends what follows to a stream. */
  void use(int newStream) {
    stream = newStream;
    streams = Math.max(streams, newStream + 1);
  }

  /** Makes what follows in {@code waiting} wait for {@code awaited}. */
  void waitFor(int waiting, int awaited) {
    work.add(new Work.Wait(waiting, awaited));
  }

  /**
   * Scratch memory of this stream for the work that is added next. A stream's work runs in order,
   * so it is the same memory each time.
   */
  Place scratch(long floats) {
    scratch[stream] = Math.max(scratch[stream], floats);
    return Place.scratch(stream);
  }

  /**
   * A word that is 0 until a launch whose blocks wait for one another gives up; those that find it
   * set do nothing.
   */
  Place status() {
    scratch[Place.STATUS] = 1;
    return Place.scratch(Place.STATUS);
  }

  /** How many blocks of so many elements cover n, which may be all that an int holds. */
  static int blocks(long n, int block) {
    return Math.toIntExact((n + block - 1) / block);
  }

  /** A kernel with one thread an element. */
  void each(String module, String entry, long n, Object... arguments) {
    if (n > 0) {
      kernel(module, entry, Dim3.of(blocks(n, BLOCK)), Dim3.of(BLOCK), arguments);
    }
  }

  /** A kernel with a warp a row, eight rows a block. */
  void rows(String module, String entry, int rows, Object... arguments) {
    if (rows > 0) {
      kernel(module, entry, Dim3.of(blocks(rows, 8)), Dim3.of(32, 8), arguments);
    }
  }

  void kernel(String module, String entry, Dim3 grid, Dim3 block, Object... arguments) {
    kernel(module, entry, LaunchConfig.of(grid, block), arguments);
  }

  /** A kernel that has dynamic shared memory, or whose blocks wait for one another. */
  void kernel(String module, String entry, LaunchConfig config, Object... arguments) {
    requireLaunchable(entry, config);
    work.add(new Work.Kernel(stream, module, entry, config, Work.arguments(arguments)));
  }

  /**
   * A kernel that takes a whole sequence, which the device may refuse: then the op is begun again
   * another way, so that before it, the op only writes what this way or that would write.
   */
  void persistent(String module, String entry, LaunchConfig config, Object... arguments) {
    persistent.add(work.size());
    kernel(module, entry, config, arguments);
  }

  /** What no GPU starts is not to be found out by its user. */
  private void requireLaunchable(String entry, LaunchConfig config) {
    Dim3 grid = config.grid();
    Dim3 block = config.block();
    boolean good =
        Math.min(grid.x(), Math.min(grid.y(), grid.z())) > 0
            && Math.max(grid.y(), grid.z()) <= MOST_BLOCKS_YZ
            && Math.min(block.x(), Math.min(block.y(), block.z())) > 0
            && (long) block.x() * block.y() * block.z() <= MOST_THREADS
            && block.z() <= MOST_THREADS_Z
            && config.sharedBytes() <= target.sharedBytes();
    if (!good) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "kernel %s cannot be launched as %s: grids end at 2147483647 by %d by %d, blocks at %d"
                  + " threads and %,d bytes of shared memory",
              entry,
              config,
              MOST_BLOCKS_YZ,
              MOST_BLOCKS_YZ,
              MOST_THREADS,
              target.sharedBytes()));
    }
  }

  void copy(Place from, Place to, long floats) {
    work.add(new Work.Copy(stream, from, to, floats));
  }

  void zero(Place to, long floats) {
    work.add(new Work.Zero(stream, to, floats));
  }

  /** {@code to = from}, or zero where there is nothing to copy. */
  void copyOrZero(Place from, Place to, long floats) {
    if (from == null) {
      zero(to, floats);
    } else {
      copy(from, to, floats);
    }
  }

  /**
   * A row-major product: {@code C(rows,columns) = op(A)·op(B) + beta·C} with op(A) (rows,inner) and
   * op(B) (inner,columns). Read column by column every row-major matrix is its transpose, so it is
   * {@code Cᵀ = op(B)ᵀ·op(A)ᵀ}: A and B change places, and nothing is copied.
   */
  Rows product(int rows, int columns, int inner) {
    return new Rows(rows, columns, inner);
  }

  /** A row-major product that is being described. */
  final class Rows {
    private final int rows;
    private final int columns;
    private final int inner;
    private Place a;
    private Place b;
    private int lda;
    private int ldb;
    private boolean transposeA;
    private boolean transposeB;
    private long strideA;
    private long strideB;
    private long strideC;
    private int batch = 1;

    private Rows(int rows, int columns, int inner) {
      this.rows = rows;
      this.columns = columns;
      this.inner = inner;
    }

    /** A as it lies in memory, rows {@code ld} floats apart. */
    Rows a(Place place, int ld, boolean transpose) {
      a = place;
      lda = ld;
      transposeA = transpose;
      return this;
    }

    Rows b(Place place, int ld, boolean transpose) {
      b = place;
      ldb = ld;
      transposeB = transpose;
      return this;
    }

    /** Several products of one shape, each so many floats after the one before. */
    Rows batch(int count, long ofA, long ofB, long ofC) {
      batch = count;
      strideA = ofA;
      strideB = ofB;
      strideC = ofC;
      return this;
    }

    /** Writes it, into C with rows {@code ldc} floats apart; adds to C if {@code beta} is 1. */
    void into(Place c, int ldc, float beta) {
      if (rows == 0 || columns == 0) {
        return;
      }
      if (!target.cublas()) {
        kernel(
            "gemm",
            "gemm",
            Dim3.of(blocks(columns, 64) * blocks(rows, 64) * batch),
            Dim3.of(BLOCK),
            transposeB ? 1 : 0,
            transposeA ? 1 : 0,
            columns,
            rows,
            inner,
            1f,
            b,
            ldb,
            strideB,
            a,
            lda,
            strideA,
            beta,
            c,
            ldc,
            strideC);
        return;
      }
      work.add(
          new Work.Product(
              stream,
              transposeB,
              transposeA,
              columns,
              rows,
              inner,
              b,
              ldb,
              strideB,
              a,
              lda,
              strideA,
              beta,
              c,
              ldc,
              strideC,
              batch));
    }
  }

  /** Column sums of x(rows,columns) in a fixed order, in two launches where there are many rows. */
  void columnSums(Place x, int rows, int columns, Place out) {
    int perBlock = rowsPerBlock(rows);
    int blocks = blocks(rows, perBlock);
    Place first = blocks == 1 ? out : scratch((long) blocks * columns);
    Dim3 block = Dim3.of(32, 8);
    kernel(
        "reduce",
        "column_sums",
        Dim3.of(blocks(columns, 32), blocks),
        block,
        x,
        rows,
        columns,
        perBlock,
        first);
    sumBlocks(first, blocks, columns, out);
  }

  /** Column sums of the products of a and b, rows {@code strideA} and {@code strideB} apart. */
  void columnDots(Place a, int strideA, Place b, int strideB, int rows, int columns, Place out) {
    int perBlock = rowsPerBlock(rows);
    int blocks = blocks(rows, perBlock);
    Place first = blocks == 1 ? out : scratch((long) blocks * columns);
    kernel(
        "reduce",
        "column_dots",
        Dim3.of(blocks(columns, 32), blocks),
        Dim3.of(32, 8),
        a,
        strideA,
        b,
        strideB,
        rows,
        columns,
        perBlock,
        first);
    sumBlocks(first, blocks, columns, out);
  }

  private void sumBlocks(Place first, int blocks, int columns, Place out) {
    if (blocks > 1) {
      kernel(
          "reduce",
          "column_sums",
          Dim3.of(blocks(columns, 32)),
          Dim3.of(32, 8),
          first,
          blocks,
          columns,
          blocks,
          out);
    }
  }

  /** The sum of squares of x, in two launches. */
  void sumOfSquares(Place x, int n, Place out) {
    int blocks = Math.min(SQUARES_SCRATCH, blocks(n, 4096));
    Place parts = scratch(blocks);
    kernel("reduce", "squares", Dim3.of(blocks), Dim3.of(1024), x, n, parts);
    kernel("reduce", "sum_parts", Dim3.of(1), Dim3.of(1024), parts, blocks, out);
  }

  private static int rowsPerBlock(int rows) {
    return Math.max(64, blocks(rows, 128));
  }
}

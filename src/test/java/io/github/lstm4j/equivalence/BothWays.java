package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.cuda.CudaDriver;
import io.github.lstm4j.backend.cuda.sim.CudaCall;
import io.github.lstm4j.backend.cuda.sim.DeviceCheckError;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.function.Executable;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * An LSTM goes through a sequence on CUDA in one launch or step by step, and both ways are held
 * against the same numbers: a test on a {@link SwitchedBackend}, of a class with this extension,
 * that launched a kernel for whole sequences runs again step by step. Tests of many cases hand each
 * to {@link #run}. What was compared is printed after all tests, and stands in {@code
 * target/both-ways.md}.
 */
public final class BothWays implements BeforeAllCallback, InvocationInterceptor {
  private static final ExtensionContext.Namespace SPACE =
      ExtensionContext.Namespace.create(BothWays.class);

  private static final Map<String, Row> ROWS = new TreeMap<>();
  private static final Set<Way> LAUNCHED = ConcurrentHashMap.newKeySet();
  private static final Set<SwitchedBackend> OPEN = new LinkedHashSet<>();
  private static boolean stepByStep;
  private static double largest;
  private static int cases;
  private static int devices;
  private static int leaks;
  private static int faults;
  private static long launches;
  private static long instructions;

  private enum Way {
    BLOCK,
    GRID,
    STEPS;

    static Way of(String kernel) {
      return kernel.startsWith("lstm_persistent1")
          ? BLOCK
          : kernel.startsWith("lstm_persistent2")
              ? GRID
              : kernel.matches("(lstm|gru|simple_rnn)_(forward|backward).*") ? STEPS : null;
    }
  }

  private static final class Row {
    int cases;
    int block;
    int grid;
    int steps;
    double whole;
    double stepByStep;
    double others;

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%d | %d | %d | %d | %s | %s | %s |",
          cases,
          block,
          grid,
          steps,
          text(whole, block + grid),
          text(stepByStep, block + grid),
          text(others, cases - block - grid));
    }

    private static String text(double difference, int of) {
      return of == 0
          ? "–"
          : difference == 0 ? "< 1e-7" : String.format(Locale.ROOT, "%.1e", difference);
    }
  }

  /** Whether the test runs for the second time. */
  static boolean stepByStep() {
    return stepByStep;
  }

  /** Notes a difference, in parts of |expected| + largest |expected| of its tensor. */
  public static void differs(double part) {
    largest = part <= largest ? largest : part; // NaN stays
  }

  /** A driver of whose launches note is taken. */
  static CudaDriver watched(CudaDriver driver) {
    Map<Object, Way> ways = new ConcurrentHashMap<>(); // of launch sites
    return (CudaDriver)
        Proxy.newProxyInstance(
            CudaDriver.class.getClassLoader(),
            new Class<?>[] {CudaDriver.class},
            (proxy, method, arguments) -> {
              try {
                Object result = method.invoke(driver, arguments);
                if (method.getName().equals("close") && driver instanceof SimulatedCuda cuda) {
                  add(cuda);
                } else if (method.getName().equals("prepareLaunch")) {
                  Way way = Way.of((String) arguments[1]);
                  if (way != null) {
                    ways.put(result, way);
                  }
                } else if (method.getName().equals("launch") && ways.containsKey(arguments[0])) {
                  LAUNCHED.add(ways.get(arguments[0]));
                } else if (method.getName().equals("freeLaunch")) {
                  ways.remove(arguments[0]);
                }
                return result;
              } catch (InvocationTargetException e) {
                faults += e.getCause() instanceof DeviceCheckError ? 1 : 0;
                throw e.getCause();
              }
            });
  }

  private static void add(SimulatedCuda closed) {
    devices++;
    leaks += closed.leaks().size();
    launches += closed.count(CudaCall.LAUNCH);
    instructions += closed.threadInstructions();
  }

  /** A backend that is closed after all tests, if nobody does. */
  static void opened(SwitchedBackend backend) {
    OPEN.add(backend);
  }

  static void closed(SwitchedBackend backend) {
    OPEN.remove(backend);
  }

  /** Runs one case of a test, and if it took whole sequences in one launch, again without. */
  public static void run(Class<?> of, Runnable test) {
    try {
      run(family(of), test::run, test::run);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static void run(String family, Executable test, Executable again) throws Throwable {
    int before = cases;
    LAUNCHED.clear();
    largest = 0;
    test.execute();
    if (cases > before) {
      return; // the test told of each of its own
    }
    cases++;
    Row row = ROWS.computeIfAbsent(family, f -> new Row());
    row.cases++;
    row.block += LAUNCHED.contains(Way.BLOCK) ? 1 : 0;
    row.grid += LAUNCHED.contains(Way.GRID) ? 1 : 0;
    if (!LAUNCHED.contains(Way.BLOCK) && !LAUNCHED.contains(Way.GRID)) {
      row.steps += LAUNCHED.contains(Way.STEPS) ? 1 : 0;
      row.others = Math.max(row.others, largest);
      return;
    }
    row.whole = Math.max(row.whole, largest);
    LAUNCHED.clear();
    largest = 0;
    stepByStep = true;
    try {
      again.execute();
    } catch (AssertionError e) {
      throw new AssertionError("step by step: " + e.getMessage(), e);
    } finally {
      stepByStep = false;
    }
    row.stepByStep = Math.max(row.stepByStep, largest);
    if (!LAUNCHED.equals(Set.of(Way.STEPS))) {
      throw new AssertionError(family + ": expected to go step by step, got " + LAUNCHED);
    }
  }

  /** Notes what a test compared of a grid of blocks that it ran by itself, and of the steps. */
  public static void grid(Class<?> of, double grid, double stepByStep) {
    Row row = ROWS.computeIfAbsent(family(of), f -> new Row());
    row.cases++;
    row.grid++;
    row.whole = Math.max(row.whole, grid);
    row.stepByStep = Math.max(row.stepByStep, stepByStep);
  }

  private static void intercept(Invocation<Void> first, Executable again, ExtensionContext context)
      throws Throwable {
    ExtensionContext of = context; // that of a dynamic test has no class
    while (of.getTestClass().isEmpty()) {
      of = of.getParent().orElseThrow();
    }
    run(family(of.getRequiredTestClass()), first::proceed, again);
  }

  private static String family(Class<?> test) {
    return test.getSimpleName().replaceFirst("Test$", "");
  }

  @Override
  public void interceptDynamicTest(
      Invocation<Void> invocation, DynamicTestInvocationContext test, ExtensionContext context)
      throws Throwable {
    intercept(invocation, test.getExecutable(), context);
  }

  @Override
  public void interceptTestMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> test,
      ExtensionContext context)
      throws Throwable {
    intercept(invocation, again(test), context);
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> test,
      ExtensionContext context)
      throws Throwable {
    intercept(invocation, again(test), context);
  }

  private static Executable again(ReflectiveInvocationContext<Method> test) {
    return () ->
        ReflectionSupport.invokeMethod(
            test.getExecutable(), test.getTarget().orElseThrow(), test.getArguments().toArray());
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    context
        .getRoot()
        .getStore(SPACE)
        .computeIfAbsent("after all tests", key -> (AutoCloseable) BothWays::report);
  }

  private static void report() throws IOException {
    List.copyOf(OPEN).forEach(SwitchedBackend::close);
    StringBuilder s = new StringBuilder();
    s.append("| tests | cases | in one block | in a grid | step by step only |");
    s.append(" difference, one launch | the same cases, step by step | all others |\n");
    s.append("|---|---|---|---|---|---|---|---|\n");
    ROWS.forEach(
        (family, row) -> s.append("| ").append(family).append(" | ").append(row).append('\n'));
    Path file = Path.of("target", "both-ways.md");
    Files.createDirectories(file.getParent());
    Files.writeString(file, s);
    System.out.print("largest differences, in parts of |expected| + largest |expected|:\n" + s);
    if (devices > 0) {
      System.out.printf(
          Locale.ROOT,
          "%d simulated devices: %,d launches, %,d instructions of threads, faults %d, leaks %d%n",
          devices,
          launches,
          instructions,
          faults,
          leaks);
    }
    if (faults + leaks > 0) {
      throw new AssertionError(faults + " faults and " + leaks + " leaks of simulated devices");
    }
  }
}

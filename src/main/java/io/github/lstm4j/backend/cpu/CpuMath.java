package io.github.lstm4j.backend.cpu;

import java.lang.reflect.InvocationTargetException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The arithmetic of the CPU backend in one of its forms.
 *
 * @param name which form, for people
 * @param gemm matrix products
 * @param math elementwise functions
 */
public record CpuMath(String name, Gemm gemm, VectorMath math) {
  private static final String VECTOR_MODULE = "jdk.incubator.vector";
  private static final String VECTOR_FORM = "io.github.lstm4j.backend.cpu.vector.VectorForm";

  /**
   * The fastest form that runs here: the JDK's Vector API if its module was added, or plain Java.
   */
  public static CpuMath best() {
    return Holder.BEST;
  }

  /** The form that runs on every JVM. */
  public static CpuMath plain() {
    return Holder.PLAIN;
  }

  private static final class Holder {
    static final CpuMath PLAIN = new CpuMath("plain Java loops", new PlainGemm(), new PlainMath());
    static final CpuMath BEST = choose();
  }

  private static CpuMath choose() {
    Logger log = LoggerFactory.getLogger(CpuMath.class);
    if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
      log.info(
          "CPU: plain Java loops; the JVM option --add-modules {} makes them several times faster,"
              + " with results that are the same up to rounding",
          VECTOR_MODULE);
      return Holder.PLAIN;
    }
    try {
      return (CpuMath) Class.forName(VECTOR_FORM).getMethod("create").invoke(null);
    } catch (ReflectiveOperationException | LinkageError e) {
      Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
      log.info("CPU: plain Java loops; the Vector API does not work here: {}", cause.toString());
      return Holder.PLAIN;
    }
  }
}

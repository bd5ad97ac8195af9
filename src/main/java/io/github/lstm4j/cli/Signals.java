package io.github.lstm4j.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.BiConsumer;

/**
 * SIGINT (Ctrl-C) and SIGTERM. By reflection: a compiler for Java 17 alone does not know {@code
 * sun.misc.Signal}.
 */
final class Signals {
  static final String[] ENDING = {"INT", "TERM"};

  private Signals() {}

  /**
   * Takes a signal, until it is given back.
   *
   * @param name without {@code SIG}
   * @param came gets the name and the number, on a thread of its own
   * @return gives it back to what had it before; does nothing where the JVM keeps its signals
   *     ({@code -Xrs}), which then end it as ever
   */
  static Runnable take(String name, BiConsumer<String, Integer> came) {
    try {
      Class<?> type = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object signal = type.getConstructor(String.class).newInstance(name);
      int number = (Integer) type.getMethod("getNumber").invoke(signal);
      InvocationHandler handle =
          (proxy, method, args) -> {
            if (method.getName().equals("handle")) {
              came.accept(name, number);
            }
            return null;
          };
      Object ours =
          Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handler}, handle);
      Method handling = type.getMethod("handle", type, handler);
      Object before = handling.invoke(null, signal, ours);
      return () -> {
        try {
          handling.invoke(null, signal, before);
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException(e);
        }
      };
    } catch (ReflectiveOperationException noSignals) {
      return () -> {};
    }
  }
}

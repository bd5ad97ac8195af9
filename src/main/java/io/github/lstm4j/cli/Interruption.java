package io.github.lstm4j.cli;

import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * SIGINT (Ctrl-C) and SIGTERM let a training end its epoch; a second one ends the program at once.
 * Told after the callbacks that save.
 */
final class Interruption implements Callback, AutoCloseable {
  private static final List<String> SIGNALS = List.of("INT", "TERM");
  private static final int OF_SIGNALS = 128; // what shells add to a signal's number

  private final Queue<Runnable> undo = new ConcurrentLinkedQueue<>();
  private volatile String name; // of the signal that came
  private volatile int number;
  private int epochs;
  private boolean stopped;

  /** From now on; where the JVM keeps its signals ({@code -Xrs}) they end it as ever. */
  Interruption() {
    SIGNALS.forEach(this::handle);
  }

  /** By reflection: a compiler for Java 17 alone does not know {@code sun.misc.Signal}. */
  private void handle(String signal) {
    try {
      Class<?> type = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object wanted = type.getConstructor(String.class).newInstance(signal);
      InvocationHandler came =
          (proxy, method, args) -> {
            if (method.getName().equals("handle")) {
              came(signal, (Integer) type.getMethod("getNumber").invoke(wanted));
            }
            return null;
          };
      Object ours =
          Proxy.newProxyInstance(
              Interruption.class.getClassLoader(), new Class<?>[] {handler}, came);
      var handling = type.getMethod("handle", type, handler);
      Object before = handling.invoke(null, wanted, ours);
      undo.add(
          () -> {
            try {
              handling.invoke(null, wanted, before);
            } catch (ReflectiveOperationException e) {
              throw new IllegalStateException(e);
            }
          });
    } catch (ReflectiveOperationException noSignals) {
      // then a signal ends the JVM; what the last epoch saved is there
    }
  }

  private void came(String signal, int signalNumber) {
    number = signalNumber;
    name = "SIG" + signal;
    close(); // the next one does what it would have done
  }

  @Override
  public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
    if (name != null && training.stopReason() == null && epoch + 1 < training.epochs()) {
      stopped = true;
      epochs = epoch + 1;
      training.stop("Interrupted by " + name);
    }
  }

  /** Whether a signal ended the training before its time. */
  boolean hasStopped() {
    return stopped;
  }

  /** What is to be said. */
  String text(int of) {
    return "Interrupted by " + name + " after epoch " + epochs + " of " + of;
  }

  /** What the program is to end with, as shells expect it. */
  int exitCode() {
    return OF_SIGNALS + number;
  }

  @Override
  public void close() {
    for (Runnable one = undo.poll(); one != null; one = undo.poll()) {
      one.run();
    }
  }
}

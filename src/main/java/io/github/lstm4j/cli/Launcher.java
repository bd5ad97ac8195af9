package io.github.lstm4j.cli;

import java.io.BufferedInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where {@code lstm4j-all.jar} starts. The CPU's arithmetic is several times faster with the JDK's
 * incubator module for vectors, which a jar cannot ask for. So what computes is run by a second
 * JVM, started with that module and with the options that this one got; the rest is {@link Main}'s
 * at once. A {@code predict} of little work gets a JVM that starts sooner, see {@link QuickStart}.
 *
 * <p>The second one has this one's standard streams, gets its signals, and gives it its exit code;
 * it ends if this one is killed. There is none if the module is there already ({@code java
 * --add-modules jdk.incubator.vector -jar …}), if the JVM has an agent, as under a debugger, which
 * must not be started twice, or with {@code -Dlstm4j.launcher=off}.
 */
public final class Launcher {
  private static final String MODULE = "jdk.incubator.vector";
  private static final String SWITCH = "lstm4j.launcher";
  private static final String PARENT = "lstm4j.launcher.pid";
  private static final Set<String> AT_ONCE = Set.of("summary", "plan");
  private static final Set<String> HELP = Set.of("-h", "--help", "-V", "--version");

  /** Where the JVM writes its options for tools; the options are among those that it states. */
  private static final String[] OPTIONS = {
    "JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS"
  };

  private static final byte[] WARNING =
      ("WARNING: Using incubator modules: " + MODULE).getBytes(StandardCharsets.US_ASCII);

  private Launcher() {}

  /** Runs a command as {@link Main#main} does, in a JVM that has what makes it fast. */
  public static void main(String[] args) {
    Long parent = Long.getLong(PARENT);
    if (parent != null) {
      endWith(parent);
    } else if (computes(args) && !"off".equals(System.getProperty(SWITCH))) {
      List<String> options = options();
      Optional<QuickStart> quick = QuickStart.of(options, args);
      if ((quick.isPresent() || isMissing()) && !startsAgent(options)) {
        try {
          int code = run(command(options, quick, args));
          quick.ifPresent(start -> start.ended(code));
          System.exit(code);
        } catch (IOException noSecond) {
          // then this one does it, slower; the log says so
        }
      }
    }
    Main.main(args);
  }

  /** The options of this JVM: none, where that is seen at once, for to ask it takes 20 ms. */
  private static List<String> options() {
    String[] words = ProcessHandle.current().info().arguments().orElse(new String[0]);
    boolean plain = words.length > 0 && words[0].equals("-jar");
    for (String name : OPTIONS) {
      plain &= System.getenv(name) == null;
    }
    return plain ? List.of() : ManagementFactory.getRuntimeMXBean().getInputArguments();
  }

  private static boolean computes(String[] args) {
    for (String arg : args) {
      if (HELP.contains(arg)) {
        return false;
      }
    }
    for (String arg : args) {
      if (!arg.startsWith("-")) {
        return !AT_ONCE.contains(arg);
      }
    }
    return true; // the demo
  }

  private static boolean isMissing() {
    return ModuleLayer.boot().findModule(MODULE).isEmpty()
        && ModuleFinder.ofSystem().find(MODULE).isPresent();
  }

  private static boolean startsAgent(List<String> options) {
    for (String option : options) {
      if (option.startsWith("-agent")
          || option.startsWith("-javaagent")
          || option.startsWith("-Xrunjdwp")
          || option.startsWith("-Dcom.sun.management.")) {
        return true;
      }
    }
    return false;
  }

  private static List<String> command(
      List<String> options, Optional<QuickStart> quick, String[] args) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse(java));
    command.addAll(options);
    command.addAll(quick.isPresent() ? quick.get().options() : List.of("--add-modules=" + MODULE));
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=ALL-UNNAMED"); // as the jar's manifest has it
    }
    command.add("-D" + PARENT + "=" + ProcessHandle.current().pid());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Launcher.class.getName());
    command.addAll(List.of(args));
    return command;
  }

  /** Runs it to its end and returns its exit code. */
  private static int run(List<String> command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Redirect.INHERIT)
            .redirectOutput(Redirect.INHERIT);
    for (String name : OPTIONS) {
      builder.environment().remove(name);
    }
    Process second = builder.start();
    for (String name : Signals.ENDING) {
      Signals.take(name, (signal, number) -> pass(signal, second));
    }
    Runtime.getRuntime().addShutdownHook(new Thread(second::destroy));
    try (InputStream errors = new BufferedInputStream(second.getErrorStream());
        OutputStream err = new FileOutputStream(FileDescriptor.err)) {
      skipWarning(errors, err);
      errors.transferTo(err);
    }
    while (true) {
      try {
        return second.waitFor();
      } catch (InterruptedException nobodyDoes) {
        second.destroy();
      }
    }
  }

  /** The JVM's line about the module is nothing that a user could do something about. */
  private static void skipWarning(InputStream errors, OutputStream err) throws IOException {
    byte[] start = errors.readNBytes(WARNING.length);
    if (!Arrays.equals(start, WARNING)) {
      err.write(start);
      return;
    }
    int next;
    do {
      next = errors.read();
    } while (next >= 0 && next != '\n');
  }

  /** A terminal signals both of us, {@code kill} one; getting it twice does no harm. */
  private static void pass(String signal, Process to) {
    try {
      new ProcessBuilder("sh", "-c", "kill -" + signal + " " + to.pid()).start();
    } catch (IOException noShell) {
      // Windows: the console signals all that run in it
    }
  }

  private static void endWith(long parent) {
    Thread watch =
        new Thread(
            () -> {
              ProcessHandle.of(parent).ifPresent(handle -> handle.onExit().join());
              System.exit(1);
            });
    watch.setDaemon(true);
    watch.start();
  }
}

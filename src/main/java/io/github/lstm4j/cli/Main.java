package io.github.lstm4j.cli;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.Terminal;
import io.github.lstm4j.names.Names;
import io.github.lstm4j.runtime.Backends;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/**
 * The command line. Without a command it runs {@link DemoCommand}.
 *
 * <p>Exit codes: 0 done, 1 failed, 2 wrong usage, 130 and 143 a training ended by SIGINT or
 * SIGTERM. Errors are one or two lines on standard error.
 */
@Command(
    name = "lstm4j",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "Keras-style LSTMs for the JVM. Without a command: demo.")
public final class Main {
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;
  private static final Map<String, String> EXIT_CODES =
      new TreeMap<>(
          Map.of(
              "  0", "Done.",
              "  1", "Failed; standard error says why.",
              "  2", "Wrong usage: an option, its value, or a file that cannot be written.",
              "130", "train was ended by SIGINT (Ctrl-C) after a whole epoch.",
              "143", "train was ended by SIGTERM after a whole epoch."));

  /** By their names, in the order in which the help lists them. */
  private static final Map<String, Function<Console, Object>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("demo", DemoCommand::new);
    COMMANDS.put("explain", ExplainCommand::new);
    COMMANDS.put("example", ExampleCommand::new);
    COMMANDS.put("summary", SummaryCommand::new);
    COMMANDS.put("convert", ConvertCommand::new);
    COMMANDS.put("plan", PlanCommand::new);
    COMMANDS.put("train", TrainCommand::new);
    COMMANDS.put("evaluate", EvaluateCommand::new);
    COMMANDS.put("predict", PredictCommand::new);
    COMMANDS.put("inspect", InspectCommand::new);
    COMMANDS.put("serve", ServeCommand::new);
    COMMANDS.put("doctor", DoctorCommand::new);
    COMMANDS.put("bench", BenchCommand::new);
  }

  private static final int NARROWEST_HELP = 55; // picocli's own limit
  private static final int WIDEST_HELP = 120;

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "With an error, print where in the code it arose.")
  private boolean verbose;

  private Main() {}

  /** Runs a command and, unless it went well, ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.setOut(readable(System.out));
    System.setErr(readable(System.err));
    // the commands that run a model say themselves what runs it
    System.setProperty("org.slf4j.simpleLogger.log." + Backends.class.getName(), "warn");
    int code = run(System.out, System.err, args);
    if (code != 0) {
      System.exit(code); // not with 0: Maven's exec:java runs this in its own JVM
    }
  }

  /** Tables and names have more than ASCII; what cannot write that (locale POSIX) gets UTF-8. */
  private static PrintStream readable(PrintStream stream) {
    for (String key : new String[] {"stdout.encoding", "sun.stdout.encoding", "native.encoding"}) {
      String name = System.getProperty(key);
      if (name != null && Charset.isSupported(name)) {
        return Charset.forName(name).newEncoder().canEncode('┃')
            ? stream
            : new PrintStream(stream, true, StandardCharsets.UTF_8);
      }
    }
    return stream;
  }

  /**
   * Runs a command.
   *
   * @param out what standard output would get
   * @param err what standard error would get
   * @return the exit code
   */
  static int run(PrintStream out, PrintStream err, String... args) {
    Main main = new Main();
    Errors errors = new Errors(main, err);
    Console console = Console.of(out);
    String[] given = args.length == 0 ? new String[] {"demo"} : args;
    CommandLine line = new CommandLine(main);
    // picocli takes 20 ms to know a command: the others are for the help, and for what is misspelt
    if (COMMANDS.containsKey(given[0])) {
      line.addSubcommand(COMMANDS.get(given[0]).apply(console));
    } else {
      COMMANDS.values().forEach(command -> line.addSubcommand(command.apply(console)));
    }
    line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
        .setUsageHelpWidth(helpWidth(console))
        .setParameterExceptionHandler(errors)
        .setExecutionExceptionHandler(errors);
    Numbers.readBy(line);
    Choices.readBy(line);
    help(line);
    try {
      int code = line.execute(given);
      if (out.checkError() && code == 0) { // a full disk, or a reader that went
        err.println("error: standard output did not take all that was written to it");
        return FAILED;
      }
      return code;
    } catch (OutOfMemoryError e) {
      err.println("error: " + MemoryCause.text(e));
      return FAILED;
    } finally {
      out.flush();
      err.flush();
    }
  }

  /**
   * What the help of every command has: the exit codes; and its options in their order in the
   * synopsis too, which picocli sorts by the language of the country.
   */
  private static void help(CommandLine line) {
    line.getCommandSpec()
        .usageMessage()
        .sortSynopsis(false)
        .exitCodeListHeading("Exit codes:%n")
        .exitCodeList(EXIT_CODES);
    line.getSubcommands().values().forEach(Main::help);
  }

  /** As wide as the terminal, as far as lines are easy to read. */
  private static int helpWidth(Console console) {
    int columns = console.standard() ? Terminal.columns() : Terminal.USUAL_WIDTH;
    return Math.min(Math.max(columns, NARROWEST_HELP), WIDEST_HELP);
  }

  /** The version in the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"lstm4j " + (version == null ? "(not from a jar)" : version)};
    }
  }

  /** What is said of them. A class for the reason that {@link Converter} is one. */
  private record Errors(Main main, PrintStream err)
      implements IParameterExceptionHandler, IExecutionExceptionHandler {
    /** What is unknown is said before what is missing: it may be the same, misspelt. */
    @Override
    public int handleParseException(ParameterException e, String[] args) {
      CommandLine command = e.getCommandLine();
      List<String> unknown = command.getUnmatchedArguments();
      err.println(
          "error: "
              + (e instanceof MissingParameterException && !unknown.isEmpty()
                  ? "Unknown option: '" + Printable.text(unknown.get(0)) + "'"
                  : Printable.reason(e))
              + (unknown.isEmpty() ? "" : meant(unknown.get(0), command.getCommandSpec())));
      err.println("see: " + command.getCommandSpec().qualifiedName() + " --help");
      return WRONG_USAGE;
    }

    /** The option or command that was probably meant, where there is no such one. */
    private static String meant(String unknown, CommandSpec command) {
      String wanted = unknown.replaceFirst("=.*", "");
      Collection<String> known =
          wanted.startsWith("-") ? command.optionsMap().keySet() : command.subcommands().keySet();
      return Names.nearest(wanted, known).map(near -> "; did you mean '" + near + "'?").orElse("");
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult options) {
      String message = String.valueOf(e.getMessage());
      boolean code = message.contains(":\n  "); // lines to be run, which stay lines
      err.println("error: " + (code ? Printable.lines(message) : Printable.reason(e)));
      if (main.verbose) {
        e.printStackTrace(Console.of(err).out());
      }
      return FAILED;
    }
  }
}

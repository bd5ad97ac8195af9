package io.github.lstm4j.io;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The terminal that standard output goes to, if it is one. */
public final class Terminal {
  /** The width where none is known. */
  public static final int USUAL_WIDTH = 80;

  private static final int MOST = 1000;
  private static final int PATIENCE_MS = 500;

  private Terminal() {}

  /** Before Java 22 there is a console only on a terminal; since then it says whether it is one. */
  @SuppressWarnings("SystemConsoleNull")
  public static boolean isThere() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException beforeJava22) {
      return true;
    }
  }

  /**
   * The number of columns: the environment variable {@code COLUMNS}, or what the terminal says, or
   * {@value #USUAL_WIDTH}.
   */
  public static int columns() {
    int told = columns(System.getenv());
    if (told > 0) {
      return told;
    }
    int asked = isThere() ? ask() : 0;
    return asked > 0 ? asked : USUAL_WIDTH;
  }

  /** What {@code COLUMNS} says; 0 if nothing, or nothing sensible. */
  static int columns(Map<String, String> environment) {
    return number(environment.getOrDefault("COLUMNS", ""));
  }

  /** What {@code stty size} prints: rows and columns. */
  private static int ask() {
    try {
      Process stty = new ProcessBuilder("stty", "size").redirectInput(new File("/dev/tty")).start();
      if (!stty.waitFor(PATIENCE_MS, TimeUnit.MILLISECONDS)) {
        stty.destroyForcibly();
        return 0;
      }
      String said = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return number(said.substring(said.lastIndexOf(' ') + 1));
    } catch (IOException noSuchProgram) {
      return 0; // Windows
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  private static int number(String text) {
    try {
      int columns = Integer.parseInt(text.strip());
      return columns <= MOST ? Math.max(columns, 0) : 0;
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}

package io.github.lstm4j.io;

import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;

/**
 * What a file says, made fit to be shown: names and texts from a file may hold anything, such as
 * the characters that steer a terminal.
 */
public final class Printable {
  private static final int LONGEST = 2000;

  private Printable() {}

  /**
   * The text in one line: control characters, line ends, marks that turn the direction of writing
   * and halves of characters appear as {@code \}{@code u001b}; of a text of more than 2000
   * characters the first ones, and an ellipsis.
   *
   * @param text null gives {@code null}
   */
  public static String text(Object text) {
    String all = String.valueOf(text);
    String shown = all.length() > LONGEST ? all.substring(0, LONGEST) + "…" : all;
    return escaped(shown, false);
  }

  /** As {@link #text}, and a text in quotes, so that its ends and its being a text are seen. */
  public static String quoted(Object value) {
    return value instanceof String ? '"' + text(value) + '"' : text(value);
  }

  /**
   * Why something failed: the message as {@link #text} shows it, of what the system says of a file
   * also what is wrong with it, and the error's kind where there is no message.
   */
  public static String reason(Throwable e) {
    if (e instanceof UncheckedIOException unchecked
        && String.valueOf(e.getMessage()).equals(String.valueOf(unchecked.getCause()))) {
      return reason(unchecked.getCause()); // made without a message of its own
    }
    if (e instanceof FileSystemException file && file.getReason() == null) {
      return text(file.getFile())
          + (e instanceof NoSuchFileException
              ? ": no such file"
              : e instanceof AccessDeniedException
                  ? ": access denied"
                  : e instanceof FileAlreadyExistsException
                      ? ": exists already"
                      : ": cannot be used");
    }
    String message = e.getMessage();
    return message == null || message.isBlank()
        ? e.getClass().getSimpleName()
        : text(message.strip().replaceAll("\\s*\\R\\s*", " "));
  }

  /** As {@link #text}, of any length, and line ends stay: for a report of several lines. */
  public static String lines(String text) {
    return escaped(text, true);
  }

  private static String escaped(String text, boolean lines) {
    StringBuilder s = null; // most texts need nothing
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      boolean ends =
          c == '\n' || (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n');
      boolean plain = (lines && (ends || c == '\t')) || !steers(c);
      if (!plain && s == null) {
        s = new StringBuilder(text.length() + 16).append(text, 0, i);
      }
      if (s != null) {
        if (plain) {
          s.appendCodePoint(c);
        } else {
          s.append(String.format(Locale.ROOT, c > 0xFFFF ? "\\U%08x" : "\\u%04x", c));
        }
      }
      i += Character.charCount(c);
    }
    return s == null ? text : s.toString();
  }

  private static boolean steers(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}

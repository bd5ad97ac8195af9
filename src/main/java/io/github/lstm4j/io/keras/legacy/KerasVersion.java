package io.github.lstm4j.io.keras.legacy;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The version of the Keras that wrote a file. */
public record KerasVersion(int major, int minor) {
  /** What is written where a file does not say its version: Keras 1, which did not always. */
  public static final KerasVersion FIRST = new KerasVersion(1, 0);

  /** Today's, of which configurations alone do not say the version. */
  public static final KerasVersion TODAY = new KerasVersion(3, 0);

  private static final Pattern TEXT = Pattern.compile("(\\d{1,4})(?:\\.(\\d{1,4}))?(?:\\D.*)?");

  /**
   * Of what a file says, such as {@code 2.3.0-tf}.
   *
   * @param otherwise where it says none
   */
  public static KerasVersion of(Object said, KerasVersion otherwise) {
    Matcher m = TEXT.matcher(String.valueOf(said));
    return !m.matches()
        ? otherwise
        : new KerasVersion(
            Integer.parseInt(m.group(1)), m.group(2) == null ? 0 : Integer.parseInt(m.group(2)));
  }

  /** Whether it is older than that one. */
  public boolean isBefore(int otherMajor, int otherMinor) {
    return major < otherMajor || (major == otherMajor && minor < otherMinor);
  }
}

package io.github.lstm4j.io.keras.legacy;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The version of the Keras that wrote a file.
 *
 * @param tensorflow whether it was TensorFlow's own Keras: {@code 2.2.4-tf}, and all of 2.4 to 2.15
 */
public record KerasVersion(int major, int minor, boolean tensorflow) {
  /** What is written where a file does not say its version: Keras 1, which did not always. */
  public static final KerasVersion FIRST = new KerasVersion(1, 0, false);

  /** Today's, of which configurations alone do not say the version. */
  public static final KerasVersion TODAY = new KerasVersion(3, 0, false);

  private static final Pattern TEXT = Pattern.compile("(\\d{1,4})(?:\\.(\\d{1,4}))?(?:\\D.*)?");

  /**
   * Of what a file says, such as {@code 2.3.0-tf}.
   *
   * @param otherwise where it says none
   */
  public static KerasVersion of(Object said, KerasVersion otherwise) {
    String text = String.valueOf(said);
    Matcher m = TEXT.matcher(text);
    if (!m.matches()) {
      return otherwise;
    }
    int major = Integer.parseInt(m.group(1));
    int minor = m.group(2) == null ? 0 : Integer.parseInt(m.group(2));
    return new KerasVersion(major, minor, major == 2 && (minor >= 4 || text.endsWith("-tf")));
  }

  /** Whether it is older than that one. */
  public boolean isBefore(int otherMajor, int otherMinor) {
    return major < otherMajor || (major == otherMajor && minor < otherMinor);
  }
}

package io.github.lstm4j.data;

import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Sequences of unequal length, made equally long. */
public final class Sequences {
  private Sequences() {}

  /** At which end of a sequence something happens. */
  public enum End {
    /** At the start: Keras's default for both padding and truncating. */
    PRE,
    /** At the end. */
    POST
  }

  /** Pads at the start with zeros to the longest sequence. */
  public static Tensor pad(List<float[][]> sequences) {
    int longest = sequences.stream().mapToInt(s -> s.length).max().orElse(0);
    return pad(sequences, longest, End.PRE, End.PRE, 0f);
  }

  /**
   * Makes every sequence {@code maxLength} timesteps long; the meaning of {@code
   * keras.utils.pad_sequences}.
   *
   * @param sequences each {@code (timesteps, features)}; an empty sequence becomes padding only
   * @param padding where a shorter sequence gets {@code value}s
   * @param truncating where a longer sequence loses timesteps
   * @param value what padding is filled with; mask it with a {@code Masking} layer of that value
   * @return {@code (N, maxLength, features)}
   * @throws IllegalArgumentException if timesteps have different numbers of features
   */
  public static Tensor pad(
      List<float[][]> sequences, int maxLength, End padding, End truncating, float value) {
    if (maxLength < 0) {
      throw new IllegalArgumentException("maxLength must be at least 0; got " + maxLength);
    }
    int features = features(sequences);
    Tensor out = Tensor.zeros(sequences.size(), maxLength, features);
    float[] data = out.data();
    Arrays.fill(data, value);
    for (int n = 0; n < sequences.size(); n++) {
      float[][] sequence = sequences.get(n);
      int kept = Math.min(sequence.length, maxLength);
      int from = truncating == End.PRE ? sequence.length - kept : 0;
      int to = padding == End.PRE ? maxLength - kept : 0;
      for (int t = 0; t < kept; t++) {
        int at = (n * maxLength + to + t) * features;
        System.arraycopy(sequence[from + t], 0, data, at, features);
      }
    }
    return out;
  }

  /**
   * As {@link #pad(List, int, End, End, float)}, of class or word numbers.
   *
   * @return {@code (N, maxLength)}
   */
  public static Tensor padIds(
      List<int[]> sequences, int maxLength, End padding, End truncating, int value) {
    float filling = Tensor.of(new int[] {value}).get(0); // refused if float32 would round it
    List<float[][]> steps =
        sequences.stream().map(s -> Tensor.of(s).reshape(s.length, 1).toArray2D()).toList();
    return pad(steps, maxLength, padding, truncating, filling).reshape(sequences.size(), maxLength);
  }

  private static int features(List<float[][]> sequences) {
    int features = -1;
    for (int n = 0; n < sequences.size(); n++) {
      for (float[] step : sequences.get(n)) {
        if (features >= 0 && step.length != features) {
          throw new IllegalArgumentException(
              "sequence " + n + ": expected " + features + " features, got " + step.length);
        }
        features = step.length;
      }
    }
    return Math.max(features, 0);
  }
}

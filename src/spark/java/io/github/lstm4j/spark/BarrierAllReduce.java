package io.github.lstm4j.spark;

import io.github.lstm4j.training.AllReduce;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.apache.spark.BarrierTaskContext;

/**
 * Sums over the tasks of a barrier stage. Each gets the arrays of all by Spark's own {@code
 * allGather}, which goes through the driver, and adds them up as a tree: neighbours first, then
 * neighbouring pairs, … The order is fixed, so all have the same sums, and a run has those of the
 * run before.
 *
 * <p>A task that cannot go on tells the others why ({@link #fail}) in place of its next numbers, so
 * that all end and none waits; and all come together once more at the end ({@link #end}), as one
 * may have something to tell that the others no longer have numbers for.
 *
 * <p>Spark gathers texts. Base64 is 4 bytes for 3 on the wire; bytes as Latin-1 would be 3 for 2,
 * since half of them take two.
 */
final class BarrierAllReduce implements AllReduce {
  /** The floats of all tasks that are gathered at once: below Spark's bound for a message. */
  private static final int AT_ONCE = 8 << 20;

  /** What a reason begins with; no Base64 does. */
  private static final String REASON = "!";

  /** Why one of the tasks could not go on. */
  static final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1;

    private Failed(String reason) {
      super(reason);
    }
  }

  private final BarrierTaskContext context;
  private final int size;
  private long nanos;
  private long floats;

  BarrierAllReduce(BarrierTaskContext context) {
    this.context = context;
    this.size = context.getTaskInfos().length;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public int rank() {
    return context.partitionId();
  }

  /** How long all calls took, others' lateness included. */
  long nanos() {
    return nanos;
  }

  /** How many floats were summed in all. */
  long floats() {
    return floats;
  }

  @Override
  public void sum(float[] values) {
    if (size == 1) {
      return;
    }
    long begin = System.nanoTime();
    int chunk = Math.max(1, AT_ONCE / size);
    for (int from = 0; from < values.length; from += chunk) {
      sum(values, from, Math.min(values.length, from + chunk));
    }
    floats += values.length;
    nanos += System.nanoTime() - begin;
  }

  /**
   * All have come to their end.
   *
   * @throws Failed if one of them could not
   */
  void end() {
    gather("");
  }

  /**
   * Tells all why this one cannot go on.
   *
   * @throws Failed always, with the reason of the first that has one
   */
  void fail(String reason) {
    gather(REASON + reason);
  }

  /** The texts of all. */
  private String[] gather(String own) {
    String[] all = size == 1 ? new String[] {own} : Waker.allGather(context, own);
    for (String text : all) {
      if (text.startsWith(REASON)) {
        throw new Failed(text.substring(REASON.length()));
      }
    }
    return all;
  }

  private void sum(float[] values, int from, int to) {
    ByteBuffer own = ByteBuffer.allocate((to - from) * Float.BYTES);
    own.asFloatBuffer().put(values, from, to - from);
    String text = new String(Base64.getEncoder().encode(own.array()), StandardCharsets.ISO_8859_1);
    float[][] all =
        Arrays.stream(gather(text))
            .map(t -> Base64.getDecoder().decode(t.getBytes(StandardCharsets.ISO_8859_1)))
            .map(bytes -> floats(bytes, to - from))
            .toArray(float[][]::new);
    add(all);
    System.arraycopy(all[0], 0, values, from, to - from);
  }

  private static float[] floats(byte[] bytes, int count) {
    if (bytes.length != count * Float.BYTES) {
      throw new IllegalStateException(
          "all-reduce: expected "
              + count
              + " numbers of each task, got "
              + bytes.length / Float.BYTES
              + ": tasks do not train the same model");
    }
    float[] values = new float[count];
    ByteBuffer.wrap(bytes).asFloatBuffer().get(values);
    return values;
  }

  /** Adds all to the first, as a tree. */
  static void add(float[][] all) {
    for (int apart = 1; apart < all.length; apart *= 2) {
      for (int left = 0; left + apart < all.length; left += 2 * apart) {
        float[] sum = all[left];
        float[] other = all[left + apart];
        for (int i = 0; i < sum.length; i++) {
          sum[i] += other[i];
        }
      }
    }
  }
}

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
 * <p>A call takes a second at least: {@code BarrierTaskContext} looks once a second whether all
 * have come. So it is called as seldom as can be.
 *
 * <p>Spark gathers texts. Base64 is 4 bytes for 3 on the wire; bytes as Latin-1 would be 3 for 2,
 * since half of them take two.
 */
final class BarrierAllReduce implements AllReduce {
  /** The floats of all tasks that are gathered at once: below Spark's bound for a message. */
  private static final int AT_ONCE = 8 << 20;

  private final BarrierTaskContext context;
  private final int size;
  private long nanos;
  private long floats;
  private long calls;

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

  /** How often arrays were gathered. */
  long calls() {
    return calls;
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
      calls++;
    }
    floats += values.length;
    nanos += System.nanoTime() - begin;
  }

  private void sum(float[] values, int from, int to) {
    ByteBuffer own = ByteBuffer.allocate((to - from) * Float.BYTES);
    own.asFloatBuffer().put(values, from, to - from);
    String text = new String(Base64.getEncoder().encode(own.array()), StandardCharsets.ISO_8859_1);
    float[][] all =
        Arrays.stream(context.allGather(text))
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

package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.Strided;
import java.util.Arrays;

/**
 * An operand of an elementwise op, in the order in which the result's elements lie: it is taken
 * block by block, so that an op is one loop over arrays. What lies in that order is taken where it
 * lies; anything else is copied into a block first.
 */
final class Operand {
  /** The largest block: three of them fit into the smallest cache. */
  static final int BLOCK = 1024;

  private final float[] values;
  private final int at;
  private final boolean direct;
  private final int[] dims;
  private final int[] strides;

  Operand(Span span, Strided by) {
    this.values = span.values();
    this.at = span.at() + by.offset();
    this.direct = by.isContiguous();
    this.dims = by.dims().stream().mapToInt(Integer::intValue).toArray();
    this.strides = by.strides().stream().mapToInt(Integer::intValue).toArray();
  }

  /** The array that holds a block: its own, or the one given. */
  float[] array(float[] block) {
    return direct ? values : block;
  }

  /** Where elements {@code from} to {@code from + n} lie in {@link #array}; fills the block. */
  int load(int from, int n, float[] block) {
    if (direct) {
      return at + from;
    }
    read(from, n, block, 0);
    return 0;
  }

  /** Copies elements {@code from} to {@code from + n} to an array. */
  void read(int from, int n, float[] y, int yAt) {
    int last = dims.length - 1;
    int length = dims[last];
    int stride = strides[last];
    int done = 0;
    while (done < n) {
      int row = (from + done) / length;
      int first = from + done - row * length;
      int count = Math.min(length - first, n - done);
      int x = start(row) + first * stride;
      int to = yAt + done;
      if (stride == 1) {
        copy(values, x, y, to, count);
      } else if (stride == 0) {
        Arrays.fill(y, to, to + count, values[x]);
      } else {
        for (int i = 0; i < count; i++) {
          y[to + i] = values[x + i * stride];
        }
      }
      done += count;
    }
  }

  /** The reverse of {@link #read}: puts elements {@code from} to {@code from + n} of x in place. */
  void write(int from, int n, float[] x, int xAt) {
    int last = dims.length - 1;
    int length = dims[last];
    int stride = strides[last];
    int done = 0;
    while (done < n) {
      int row = (from + done) / length;
      int first = from + done - row * length;
      int count = Math.min(length - first, n - done);
      int y = start(row) + first * stride;
      int of = xAt + done;
      if (stride == 1) {
        copy(x, of, values, y, count);
      } else {
        for (int i = 0; i < count; i++) {
          values[y + i * stride] = x[of + i];
        }
      }
      done += count;
    }
  }

  /** A short run is copied faster by hand. */
  private static void copy(float[] x, int xAt, float[] y, int yAt, int n) {
    if (n > 16) {
      System.arraycopy(x, xAt, y, yAt, n);
    } else {
      for (int i = 0; i < n; i++) {
        y[yAt + i] = x[xAt + i];
      }
    }
  }

  /** Where a row of the last axis begins. */
  private int start(int row) {
    int start = at;
    int rest = row;
    for (int axis = dims.length - 2; axis >= 0; axis--) {
      int above = rest / dims[axis];
      start += (rest - above * dims[axis]) * strides[axis];
      rest = above;
    }
    return start;
  }
}

package io.github.lstm4j.graph;

import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the elements of an operand lie for one who walks through {@code dims} in row-major order:
 * element (i, j, …) at {@code offset + i·strides[0] + j·strides[1] + …}. A stride of 0 repeats an
 * axis, a negative one reverses it. Neighbouring axes that lie as one are one; those of length 1
 * are left out.
 */
public record Strided(int offset, List<Integer> dims, List<Integer> strides) {
  /** Along so many axes kernels can walk. */
  static final int MOST_AXES = 4;

  /** Copies the lists. */
  public Strided {
    dims = List.copyOf(dims);
    strides = List.copyOf(strides);
  }

  /** That walk, its axes merged where they can be. */
  static Strided of(int offset, int[] dims, int[] strides) {
    List<Integer> d = new ArrayList<>();
    List<Integer> s = new ArrayList<>();
    for (int i = 0; i < dims.length; i++) {
      int last = d.size() - 1;
      if (dims[i] == 1) {
        continue;
      }
      if (last >= 0 && s.get(last) == strides[i] * dims[i]) {
        d.set(last, d.get(last) * dims[i]);
        s.set(last, strides[i]);
      } else {
        d.add(dims[i]);
        s.add(strides[i]);
      }
    }
    if (d.isEmpty()) {
      d.add(1);
      s.add(1);
    }
    return new Strided(offset, d, s);
  }

  /** A tensor that is walked through as it lies. */
  static Strided contiguous(int offset, int size) {
    return of(offset, new int[] {size}, new int[] {1});
  }

  /** A tensor read as if it had another shape that it is broadcast to, by NumPy's rules. */
  static Strided broadcast(Shape from, Shape to) {
    int[] own = strides(from.dims());
    int[] strides = new int[to.rank()];
    for (int i = 0; i < from.rank(); i++) {
      int at = to.rank() - from.rank() + i;
      strides[at] = from.dim(i) == 1 ? 0 : own[i];
    }
    return of(0, to.dims(), strides);
  }

  /** The strides of a tensor that lies row by row. */
  static int[] strides(int[] dims) {
    int[] strides = new int[dims.length];
    int stride = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= dims[i];
    }
    return strides;
  }

  /** How many elements it walks through. */
  public int size() {
    return dims.stream().reduce(1, (a, b) -> a * b);
  }

  /** The number of axes, at least 1. */
  public int axes() {
    return dims.size();
  }

  /** Whether its elements lie one behind the other. */
  public boolean isContiguous() {
    return axes() == 1 && strides.get(0) == 1;
  }
}

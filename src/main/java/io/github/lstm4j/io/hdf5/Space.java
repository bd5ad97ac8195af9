package io.github.lstm4j.io.hdf5;

import java.io.IOException;
import java.util.Arrays;

/** How many elements a dataset or an attribute has (chapter IV.A.2.b). */
final class Space {
  private static final int MOST_DIMENSIONS = 32;

  private final long[] dims; // null: no elements at all, not even a shape
  private final long[] largest; // what it may grow to; -1 without bound

  private Space(long[] dims, long[] largest) {
    this.dims = dims;
    this.largest = largest;
  }

  static Space of(Cursor c) throws IOException {
    int version = c.u8();
    if (version != 1 && version != 2) {
      throw new Hdf5Damage("a dataspace of version " + version + " is unknown");
    }
    int rank = c.u8();
    int flags = c.u8();
    boolean none = c.u8() == 2 && version == 2;
    c.skip(version == 1 ? 4 : 0);
    if (none) {
      return new Space(null, null);
    }
    if (rank > MOST_DIMENSIONS) {
      throw new Hdf5Damage("a dataspace of " + rank + " dimensions; the format's limit is 32");
    }
    long[] dims = new long[rank];
    for (int i = 0; i < rank; i++) {
      dims[i] = c.length();
    }
    long[] largest = dims.clone();
    for (int i = 0; i < rank && (flags & 1) != 0; i++) {
      largest[i] = c.unsigned(c.lengthBytes());
      if (c.lengthBytes() < 8 && largest[i] == (1L << (8 * c.lengthBytes())) - 1) {
        largest[i] = -1;
      }
    }
    return new Space(dims, largest);
  }

  /** Whether it has no elements, not even a shape. */
  boolean isNull() {
    return dims == null;
  }

  int rank() {
    return dims.length;
  }

  /** What dimension {@code axis} may grow to; -1 without bound. */
  long largest(int axis) {
    return largest[axis];
  }

  /** The dimensions. */
  int[] dims() throws IOException {
    count();
    return Arrays.stream(dims).mapToInt(Math::toIntExact).toArray();
  }

  /** The number of elements; no dimension and no product of them is beyond an int. */
  int count() throws IOException {
    if (dims == null) {
      return 0;
    }
    long count = 1;
    for (long d : dims) {
      if (d > Integer.MAX_VALUE || (d > 0 && count > Integer.MAX_VALUE / d)) {
        throw new Hdf5Damage(
            "it claims the shape "
                + this
                + ", more than the 2147483647 elements that an array has");
      }
      count *= d;
    }
    return (int) count;
  }

  @Override
  public String toString() {
    return dims == null ? "null" : Arrays.toString(dims);
  }
}

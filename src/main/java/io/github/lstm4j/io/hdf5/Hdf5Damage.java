package io.github.lstm4j.io.hdf5;

import java.io.IOException;

/** What is wrong inside a file, or not supported; {@link Hdf5Reader} adds the file and the path. */
final class Hdf5Damage extends IOException {
  private static final long serialVersionUID = 1;

  Hdf5Damage(String message) {
    super(message);
  }
}

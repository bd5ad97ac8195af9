package io.github.lstm4j.spark;

import io.github.lstm4j.io.Printable;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Small files where Spark has its own: a folder of this machine, HDFS, an object store. */
final class SparkFiles {
  private SparkFiles() {}

  /** Writes a file, which is there as a whole or not at all. */
  static void write(Path file, byte[] content, Configuration conf) {
    try {
      FileSystem files = file.getFileSystem(conf);
      Path part = part(file);
      try (FSDataOutputStream out = files.create(part, true)) {
        out.write(content);
      }
      files.delete(file, false); // some stores do not rename onto what is there
      if (!files.rename(part, file)) {
        throw new IOException(file + ": cannot be written: " + part + " cannot be renamed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * That a file can be written there.
   *
   * @param what it is, for the message
   * @throws IllegalArgumentException if not; names the file
   */
  static void requireWritable(Path file, Configuration conf, String what) {
    try {
      FileSystem files = file.getFileSystem(conf);
      if (files.exists(file) && files.getFileStatus(file).isDirectory()) {
        throw new IOException("it is a folder; name a file in it");
      }
      Path part = part(file);
      files.create(part, true).close();
      files.delete(part, false);
    } catch (IOException | UnsupportedOperationException e) {
      throw new IllegalArgumentException(
          what
              + " "
              + Printable.text(file.toString())
              + ": cannot be written: "
              + Printable.reason(e),
          e);
    }
  }

  /** Where a file is written before it is there. */
  private static Path part(Path file) {
    return new Path(file.getParent(), "." + file.getName() + ".part");
  }

  /** A file's bytes; null if there is none. */
  static byte[] read(Path file, Configuration conf) {
    try {
      FileSystem files = file.getFileSystem(conf);
      if (!files.exists(file)) {
        return null;
      }
      try (FSDataInputStream in = files.open(file)) {
        return in.readAllBytes();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes a file, if it is there. */
  static void delete(Path file, Configuration conf) {
    try {
      file.getFileSystem(conf).delete(file, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.github.lstm4j.spark;

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
      Path part = new Path(file.getParent(), "." + file.getName() + ".part");
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

package io.github.lstm4j.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Writes a file whole or not at all.
 *
 * <p>The content goes to a temporary file beside the target, is flushed to the disk, and then takes
 * the target's name in one step. If anything fails on the way (a full disk, an error in the code
 * that writes), the temporary file is removed and an older file of that name stays as it was. What
 * a process that was killed left behind is removed by the next one that writes the same target; who
 * is still writing keeps its file, so two processes may write one target: the later one's stays.
 *
 * <p>A file that is replaced keeps its permissions and, where the system lets us, its owner; one
 * that must not be written is not replaced either. A target that is no regular file ({@code
 * /dev/stdout}, a pipe) is written directly; a symbolic link is followed, not replaced, also if
 * there is no file yet where it points.
 */
public final class AtomicFile {
  private static final String SUFFIX = ".tmp";
  private static final String UUID_FORM = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
  private static final int LONGEST_NAME = 200; // of the 255 bytes that most file systems allow
  private static final int MOST_LINKS = 40; // as Linux

  private static final Set<Path> WRITTEN_HERE = ConcurrentHashMap.newKeySet();

  private AtomicFile() {}

  /** Takes a value; may throw {@link IOException}. */
  @FunctionalInterface
  public interface IOConsumer<T> {
    /** Consumes {@code value}. */
    void accept(T value) throws IOException;
  }

  /**
   * Writes {@code target} with what {@code content} puts into the stream, which is buffered and may
   * be closed or left open. An interrupt of the thread does not break into it, and stays set; then
   * {@code content} may be asked twice.
   *
   * @throws IOException if the file cannot be written; the message names it
   */
  public static void write(Path target, IOConsumer<? super OutputStream> content)
      throws IOException {
    Path file = followed(target);
    require(target, file);
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      try (var out = new BufferedOutputStream(Files.newOutputStream(file))) {
        content.accept(out);
      } catch (IOException e) {
        throw failure(target, e);
      }
      return;
    }
    boolean interrupted = false;
    try {
      while (true) {
        interrupted |= Thread.interrupted();
        try {
          replace(target, file, content);
          return;
        } catch (IOException e) {
          if (!Thread.currentThread().isInterrupted()) {
            throw e;
          } // an interrupt closes the channel that is written to: once more, and keep it for later
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void replace(Path target, Path file, IOConsumer<? super OutputStream> content)
      throws IOException {
    boolean replaces = Files.exists(file);
    sweep(file);
    boolean done = false;
    while (!done) {
      Path temporary = temporary(file);
      WRITTEN_HERE.add(temporary);
      try {
        done = fill(temporary, file, replaces, content);
      } catch (IOException e) {
        throw failure(target, e);
      } finally {
        Files.deleteIfExists(temporary);
        WRITTEN_HERE.remove(temporary);
      }
    }
  }

  /**
   * Tries whether {@link #write} could write {@code target}, which stays as it is.
   *
   * @throws IOException if it could not; the message names it
   */
  public static void probe(Path target) throws IOException {
    Path file = followed(target);
    require(target, file);
    if (!Files.exists(file) || Files.isRegularFile(file)) {
      Path temporary = temporary(file);
      try {
        Files.createFile(temporary);
      } catch (IOException e) {
        throw failure(target, e);
      } finally {
        Files.deleteIfExists(temporary);
      }
    }
  }

  /** No other's name. Anybody may guess it: for one that nobody can, a JVM takes 20 ms. */
  private static Path temporary(Path file) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    UUID name = new UUID(random.nextLong(), random.nextLong());
    return file.resolveSibling(prefix(file) + name + SUFFIX);
  }

  private static void require(Path target, Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException("cannot write " + target + ": it is a directory");
    }
    if (!Files.isDirectory(file.getParent())) {
      throw new IOException("cannot write " + target + ": no directory " + file.getParent());
    }
    if (Files.exists(file) && !Files.isWritable(file)) {
      throw new IOException("cannot write " + target + ": it is read-only");
    }
  }

  /**
   * Where the file lies that links lead to, whether there is one or not.
   *
   * @throws IOException if they lead nowhere
   */
  public static Path followed(Path target) throws IOException {
    Path file = target.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(file); links++) {
      if (links == MOST_LINKS) {
        throw new IOException("cannot write " + target + ": too many links, or a circle of them");
      }
      Path next = file.resolveSibling(Files.readSymbolicLink(file));
      if (Files.exists(file) && !Files.exists(next)) {
        return file; // a pipe behind /dev/stdout, which has a name for show
      }
      file = next;
    }
    return file;
  }

  /** Begins as the file's name does, as far as a name has room for what follows. */
  private static String prefix(Path file) {
    String name = file.getFileName().toString();
    boolean fits = name.getBytes(StandardCharsets.UTF_8).length <= LONGEST_NAME;
    return "." + (fits ? name : Integer.toHexString(name.hashCode())) + ".";
  }

  /** Writes it, unless it was swept between its making and its lock; says whether it did. */
  private static boolean fill(
      Path temporary, Path file, boolean replaces, IOConsumer<? super OutputStream> content)
      throws IOException {
    try (FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      lock(channel);
      if (!Files.exists(temporary)) {
        return false;
      }
      if (replaces) {
        keepAttributes(file, temporary); // before there is something that others could read
      }
      OutputStream out = new Unclosed(Channels.newOutputStream(channel));
      content.accept(out);
      out.flush();
      // before the rename: else a power cut may leave the new name on an empty file
      channel.force(true);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE); // still locked: not swept
      return true;
    }
  }

  /** Says to {@link #sweep} in other processes that the file is being written. */
  private static void lock(FileChannel channel) {
    try {
      channel.lock(); // until the channel is closed
    } catch (IOException withoutLocks) {
      // some network drives have none; there nothing is swept either
    }
  }

  private static void keepAttributes(Path from, Path to) throws IOException {
    PosixFileAttributeView old = Files.getFileAttributeView(from, PosixFileAttributeView.class);
    PosixFileAttributeView now = Files.getFileAttributeView(to, PosixFileAttributeView.class);
    if (old == null || now == null) {
      return; // Windows: the folder says who may do what
    }
    PosixFileAttributes kept = old.readAttributes();
    PosixFileAttributes ours = now.readAttributes();
    try {
      if (!kept.group().equals(ours.group())) {
        now.setGroup(kept.group());
      }
      if (!kept.owner().equals(ours.owner())) {
        now.setOwner(kept.owner());
      }
    } catch (IOException onlyRootMay) {
      // then it is ours, as if it had been written by cp
    }
    now.setPermissions(kept.permissions());
  }

  /** Removes temporary files of this target that nobody is writing any more. */
  private static void sweep(Path file) {
    Pattern ours = Pattern.compile(Pattern.quote(prefix(file)) + UUID_FORM + Pattern.quote(SUFFIX));
    List<Path> left;
    try (Stream<Path> all = Files.list(file.getParent())) {
      left = all.filter(f -> ours.matcher(f.getFileName().toString()).matches()).toList();
    } catch (IOException | UncheckedIOException unreadable) {
      return; // a folder that may be written but not listed
    }
    for (Path temporary : left) {
      sweepOne(temporary);
    }
  }

  private static void sweepOne(Path temporary) {
    if (WRITTEN_HERE.contains(temporary)) {
      return; // not even opened: POSIX drops a process's locks when any of its files closes
    }
    synchronized (AtomicFile.class) { // two threads that look at one file would see each other
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        if (channel.tryLock() != null) {
          Files.delete(temporary); // under the lock: its writer waits for it, and begins another
        }
      } catch (IOException | OverlappingFileLockException inUse) {
        // then it stays
      }
    }
  }

  /** A writer wrapped around this may be closed: the file is closed here, once it is safe. */
  private static final class Unclosed extends BufferedOutputStream {
    Unclosed(OutputStream out) {
      super(out, 1 << 16);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }

  private static IOException failure(Path target, IOException cause) {
    return new IOException("cannot write " + target + ": " + Printable.reason(cause), cause);
  }
}

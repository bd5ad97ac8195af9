package io.github.lstm4j.io.keras;

import io.github.lstm4j.io.FileWindow;
import io.github.lstm4j.io.ReadBudget;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A ZIP archive's entries, each checked against its checksum. How far an entry may shrink is no
 * matter (zeros do a thousandfold); what it fills counts on the {@link ReadBudget}.
 */
final class ZipContents implements ArchiveEntries {
  private static final int PIECE = 1 << 16;
  private static final int END_BYTES = 22; // of the end record, less its comment
  private static final int LARGEST_COMMENT = 0xFFFF;
  private static final int LOCAL_BYTES = 30; // of the header before an entry's data

  private final Path path;
  private final String name;
  private final ReadBudget budget;
  private final ZipFile zip;

  /**
   * Opens an archive.
   *
   * @param name what errors call it
   */
  ZipContents(Path path, String name, ReadBudget budget) throws IOException {
    this.path = path;
    this.name = name;
    this.budget = budget;
    this.zip = new ZipFile(path.toFile());
  }

  @Override
  public List<String> names() {
    return zip.stream().map(ZipEntry::getName).limit(10).toList();
  }

  @Override
  public boolean has(String entry) {
    return zip.getEntry(entry) != null;
  }

  private ZipEntry entry(String entryName) throws IOException {
    if (zip.stream().filter(e -> e.getName().equals(entryName)).count() > 1) {
      throw new IOException(name + ": holds " + entryName + " twice");
    }
    return zip.getEntry(entryName);
  }

  @Override
  public byte[] bytes(String entryName) throws IOException {
    ZipEntry entry = entry(entryName);
    if (entry == null) {
      return null;
    }
    long size = size(entry);
    if (size > Integer.MAX_VALUE - 16) {
      throw new IOException(name + ", " + entryName + ": " + size + " bytes are too many");
    }
    budget.take(size, entryName);
    CRC32 crc = new CRC32();
    try (InputStream in = new CheckedInputStream(zip.getInputStream(entry), crc)) {
      byte[] bytes = in.readNBytes((int) size + 1); // never more than it claims
      check(entry, bytes.length, crc);
      return bytes;
    }
  }

  /**
   * {@inheritDoc} They are read where they lie: in the archive itself if it is not packed, else in
   * a temporary file.
   */
  @Override
  public <T> T read(String entryName, Reading<T> reading) throws IOException {
    ZipEntry entry = entry(entryName);
    if (entry == null) {
      return null;
    }
    budget.check(size(entry), entryName);
    FileWindow stored = entry.getMethod() == ZipEntry.STORED ? stored(entry) : null;
    if (stored != null) {
      long left = budget.left();
      try (stored) {
        T read = reading.of(stored);
        if (isWhole(stored, entry)) {
          return read;
        }
      } catch (IOException | RuntimeException e) {
        if (isWhole(stored, entry)) {
          throw e;
        }
      }
      budget.giveBack(left); // as if it had never been read
    }
    try (FileWindow unpacked = unpacked(entry)) {
      return reading.of(unpacked);
    }
  }

  private long size(ZipEntry entry) throws IOException {
    if (entry.getSize() < 0) {
      throw new IOException(name + ", " + entry.getName() + ": damaged: it does not say its size");
    }
    return entry.getSize();
  }

  private void check(ZipEntry entry, long size, CRC32 crc) throws IOException {
    if (size != entry.getSize() || crc.getValue() != entry.getCrc()) {
      throw new IOException(
          name + ", " + entry.getName() + ": damaged: its checksum does not match");
    }
  }

  private FileWindow unpacked(ZipEntry entry) throws IOException {
    Path file = Files.createTempFile("lstm4j", ".part");
    try {
      CRC32 crc = new CRC32();
      long size = 0;
      try (InputStream in = new CheckedInputStream(zip.getInputStream(entry), crc);
          OutputStream out = Files.newOutputStream(file)) {
        byte[] piece = new byte[PIECE];
        for (int n; size <= entry.getSize() && (n = in.read(piece)) > 0; size += n) {
          out.write(piece, 0, n);
        }
      }
      check(entry, size, crc);
      return FileWindow.ofTemporary(file);
    } catch (IOException | RuntimeException | Error e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  /** Where the archive's table of contents has the entry; null if it is not found there. */
  private FileWindow stored(ZipEntry entry) throws IOException {
    try (FileWindow all = FileWindow.of(path)) {
      long at = dataOf(all, entry.getName());
      return at < 0 || entry.getSize() > all.size() - at
          ? null
          : FileWindow.summed(path, at, entry.getSize());
    } catch (EOFException e) {
      return null;
    }
  }

  /** If it is not, the file may have been replaced: what is open as an archive is the old one. */
  private static boolean isWhole(FileWindow found, ZipEntry entry) {
    try {
      return found.checksum() == entry.getCrc();
    } catch (IOException e) {
      return false;
    }
  }

  /** Where an entry's data begin, by the archive's table of contents; -1 if that is not simple. */
  private static long dataOf(FileWindow all, String entry) throws IOException {
    byte[] wanted = entry.getBytes(StandardCharsets.UTF_8);
    int tailBytes = (int) Math.min(all.size(), END_BYTES + LARGEST_COMMENT);
    ByteBuffer tail = read(all, all.size() - tailBytes, tailBytes);
    int end = tailBytes - END_BYTES;
    while (end >= 0
        && (tail.getInt(end) != 0x06054b50
            || Short.toUnsignedInt(tail.getShort(end + 20)) != tailBytes - END_BYTES - end)) {
      end--;
    }
    if (end < 0) {
      return -1;
    }
    long tableBytes = Integer.toUnsignedLong(tail.getInt(end + 12));
    long tableAt = Integer.toUnsignedLong(tail.getInt(end + 16));
    long before = all.size() - tailBytes + end - tableBytes - tableAt; // something put in front
    if (before < 0 || tableBytes > 1 << 24) { // also where the numbers need 64 bits
      return -1;
    }
    ByteBuffer table = read(all, before + tableAt, (int) tableBytes);
    for (int at = 0; at + 46 <= tableBytes && table.getInt(at) == 0x02014b50; ) {
      int nameBytes = Short.toUnsignedInt(table.getShort(at + 28));
      int more =
          Short.toUnsignedInt(table.getShort(at + 30))
              + Short.toUnsignedInt(table.getShort(at + 32));
      if (nameBytes == wanted.length
          && at + 46 + nameBytes <= tableBytes
          && table.slice(at + 46, nameBytes).equals(ByteBuffer.wrap(wanted))) {
        long local = before + Integer.toUnsignedLong(table.getInt(at + 42));
        ByteBuffer head = read(all, local, LOCAL_BYTES);
        return local
            + LOCAL_BYTES
            + Short.toUnsignedInt(head.getShort(26))
            + Short.toUnsignedInt(head.getShort(28));
      }
      at += 46 + nameBytes + more;
    }
    return -1;
  }

  private static ByteBuffer read(FileWindow all, long at, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    all.read(at, buffer);
    return buffer.flip();
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}

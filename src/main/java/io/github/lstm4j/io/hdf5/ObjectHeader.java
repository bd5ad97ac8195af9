package io.github.lstm4j.io.hdf5;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The messages that make up a group or a dataset: "HDF5 File Format Specification Version 3.0",
 * chapter IV.A.
 */
final class ObjectHeader {
  static final int DATASPACE = 0x01;
  static final int LINK_INFO = 0x02;
  static final int DATATYPE = 0x03;
  static final int OLD_FILL_VALUE = 0x04;
  static final int FILL_VALUE = 0x05;
  static final int LINK = 0x06;
  static final int EXTERNAL_FILES = 0x07;
  static final int LAYOUT = 0x08;
  static final int FILTERS = 0x0B;
  static final int ATTRIBUTE = 0x0C;
  static final int SYMBOL_TABLE = 0x11;
  static final int ATTRIBUTE_INFO = 0x15;

  private static final int CONTINUATION = 0x10;
  private static final int MOST_PIECES = 1000; // each is a call within the one before
  private static final int LARGEST_KNOWN = 0x17;
  private static final int SHARED = 0x02; // flags of a message
  private static final int MUST_BE_KNOWN = 0x80;

  private record Message(int type, boolean shared, Cursor body) {}

  private final Hdf5Storage storage;
  private final List<Message> messages = new ArrayList<>();
  private final Set<Long> visited = new HashSet<>();

  /** Reads the header at {@code address}, with all its continuations. */
  ObjectHeader(Hdf5Storage storage, long address) throws IOException {
    this.storage = storage;
    Cursor first = storage.at(address, 1, "object header");
    if (first.u8() == 1) {
      Cursor c = storage.at(address, 16, "object header");
      long length = c.skip(8).u32();
      block(address + 16, length, 1, 0);
    } else {
      second(address);
    }
  }

  private void second(long address) throws IOException {
    Cursor c = storage.at(address, 6, "object header");
    c.signature("OHDR");
    c.version(2);
    int flags = c.u8();
    int before = 6 + ((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0);
    int width = 1 << (flags & 3);
    long length = storage.at(address + before, width, "object header").size(width);
    block(address, before + width + length, 2, flags | ((before + width) << 8));
  }

  /**
   * One piece of the header.
   *
   * @param length less the checksum of version 2
   * @param layout of version 2: the flags, and above them the number of bytes before the messages
   */
  private void block(long address, long length, int version, int layout) throws IOException {
    if (visited.size() > MOST_PIECES) {
      throw new Hdf5Damage("the object header has more than " + MOST_PIECES + " pieces");
    }
    if (!visited.add(address)) {
      throw new Hdf5Damage("the object header continues in a circle");
    }
    if (length < 0) {
      throw new Hdf5Damage("the object header states a size of " + length);
    }
    Cursor c = storage.at(address, length + (version == 2 ? 4 : 0), "object header");
    if (version == 2) {
      c.part(length);
      c.checksum();
      c = storage.over(c.all().limit((int) length), "object header").skip(layout >> 8);
    }
    int flags = layout & 0xFF;
    int headerBytes = version == 1 ? 8 : (flags & 4) != 0 ? 6 : 4;
    while (c.remaining() >= headerBytes) {
      int type = version == 1 ? c.u16() : c.u8();
      int size = c.u16();
      int how = c.u8();
      c.skip(version == 1 ? 3 : headerBytes - 4);
      Cursor body = c.part(size);
      storage.take(64, "an object header's message");
      if (type == CONTINUATION) {
        long at = body.address();
        long more = body.length();
        block(at, version == 1 ? more : more - 4, version, flags | (4 << 8)); // after OCHK
      } else if (type > LARGEST_KNOWN && (how & MUST_BE_KNOWN) != 0) {
        throw new Hdf5Damage("a message of type " + type + " is unknown and must not be");
      } else {
        messages.add(new Message(type, (how & SHARED) != 0, body));
      }
    }
  }

  boolean has(int type) {
    for (Message m : messages) {
      if (m.type == type) {
        return true;
      }
    }
    return false;
  }

  /** The messages of a type, each from its start. */
  List<Cursor> all(int type) throws IOException {
    List<Cursor> found = new ArrayList<>();
    for (Message m : messages) {
      if (m.type == type) {
        found.add(body(m));
      }
    }
    return found;
  }

  /** The one message of a type, from its start; null if there is none. */
  Cursor find(int type) throws IOException {
    Message found = null;
    for (Message m : messages) {
      if (m.type == type && found != null) {
        throw new Hdf5Damage("two messages of type " + type + " in one object header");
      }
      found = m.type == type ? m : found;
    }
    return found == null ? null : body(found);
  }

  private Cursor body(Message m) throws IOException {
    Cursor whole = storage.over(m.body.all(), "message of type " + m.type);
    return m.shared ? shared(storage, whole, m.type) : whole;
  }

  /** A message that stands in another object's header, such as a datatype with a name. */
  static Cursor shared(Hdf5Storage storage, Cursor reference, int type) throws IOException {
    int version = reference.u8();
    int kind = reference.u8();
    if (version < 1 || version > 3 || (version == 3 && kind != 2)) {
      throw new Hdf5Damage(
          "a shared message of version " + version + " and kind " + kind + " is not supported");
    }
    if (version == 1) {
      reference.skip(6);
    }
    ObjectHeader other = new ObjectHeader(storage, reference.address());
    for (Message m : other.messages) {
      if (m.type == type && !m.shared) {
        return other.body(m);
      }
    }
    throw new Hdf5Damage("a shared message of type " + type + " is not where it should be");
  }
}

package io.github.lstm4j.io.hdf5;

import static io.github.lstm4j.io.hdf5.Hdf5Messages.UNDEFINED;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The attributes of a group or dataset (chapter IV.A.2.m). */
final class Attributes {
  private static final int ATTRIBUTE_NAMES = 8; // the type of the B-tree
  private static final int BYTES = 200; // about what one takes in memory

  /**
   * One attribute.
   *
   * @param data its elements, as they lie in the file
   */
  record Attribute(Datatype type, Space space, Cursor data) {
    /** The elements from the first, whatever has been read before. */
    Cursor data(Hdf5Storage storage) {
      return storage.over(data.all(), "attribute");
    }
  }

  private final Hdf5Storage storage;
  private final Map<String, Attribute> found = new LinkedHashMap<>();

  private Attributes(Hdf5Storage storage) {
    this.storage = storage;
  }

  /** An object's attributes by their names. */
  static Map<String, Attribute> of(Hdf5Storage storage, ObjectHeader header) throws IOException {
    Attributes attributes = new Attributes(storage);
    for (Cursor message : header.all(ObjectHeader.ATTRIBUTE)) {
      attributes.attribute(message);
    }
    Cursor info = header.find(ObjectHeader.ATTRIBUTE_INFO);
    if (info != null) {
      info.version(0);
      info.skip((info.u8() & 1) != 0 ? 2 : 0);
      long heapAddress = info.address();
      long names = info.address();
      if (names != UNDEFINED) {
        FractalHeap heap = new FractalHeap(storage, heapAddress);
        Tree2.visit(
            storage, names, ATTRIBUTE_NAMES, r -> attributes.attribute(heap.object(r.part(8))));
      }
    }
    return attributes.found;
  }

  private void attribute(Cursor c) throws IOException {
    int version = c.u8();
    if (version < 1 || version > 3) {
      throw new Hdf5Damage("an attribute of version " + version + " is unknown");
    }
    int flags = c.u8(); // 0 in version 1
    int nameBytes = c.u16();
    int typeBytes = c.u16();
    int spaceBytes = c.u16();
    c.skip(version == 3 ? 1 : 0);
    String name = c.text(padded(nameBytes, version));
    Cursor type = c.part(padded(typeBytes, version));
    Cursor space = c.part(padded(spaceBytes, version));
    storage.take(BYTES + 2L * name.length(), "an attribute");
    if ((flags & 1) != 0) {
      type = ObjectHeader.shared(storage, type, ObjectHeader.DATATYPE);
    }
    if ((flags & 2) != 0) {
      space = ObjectHeader.shared(storage, space, ObjectHeader.DATASPACE);
    }
    Attribute attribute = new Attribute(Datatype.of(type), Space.of(space), c.part(c.remaining()));
    if (found.putIfAbsent(name, attribute) != null) {
      throw new Hdf5Damage("the attribute " + name + " is there twice");
    }
  }

  private static int padded(int bytes, int version) {
    return version == 1 ? Hdf5Messages.pad8(bytes) : bytes;
  }

  /**
   * An attribute's texts. Of an empty list the type says nothing: h5py makes one of numbers.
   *
   * @return null if it holds something else
   */
  static List<String> texts(Hdf5Storage storage, Attribute attribute) throws IOException {
    Datatype type = attribute.type;
    if (attribute.space.count() == 0) {
      return List.of();
    }
    boolean text = type.kind() == Datatype.Kind.TEXT;
    if (!text && type.kind() != Datatype.Kind.LONG_TEXT) {
      return null;
    }
    int count = attribute.space.count();
    Cursor data = attribute.data(storage).part((long) count * type.bytes());
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Cursor element = data.part(type.bytes());
      String value = text ? element.text(type.bytes()) : longText(storage, element);
      storage.take(BYTES + 2L * value.length(), "an attribute's texts");
      texts.add(value);
    }
    return texts;
  }

  private static String longText(Hdf5Storage storage, Cursor element) throws IOException {
    long length = element.u32();
    long address = element.address();
    int index = (int) element.u32();
    if (length == 0 || address == 0 || address == UNDEFINED) {
      return "";
    }
    Map<Integer, Cursor> heap = storage.heap(address);
    if (heap == null) {
      heap = globalHeap(storage, address);
      storage.keepHeap(address, heap);
    }
    Cursor object = heap.get(index);
    if (object == null) {
      throw new Hdf5Damage("a text is not where it should be");
    }
    return storage.over(object.all(), "text").text(length);
  }

  /** The objects of a collection of a global heap (chapter III.E). */
  private static Map<Integer, Cursor> globalHeap(Hdf5Storage storage, long address)
      throws IOException {
    int head = 8 + storage.lengthBytes();
    Cursor c = storage.at(address, head, "global heap");
    c.signature("GCOL");
    c.version(1);
    long size = c.skip(3).length();
    Cursor body = storage.at(address + head, size - head, "global heap");
    Map<Integer, Cursor> objects = new HashMap<>();
    while (body.remaining() >= head) {
      int index = body.u16();
      body.skip(6);
      long bytes = body.length();
      if (index == 0) {
        break; // the space that is left
      }
      storage.take(BYTES, "a global heap");
      objects.put(index, body.part(bytes));
      body.skip(Math.min(body.remaining(), -bytes & 7));
    }
    return objects;
  }
}

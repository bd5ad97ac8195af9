package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Memory;
import io.github.lstm4j.tensor.TooLargeException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a program's inputs come through. On the device lies a block: for each input a {@code
 * Source}, which says where its samples lie, and room for these. What the host writes goes into a
 * page-locked image of the block, and before a run what changed goes up, mostly in one copy. Then
 * {@code kernels/feed.cu}, the first launch of every plan, takes each input from where its source
 * says to where the program has it, so that samples of a data set which stays on the device need
 * not come from the host at all.
 *
 * <p>There are two images: while the device still copies from one, the host fills the other.
 */
final class Feed {
  /** Bytes of a {@code Source} of {@code kernels/feed.cu}: two pointers, and a number padded. */
  private static final int SOURCE_BYTES = 24;

  private final CudaContext context;
  private final CudaDriver driver;
  private final Map<Value, Room> rooms = new LinkedHashMap<>(); // in the order of the block
  private final IdentityHashMap<int[], Long> orders = new IdentityHashMap<>();
  private final ByteBuffer[] images = new ByteBuffer[2];
  private final FloatBuffer[] floats = new FloatBuffer[2];
  private final long[] copied = new long[2]; // events
  private final int sourcesBytes;
  private long block;
  private int next; // the image that the host fills
  private boolean filling; // it has begun

  /** An input. */
  private static final class Room {
    final int number; // of its source
    final int at; // where its samples are, in floats
    final int size; // in floats
    boolean written;
    boolean moved; // its source has changed
    long samples;
    int[] order;
    int first;

    Room(int number, int at, int size) {
      this.number = number;
      this.at = at;
      this.size = size;
    }
  }

  /**
   * Within a call; what there is of it is freed by {@link #free} even if this fails.
   *
   * @param inputs those with elements, in the order of their sources
   */
  Feed(CudaContext context, String program, List<Value> inputs) {
    this.context = context;
    this.driver = context.driver();
    this.sourcesBytes = SOURCE_BYTES * inputs.size();
    List<Value> smallest = new ArrayList<>(inputs);
    smallest.sort(Comparator.comparingLong(Value::bytes)); // what changes by itself lies together
    long bytes = sourcesBytes;
    Map<Value, Room> made = new LinkedHashMap<>();
    for (Value input : smallest) {
      bytes += input.bytes();
      if (bytes > Integer.MAX_VALUE) {
        throw tooLarge(program, input);
      }
      int at = (int) ((bytes - input.bytes()) / Float.BYTES);
      made.put(input, new Room(inputs.indexOf(input), at, input.size()));
    }
    rooms.putAll(made);
  }

  /** What travels between host and device does so in one block. */
  static TooLargeException tooLarge(String program, Value value) {
    return new TooLargeException(
        program
            + ": "
            + value.name()
            + " "
            + value.shape()
            + " needs "
            + Memory.text(value.bytes())
            + " at once between host and device, and at most 2.0 GiB can be; use smaller"
            + " batches");
  }

  /** Bytes on the device. */
  static long bytes(List<Value> inputs) {
    return inputs.stream().mapToLong(v -> SOURCE_BYTES + v.bytes()).sum();
  }

  /** Floats from one source to the next. */
  static int sourceFloats() {
    return SOURCE_BYTES / Float.BYTES;
  }

  /** Takes memory; within a call. */
  void allocate(String program) {
    int bytes = sourcesBytes + 4 * rooms.values().stream().mapToInt(r -> r.size).sum();
    if (bytes > 0) {
      block = context.allocate(bytes, program);
      for (int i = 0; i < 2; i++) {
        images[i] = driver.allocatePinned(bytes);
        floats[i] = images[i].asFloatBuffer();
        copied[i] = driver.createEvent();
      }
      driver.fill(block, 0, bytes / Float.BYTES, context.stream(0)); // what nobody writes is zero
      rooms.values().forEach(r -> point(r, block + 4L * r.at, null, 0));
    }
  }

  /** Where the block lies. */
  long block() {
    return block;
  }

  /** As {@link io.github.lstm4j.backend.Executable#write}. */
  void write(Value input, float[] source, int from) {
    Room room = rooms.get(input);
    if (room == null) {
      return; // it has no elements
    }
    begin();
    floats[next].put(room.at, source, from, room.size);
    room.written = true;
    point(room, block + 4L * room.at, null, 0);
  }

  /** As {@link io.github.lstm4j.backend.Executable#gather}. */
  void gather(Value input, CudaBuffer samples, int[] order, int first) {
    Room room = rooms.get(input);
    if (room == null) {
      return;
    }
    begin();
    point(room, samples.pointer(), order, first);
    if (order != null && !orders.containsKey(order)) {
      dropOrders();
      long copy = context.call(() -> context.allocate(4L * order.length, "an order of samples"));
      orders.put(order, copy);
      context.upload(order, copy);
    }
  }

  /** An image may still be on its way up: that of the run before the last. */
  private void begin() {
    if (!filling) {
      context.await(copied[next]);
      filling = true;
    }
  }

  private static void point(Room room, long samples, int[] order, int first) {
    room.moved |= room.samples != samples || room.order != order || room.first != first;
    room.samples = samples;
    room.order = order;
    room.first = first;
  }

  /** Frees the orders that no source uses any more, those of epochs before. */
  private void dropOrders() {
    Set<Long> unused = new HashSet<>(orders.values());
    rooms.values().forEach(r -> unused.remove(orders.get(r.order)));
    orders.values().removeAll(unused);
    if (!unused.isEmpty()) {
      context.call(
          () -> {
            context.settle();
            unused.forEach(context::freeMemory);
          });
    }
  }

  /** Sends up what has changed, before a run; within the call that runs. */
  void upload() {
    if (rooms.values().stream().noneMatch(r -> r.written || r.moved)) {
      return;
    }
    long stream = context.stream(0);
    int from = 0;
    int to = 0;
    if (rooms.values().stream().anyMatch(r -> r.moved)) {
      rooms.values().forEach(this::putSource);
      to = sourcesBytes;
    }
    for (Room room : rooms.values()) {
      if (room.written) {
        if (4 * room.at != to) {
          upload(from, to, stream);
          from = 4 * room.at;
        }
        to = 4 * (room.at + room.size);
      }
    }
    upload(from, to, stream);
    driver.recordEvent(copied[next], stream);
    rooms.values().forEach(r -> r.written = r.moved = false);
    next = 1 - next;
    filling = false;
  }

  private void putSource(Room room) {
    ByteBuffer image = images[next];
    int at = SOURCE_BYTES * room.number;
    image.putLong(at, room.samples);
    image.putLong(at + 8, room.order == null ? 0 : orders.get(room.order));
    image.putLong(at + 16, room.first);
  }

  private void upload(int from, int to, long stream) {
    if (to > from) {
      driver.upload(block + from, images[next], from, to - from, stream);
    }
  }

  /** Frees it; within a call. */
  void free() {
    orders.values().forEach(context::freeMemory);
    for (int i = 0; i < 2; i++) {
      ByteBuffer image = images[i];
      if (image != null) {
        CudaContext.release(() -> driver.freePinned(image));
      }
      long event = copied[i];
      if (event != 0) {
        CudaContext.release(() -> driver.destroyEvent(event));
      }
    }
    if (block != 0) {
      context.freeMemory(block);
    }
  }
}

package io.github.lstm4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * What the {@code long} handles of a driver stand for. A handle is not used again after its
 * removal, so that a stale one is an error and not another object; looking one up allocates
 * nothing. Threads may share one.
 *
 * @param <T> what is kept
 */
final class HandleTable<T> {
  private static final int SLOT_BITS = 32;

  private final String kind;
  private final List<Slot<T>> slots = new ArrayList<>();
  private final List<Slot<T>> vacant = new ArrayList<>();

  /**
   * @param kind what errors call one of them
   */
  HandleTable(String kind) {
    this.kind = kind;
  }

  /** Keeps an object; returns its handle, which is not 0. */
  synchronized long add(T object) {
    Slot<T> slot;
    if (vacant.isEmpty()) {
      slot = new Slot<>();
      slots.add(slot);
      slot.handle = slots.size();
    } else {
      slot = vacant.remove(vacant.size() - 1);
      slot.handle += 1L << SLOT_BITS; // the next generation
    }
    slot.object = object;
    return slot.handle;
  }

  /** What {@code handle} stands for; an error if it was removed or never was. */
  synchronized T get(long handle) {
    return slot(handle).object;
  }

  /** Removes and returns what {@code handle} stands for. */
  synchronized T remove(long handle) {
    Slot<T> slot = slot(handle);
    T object = slot.object;
    slot.object = null;
    vacant.add(slot);
    return object;
  }

  /** Removes everything, the newest first. */
  synchronized void clear(Consumer<T> last) {
    for (int i = slots.size() - 1; i >= 0; i--) {
      Slot<T> slot = slots.get(i);
      if (slot.object != null) {
        last.accept(remove(slot.handle));
      }
    }
  }

  private Slot<T> slot(long handle) {
    int index = (int) handle - 1;
    Slot<T> slot = index >= 0 && index < slots.size() ? slots.get(index) : null;
    if (slot == null || slot.handle != handle || slot.object == null) {
      throw CudaCalls.misuse(
          String.format(Locale.ROOT, "no such %s: 0x%x was freed or never made", kind, handle));
    }
    return slot;
  }

  private static final class Slot<T> {
    long handle;
    T object;
  }
}

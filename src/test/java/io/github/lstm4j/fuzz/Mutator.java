package io.github.lstm4j.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Makes small harm of a seed: the same number, the same harm. */
final class Mutator {
  private static final long[] NUMBERS = {
    0,
    1,
    2,
    7,
    8,
    15,
    16,
    255,
    256,
    1000,
    4096,
    65535,
    65536,
    1 << 20,
    1 << 28,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    0xFFFFFFFFL,
    1L << 32,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1,
    -2,
    -8
  };
  private static final String[] FRAGMENTS = {
    "null",
    "NaN",
    "-1",
    "1e999",
    "99999999999999999999",
    "\u001b[2J",
    "\"",
    "[[[[[[[[",
    "{}",
    "''",
    "\0",
    "\r\n",
    ";",
    ",,,,",
    "True",
    "()",
    "-0",
    "𝄞",
    "PK\3\4",
    "TREE",
    "SNOD",
    "OHDR",
    "inf"
  };

  private final Random random;

  Mutator(long seed) {
    random = new Random(seed);
  }

  <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  /** One to six changes of some bytes. */
  byte[] bytes(byte[] seed, byte[] other) {
    byte[] b = seed.clone();
    for (int n = 1 + random.nextInt(6); n > 0; n--) {
      b = once(b, other);
    }
    return b;
  }

  private byte[] once(byte[] b, byte[] other) {
    int length = b.length;
    if (length == 0) {
      return other.clone();
    }
    int at = random.nextInt(length);
    switch (random.nextInt(9)) {
      case 0 -> b[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> b[at] = (byte) random.nextInt(256);
      case 2, 3 -> { // a number
        int width = 1 << random.nextInt(4);
        long value = NUMBERS[random.nextInt(NUMBERS.length)];
        at = random.nextBoolean() ? at & -width : at;
        for (int i = 0; i < width && at + i < length; i++) {
          b[at + i] = (byte) (value >> (8 * i));
        }
      }
      case 4 -> { // a place in the file, which may be an address
        long value = random.nextInt(length) & ~7;
        at &= ~7;
        for (int i = 0; i < 8 && at + i < length; i++) {
          b[at + i] = (byte) (value >> (8 * i));
        }
      }
      case 5 -> b = chance(20) ? Arrays.copyOf(b, at) : b;
      case 6 -> { // a piece from elsewhere
        byte[] from = chance(50) ? b : other;
        int start = random.nextInt(Math.max(1, from.length));
        int n = Math.min(random.nextInt(64), Math.min(from.length - start, length - at));
        System.arraycopy(from, start, b, at, n);
      }
      case 7 -> { // in between
        byte[] text = FRAGMENTS[random.nextInt(FRAGMENTS.length)].getBytes(StandardCharsets.UTF_8);
        byte[] longer = Arrays.copyOf(b, length + text.length);
        System.arraycopy(b, at, longer, at + text.length, length - at);
        System.arraycopy(text, 0, longer, at, text.length);
        b = longer;
      }
      default -> { // out of between
        int n = Math.min(random.nextInt(16), length - at);
        System.arraycopy(b, at + n, b, at, length - at - n);
        b = Arrays.copyOf(b, length - n);
      }
    }
    return b;
  }

  /** A place in a tree of maps and lists. */
  private record Slot(Object in, Object key) {
    Object get() {
      return in instanceof Map<?, ?> m ? m.get(key) : ((List<?>) in).get((Integer) key);
    }

    @SuppressWarnings("unchecked")
    void set(Object value) {
      if (in instanceof Map<?, ?> m) {
        ((Map<Object, Object>) m).put(key, value);
      } else {
        ((List<Object>) in).set((Integer) key, value);
      }
    }
  }

  /** One to three changes of what JSON became; the tree itself changes. */
  void tree(Object root) {
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      List<Slot> slots = new ArrayList<>();
      collect(root, slots, 0);
      if (slots.isEmpty()) {
        return;
      }
      Slot slot = one(slots);
      if (slot.in instanceof Map<?, ?> m && chance(15)) {
        m.remove(slot.key);
      } else if (chance(15)) {
        slot.set(copy(one(slots).get()));
      } else {
        slot.set(value(slot.get()));
      }
    }
  }

  private static void collect(Object at, List<Slot> slots, int depth) {
    if (depth > 60) {
      return;
    }
    if (at instanceof Map<?, ?> m) {
      m.forEach(
          (k, v) -> {
            slots.add(new Slot(m, k));
            collect(v, slots, depth + 1);
          });
    } else if (at instanceof List<?> l) {
      for (int i = 0; i < l.size(); i++) {
        slots.add(new Slot(l, i));
        collect(l.get(i), slots, depth + 1);
      }
    }
  }

  private static Object copy(Object of) {
    if (of instanceof Map<?, ?> m) {
      Map<Object, Object> copy = new LinkedHashMap<>();
      m.forEach((k, v) -> copy.put(k, copy(v)));
      return copy;
    }
    if (of instanceof List<?> l) {
      List<Object> copy = new ArrayList<>();
      l.forEach(v -> copy.add(copy(v)));
      return copy;
    }
    return of;
  }

  private Object value(Object old) {
    switch (random.nextInt(14)) {
      case 0 -> {
        return null;
      }
      case 1, 2 -> {
        return NUMBERS[random.nextInt(NUMBERS.length)];
      }
      case 3 -> {
        return old instanceof Number n ? n.intValue() + random.nextInt(5) - 2 : -1;
      }
      case 4 -> {
        return 3.7;
      }
      case 5 -> {
        return chance(50) ? Double.NaN : 1e300;
      }
      case 6 -> {
        return FRAGMENTS[random.nextInt(FRAGMENTS.length)];
      }
      case 7 -> {
        return "x".repeat(random.nextInt(100_000));
      }
      case 8 -> {
        return new ArrayList<>();
      }
      case 9 -> {
        return new LinkedHashMap<>();
      }
      case 10 -> {
        return random.nextBoolean();
      }
      case 11 -> {
        List<Object> wrapped = new ArrayList<>();
        wrapped.add(old);
        return wrapped;
      }
      case 12 -> {
        Object deep = old;
        for (int i = random.nextInt(300); i > 0; i--) {
          List<Object> around = new ArrayList<>();
          around.add(deep);
          deep = around;
        }
        return deep;
      }
      default -> {
        List<Object> many = new ArrayList<>();
        for (int i = random.nextInt(3000); i > 0; i--) {
          many.add(i);
        }
        return many;
      }
    }
  }
}

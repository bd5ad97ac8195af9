package io.github.lstm4j.io;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The fields of an object that was stored as JSON, each of which must be what it is asked for as.
 * An error names the field by its whole path, the value, and what was expected.
 */
public final class StoredFields {
  private final String path;
  private final Map<?, ?> map;

  private StoredFields(String path, Map<?, ?> map) {
    this.path = path;
    this.map = map;
  }

  /**
   * The fields of an object.
   *
   * @param path what errors call it: {@code forecast}
   * @param known the names that it may have
   * @throws IllegalArgumentException if it is no object, or has a field of another name
   */
  public static StoredFields of(String path, Object object, String... known) {
    Map<?, ?> map = map(path, object);
    Set<String> more = new TreeSet<>();
    map.keySet().forEach(k -> more.add(String.valueOf(k)));
    more.removeAll(Set.of(known));
    if (!more.isEmpty()) {
      throw new IllegalArgumentException(
          path + ": unknown fields " + Printable.text(more) + "; known are " + List.of(known));
    }
    return new StoredFields(path, map);
  }

  private static IllegalArgumentException wrong(String path, String expected, Object got) {
    return new IllegalArgumentException(
        path + ": expected " + expected + ", got " + Printable.quoted(got));
  }

  /** Whether there is such a field, and not null. */
  public boolean has(String name) {
    return map.get(name) != null;
  }

  /** What errors call a field. */
  public String path(String name) {
    return path + "." + name;
  }

  /** A field as it stands; null if it is not there. */
  public Object get(String name) {
    return map.get(name);
  }

  /** A whole number from {@code least} to {@code most}. */
  public int integer(String name, int least, int most) {
    return integer(path(name), map.get(name), least, most);
  }

  private static int integer(String path, Object found, int least, int most) {
    if (found instanceof Number n
        && n.doubleValue() == Math.rint(n.doubleValue())
        && n.doubleValue() >= least
        && n.doubleValue() <= most) {
      return n.intValue();
    }
    throw wrong(path, "a whole number from " + least + " to " + most, found);
  }

  /** A whole number of 64 bits. */
  public long whole(String name) {
    Object found = map.get(name);
    if (found instanceof Integer || found instanceof Long) {
      return ((Number) found).longValue();
    }
    throw wrong(name, "a whole number of 64 bits");
  }

  /** A finite number. */
  public double number(String name) {
    if (map.get(name) instanceof Number n && Double.isFinite(n.doubleValue())) {
      return n.doubleValue();
    }
    throw wrong(path(name), "a finite number", map.get(name));
  }

  /** Yes or no. */
  public boolean flag(String name) {
    if (map.get(name) instanceof Boolean b) {
      return b;
    }
    throw wrong(path(name), "true or false", map.get(name));
  }

  /** A text that is not empty. */
  public String text(String name) {
    return text(path(name), map.get(name));
  }

  private static String text(String path, Object found) {
    if (found instanceof String s && !s.isEmpty()) {
      return s;
    }
    throw wrong(path, "a text", found);
  }

  /** An object with fields of whatever names. */
  public Map<?, ?> map(String name) {
    return map(path(name), map.get(name));
  }

  private static Map<?, ?> map(String path, Object found) {
    if (found instanceof Map<?, ?> map) {
      return map;
    }
    throw wrong(path, "fields", found);
  }

  /** A list of objects that may have these fields. */
  public List<StoredFields> objects(String name, String... known) {
    List<StoredFields> all = new ArrayList<>();
    for (Object item : list(name)) {
      all.add(of(path(name) + "[" + all.size() + "]", item, known));
    }
    return all;
  }

  /** A list of whole numbers. */
  public List<Integer> integers(String name, int least, int most) {
    List<Integer> all = new ArrayList<>();
    for (Object item : list(name)) {
      all.add(integer(path(name) + "[" + all.size() + "]", item, least, most));
    }
    return all;
  }

  /** A list of texts. */
  public List<String> texts(String name) {
    List<String> all = new ArrayList<>();
    for (Object item : list(name)) {
      all.add(text(path(name) + "[" + all.size() + "]", item));
    }
    return all;
  }

  private List<?> list(String name) {
    if (map.get(name) instanceof List<?> list && !list.isEmpty()) {
      return list;
    }
    throw wrong(path(name), "a list that is not empty", map.get(name));
  }

  /** Refuses a field's value. */
  public IllegalArgumentException wrong(String name, String expected) {
    return wrong(path(name), expected, map.get(name));
  }
}

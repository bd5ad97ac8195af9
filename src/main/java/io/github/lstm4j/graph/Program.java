package io.github.lstm4j.graph;

import io.github.lstm4j.tensor.Memory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * A finished graph: the ops in order, and where each value lies in one arena. Values whose
 * lifetimes do not overlap share memory. Variables live outside the arena. The ops are in two
 * parts: those that compute losses and gradients, and the update.
 *
 * <p>{@link #toString()} prints it: what runs, on which shapes, how many bytes.
 */
public final class Program {
  /** Values begin at multiples of this many bytes, what cuBLAS likes best. */
  public static final int ALIGNMENT = 256;

  private final String name;
  private final List<Op> ops;
  private final List<Value> values;
  private final Set<Value> kept;
  private final int updateBegin;
  private final Map<Integer, Integer> sideBySide;
  private final long[] offsets;
  private final long arenaBytes;

  /**
   * When a value is in use.
   *
   * @param size bytes, a multiple of {@link #ALIGNMENT}
   */
  private record Life(Value value, int from, int to, long size) {}

  /**
   * @param name what listings call it
   * @param keep values that can be read after a run; inputs are always kept
   */
  public Program(String name, Graph graph, Collection<Value> keep) {
    this.name = name;
    this.ops = List.copyOf(graph.ops());
    this.values = List.copyOf(graph.values());
    this.updateBegin = findUpdate();
    this.kept = new HashSet<>();
    keep.forEach(v -> kept.add(v.owner()));
    this.sideBySide = findSideBySide();
    this.offsets = new long[values.size()];
    this.arenaBytes = place(lives(Value::bytes));
  }

  private Program(Program of, ToLongFunction<Value> bytes) {
    this.name = of.name;
    this.ops = of.ops;
    this.values = of.values;
    this.updateBegin = of.updateBegin;
    this.kept = of.kept;
    this.sideBySide = of.sideBySide;
    this.offsets = new long[values.size()];
    this.arenaBytes = place(lives(bytes));
  }

  /**
   * The same program in another arena, for a backend that does not keep all of some values.
   *
   * @param bytes that a value takes
   */
  public Program placed(ToLongFunction<Value> bytes) {
    return new Program(this, bytes);
  }

  private int findUpdate() {
    int begin = 0;
    while (begin < ops.size() && !(ops.get(begin) instanceof UpdateOp)) {
      begin++;
    }
    int end = begin;
    while (end < ops.size() && ops.get(end) instanceof UpdateOp) {
      end++;
    }
    for (Op op : ops.subList(end, ops.size())) { // what is made of what the update has written
      if (op instanceof UpdateOp) {
        throw new IllegalArgumentException(
            name + ": " + op.name() + " comes after the update has ended; add it before");
      }
    }
    return begin;
  }

  /**
   * Pairs of long ops of one kind, of which the second depends on nothing that the first writes,
   * nor does any op between them: the two directions of a bidirectional layer.
   */
  private Map<Integer, Integer> findSideBySide() {
    Map<Integer, Integer> pairs = new HashMap<>();
    for (int i = 0; i < ops.size(); i++) {
      Op first = ops.get(i);
      if (first.isLong()) {
        int k = i + 1;
        while (k < ops.size() && independent(first, ops.get(k)) && !ops.get(k).isLong()) {
          k++;
        }
        if (k < ops.size()
            && ops.get(k).getClass() == first.getClass()
            && independent(first, ops.get(k))) {
          pairs.put(i, k);
          i = k;
        }
      }
    }
    return pairs;
  }

  private static boolean independent(Op first, Op later) {
    Set<Value> written = owners(first.outputs());
    Set<Value> writtenLater = owners(later.outputs());
    return Collections.disjoint(written, owners(later.inputs()))
        && Collections.disjoint(written, writtenLater)
        && Collections.disjoint(writtenLater, owners(first.inputs()));
  }

  private static Set<Value> owners(List<Value> values) {
    Set<Value> owners = new HashSet<>();
    values.forEach(v -> owners.add(v.owner()));
    return owners;
  }

  private List<Life> lives(ToLongFunction<Value> bytes) {
    int[] first = new int[values.size()];
    int[] last = new int[values.size()];
    Arrays.fill(first, -1);
    for (int i = 0; i < ops.size(); i++) {
      List<Value> touched = new ArrayList<>(ops.get(i).inputs());
      touched.addAll(ops.get(i).outputs());
      for (Value v : touched) {
        int id = v.owner().id();
        first[id] = first[id] < 0 ? i : first[id];
        last[id] = i;
      }
    }
    // what runs side by side must not share memory
    sideBySide.forEach(
        (a, b) -> {
          for (int id = 0; id < first.length; id++) {
            if (first[id] >= 0 && first[id] <= b && last[id] >= a) {
              first[id] = Math.min(first[id], a);
              last[id] = Math.max(last[id], b);
            }
          }
        });
    List<Life> lives = new ArrayList<>();
    for (Value v : values) {
      if (v.kind() == Value.Kind.INPUT) {
        lives.add(new Life(v, 0, ops.size(), aligned(bytes.applyAsLong(v))));
      } else if (v.kind() == Value.Kind.TEMPORARY && first[v.id()] >= 0) {
        int end = kept.contains(v) ? ops.size() : last[v.id()];
        lives.add(new Life(v, first[v.id()], end, aligned(bytes.applyAsLong(v))));
      }
    }
    return lives;
  }

  private static long aligned(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** The largest first, each at the lowest place free during its life. */
  private long place(List<Life> lives) {
    List<Life> order = new ArrayList<>(lives);
    order.sort(
        Comparator.comparingLong(Life::size).reversed().thenComparingInt(l -> l.value().id()));
    int[] placed = new int[order.size()]; // numbers in the order, by offset
    long end = 0;
    for (int n = 0; n < order.size(); n++) {
      Life life = order.get(n);
      long at = 0;
      for (int i = 0; i < n; i++) {
        Life p = order.get(placed[i]);
        if (p.from() <= life.to() && life.from() <= p.to()) { // it is in the way
          long offset = offsets[p.value().id()];
          if (offset >= at + life.size()) {
            break;
          }
          at = Math.max(at, offset + p.size());
        }
      }
      offsets[life.value().id()] = at;
      int place = n;
      while (place > 0 && offsets[order.get(placed[place - 1]).value().id()] > at) {
        placed[place] = placed[place - 1];
        place--;
      }
      placed[place] = n;
      end = Math.max(end, at + life.size());
    }
    return end;
  }

  /** What listings call it. */
  public String name() {
    return name;
  }

  /** The ops in the order in which they run. */
  public List<Op> ops() {
    return ops;
  }

  /**
   * The number of the first op of the update, which changes weights by the gradients that the ops
   * before have computed; that of all ops if there is none.
   */
  public int updateBegin() {
    return updateBegin;
  }

  /** The gradients that the update reads, each once: what stands between the two parts. */
  public List<Value> gradients() {
    Set<Value> gradients = new LinkedHashSet<>();
    for (Op op : ops.subList(updateBegin, ops.size())) {
      if (op instanceof UpdateOp update) {
        gradients.addAll(update.gradients());
      }
    }
    return List.copyOf(gradients);
  }

  /**
   * Ops that may run at the same time: from the number of the first to that of the second. The ops
   * between them belong to the second. Their memory does not overlap.
   */
  public Map<Integer, Integer> sideBySide() {
    return Collections.unmodifiableMap(sideBySide);
  }

  /** The inputs, in the order in which they were made. */
  public List<Value> inputs() {
    return values.stream().filter(v -> v.kind() == Value.Kind.INPUT).toList();
  }

  /** The variables, in the order in which they were made. */
  public List<Value> variables() {
    return values.stream().filter(v -> v.kind() == Value.Kind.VARIABLE).toList();
  }

  /** Whether a value can be read after a run. */
  public boolean isKept(Value v) {
    Value owner = v.owner();
    return owner.kind() != Value.Kind.TEMPORARY || kept.contains(owner);
  }

  /**
   * Where a value that is not (a view of) a variable begins in the arena, in bytes; within its
   * variable, for one that is.
   */
  public long offset(Value v) {
    return offsets[v.owner().id()] + v.dtype().bytes(v.ownerOffset());
  }

  /** The size of the arena in bytes. */
  public long arenaBytes() {
    return arenaBytes;
  }

  /** A listing, one line an op. */
  @Override
  public String toString() {
    StringBuilder s = new StringBuilder();
    long variables = variables().stream().mapToLong(Value::bytes).sum();
    s.append(
        String.format(
            Locale.ROOT,
            "program %s: %d ops, arena %s, variables %s%n",
            name,
            ops.size(),
            Memory.text(arenaBytes),
            Memory.text(variables)));
    for (int i = 0; i < ops.size(); i++) {
      Op op = ops.get(i);
      s.append(String.format(Locale.ROOT, "%4d  %-20s", i, op.name()));
      s.append(list(op.inputs())).append(" -> ").append(list(op.outputs()));
      s.append(System.lineSeparator());
    }
    return s.toString();
  }

  private String list(List<Value> list) {
    StringBuilder s = new StringBuilder();
    for (Value v : list) {
      s.append(s.length() == 0 ? "" : ", ").append(v.name()).append(v.shape());
      if (v.owner().kind() != Value.Kind.VARIABLE) {
        s.append('@').append(offset(v));
      }
    }
    return s.toString();
  }

  /** The value that takes most of the arena, for who has no room for it. */
  public String largestValue() {
    Value largest =
        values.stream()
            .filter(v -> v.kind() == Value.Kind.INPUT || v.kind() == Value.Kind.TEMPORARY)
            .max(Comparator.comparingLong(Value::bytes))
            .orElseThrow();
    return largest.name() + " " + largest.shape() + ", " + Memory.text(largest.bytes());
  }
}

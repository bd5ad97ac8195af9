package io.github.lstm4j.backend.cpu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.IntConsumer;

/**
 * The gradients of the weights that lead to one z: {@code dW = Σ aᵀ·dz} over all rows, which are
 * those of all timesteps, for each a that goes into z, and {@code db = Σ dz}. They are computed
 * side by side, so that a block of dz is packed once for all of them.
 *
 * <p>Each element is summed in blocks of rows, in order: not even a bit depends on the number of
 * threads.
 *
 * <pre>{@code
 * new OuterProducts(dz, 4 * units, timesteps * batch, binding)
 *     .of(x, 0, features, dKernel)
 *     .of(h, 0, units, dRecurrentKernel)
 *     .sums(dBias)
 *     .task();
 * }</pre>
 */
final class OuterProducts {
  /** Rows of dz that are packed at a time. */
  private static final int BLOCK = 256;

  /** Columns of dz that are packed at a time. */
  private static final int WIDTH = 1024;

  private final Span dz;
  private final int width;
  private final int rows;
  private final CpuBinding binding;
  private final List<Weight> weights = new ArrayList<>();
  private final TreeSet<Integer> cuts = new TreeSet<>();
  private final Span ones;
  private int depth;

  /**
   * One dW, or a gate's part of it.
   *
   * @param first number of its first row, if the rows of all dW lie one below the other
   * @param a (rows,m)
   * @param mask (rows), null or 0 where a counts as 0, whatever it is
   * @param column the first of dz's columns that it takes, and of its own
   * @param stride how far the rows of {@code to} lie apart
   */
  private record Weight(
      int first, Span a, int m, Span mask, int column, int columns, Span to, int stride) {}

  /**
   * @param dz (rows,width)
   */
  OuterProducts(Span dz, int width, int rows, CpuBinding binding) {
    this.dz = dz;
    this.width = width;
    this.rows = rows;
    this.binding = binding;
    int most = Math.min(BLOCK, rows);
    this.ones = new Span(new float[most], 0, most);
    ones.fill(1);
    cuts.add(width);
  }

  /**
   * A weight's gradient (m,…).
   *
   * @param a (rows,m), from {@code at} on
   * @param dWeight null if it is not wanted
   */
  OuterProducts of(Span a, int at, int m, Span dWeight) {
    return of(a, at, m, 1, width, null, dWeight);
  }

  /**
   * A weight's gradient (m,…), whose first columns are computed.
   *
   * @param a (rows,m), from {@code at} on; (inputs,rows,m) if each gate has one of its own
   * @param columns how many
   * @param mask (rows), 0 where a counts as 0 even if it is NaN; or null
   */
  OuterProducts of(Span a, int at, int m, int inputs, int columns, Span mask, Span dWeight) {
    if (dWeight == null) {
      return this;
    }
    int each = columns / inputs;
    for (int g = 0; g < inputs; g++) {
      Span own = a.part(at + g * rows * m, rows * m);
      weights.add(
          new Weight(
              depth, own, m, mask, g * each, each, dWeight, dWeight.size() / Math.max(1, m)));
      cuts.add(g * each);
      cuts.add((g + 1) * each);
    }
    depth += m;
    return this;
  }

  /**
   * The sum of dz's rows.
   *
   * @param dBias (width), or null if it is not wanted
   */
  OuterProducts sums(Span dBias) {
    if (dBias != null) {
      weights.add(new Weight(depth++, null, 1, null, 0, width, dBias, width));
    }
    return this;
  }

  /** The last word about it. */
  Task task() {
    if (weights.isEmpty()) {
      return () -> {};
    }
    Gemm.Split split = Gemm.Split.of(depth, width, rows, binding.team().size());
    Part[] parts = new Part[split.parts()];
    for (int p = 0; p < parts.length; p++) {
      int down = p / split.across();
      int across = p % split.across();
      parts[p] =
          new Part(
              split.row(down), split.row(down + 1), split.column(across), split.column(across + 1));
    }
    IntConsumer part = p -> parts[p].run();
    return () -> binding.team().run(parts.length, part);
  }

  /** What one thread does: some rows of the dW one below the other, and some columns. */
  private final class Part {
    private final int from;
    private final int to;
    private final List<Columns> all = new ArrayList<>();
    private final Span unmasked;

    Part(int from, int to, int left, int right) {
      this.from = from;
      this.to = to;
      TreeSet<Integer> ends = new TreeSet<>(cuts.subSet(left, false, right, false));
      ends.add(right);
      Map<Integer, Packed> panels = new HashMap<>();
      int column = left;
      for (int end : ends) {
        while (column < end) {
          int count = Math.min(WIDTH, end - column);
          all.add(new Columns(column, panels.computeIfAbsent(count, Packed::new)));
          column += count;
        }
      }
      int most =
          weights.stream()
              .mapToInt(w -> w.mask() == null ? 0 : w.m() * ones.size())
              .max()
              .orElse(0);
      this.unmasked = new Span(new float[most], 0, most);
    }

    void run() {
      for (int i = 0; i < all.size(); i++) {
        // an empty sum still replaces what was there
        for (int row = 0; row == 0 || row < rows; row += BLOCK) {
          block(row, Math.min(BLOCK, rows - row), all.get(i));
        }
      }
    }

    private void block(int row, int some, Columns columns) {
      Gemm.PackedB packed = columns.packed().of(some);
      packed.pack(false, dz.values(), dz.at() + row * width + columns.first(), width);
      for (int i = 0; i < weights.size(); i++) {
        Weight w = weights.get(i);
        int begin = Math.max(from, w.first());
        int m = Math.min(to, w.first() + w.m()) - begin;
        int column = columns.first() - w.column();
        if (m <= 0 || column < 0 || column >= w.columns()) {
          continue;
        }
        boolean sums = w.a() == null;
        Span a = sums ? ones : w.a();
        int at = sums ? 0 : row * w.m();
        if (w.mask() != null) {
          copyUnmasked(w, row, some);
          a = unmasked;
          at = 0;
        }
        begin -= w.first();
        // (m,some)x(some,columns) -> (m,columns)
        packed.multiply(
            !sums, // ones lie either way
            m,
            a.values(),
            a.at() + at + begin,
            sums ? some : w.m(),
            w.to().values(),
            w.to().at() + begin * w.stride() + w.column() + column,
            w.stride(),
            row > 0);
      }
    }

    /** What lies in a masked row may be NaN, and NaN·0 is not 0. */
    private void copyUnmasked(Weight w, int row, int some) {
      int m = w.m();
      for (int r = 0; r < some; r++) {
        if (w.mask().get(row + r) == 0) {
          unmasked.fill(r * m, m, 0);
        } else {
          System.arraycopy(w.a().values(), w.a().at() + (row + r) * m, unmasked.values(), r * m, m);
        }
      }
    }
  }

  /** Columns of dz between two cuts: each weight has all of them or none. */
  private record Columns(int first, Packed packed) {}

  /** A block of dz, packed. */
  private final class Packed {
    private final Gemm.PackedB whole;
    private final Gemm.PackedB last;

    Packed(int columns) {
      this.whole = binding.gemm().packedB(rows < BLOCK ? 0 : BLOCK, columns);
      this.last = binding.gemm().packedB(rows % BLOCK, columns);
    }

    Gemm.PackedB of(int some) {
      return some == BLOCK ? whole : last;
    }
  }
}

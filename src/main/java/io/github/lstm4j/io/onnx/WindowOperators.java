package io.github.lstm4j.io.onnx;

import io.github.lstm4j.layers.AveragePooling1D;
import io.github.lstm4j.layers.Conv1D;
import io.github.lstm4j.layers.Index;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.MaxPooling1D;
import io.github.lstm4j.layers.Ops;
import io.github.lstm4j.layers.Padding;
import io.github.lstm4j.layers.Pooling;
import io.github.lstm4j.layers.ZeroPadding1D;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * Convolution and pooling along time. ONNX has (samples, channels, timesteps), we have the channels
 * last. A second axis of space is there in some files, of length 1.
 */
final class WindowOperators {
  static final Map<String, Node.Operator> ALL =
      Map.of(
          "Conv", n -> List.of(conv(n)),
          "MaxPool", n -> List.of(pool(n)),
          "AveragePool", n -> List.of(pool(n)));

  private WindowOperators() {}

  /**
   * How windows slide over the timesteps.
   *
   * @param at which of the axes of space is the time
   * @param before how many timesteps are put before
   */
  private record Window(
      int at, int size, int stride, int dilation, int before, int behind, String auto) {
    int reach() {
      return (size - 1) * dilation + 1;
    }

    Pooling<?> layer(boolean max) {
      Pooling<?> layer = max ? new MaxPooling1D(size) : new AveragePooling1D(size);
      return layer.strides(stride);
    }

    /** How many timesteps are put before and behind. */
    int[] ends(Dim time) {
      if (!auto.startsWith("SAME")) {
        return new int[] {before, behind};
      } else if (!time.isKnown() && stride != 1) {
        throw new Refusal(
            "auto_pad="
                + auto
                + " of an open number of timesteps is not supported with strides="
                + stride
                + "; export the model with a fixed one");
      }
      long gap = stride == 1 ? 0 : (time.value() - 1) / stride * stride - (time.value() - 1);
      int all = (int) Math.max(0, reach() - 1 + gap);
      int smaller = all / 2;
      return auto.equals("SAME_UPPER")
          ? new int[] {smaller, all - smaller}
          : new int[] {all - smaller, smaller};
    }

    /** What is done at the ends, if a layer has a name for it. */
    Padding padding() {
      if (before == 0 && behind == 0) {
        return auto.equals("SAME_UPPER")
            ? Padding.SAME
            : auto.equals("SAME_LOWER") ? null : Padding.VALID;
      }
      int all = reach() - 1;
      if (stride == 1 && before == all && behind == 0) {
        return Padding.CAUSAL;
      }
      // with a stride it depends on the timesteps how many are missing
      boolean same = before + behind == all && before == all / 2;
      return stride == 1 && same ? Padding.SAME : null;
    }
  }

  private static Window window(Node n, Data x, List<Dim> kernel) {
    int space = x.rank() - 2;
    if (space < 1 || kernel.size() != space) {
      throw new Refusal(
          "expected (samples, channels, timesteps), got "
              + x.shape()
              + " and windows of "
              + kernel);
    }
    List<Long> ones = Collections.nCopies(space, 1L);
    List<Long> strides = n.wholes("strides", ones);
    List<Long> dilations = n.wholes("dilations", ones);
    List<Long> pads = n.wholes("pads", Collections.nCopies(2 * space, 0L));
    String auto = n.text("auto_pad", "NOTSET");
    if (strides.size() != space || dilations.size() != space || pads.size() != 2 * space) {
      throw new Refusal(
          "strides="
              + strides
              + ", dilations="
              + dilations
              + ", pads="
              + pads
              + " of "
              + space
              + " axes");
    }
    if (!List.of("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER").contains(auto)) {
      throw new Refusal("auto_pad=" + auto + " is not supported");
    }
    int at = -1;
    for (int i = 0; i < space; i++) {
      boolean plain =
          kernel.get(i).is(1)
              && x.shape().get(2 + i).is(1)
              && pads.get(i) == 0
              && pads.get(i + space) == 0;
      if (!plain || (at < 0 && i == space - 1)) {
        if (at >= 0) {
          throw new Refusal(
              "windows over " + space + " axes are not supported, only along time: " + x.shape());
        }
        at = i;
      }
    }
    boolean said = auto.equals("NOTSET");
    int before = said ? Math.toIntExact(pads.get(at)) : 0;
    int behind = said ? Math.toIntExact(pads.get(at + space)) : 0;
    if (before < 0 || behind < 0) {
      throw new Refusal("pads=" + pads + ": less than 0 is not supported");
    }
    Window w =
        new Window(
            at,
            Math.toIntExact(kernel.get(at).value()),
            Math.toIntExact(strides.get(at)),
            Math.toIntExact(dilations.get(at)),
            before,
            behind,
            auto);
    if (w.size < 1 || w.stride < 1 || w.dilation < 1 || (long) w.size * w.dilation > 1 << 24) {
      throw new Refusal(
          "a window of " + w.size + " with stride " + w.stride + " and dilation " + w.dilation);
    }
    Atom.batch(x.axes().get(0), n.toString());
    for (List<Atom> axis : x.axes().subList(1, x.rank())) {
      Atom.inner(axis, n.toString());
    }
    return w;
  }

  /** The timesteps that come out. */
  private static Atom slid(Node n, Window w, Dim time) {
    Dim size;
    if (w.auto.startsWith("SAME")) {
      Dim exact = time.dividedExactly(Dim.of(w.stride));
      size =
          exact != null
              ? exact
              : time.isKnown()
                  ? Dim.of((time.value() - 1) / w.stride + 1)
                  : Dim.open("timesteps of " + n);
    } else {
      Dim room = time.plus(Dim.of((long) w.before + w.behind - w.reach()));
      if (room.isKnown() && room.value() < 0) {
        throw new Refusal("no window of " + w.reach() + " fits into " + time + " timesteps");
      }
      Dim exact = room.dividedExactly(Dim.of(w.stride));
      size =
          exact != null
              ? exact.plus(Dim.ONE)
              : room.isKnown()
                  ? Dim.of(room.value() / w.stride + 1)
                  : Dim.open("timesteps of " + n);
    }
    Atom made = new Atom(size);
    Atom.inner(List.of(made), n.toString());
    return made;
  }

  private static Data conv(Node n) {
    Data x = n.data(0);
    Constant w = n.constant(1, "W");
    if (w.rank() < 3) {
      throw new Refusal("expected W of three axes, got " + w.shape());
    }
    List<Long> said = n.wholes("kernel_shape", null);
    List<Dim> kernel = w.shape().subList(2, w.rank());
    if (said != null && !said.stream().map(Dim::of).toList().equals(kernel)) {
      throw new Refusal("kernel_shape=" + said + " does not go with W " + w.shape());
    }
    Window window = window(n, x, kernel);
    int groups = Math.toIntExact(n.whole("group", 1));
    Dim channels = x.shape().get(1);
    Dim wanted = w.shape().get(1).times(Dim.of(groups));
    if (!channels.isKnown()) {
      Atom.unify(x.axes().get(1), List.of(new Atom(wanted)));
    } else if (!channels.equals(wanted)) {
      throw new Refusal(
          "X has " + channels + " channels, and W " + w.shape() + " in " + groups + " groups");
    }
    if (groups < 1 || w.shape().get(0).dividedExactly(Dim.of(groups)) == null) {
      throw new Refusal("group=" + groups + " does not go with W " + w.shape());
    }
    Padding padding = window.padding();
    Data in = x;
    if (padding == null) {
      int[] ends = window.ends(x.shape().get(2 + window.at));
      in = RepeatOperators.padded(n, x, 2 + window.at, ends[0], ends[1]);
    }
    Data source = in;
    Atom slid = slid(n, window, x.shape().get(2 + window.at));
    int filters = Math.toIntExact(w.shape().get(0).value());
    List<Atom> made = List.of(new Atom(Dim.of(filters)));
    Atom.inner(made, n.toString());
    List<List<Atom>> axes = new ArrayList<>(x.axes());
    axes.set(1, made);
    axes.set(2 + window.at, List.of(slid));
    KernelRecipe recipe =
        KernelRecipe.of(
            n,
            source,
            made,
            () -> kernel(w, window.size),
            (bias, activation, fill) -> {
              List<Atom> time = source.axes().get(2 + window.at);
              Placed at = source.placed().to(List.of(time, source.axes().get(1)));
              Conv1D layer =
                  new Conv1D(filters, window.size)
                      .strides(window.stride)
                      .dilationRate(window.dilation)
                      .groups(groups)
                      .padding(padding == null ? Padding.VALID : padding)
                      .activation(activation);
              layer.useBias(bias);
              KerasTensor y = layer.apply(at.tensor());
              fill.into(layer);
              return new Placed(y, List.of(List.of(slid), made));
            });
    if (n.has(2)) {
      Constant b = n.constant(2, "B");
      if (!b.shape().equals(List.of(Dim.of(filters)))) {
        throw new Refusal("expected B of " + filters + " numbers, got " + b.shape());
      }
      recipe = recipe.biased(Tensor.of(b.full().own()));
    }
    return new Data(x.type(), axes, recipe);
  }

  /** (filters, channels, size) as (size, channels, filters). */
  private static Tensor kernel(Constant w, int size) {
    int filters = (int) w.shape().get(0).value();
    int channels = (int) w.shape().get(1).value();
    Constant flat = w.reshaped(List.of(Dim.of(filters), Dim.of(channels), Dim.of(size)));
    return Tensor.of(flat.transposed(List.of(2, 1, 0)).floats(), size, channels, filters);
  }

  private static Data pool(Node n) {
    Data x = n.data(0);
    boolean max = n.op().equals("MaxPool");
    List<Long> kernel = n.wholes("kernel_shape", List.of());
    Window w = window(n, x, kernel.stream().map(Dim::of).toList());
    boolean ceil = n.whole("ceil_mode", 0) != 0;
    boolean counts = !max && n.whole("count_include_pad", 0) != 0;
    n.ignore("storage_order");
    if (n.uses(1) > 0) {
      throw new Refusal("its indices (output 1) are not supported");
    }
    List<Atom> time = x.axes().get(2 + w.at);
    Dim length = Atom.size(time);
    int more = ceil && w.auto.equals("NOTSET") ? overhang(w, length) : 0;
    Padding named = more == 0 && !counts ? w.padding() : null;
    Padding padding = named == Padding.CAUSAL || w.dilation != 1 ? null : named;
    int[] ends = padding == null ? w.ends(length) : new int[] {0, 0};
    if (w.dilation != 1) {
      throw new Refusal("dilation " + w.dilation + " is not supported, only 1");
    } else if (ends[0] >= w.size || ends[1] >= w.size) {
      throw new Refusal(
          "pads of "
              + ends[0]
              + " and "
              + ends[1]
              + ": expected less than the window's "
              + w.size
              + ", else a window lies in padding alone");
    }
    Window slides = new Window(w.at, w.size, w.stride, 1, ends[0], ends[1] + more, w.auto);
    Atom slid = slid(n, padding == null ? slides : w, length);
    List<List<Atom>> axes = new ArrayList<>(x.axes());
    axes.set(2 + w.at, List.of(slid));
    return n.data(
        x.type(),
        axes,
        List.of(x),
        () -> {
          Placed in = x.placed().sequence(time);
          Pooling<?> layer = w.layer(max);
          layer.padding(padding == null ? Padding.VALID : padding);
          KerasTensor y =
              padding != null || (ends[0] + ends[1] + more == 0)
                  ? layer.apply(in.tensor())
                  : padded(in.tensor(), w, ends, more, max, counts);
          return new Placed(y, List.of(List.of(slid), in.groups().get(1)));
        });
  }

  /** How many timesteps are missing behind for the last window that begins within the others. */
  private static int overhang(Window w, Dim time) {
    Dim room = time.plus(Dim.of((long) w.before + w.behind - w.size));
    if (room.dividedExactly(Dim.of(w.stride)) != null) {
      return 0;
    } else if (!time.isKnown()) {
      throw new Refusal(
          "ceil_mode=1 of an open number of timesteps is not supported; export the model with a"
              + " fixed one");
    }
    long last = -Math.floorDiv(-room.value(), w.stride) * w.stride; // where it begins
    return last >= time.value() + w.before ? 0 : (int) (last - room.value());
  }

  /** Of a pool with timesteps before and behind that are no part of a maximum or a mean. */
  private static KerasTensor padded(
      KerasTensor x, Window w, int[] ends, int more, boolean max, boolean counts) {
    int behind = ends[1] + more;
    KerasTensor one = Ops.getItem(x, Index.all(), Index.all(), Index.range(0, 1));
    KerasTensor there = ones(one); // (batch, timesteps, 1)
    if (max) {
      KerasTensor within = new ZeroPadding1D(ends[0], behind).apply(there);
      KerasTensor wide = new ZeroPadding1D(ends[0], behind).apply(x);
      return w.layer(true)
          .apply(Ops.add(wide, Ops.log(within))); // the log of 0 is less than all numbers
    }
    KerasTensor counted = there;
    if (counts) { // the pads are counted, which are zeros; what lies behind them is not
      KerasTensor wide = new ZeroPadding1D(ends[0], ends[1]).apply(there);
      counted = ones(wide);
    }
    KerasTensor each =
        new ZeroPadding1D(counts ? 0 : ends[0], counts ? more : behind).apply(counted);
    KerasTensor mean = w.layer(false).apply(new ZeroPadding1D(ends[0], behind).apply(x));
    return Ops.divide(mean, w.layer(false).apply(each));
  }

  private static KerasTensor ones(KerasTensor like) {
    return Ops.add(Ops.cast(Ops.less(like, like), "float32"), 1f);
  }
}

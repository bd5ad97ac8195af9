package io.github.lstm4j.layers;

import io.github.lstm4j.layers.KerasTensor.Call;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The masks of a model's tensors as Keras has them while the model is put together: tensors that
 * operations make ({@code compute_mask} of its layers), which are among the arguments of calls. Its
 * files and tables list these operations, and the order of its layers depends on them. What a model
 * computes does not: layers hand masks on by themselves.
 */
public final class KerasMasks {
  private final Map<Call, List<KerasTensor>> made = new HashMap<>(); // for its outputs, or null

  /** The masks among the arguments of a call: none, one, or one or null for each input. */
  public List<KerasTensor> taken(Call call) {
    boolean layer = !(call.layer() instanceof Operation);
    boolean takes = layer && call.inputs().size() == 1 && call.layer().takesMask();
    if (!call.masks().isEmpty() || !takes) {
      return call.masks();
    }
    KerasTensor mask = of(call.inputs().get(0));
    return mask == null ? List.of() : List.of(mask);
  }

  /** The mask of a tensor; null for none. */
  private KerasTensor of(KerasTensor t) {
    List<KerasTensor> all = made.get(t.call());
    if (all == null) {
      all = computed(t.call());
      made.put(t.call(), all);
    }
    return t.number() < all.size() ? all.get(t.number()) : null;
  }

  private List<KerasTensor> computed(Call call) {
    if (call.inputs().isEmpty() || call.layer() instanceof Operation) {
      return List.of();
    }
    List<KerasTensor> masks = new ArrayList<>(call.masks());
    for (KerasTensor input : call.inputs().subList(masks.size(), call.inputs().size())) {
      masks.add(of(input));
    }
    KerasTensor first = masks.get(0);
    Layer layer = call.layer();
    if (layer instanceof Masking masking) {
      KerasTensor counting = Ops.notEqual(call.inputs().get(0), masking.maskValue());
      return List.of(Ops.any(counting, false, -1));
    } else if (layer instanceof Embedding embedding) {
      return embedding.masksZero() ? List.of(Ops.notEqual(call.inputs().get(0), 0)) : List.of();
    } else if (layer instanceof Merge) {
      return masks.contains(null) ? List.of() : List.of(merged(masks));
    } else if (layer instanceof Concatenate concatenate) {
      boolean none = masks.stream().allMatch(Objects::isNull);
      return none ? List.of() : List.of(joined(call.inputs(), masks, concatenate.axis()));
    } else if (first == null) {
      return List.of();
    } else if (layer instanceof AttentionLayer) {
      return List.of(Ops.convertToTensor(first));
    } else if (layer instanceof Bidirectional b && b.isSplit()) {
      return layer.passesMask() ? List.of(first, first) : List.of();
    }
    return layer.passesMask() ? List.of(first) : List.of();
  }

  private static KerasTensor merged(List<KerasTensor> masks) {
    KerasTensor any = masks.get(0);
    for (KerasTensor mask : masks.subList(1, masks.size())) {
      any = Ops.logicalOr(any, mask);
    }
    return any;
  }

  private static KerasTensor joined(List<KerasTensor> inputs, List<KerasTensor> masks, int axis) {
    Object[] all = new Object[masks.size()];
    for (int i = 0; i < all.length; i++) {
      KerasTensor x = inputs.get(i);
      KerasTensor mask = masks.get(i);
      if (mask == null) {
        all[i] = Ops.like(x, 1, "bool");
      } else {
        Shape shape = mask.shape();
        boolean narrow = shape.rank() < x.shape().rank();
        all[i] = narrow ? Ops.logicalOr(Ops.expandDims(mask, -1), Ops.like(x, 0, "bool")) : mask;
      }
    }
    return Ops.any(Ops.concatenate(axis, all), false, -1);
  }
}

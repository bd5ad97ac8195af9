package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A tensor that a model will compute, while the model is being put together: an output of a {@link
 * Call} of a layer. It has a shape and no values.
 *
 * <pre>{@code
 * KerasTensor x = new Input(24, 3).output();
 * KerasTensor h = new LSTM(8).apply(x);
 * System.out.println(h.shape()); // (None, 8)
 * }</pre>
 */
public final class KerasTensor {
  private final Call call;
  private final int number;
  private final Shape shape;

  KerasTensor(Call call, int number, Shape shape) {
    this.call = call;
    this.number = number;
    this.shape = shape;
  }

  /** The use of a layer that gives it. */
  public Call call() {
    return call;
  }

  /** Which of the call's outputs it is: 0 for the value, from 1 on states that are returned. */
  public int number() {
    return number;
  }

  /** The shape with None for the batch: (None, timesteps, features). */
  public Shape shape() {
    return shape;
  }

  /** The way of the data to here: {@code x (InputLayer) -> lstm (LSTM)}. */
  String path() {
    String here = call.layer().toString();
    return call.inputs().isEmpty() ? here : call.inputs().get(0).path() + " -> " + here;
  }

  @Override
  public String toString() {
    return "KerasTensor " + shape + " of " + call.layer();
  }

  /**
   * One use of a layer: what it takes and what it gives. A layer that is used twice has two calls
   * and one set of weights.
   */
  public static final class Call {
    private final Layer layer;
    private final List<KerasTensor> inputs;
    private final int index;
    private final List<KerasTensor> masks;
    private final List<KerasTensor> outputs;

    /**
     * The only use of a built layer.
     *
     * @param inputs what it takes, none for an {@link Input}
     * @throws IllegalArgumentException if the layer cannot take their shapes; names the layer
     */
    public Call(Layer layer, List<KerasTensor> inputs) {
      this(layer, inputs, 0, List.of());
    }

    Call(Layer layer, List<KerasTensor> inputs, int index, List<KerasTensor> masks) {
      this.layer = layer;
      this.index = index;
      this.masks = Collections.unmodifiableList(new ArrayList<>(masks));
      this.inputs = List.copyOf(inputs);
      List<KerasTensor> made = new ArrayList<>();
      for (Shape shape :
          layer.computeOutputShapes(this.inputs.stream().map(KerasTensor::shape).toList())) {
        made.add(new KerasTensor(this, made.size(), shape));
      }
      this.outputs = List.copyOf(made);
    }

    /** The layer; an {@link Input} feeds from outside. */
    public Layer layer() {
      return layer;
    }

    /** Which of the layer's uses it is, in all models: 0 for the first. */
    public int index() {
      return index;
    }

    /**
     * The masks that it was given, though they are those of its inputs: none, one, or one or null
     * for each input.
     */
    public List<KerasTensor> masks() {
      return masks;
    }

    /**
     * Whether the mask of its input matters to it. Keras 3 hands a mask on to layers of one
     * argument: a recurrent layer that is given initial states too counts every timestep, unless
     * its call says {@code mask=…} (keras/src/layers/layer.py, {@code Layer.__call__}).
     */
    public boolean seesMask() {
      return !masks.isEmpty() || inputs.size() == 1 || layer.stateShapes(1).isEmpty();
    }

    /** What it takes. */
    public List<KerasTensor> inputs() {
      return inputs;
    }

    /** What it gives: the value, and behind it states that the layer returns. */
    public List<KerasTensor> outputs() {
      return outputs;
    }

    /** The first output. */
    public KerasTensor output() {
      return outputs.get(0);
    }
  }
}

package io.github.lstm4j.training;

import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A model as a training and its callbacks see it. */
public interface Trainable {
  /** The model's name. */
  String name();

  /** The layers, in order; the input's shape is none of them. */
  List<Layer> layers();

  /** All weights, in the order of the layers. */
  List<Weight> weights();

  /** Copies of all weights' values, in Keras's order. */
  List<Tensor> getWeights();

  /**
   * Sets all weights, in Keras's order.
   *
   * @throws IllegalArgumentException if there are more or fewer, or one has another shape
   */
  void setWeights(List<Tensor> values);

  /** The optimizer, or null before {@code compile}. */
  Optimizer optimizer();

  /** Sets the learning rate of the steps to come; the optimizer's state stays. */
  void setLearningRate(float rate);

  /** The number of training steps since {@code compile}. */
  long iterations();

  /** The outputs, in batches of 32. */
  Tensor predict(Tensor x);

  /**
   * Saves the model in the format that the file's name ends with.
   *
   * @throws IOException if the file cannot be written; an older one then stays as it was
   * @throws IllegalArgumentException if no format has such an ending
   */
  void save(Path file) throws IOException;
}

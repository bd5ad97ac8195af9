package io.github.lstm4j.training;

import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A model as a training and its callbacks see it. */
public interface Trainable {
  /** The model's name. */
  String name();

  /** The seed of shuffles and dropout. */
  long seed();

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

  /** The metrics, by what logs call them; empty before {@code compile}. */
  Map<String, Metric> metrics();

  /** The learning rate of the next step. */
  float learningRate();

  /**
   * Sets the learning rate of the steps to come; the optimizer's state stays.
   *
   * @throws IllegalStateException if the optimizer's rate goes by a schedule, as in Keras
   */
  void setLearningRate(float rate);

  /**
   * Puts the optimizer's moving averages in the weights' place, and the weights in theirs.
   *
   * @throws IllegalStateException if it keeps none
   */
  void exchangeAverages();

  /**
   * The gradients of the loss of a batch by each trained weight that it depends on, without
   * dropout; by the weights' paths.
   */
  Map<String, Tensor> gradients(Batch batch);

  /** The number of training steps since {@code compile}. */
  long iterations();

  /** The outputs, in batches of 32. */
  Tensor predict(Tensor x);

  /**
   * Tries whether {@link #save} could write that file, which stays as it is.
   *
   * @throws IOException if it could not
   * @throws IllegalArgumentException if no format has such an ending
   */
  void trySave(Path file) throws IOException;

  /**
   * Saves the model in the format that the file's name ends with.
   *
   * @throws IOException if the file cannot be written; an older one then stays as it was
   * @throws IllegalArgumentException if no format has such an ending
   */
  void save(Path file) throws IOException;

  /**
   * Takes weights, optimizer's state, seed and how far the training was from a file that was saved
   * during a training of the same model.
   *
   * @return how far the training was
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if it is of another model, or was not saved during a training;
   *     the model then stays as it was
   */
  Progress restore(Path file) throws IOException;
}

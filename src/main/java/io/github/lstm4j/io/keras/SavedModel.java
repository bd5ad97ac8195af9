package io.github.lstm4j.io.keras;

import io.github.lstm4j.io.keras.legacy.KerasVersion;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Progress;
import java.util.Map;

/** A model in a file of Keras's, of whatever format. */
interface SavedModel {
  /** Who wrote it. */
  KerasVersion version();

  /** The model's class and configuration. */
  Map<String, Object> config();

  /** What it was compiled with; null if with nothing. */
  Object compileConfig();

  /** What is ours; empty in a file of Python's. */
  Map<String, Object> extra();

  /**
   * The weights.
   *
   * @throws IllegalArgumentException if they are not those of the model
   */
  Map<Weight, Tensor> weights(Model model);

  /**
   * Checks the numbers of the optimizer's state that are no matter of the model's weights.
   *
   * @throws IllegalArgumentException if they are none: the file is damaged
   */
  void requireOptimizerNumbers(Model model);

  /**
   * Sets the optimizer's state, if there is one.
   *
   * @throws IllegalArgumentException if it is not that of the model
   */
  void restoreOptimizer(Model model);

  /**
   * How far a training was.
   *
   * @param record what our part of the file says of it
   */
  Progress progress(Object record);
}

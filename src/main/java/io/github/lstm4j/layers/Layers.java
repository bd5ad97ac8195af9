package io.github.lstm4j.layers;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** The layers that files can name: one line for each. */
public final class Layers {
  private static final Map<String, Supplier<Layer>> BY_CLASS_NAME = new LinkedHashMap<>();

  static {
    BY_CLASS_NAME.put("InputLayer", Input::unshaped);
    BY_CLASS_NAME.put("LSTM", LSTM::new);
    BY_CLASS_NAME.put("GRU", GRU::new);
    BY_CLASS_NAME.put("SimpleRNN", SimpleRNN::new);
    BY_CLASS_NAME.put("Dense", Dense::new);
    BY_CLASS_NAME.put("Dropout", Dropout::new);
    BY_CLASS_NAME.put("Activation", ActivationLayer::new);
    BY_CLASS_NAME.put("Masking", Masking::new);
    BY_CLASS_NAME.put("Embedding", Embedding::new);
    BY_CLASS_NAME.put("Bidirectional", Bidirectional::new);
    BY_CLASS_NAME.put("TimeDistributed", TimeDistributed::new);
    BY_CLASS_NAME.put("RepeatVector", RepeatVector::new);
    BY_CLASS_NAME.put("Flatten", Flatten::new);
    BY_CLASS_NAME.put("RNN", RNN::new);
    BY_CLASS_NAME.put("LSTMCell", LSTMCell::new);
    BY_CLASS_NAME.put("GRUCell", GRUCell::new);
    BY_CLASS_NAME.put("SimpleRNNCell", SimpleRNNCell::new);
    BY_CLASS_NAME.put("ProjectedLSTMCell", ProjectedLSTMCell::new);
    BY_CLASS_NAME.put("LayerNormLSTMCell", LayerNormLSTMCell::new);
    BY_CLASS_NAME.put("ZoneoutCell", ZoneoutCell::new);
    BY_CLASS_NAME.put("StackedRNNCells", StackedRNNCells::new);
  }

  private Layers() {}

  /**
   * A layer of the same class, whose settings are yet to be given.
   *
   * @throws IllegalArgumentException if files cannot name it
   */
  static Layer like(Layer layer) {
    if (!knows(layer)) {
      throw new IllegalArgumentException(
          layer
              + " is not one of the library's layers and cannot be copied; for a Bidirectional give"
              + " a backward layer of its own");
    }
    return BY_CLASS_NAME.get(layer.className()).get();
  }

  /** Whether it is one of the library's, rather than of a class that only the user has. */
  public static boolean knows(Layer layer) {
    Supplier<Layer> same = BY_CLASS_NAME.get(layer.className());
    return same != null && same.get().getClass() == layer.getClass();
  }

  /**
   * A layer of that class in Keras, whose settings {@link Layer#configure} has yet to give.
   *
   * @throws IllegalArgumentException if there is none; the message lists all
   */
  public static Layer of(String className) {
    Supplier<Layer> layer = BY_CLASS_NAME.get(className);
    if (layer == null) {
      throw new IllegalArgumentException(
          "layer class "
              + className
              + " is not supported; supported are "
              + String.join(", ", BY_CLASS_NAME.keySet()));
    }
    return layer.get();
  }
}

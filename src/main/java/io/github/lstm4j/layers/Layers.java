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
    BY_CLASS_NAME.put("SequenceMask", SequenceMask::new);
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
    BY_CLASS_NAME.put("Add", Add::new);
    BY_CLASS_NAME.put("Subtract", Subtract::new);
    BY_CLASS_NAME.put("Multiply", Multiply::new);
    BY_CLASS_NAME.put("Average", Average::new);
    BY_CLASS_NAME.put("Maximum", Maximum::new);
    BY_CLASS_NAME.put("Minimum", Minimum::new);
    BY_CLASS_NAME.put("Concatenate", Concatenate::new);
    BY_CLASS_NAME.put("Dot", Dot::new);
    BY_CLASS_NAME.put("Reshape", Reshape::new);
    BY_CLASS_NAME.put("Permute", Permute::new);
    BY_CLASS_NAME.put("ZeroPadding1D", ZeroPadding1D::new);
    BY_CLASS_NAME.put("Cropping1D", Cropping1D::new);
    BY_CLASS_NAME.put("UpSampling1D", UpSampling1D::new);
    BY_CLASS_NAME.put("GaussianNoise", GaussianNoise::new);
    BY_CLASS_NAME.put("GaussianDropout", GaussianDropout::new);
    BY_CLASS_NAME.put("SpatialDropout1D", SpatialDropout1D::new);
    BY_CLASS_NAME.put("Conv1D", Conv1D::new);
    BY_CLASS_NAME.put("MaxPooling1D", MaxPooling1D::new);
    BY_CLASS_NAME.put("AveragePooling1D", AveragePooling1D::new);
    BY_CLASS_NAME.put("GlobalMaxPooling1D", GlobalMaxPooling1D::new);
    BY_CLASS_NAME.put("GlobalAveragePooling1D", GlobalAveragePooling1D::new);
    BY_CLASS_NAME.put("BatchNormalization", BatchNormalization::new);
    BY_CLASS_NAME.put("LayerNormalization", LayerNormalization::new);
    BY_CLASS_NAME.put("Normalization", Normalization::new);
    BY_CLASS_NAME.put("Discretization", Discretization::new);
    BY_CLASS_NAME.put("IntegerLookup", IntegerLookup::new);
    BY_CLASS_NAME.put("StringLookup", StringLookup::new);
    BY_CLASS_NAME.put("TextVectorization", TextVectorization::new);
    BY_CLASS_NAME.put("RMSNormalization", RMSNormalization::new);
    BY_CLASS_NAME.put("GroupNormalization", GroupNormalization::new);
    BY_CLASS_NAME.put("Identity", Identity::new);
    BY_CLASS_NAME.put("ActivityRegularization", ActivityRegularization::new);
    BY_CLASS_NAME.put("AlphaDropout", AlphaDropout::new);
    BY_CLASS_NAME.put("UnitNormalization", UnitNormalization::new);
    BY_CLASS_NAME.put("LeakyReLU", LeakyReLU::new);
    BY_CLASS_NAME.put("ELU", ELU::new);
    BY_CLASS_NAME.put("ReLU", ReLU::new);
    BY_CLASS_NAME.put("PReLU", PReLU::new);
    BY_CLASS_NAME.put("Softmax", Softmax::new);
    BY_CLASS_NAME.put("Attention", Attention::new);
    BY_CLASS_NAME.put("AdditiveAttention", AdditiveAttention::new);
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

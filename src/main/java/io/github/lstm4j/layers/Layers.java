package io.github.lstm4j.layers;

import java.util.List;

/** The layers that files can name: a name, and one line that makes it. */
public final class Layers {
  private static final List<String> NAMES =
      List.of(
          "InputLayer",
          "LSTM",
          "GRU",
          "SimpleRNN",
          "Dense",
          "Dropout",
          "Activation",
          "Masking",
          "SequenceMask",
          "Embedding",
          "Bidirectional",
          "TimeDistributed",
          "RepeatVector",
          "Flatten",
          "RNN",
          "LSTMCell",
          "GRUCell",
          "SimpleRNNCell",
          "ProjectedLSTMCell",
          "LayerNormLSTMCell",
          "ZoneoutCell",
          "StackedRNNCells",
          "Add",
          "Subtract",
          "Multiply",
          "Average",
          "Maximum",
          "Minimum",
          "Concatenate",
          "Dot",
          "Reshape",
          "Permute",
          "ZeroPadding1D",
          "Cropping1D",
          "UpSampling1D",
          "GaussianNoise",
          "GaussianDropout",
          "SpatialDropout1D",
          "Conv1D",
          "MaxPooling1D",
          "AveragePooling1D",
          "GlobalMaxPooling1D",
          "GlobalAveragePooling1D",
          "BatchNormalization",
          "LayerNormalization",
          "Normalization",
          "Discretization",
          "IntegerLookup",
          "StringLookup",
          "TextVectorization",
          "RMSNormalization",
          "GroupNormalization",
          "Identity",
          "ActivityRegularization",
          "AlphaDropout",
          "UnitNormalization",
          "LeakyReLU",
          "ELU",
          "ReLU",
          "PReLU",
          "Softmax",
          "Attention",
          "AdditiveAttention");

  private Layers() {}

  /**
   * No map of constructors: Java links each of them first, and that takes longer than a model. Nor
   * does it return Layer: to verify that each is one, Java would load all these classes.
   */
  private static Object made(String className) {
    return switch (className) {
      case "InputLayer" -> Input.unshaped();
      case "LSTM" -> new LSTM();
      case "GRU" -> new GRU();
      case "SimpleRNN" -> new SimpleRNN();
      case "Dense" -> new Dense();
      case "Dropout" -> new Dropout();
      case "Activation" -> new ActivationLayer();
      case "Masking" -> new Masking();
      case "SequenceMask" -> new SequenceMask();
      case "Embedding" -> new Embedding();
      case "Bidirectional" -> new Bidirectional();
      case "TimeDistributed" -> new TimeDistributed();
      case "RepeatVector" -> new RepeatVector();
      case "Flatten" -> new Flatten();
      case "RNN" -> new RNN();
      case "LSTMCell" -> new LSTMCell();
      case "GRUCell" -> new GRUCell();
      case "SimpleRNNCell" -> new SimpleRNNCell();
      case "ProjectedLSTMCell" -> new ProjectedLSTMCell();
      case "LayerNormLSTMCell" -> new LayerNormLSTMCell();
      case "ZoneoutCell" -> new ZoneoutCell();
      case "StackedRNNCells" -> new StackedRNNCells();
      case "Add" -> new Add();
      case "Subtract" -> new Subtract();
      case "Multiply" -> new Multiply();
      case "Average" -> new Average();
      case "Maximum" -> new Maximum();
      case "Minimum" -> new Minimum();
      case "Concatenate" -> new Concatenate();
      case "Dot" -> new Dot();
      case "Reshape" -> new Reshape();
      case "Permute" -> new Permute();
      case "ZeroPadding1D" -> new ZeroPadding1D();
      case "Cropping1D" -> new Cropping1D();
      case "UpSampling1D" -> new UpSampling1D();
      case "GaussianNoise" -> new GaussianNoise();
      case "GaussianDropout" -> new GaussianDropout();
      case "SpatialDropout1D" -> new SpatialDropout1D();
      case "Conv1D" -> new Conv1D();
      case "MaxPooling1D" -> new MaxPooling1D();
      case "AveragePooling1D" -> new AveragePooling1D();
      case "GlobalMaxPooling1D" -> new GlobalMaxPooling1D();
      case "GlobalAveragePooling1D" -> new GlobalAveragePooling1D();
      case "BatchNormalization" -> new BatchNormalization();
      case "LayerNormalization" -> new LayerNormalization();
      case "Normalization" -> new Normalization();
      case "Discretization" -> new Discretization();
      case "IntegerLookup" -> new IntegerLookup();
      case "StringLookup" -> new StringLookup();
      case "TextVectorization" -> new TextVectorization();
      case "RMSNormalization" -> new RMSNormalization();
      case "GroupNormalization" -> new GroupNormalization();
      case "Identity" -> new Identity();
      case "ActivityRegularization" -> new ActivityRegularization();
      case "AlphaDropout" -> new AlphaDropout();
      case "UnitNormalization" -> new UnitNormalization();
      case "LeakyReLU" -> new LeakyReLU();
      case "ELU" -> new ELU();
      case "ReLU" -> new ReLU();
      case "PReLU" -> new PReLU();
      case "Softmax" -> new Softmax();
      case "Attention" -> new Attention();
      case "AdditiveAttention" -> new AdditiveAttention();
      default -> throw new IllegalStateException("nothing makes a " + className);
    };
  }

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
    return (Layer) made(layer.className());
  }

  /** Whether it is one of the library's, rather than of a class that only the user has. */
  public static boolean knows(Layer layer) {
    String name = layer.className();
    return NAMES.contains(name) && made(name).getClass() == layer.getClass();
  }

  /**
   * A layer of that class in Keras, whose settings {@link Layer#configure} has yet to give.
   *
   * @throws IllegalArgumentException if there is none; the message lists all
   */
  public static Layer of(String className) {
    if (!NAMES.contains(className)) {
      throw new IllegalArgumentException(
          "layer class "
              + className
              + " is not supported; supported are "
              + String.join(", ", NAMES));
    }
    return (Layer) made(className);
  }
}

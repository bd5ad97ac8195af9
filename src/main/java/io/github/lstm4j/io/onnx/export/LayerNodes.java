package io.github.lstm4j.io.onnx.export;

import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Layers;
import io.github.lstm4j.layers.Operation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** For each kind of layer the nodes that say it: one line for each. */
final class LayerNodes {
  /** Writes the nodes of one use of a layer. */
  @FunctionalInterface
  interface Writer {
    /**
     * @return what the layer gives, in the order of its outputs
     * @throws Unsayable if the operators cannot say it
     */
    List<Flow> write(LayerUse use);
  }

  private static final Map<String, Writer> BY_CLASS_NAME = new LinkedHashMap<>();

  static {
    BY_CLASS_NAME.put("LSTM", RecurrentNodes::write);
    BY_CLASS_NAME.put("GRU", RecurrentNodes::write);
    BY_CLASS_NAME.put("SimpleRNN", RecurrentNodes::write);
    BY_CLASS_NAME.put("RNN", RecurrentNodes::write);
    BY_CLASS_NAME.put("Bidirectional", RecurrentNodes::bidirectional);
    BY_CLASS_NAME.put("Dense", PlainNodes::dense);
    BY_CLASS_NAME.put("Embedding", PlainNodes::embedding);
    BY_CLASS_NAME.put("Discretization", CategoryNodes::discretization);
    BY_CLASS_NAME.put("IntegerLookup", CategoryNodes::integerLookup);
    BY_CLASS_NAME.put("Masking", PlainNodes::masking);
    BY_CLASS_NAME.put("SequenceMask", PlainNodes::sequenceMask);
    BY_CLASS_NAME.put("TimeDistributed", PlainNodes::timeDistributed);
    BY_CLASS_NAME.put("Activation", PlainNodes::activation);
    BY_CLASS_NAME.put("LeakyReLU", PlainNodes::leakyRelu);
    BY_CLASS_NAME.put("ELU", PlainNodes::elu);
    BY_CLASS_NAME.put("ReLU", PlainNodes::relu);
    BY_CLASS_NAME.put("PReLU", PlainNodes::prelu);
    BY_CLASS_NAME.put("Softmax", PlainNodes::softmax);
    BY_CLASS_NAME.put("Dropout", PlainNodes::nothing);
    BY_CLASS_NAME.put("SpatialDropout1D", PlainNodes::nothing);
    BY_CLASS_NAME.put("GaussianNoise", PlainNodes::nothing);
    BY_CLASS_NAME.put("GaussianDropout", PlainNodes::nothing);
    BY_CLASS_NAME.put("AlphaDropout", PlainNodes::nothing);
    BY_CLASS_NAME.put("ActivityRegularization", PlainNodes::nothing);
    BY_CLASS_NAME.put("Identity", PlainNodes::nothing);
    BY_CLASS_NAME.put("BatchNormalization", PlainNodes::batchNormalization);
    BY_CLASS_NAME.put("LayerNormalization", PlainNodes::layerNormalization);
    BY_CLASS_NAME.put("RMSNormalization", PlainNodes::rmsNormalization);
    BY_CLASS_NAME.put("GroupNormalization", PlainNodes::groupNormalization);
    BY_CLASS_NAME.put("UnitNormalization", PlainNodes::unitNormalization);
    BY_CLASS_NAME.put("Normalization", PlainNodes::normalization);
    BY_CLASS_NAME.put("Reshape", SequenceNodes::reshape);
    BY_CLASS_NAME.put("Permute", SequenceNodes::permute);
    BY_CLASS_NAME.put("Flatten", SequenceNodes::flatten);
    BY_CLASS_NAME.put("RepeatVector", SequenceNodes::repeatVector);
    BY_CLASS_NAME.put("UpSampling1D", SequenceNodes::upSampling);
    BY_CLASS_NAME.put("Cropping1D", SequenceNodes::cropping);
    BY_CLASS_NAME.put("ZeroPadding1D", SequenceNodes::zeroPadding);
    BY_CLASS_NAME.put("Conv1D", SequenceNodes::conv);
    BY_CLASS_NAME.put("MaxPooling1D", SequenceNodes::maxPooling);
    BY_CLASS_NAME.put("AveragePooling1D", SequenceNodes::averagePooling);
    BY_CLASS_NAME.put("GlobalMaxPooling1D", SequenceNodes::globalMaxPooling);
    BY_CLASS_NAME.put("GlobalAveragePooling1D", SequenceNodes::globalAveragePooling);
    BY_CLASS_NAME.put("Add", MergeNodes::add);
    BY_CLASS_NAME.put("Subtract", MergeNodes::subtract);
    BY_CLASS_NAME.put("Multiply", MergeNodes::multiply);
    BY_CLASS_NAME.put("Average", MergeNodes::average);
    BY_CLASS_NAME.put("Maximum", MergeNodes::maximum);
    BY_CLASS_NAME.put("Minimum", MergeNodes::minimum);
    BY_CLASS_NAME.put("Concatenate", MergeNodes::concatenate);
    BY_CLASS_NAME.put("Dot", MergeNodes::dot);
    BY_CLASS_NAME.put("Attention", AttentionNodes::attention);
    BY_CLASS_NAME.put("AdditiveAttention", AttentionNodes::additive);
  }

  private LayerNodes() {}

  /** Whether there are nodes for a class of layers. */
  static boolean knows(String className) {
    return BY_CLASS_NAME.containsKey(className);
  }

  static List<Flow> write(LayerUse use) {
    Layer layer = use.layer();
    Writer writer =
        layer instanceof Operation
            ? OperationNodes::write
            : Layers.knows(layer) ? BY_CLASS_NAME.get(layer.className()) : null;
    if (writer == null) {
      throw new Unsayable("no ONNX operators say what it does");
    }
    List<Flow> made = writer.write(use);
    use.settings().requireAllAsked();
    return made;
  }
}

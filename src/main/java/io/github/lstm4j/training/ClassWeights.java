package io.github.lstm4j.training;

import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import java.util.Map;
import java.util.function.Function;

/**
 * Batches of a source whose samples have the weights of their classes, times those that they have,
 * as Keras's {@code class_weight} (keras/src/trainers/data_adapters/data_adapter_utils.py).
 */
record ClassWeights(
    BatchSource source, Map<Integer, Double> weights, Function<Batch, LayerGraph> graph)
    implements BatchSource {
  @Override
  public int samples() {
    return source.samples();
  }

  @Override
  public int steps(int batchSize) {
    return source.steps(batchSize);
  }

  @Override
  public Batches batches(int batchSize, Philox shuffle) {
    Batches given = source.batches(batchSize, shuffle);
    return new Batches() {
      @Override
      public Batch next() {
        Batch batch = given.next();
        return batch == null ? null : batch.weighted(weigh(batch));
      }

      @Override
      public void close() {
        given.close();
      }
    };
  }

  private Rows weigh(Batch batch) {
    Rows own = batch.sampleWeights();
    if (batch.targets().size() > 1) {
      throw new IllegalArgumentException(
          "fit: classWeight is for models of one output, as in Keras; give weights of samples");
    }
    if (batch.targets().isEmpty() || (own != null && own.size() != batch.size())) {
      return own; // refused later, as without classes
    }
    Shape output = graph.apply(batch).outputShape(0);
    if (output.rank() != 2) {
      throw new IllegalArgumentException(
          "fit: classWeight needs a class for each sample; the model's output "
              + output
              + " has one for each timestep");
    }
    float[] product = new float[batch.size()];
    for (int i = 0; i < product.length; i++) {
      double weight = weights.getOrDefault(classOf(batch.targets().get(0), i), 1.0);
      product[i] = (float) weight * (own == null ? 1 : own.data()[own.from() + i]);
    }
    return new Rows(product, 0, Shape.of(product.length));
  }

  /** The number, or where the greatest value is. */
  private static int classOf(Rows targets, int sample) {
    int width = targets.size() / targets.shape().dim(0);
    int first = targets.from() + sample * width;
    float[] values = targets.data();
    if (width == 1) {
      return (int) Math.rint(values[first]);
    }
    int greatest = 0;
    for (int k = 1; k < width; k++) {
      greatest = values[first + k] > values[first + greatest] ? k : greatest;
    }
    return greatest;
  }
}

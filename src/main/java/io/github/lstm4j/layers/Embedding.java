package io.github.lstm4j.layers;

import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.tensor.Shape;
import java.util.List;

/**
 * Turns whole numbers into vectors: ids (batch, timesteps), each in [0, inputDim), to (batch,
 * timesteps, outputDim). The first layer of a model, or behind one that computes ids, of which
 * those that are not in the table give NaN. Weights: {@code embeddings} (inputDim, outputDim).
 *
 * <pre>{@code
 * Sequential model = new Sequential();
 * model.add(new Embedding(1000, 16).maskZero(true).inputLength(5)); // ids 1 to 999; 0 fills up
 * model.add(new LSTM(8));
 * model.add(new Dense(1, "sigmoid"));
 * int[][] words = {{4, 17, 999, 0, 0}, {8, 8, 15, 3, 2}};
 * System.out.println(model.predict(Tensor.of(words)).shape()); // (2, 1)
 * System.out.println(model.layers().get(0).countParams()); // 16000
 * }</pre>
 */
public final class Embedding extends Layer {
  private static final String TABLE = "embeddings";

  private int inputDim;
  private int outputDim;
  private boolean maskZero;
  private Weight embeddings;

  Embedding() {
    super(new WeightRules().with(TABLE, Initializer.of("random_uniform")));
  }

  /**
   * @param inputDim the number of ids, at least 1
   * @param outputDim the length of a vector, at least 1
   */
  public Embedding(int inputDim, int outputDim) {
    this();
    this.inputDim = positive(inputDim, "inputDim");
    this.outputDim = positive(outputDim, "outputDim");
  }

  /** On the first layer of a model: the number of timesteps, -1 if it varies. */
  public Embedding inputLength(int timesteps) {
    inputShape(timesteps);
    return this;
  }

  /** Whether id 0 is padding, to be masked; default false. */
  public Embedding maskZero(boolean mask) {
    requireUnbuilt();
    maskZero = mask;
    return this;
  }

  /** Initializer of the table; default uniform within ±0.05. */
  public Embedding embeddingsInitializer(Initializer initializer) {
    rules().initializer(TABLE, initializer);
    return this;
  }

  /** As {@link #embeddingsInitializer(Initializer)}, by Keras's name. */
  public Embedding embeddingsInitializer(String initializer) {
    return embeddingsInitializer(Initializer.of(initializer));
  }

  /** What the table adds to the loss; default nothing. */
  public Embedding embeddingsRegularizer(Regularizer regularizer) {
    rules().regularizer(TABLE, regularizer);
    return this;
  }

  /** As {@link #embeddingsRegularizer(Regularizer)}, by Keras's name. */
  public Embedding embeddingsRegularizer(String regularizer) {
    return embeddingsRegularizer(Regularizer.of(regularizer));
  }

  /** Where the table must stay; default anywhere. */
  public Embedding embeddingsConstraint(Constraint constraint) {
    rules().constraint(TABLE, constraint);
    return this;
  }

  /** As {@link #embeddingsConstraint(Constraint)}, by Keras's name. */
  public Embedding embeddingsConstraint(String constraint) {
    return embeddingsConstraint(Constraint.of(constraint));
  }

  /** The number of ids. */
  public int inputDim() {
    return inputDim;
  }

  /** Whether id 0 fills up, and is masked. */
  boolean masksZero() {
    return maskZero;
  }

  @Override
  protected void configure(Config c) {
    inputDim = positive(c.integer("input_dim", inputDim), "inputDim");
    outputDim = positive(c.integer("output_dim", outputDim), "outputDim");
    configureRules(c);
    maskZero = c.flag("mask_zero", maskZero);
    lora(c);
  }

  @Override
  public boolean takesIds(int input) {
    return true;
  }

  @Override
  public boolean judgesValues() {
    return true;
  }

  @Override
  public void checkValues(float[] values, int from, int to) {
    for (int i = from; i < to; i++) {
      float id = values[i];
      if (!(id >= 0 && id < inputDim && id == (int) id)) {
        throw new IllegalArgumentException(
            name()
                + ": expected whole numbers from 0 to "
                + (inputDim - 1)
                + ", got "
                + id
                + "; raise inputDim or check the ids");
      }
    }
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    if (input.rank() != 2) {
      throw wrongInput("ids (batch, timesteps)", input, "begin the model with Input(timesteps)");
    }
    return Shape.of(input.dim(0), input.dim(1), outputDim);
  }

  @Override
  protected void onBuild(Shape input) {
    embeddings = addWeight(TABLE, Shape.of(inputDim, outputDim), TABLE);
  }

  @Override
  protected boolean servesToo(List<Shape> inputs) {
    return true; // any number of timesteps
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    Graph graph = to.graph();
    boolean fed = in.value().timeMajor(); // by an input, whose ids were checked
    Value ids = fed ? in.value() : computed(graph, in.value()); // (T,B)
    Value mask = in.mask();
    if (maskZero) {
      Value rows = graph.view(name() + ".ids", ids, 0, Shape.of(ids.dim(0), ids.dim(1), 1), true);
      mask = graph.maskOf(rows, 0f, ids.shape(), name() + ".mask");
    }
    Value vectors = graph.embed(ids, to.variable(embeddings), name());
    return new Signal(fed ? vectors : whereThereAre(graph, ids, in.value(), vectors), mask);
  }

  /** Ids (B,T) that a layer before gives, as (T,B), and within the table. */
  private Value computed(Graph graph, Value ids) {
    Value first = graph.binary(Combine.MAX, ids, graph.constant(0f), name() + ".least");
    Value within =
        graph.binary(Combine.MIN, first, graph.constant(inputDim - 1f), name() + ".most");
    return graph.permute(within, new int[] {1, 0}, true, name() + ".computed");
  }

  /** NaN for ids that are not in the table. */
  private Value whereThereAre(Graph graph, Value within, Value ids, Value vectors) {
    Value asked = graph.permute(ids, new int[] {1, 0}, true, name() + ".asked");
    Value known = graph.binary(Combine.EQUAL, within, asked, name() + ".known");
    Value each = graph.reshape(known, Categorical.behind(known.shape(), 1), true, name() + ".each");
    return graph.where(each, vectors, graph.constant(Float.NaN), name() + ".vectors");
  }
}

package io.github.lstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.layers.ActivationLayer;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Bidirectional.MergeMode;
import io.github.lstm4j.layers.DataFormat;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Flatten;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.RepeatVector;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a user may do wrong, and that the answer names the place, the wanted and the given. */
class BadInputTest {
  /** Refused with these words, by a class that the user knows, not from deep inside. */
  private static void refused(ThrowingCallable action, String... words) {
    Throwable t = catchThrowable(action);
    assertThat(t).isInstanceOfAny(IllegalArgumentException.class, IllegalStateException.class);
    assertThat(t).hasMessageContainingAll(words);
    assertThat(t.getStackTrace()[0].getClassName())
        .as("%s", t)
        .matches(
            "io\\.github\\.lstm4j\\.(model|training|compile|layers|io|callbacks|losses|metrics|names|optimizers"
                + "|initializers|activations)\\..*");
  }

  private static Sequential model() {
    Sequential m = new Sequential(new LSTM(3).inputShape(4, 2), new Dense(1));
    return m.compile(Optimizer.sgd(0.1f), Loss.meanSquaredError());
  }

  private static final Tensor X = Tensor.zeros(5, 4, 2);
  private static final Tensor Y = Tensor.zeros(5, 1);
  private static final Fit FIT = Fit.epochs(1).batchSize(5).silent();

  @Test
  void sizesBelowOne() {
    refused(() -> new LSTM(0), "LSTM", "units", "at least 1", "got 0");
    refused(() -> new LSTM(-3), "LSTM", "units", "got -3");
    refused(() -> new Dense(0), "Dense", "units", "got 0");
    refused(() -> new RepeatVector(0), "RepeatVector", "got 0");
    refused(() -> new Embedding(0, 3), "Embedding", "inputDim", "got 0");
    refused(() -> new Input(3, 0), "Input", "(3, 0)");
    refused(() -> new Input(), "Input", "got ()");
    refused(() -> Input.batch(0, 2, 3), "Input", "batchSize", "got 0");
    refused(() -> new Dropout(1f), "Dropout", "[0, 1)", "1.0");
    refused(() -> new Dropout(Float.NaN), "Dropout", "NaN");
    refused(() -> new LSTM(2).dropout(-0.1f), "LSTM", "dropout", "-0.1");
    refused(() -> new LSTM(2).recurrentDropout(1f), "LSTM", "recurrentDropout", "1.0");
    refused(() -> Optimizer.sgd(-1f), "learningRate", "-1.0");
    refused(() -> Optimizer.sgd(1f).withClipnorm(-1f), "clip", "-1.0");
    refused(() -> Optimizer.sgd(1f).withClipnorm(1f).withClipvalue(1f), "only one");
    refused(() -> Loss.huber(0f), "delta", "0.0");
    refused(() -> Fit.epochs(0), "epochs", "got 0");
    refused(() -> Fit.epochs(1).batchSize(0), "batchSize", "got 0");
    refused(() -> Fit.epochs(1).validationSplit(1.0), "validationSplit", "1.0");
    refused(() -> Fit.epochs(1).initialEpoch(-1), "initialEpoch", "-1");
  }

  @Test
  void unknownNames() {
    refused(() -> new LSTM(2).activation("mish2"), "mish2", "tanh");
    refused(() -> new LSTM(2).activation("softmax"), "LSTM", "elementwise");
    refused(() -> new Bidirectional(new LSTM(2), "max"), "'max'", "concat, sum, mul, ave");
    refused(() -> model().compile("adagrad2", "mse"), "adagrad2", "adam");
    refused(() -> model().compile("adam", "mse2"), "mse2", "mse");
    refused(() -> model().compile("adam", "mse", "auc2"), "auc2", "mae");
    refused(() -> model().layer("lstm_7"), "lstm_7", "lstm, dense");
    refused(() -> new LSTM(2).name(" "), "blank");
  }

  @Test
  void layersThatDoNotFit() {
    refused(
        () -> new Sequential(new LSTM(3).inputShape(4, 2), new LSTM(2)),
        "expected (batch, timesteps, features)",
        "(None, 3)",
        "returnSequences(true)");
    refused(
        () -> new Sequential(new LSTM(2).returnState(true).inputShape(4, 2), new Dense(1)),
        "lstm",
        "returnState(true)",
        "last");
    refused(
        () ->
            new Sequential(
                new Bidirectional(new LSTM(2).returnState(true)).inputShape(4, 2), new Dense(1)),
        "returnState(true)");
    refused(
        () -> new Sequential(new LSTM(2).name("a").inputShape(4, 2), new Dense(1).name("a")),
        "'a'",
        "differ");
    refused(
        () -> new Sequential(new Input(2), new RepeatVector(2), new Input(2)), "Input", "first");
    refused(() -> new Sequential(new Input(4, 2), new Embedding(3, 2)), "embedding", "ids");
    refused(() -> new Sequential(new Input(4, 2), new RepeatVector(2)), "repeat_vector");
    refused(
        () -> new Sequential(new Input(3), new TimeDistributed(new Dense(2))), "time_distributed");
    refused(() -> new Sequential(new Input(3, 2), new TimeDistributed(new LSTM(2))), "lstm");
    refused(
        () -> new Sequential(new LSTM(2).stateful(true).inputShape(4, 2)),
        "fixed batch size",
        "Input.batch");
    refused(
        () ->
            new Bidirectional(
                new LSTM(2), new LSTM(3).goBackwards(true), Bidirectional.MergeMode.SUM),
        "Bidirectional",
        "2 and 3");
    refused(
        () -> new Bidirectional(new LSTM(2), new LSTM(2), Bidirectional.MergeMode.SUM),
        "other way");
    LSTM one = new LSTM(2).returnSequences(true).inputShape(4, 2);
    refused(() -> new Sequential(one, one), "already part");
    refused(() -> one.dropout(0.5f), "built");
    refused(() -> model().add(new Dense(2)), "compiled");
    refused(
        () -> new Sequential(new Input(-1, 2), new Flatten(), new Dense(2)), "dense", "features");
  }

  @Test
  void modelsThatAreNotReady() {
    Sequential empty = new Sequential();
    refused(() -> empty.predict(X), "no layers");
    refused(() -> empty.compile("adam", "mse"), "no layers");
    refused(() -> new Sequential(new LSTM(2)).session(1), "input's shape is not known");
    refused(() -> new Sequential(new LSTM(2)).setWeights(List.of()), "input's shape is not known");
    refused(() -> new Sequential(new LSTM(2).inputShape(4, 2)).fit(X, Y, FIT), "compile");
    refused(() -> new Sequential(new LSTM(2).inputShape(4, 2)).evaluate(X, Y), "compile");
    refused(() -> new LSTM(2).kernelC(), "no weights yet");
    LSTM noBias = new LSTM(2).useBias(false).inputShape(4, 2);
    try (Sequential m = new Sequential(noBias)) {
      refused(noBias::biasC, "lstm", "useBias(true)");
      refused(noBias::peepholeWeight, "lstm", "peephole");
      m.getWeights();
      refused(() -> m.seed(3), "seed before");
    }
  }

  @Test
  void inputsOfTheWrongShape() {
    try (Sequential m = model()) {
      refused(() -> m.predict(Tensor.zeros(4, 2)), "lstm", "(batch, 4, 2)", "(4, 2)", "reshape");
      refused(
          () -> m.predict(Tensor.zeros(1, 4, 3)), "lstm", "(batch, 4, 2)", "(1, 4, 3)", "features");
      refused(() -> m.predict(Tensor.zeros(1, 5, 2)), "lstm", "(batch, 4, 2)", "(1, 5, 2)");
      refused(() -> m.predict(Tensor.zeros(0, 4, 2)), "empty");
      refused(() -> m.fit(Tensor.zeros(0, 4, 2), Tensor.zeros(0, 1), FIT), "empty");
      refused(() -> m.predict(X, 0), "batchSize", "got 0");
      refused(() -> m.evaluate(X, Y, -1), "batchSize", "got -1");
      refused(() -> m.call(X, Tensor.zeros(5, 3), List.of()), "lstm", "mask", "(5, 4)", "(5, 3)");
      refused(() -> m.call(X, null, List.of(Tensor.zeros(5, 3))), "h and c", "1 tensors");
      refused(
          () -> m.call(X, null, List.of(Tensor.zeros(5, 3), Tensor.zeros(5, 2))),
          "lstm",
          "initial state",
          "(5, 3)",
          "(5, 2)");
    }
    try (Sequential m = new Sequential(new Input(6), new Embedding(3, 2), new LSTM(2))) {
      Tensor ids = Tensor.zeros(1, 6);
      ids.data()[4] = 3;
      refused(() -> m.predict(ids), "embedding", "0 to 2", "3.0", "inputDim");
      ids.data()[4] = 0.5f;
      refused(() -> m.predict(ids), "embedding", "whole numbers", "0.5");
      ids.data()[4] = Float.NaN;
      refused(() -> m.predict(ids), "embedding", "NaN");
    }
    // the first data tells the shape, and may be wrong too
    refused(() -> new Sequential(new LSTM(2)).predict(Tensor.zeros(4, 2)), "lstm", "(None, 2)");
    try (Sequential m = new Sequential(new Input(4), new Dense(2))) {
      refused(() -> m.call(Tensor.zeros(1, 4), Tensor.zeros(1, 4), List.of()), "dense", "mask");
    }
  }

  @Test
  void targetsAndValues() {
    try (Sequential m = model()) {
      refused(() -> m.fit(X, Tensor.zeros(5, 2), FIT), "fit", "(5, 1)", "(5, 2)", "dense");
      refused(() -> m.fit(X, Tensor.zeros(4, 1), FIT), "targets", "(5, 4, 2)", "(4, 1)");
      refused(() -> m.evaluate(X, Tensor.zeros(5, 4, 1)), "evaluate", "(5, 4, 1)");
      refused(() -> m.trainOnBatch(X, Tensor.zeros(6, 1)), "trainOnBatch", "(6, 1)");
      refused(
          () -> m.fit(X, Y, FIT.validationData(X, Tensor.zeros(5, 3))), "validationData", "(5, 3)");
      refused(() -> m.fit(X, Y, FIT.validationData(Tensor.zeros(5, 4, 9), Y)), "lstm", "(5, 4, 9)");
      refused(() -> m.fit(X, Y, FIT.validationSplit(0.9)), "validationSplit", "5 samples");
      Tensor bad = X.copy();
      bad.set(Float.NaN, 3, 2, 1);
      refused(() -> m.fit(bad, Y, FIT), "NaN", "sample 3", "timestep 2", "feature 1", "missing");
      bad.set(Float.NEGATIVE_INFINITY, 3, 2, 1);
      refused(() -> m.fit(bad, Y, FIT), "-Infinity", "sample 3");
      Tensor badY = Y.copy();
      badY.set(Float.POSITIVE_INFINITY, 4, 0);
      refused(() -> m.fit(X, badY, FIT), "y has", "Infinity", "sample 4", "column 0");
      assertThat(m.iterations()).isZero();
    }
    try (Sequential m = new Sequential(new LSTM(2).inputShape(4, 2), new Dense(3, "softmax"))) {
      m.compile("adam", "sparse_categorical_crossentropy", "accuracy");
      Tensor classes = Tensor.of(new float[] {0, 1, 2, 3, 0}, 5, 1);
      refused(() -> m.fit(X, classes, FIT), "class numbers from 0 to 2", "3.0");
      classes.data()[3] = -1;
      refused(() -> m.evaluate(X, classes), "class numbers", "-1.0");
      refused(
          () ->
              m.compile(
                  Optimizer.sgd(1f), Loss.meanSquaredError(), Metric.SPARSE_CATEGORICAL_ACCURACY),
          "sparse_categorical_accuracy",
          "different targets");
    }
  }

  @Test
  void weightsOfTheWrongShape() {
    try (Sequential m = model()) {
      List<Tensor> w = m.getWeights();
      refused(() -> m.setWeights(w.subList(0, 4)), "expected 5 weights", "got 4");
      List<Tensor> other = new java.util.ArrayList<>(w);
      other.set(1, Tensor.zeros(3, 8));
      refused(() -> m.setWeights(other), "lstm", "recurrent_kernel", "(3, 12)", "(3, 8)");
      assertThat(m.getWeights()).isEqualTo(w); // nothing was set
      LSTM lstm = (LSTM) m.layers().get(0);
      refused(() -> lstm.kernelC().assign(Tensor.zeros(3, 3)), "kernel_c", "(2, 3)", "(3, 3)");
      refused(() -> lstm.kernel().assign(Tensor.zeros(3, 3)), "kernel", "(2, 12)", "(3, 3)");
      refused(() -> m.restoreOptimizer(1, List.of()), "optimizer state", "5 weights", "got 0");
    }
  }

  @Test
  void statesAndSessions() {
    try (Sequential m =
        new Sequential(Input.batch(2, 4, 2), new LSTM(3).stateful(true), new Dense(1))) {
      m.compile("sgd", "mse");
      refused(() -> m.predict(X, 2), "lstm", "batches of 2", "5 samples");
      refused(() -> m.predict(Tensor.zeros(4, 4, 2), 4), "lstm", "batches of 2", "batches of 4");
      refused(() -> m.fit(X, Y, FIT), "lstm", "stateful", "batchSize 2");
      refused(
          () ->
              m.fit(
                  Tensor.zeros(4, 4, 2), Tensor.zeros(4, 1), FIT.batchSize(2).validationData(X, Y)),
          "lstm",
          "batches of 2",
          "5 samples");
    }
    refused(
        () -> new Sequential(new Bidirectional(new LSTM(2)).inputShape(4, 2)).session(1),
        "bidirectional",
        "predict");
    refused(
        () -> new Sequential(new LSTM(2).goBackwards(true).inputShape(4, 2)).session(1),
        "lstm",
        "whole sequences");
    try (Sequential m = model()) {
      refused(() -> m.session(0), "batch", "got 0");
      try (Session session = m.session(2)) {
        refused(() -> session.step(Tensor.zeros(2, 3)), "lstm", "(2, 2)", "(2, 3)");
        refused(() -> session.step(Tensor.zeros(1, 2)), "lstm", "(2, 2)", "(1, 2)");
        refused(() -> session.states(new LSTM(2)), "not a layer");
        try (Session of = model().session(1)) {
          refused(() -> m.step(of, Tensor.zeros(1, 2)), "another model");
        }
      }
    }
    refused(() -> new History().get("loss"), "no 'loss'");
  }

  /** A null says who got it and what it should have been. */
  @Test
  void nullArguments() {
    Map<ThrowingCallable, String> calls = new LinkedHashMap<>();
    calls.put(() -> new LSTM(2).activation((Activation) null), "LSTM: an activation");
    calls.put(() -> new LSTM(2).recurrentActivation((Activation) null), "LSTM: an activation");
    calls.put(() -> new LSTM(2).kernelInitializer((Initializer) null), "LSTM: kernelInitializer");
    calls.put(
        () -> new LSTM(2).recurrentInitializer((Initializer) null), "LSTM: recurrentInitializer");
    calls.put(() -> new LSTM(2).kernelInitializer((String) null), "the name of an initializer");
    calls.put(() -> new LSTM(2).biasInitializer((Initializer) null), "LSTM: biasInitializer");
    calls.put(() -> new LSTM(2).peephole((Peephole) null), "LSTM: peephole");
    calls.put(() -> new LSTM(2).name(null), "LSTM: a name");
    calls.put(() -> new Dense(2).activation((Activation) null), "Dense: activation");
    calls.put(() -> new Dense(2).kernelInitializer((Initializer) null), "Dense: kernelInitializer");
    calls.put(
        () -> new Embedding(2, 2).embeddingsInitializer((Initializer) null),
        "embeddingsInitializer");
    calls.put(() -> new ActivationLayer((Activation) null), "Activation: activation");
    calls.put(() -> new Flatten((DataFormat) null), "Flatten: dataFormat");
    calls.put(() -> new TimeDistributed(null), "TimeDistributed: the layer");
    calls.put(() -> new Bidirectional(null), "Bidirectional: the layer");
    calls.put(() -> new Bidirectional(new LSTM(2), (MergeMode) null), "Bidirectional: mergeMode");
    calls.put(() -> new Bidirectional(new LSTM(2), null, MergeMode.SUM), "the backward layer");
    calls.put(() -> new Sequential().add(null), "sequential: add expects a layer");
    calls.put(() -> new Sequential().name(null), "model: a name");
    Model m = model();
    calls.put(() -> m.layer(null), "the name of a layer");
    calls.put(() -> m.setWeights(null), "a list of tensors");
    calls.put(() -> m.fit((Tensor) null, Y, FIT), "a tensor of inputs");
    calls.put(() -> m.predict((Tensor) null), "a tensor of inputs");
    calls.put(() -> m.fit(X, Y, null), "options");
    calls.put(() -> m.save((Path) null), "a file");
    calls.put(() -> m.save((OutputStream) null), "a stream");
    calls.put(() -> m.saveWeights((OutputStream) null), "a stream");
    calls.put(() -> m.loadWeights((InputStream) null), "getResourceAsStream");
    calls.put(() -> Models.load(getClass().getResourceAsStream("/none")), "getResourceAsStream");
    calls.put(() -> Models.load((Path) null), "a file");
    calls.put(() -> Metric.of((Loss) null), "a loss");
    calls.put(() -> Tensor.of((float[]) null), "an array");
    calls.put(() -> Tensor.of((float[]) null, 1), "an array");
    calls.put(() -> Tensor.of((double[][]) null), "an array");
    calls.put(() -> Tensor.concat(0, X, null), "tensors");
    calls.forEach(
        (call, words) ->
            assertThat(catchThrowable(call))
                .as(words)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(words, "null"));
  }
}

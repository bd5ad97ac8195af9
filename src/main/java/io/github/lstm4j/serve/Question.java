package io.github.lstm4j.serve;

import io.github.lstm4j.tensor.Tensor;
import java.util.List;
import java.util.function.Function;

/**
 * A request as its model takes it.
 *
 * @param inputs in the model's order, each (rows, …)
 * @param sequence whose part it is; null: it stands alone
 * @param answer writes the outputs, in the model's order
 */
record Question(
    List<Tensor> inputs, SequencePart sequence, Function<List<Tensor>, Answer> answer) {}

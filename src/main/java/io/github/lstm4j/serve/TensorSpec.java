package io.github.lstm4j.serve;

import io.github.lstm4j.tensor.Shape;

/**
 * An input or output of a model, as its metadata says it.
 *
 * @param name by which requests call it
 * @param type of its elements
 * @param shape the first axis is the rows of a request, {@link Shape#UNKNOWN}
 */
public record TensorSpec(String name, DataType type, Shape shape) {}

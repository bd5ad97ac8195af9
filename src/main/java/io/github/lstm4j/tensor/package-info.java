/**
 * Arrays of numbers with a shape, {@link io.github.lstm4j.tensor.Tensor}: what goes into models and
 * comes out. Row-major; the last axis is the one whose elements lie side by side.
 */
package io.github.lstm4j.tensor;

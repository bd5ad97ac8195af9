/**
 * Activation functions, by Keras's names: {@link io.github.lstm4j.activations.Activation}. A layer
 * takes one by its name, {@code activation("relu")}, or with parameters, {@code
 * activation(Activation.leakyRelu(0.1f))}.
 */
package io.github.lstm4j.activations;

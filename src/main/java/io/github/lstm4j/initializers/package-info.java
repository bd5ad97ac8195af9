/**
 * What weights begin as: {@link io.github.lstm4j.initializers.Initializer}, with Keras's names and
 * distributions. Values are drawn when somebody asks for them, from the model's seed or from the
 * initializer's own.
 */
package io.github.lstm4j.initializers;

/**
 * How weights follow their gradients: {@link io.github.lstm4j.optimizers.Optimizer}, with Keras's
 * names and settings, and {@link io.github.lstm4j.optimizers.UpdateRule}, the equations.
 */
package io.github.lstm4j.optimizers;

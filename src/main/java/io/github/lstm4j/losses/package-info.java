/**
 * What a training makes small: {@link io.github.lstm4j.losses.Loss}, with Keras's names, reductions
 * and options.
 */
package io.github.lstm4j.losses;

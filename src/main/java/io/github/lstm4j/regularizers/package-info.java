/**
 * What a training's loss pays for large weights or outputs, by Keras's names.
 *
 * @see io.github.lstm4j.regularizers.Regularizer
 */
package io.github.lstm4j.regularizers;

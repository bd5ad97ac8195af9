/**
 * Keras's layers: their settings, their weights, and the ops they become. Each class shows how it
 * is used.
 *
 * <p>A {@link io.github.lstm4j.layers.Layer} is made by its constructor and set by methods that
 * return it, in Keras's words; it gets its weights when a model is built, and {@linkplain
 * io.github.lstm4j.layers.Lowering writes its ops} whenever a program is compiled. What it passes
 * to the next is a {@link io.github.lstm4j.layers.Signal}: a value, its mask, its states. Names in
 * files and back are {@link io.github.lstm4j.layers.KerasNames}' and {@link
 * io.github.lstm4j.layers.Layers}'.
 */
package io.github.lstm4j.layers;

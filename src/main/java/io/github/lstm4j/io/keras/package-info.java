/**
 * Keras 3 model files ({@code .keras}): the archive, its configuration as plain maps, its weights
 * as a tree of arrays. Knows no layers.
 */
package io.github.lstm4j.io.keras;

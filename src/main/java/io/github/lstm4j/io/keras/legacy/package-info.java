/**
 * What Keras 1 and 2 wrote, brought to the form of Keras 3: configurations, arrays of weights, and
 * how both lie in HDF5 files.
 */
package io.github.lstm4j.io.keras.legacy;

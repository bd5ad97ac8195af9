/**
 * What is measured beside the loss: {@link io.github.lstm4j.metrics.Metric}, with Keras's names.
 */
package io.github.lstm4j.metrics;

/**
 * What a training does beside learning, given to {@link io.github.lstm4j.training.Fit#callbacks
 * fit}: stop in time, keep the best weights, write files, show how far it is. All are {@link
 * io.github.lstm4j.training.Callback}s, as yours may be.
 */
package io.github.lstm4j.callbacks;

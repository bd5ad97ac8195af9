/**
 * Random numbers that depend on a seed and a count alone, {@link io.github.lstm4j.random.Philox}:
 * the same on the CPU and on a GPU, and with any number of threads.
 */
package io.github.lstm4j.random;

/**
 * What a model becomes: a {@link io.github.lstm4j.graph.Graph} of coarse {@link
 * io.github.lstm4j.graph.Op ops} on {@link io.github.lstm4j.graph.Value values} of fixed shapes,
 * their {@link io.github.lstm4j.graph.Gradients}, and a {@link io.github.lstm4j.graph.Program}, in
 * which the ops have an order and the values a place in one arena of memory.
 *
 * <p>The LSTM's equations, and where they are from, stand at {@link
 * io.github.lstm4j.graph.CellSpec}. An op says what is computed; how is a backend's.
 */
package io.github.lstm4j.graph;

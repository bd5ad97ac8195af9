/**
 * What runs programs: a {@link io.github.lstm4j.backend.Backend} allocates {@link
 * io.github.lstm4j.backend.Buffer buffers} and makes an {@link io.github.lstm4j.backend.Executable}
 * of a {@link io.github.lstm4j.graph.Program}.
 *
 * <p>There are two, in {@link io.github.lstm4j.backend.cpu} and {@link
 * io.github.lstm4j.backend.cuda}; {@link io.github.lstm4j.runtime.Backends} finds which can be used
 * here.
 */
package io.github.lstm4j.backend;

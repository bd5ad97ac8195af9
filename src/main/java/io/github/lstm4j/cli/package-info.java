/**
 * The command line, in {@code lstm4j-all.jar} and not in the library: one class a command. {@link
 * io.github.lstm4j.cli.Launcher} is where the jar starts, {@link io.github.lstm4j.cli.Main} has the
 * list of commands, the exit codes and the words for errors.
 */
package io.github.lstm4j.cli;

/** The command line: one class a command, {@link io.github.lstm4j.cli.Main} is where it starts. */
package io.github.lstm4j.cli;

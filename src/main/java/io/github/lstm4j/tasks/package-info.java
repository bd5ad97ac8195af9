/**
 * What a table's rows are to a model. A {@link io.github.lstm4j.tasks.TaskSetup} says what goes in
 * and what comes out, and learns from the training rows a {@link io.github.lstm4j.tasks.Task}: it
 * turns tables into samples and a model's outputs into answers in the table's units, and is stored
 * in the model's file.
 *
 * <p>What tasks have in common, from a file's columns to scaled inputs, is {@link
 * io.github.lstm4j.tasks.InputSetup} and, once fitted, {@link io.github.lstm4j.tasks.TableInputs}.
 */
package io.github.lstm4j.tasks;

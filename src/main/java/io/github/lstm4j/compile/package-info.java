/**
 * From layers to a program. A {@link io.github.lstm4j.compile.LayerGraph} asks the layers for their
 * ops, for a {@link io.github.lstm4j.compile.Goal goal}: to predict, to evaluate or to train. A
 * {@link io.github.lstm4j.compile.Plan} is the program for one batch size, ready to run on a
 * backend; a {@link io.github.lstm4j.compile.PlanCache} keeps those in use.
 */
package io.github.lstm4j.compile;

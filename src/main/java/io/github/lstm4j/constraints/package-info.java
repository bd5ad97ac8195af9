/**
 * Where weights must stay after each training step, by Keras's names.
 *
 * @see io.github.lstm4j.constraints.Constraint
 */
package io.github.lstm4j.constraints;

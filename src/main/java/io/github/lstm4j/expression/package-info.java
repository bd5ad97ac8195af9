/**
 * Arithmetic on tensors of a program as a user writes it, for losses and metrics of one's own:
 * {@link io.github.lstm4j.expression.Expression}.
 */
package io.github.lstm4j.expression;

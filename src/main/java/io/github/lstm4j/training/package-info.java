/**
 * The loop: {@link io.github.lstm4j.training.Fit} is what {@code fit} is told, {@link
 * io.github.lstm4j.training.History} what it returns. A {@link
 * io.github.lstm4j.training.BatchSource} gives {@link io.github.lstm4j.training.Batch batches},
 * from tensors, from windows of a table or from anywhere; a {@link
 * io.github.lstm4j.training.Callback} is told what happens and may {@linkplain
 * io.github.lstm4j.training.Training#stop end it}.
 */
package io.github.lstm4j.training;

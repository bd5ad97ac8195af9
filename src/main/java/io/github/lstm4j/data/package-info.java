/**
 * From tables to training samples.
 *
 * <p>A CSV file becomes a {@link io.github.lstm4j.data.Table} ({@link
 * io.github.lstm4j.data.CsvReader}); its columns become numbers ({@link
 * io.github.lstm4j.data.Encoder}), are brought to one scale ({@link
 * io.github.lstm4j.data.Normalizer}) and cut into sequences with their targets ({@link
 * io.github.lstm4j.data.Windows}). Whatever is learned from data is learned from the training rows
 * only ({@link io.github.lstm4j.data.Split}).
 */
package io.github.lstm4j.data;

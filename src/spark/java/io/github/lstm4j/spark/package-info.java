/**
 * Models on Apache Spark, in a jar of its own: scoring ({@link
 * io.github.lstm4j.spark.SequenceTransformer}, {@link io.github.lstm4j.spark.TaskModel}, {@link
 * io.github.lstm4j.spark.SharedModel}) and training ({@link io.github.lstm4j.spark.SparkFit},
 * {@link io.github.lstm4j.spark.ForecastEstimator}). It stands on {@code tasks} and {@code model},
 * and nothing stands on it. SPARK.md says what was measured.
 */
package io.github.lstm4j.spark;

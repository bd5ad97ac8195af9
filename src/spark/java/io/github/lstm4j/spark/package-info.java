/**
 * Models on Apache Spark, from a jar of its own: scoring ({@link
 * io.github.lstm4j.spark.SequenceTransformer}, {@link io.github.lstm4j.spark.ForecastModel}, {@link
 * io.github.lstm4j.spark.SharedModel}). It stands on {@code tasks} and {@code model}, and nothing
 * stands on it.
 */
package io.github.lstm4j.spark;

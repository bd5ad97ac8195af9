/**
 * Forecasts of a table's columns from the rows before: a {@link
 * io.github.lstm4j.forecast.ForecastSetup} says what goes in and what comes out, and learns from
 * the training rows a {@link io.github.lstm4j.forecast.ForecastTask}, which turns tables into a
 * model's inputs and its outputs into forecasts.
 */
package io.github.lstm4j.forecast;

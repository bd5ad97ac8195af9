/**
 * What you hold: a {@link io.github.lstm4j.model.Model} compiles, fits, evaluates, predicts, saves
 * and loads; a {@link io.github.lstm4j.model.Sequential} is one written as a chain of layers. A
 * {@link io.github.lstm4j.model.Session} feeds a model one timestep at a time; {@link
 * io.github.lstm4j.model.Summary} and {@link io.github.lstm4j.model.SummaryStyle} are its table of
 * layers, {@link io.github.lstm4j.model.ModelFormat} what writes it to files.
 */
package io.github.lstm4j.model;

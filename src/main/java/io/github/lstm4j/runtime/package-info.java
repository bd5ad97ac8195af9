/**
 * What runs a model here, {@link io.github.lstm4j.runtime.Backends}, and where its weights are: on
 * which device lies the newest copy of each, and when it is brought to another.
 */
package io.github.lstm4j.runtime;

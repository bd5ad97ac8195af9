/** Keras-style LSTMs for the JVM: see {@code README.md}. */
package io.github.lstm4j;

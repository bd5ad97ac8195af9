/** The CPU backend. */
package io.github.lstm4j.backend.cpu;

/** Files: one package per foreign format, and how any file is written. */
package io.github.lstm4j.io;

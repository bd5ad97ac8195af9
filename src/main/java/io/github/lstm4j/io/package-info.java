/**
 * Files: how any file is written so that a crash leaves the old one whole, how much of a file may
 * be read, and how what comes from files is shown to people. The formats have packages of their
 * own: {@link io.github.lstm4j.io.keras}, {@link io.github.lstm4j.io.hdf5}, {@link
 * io.github.lstm4j.io.npy}.
 */
package io.github.lstm4j.io;

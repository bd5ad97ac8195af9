/**
 * HDF5 files: groups of n-dimensional arrays with attributes, the form in which Keras stores
 * weights. {@link io.github.lstm4j.io.hdf5.Hdf5Reader} reads every form that Python writes, {@link
 * io.github.lstm4j.io.hdf5.Hdf5Writer} writes the oldest, which everyone reads. Both are ours: a
 * file may come from anywhere, and what reads it must not hang, nor fill the memory with what a
 * header states.
 */
package io.github.lstm4j.io.hdf5;

/**
 * HDF5 files: groups of n-dimensional arrays with attributes, the form in which Keras stores
 * weights.
 *
 * <p>Files are read through jHDF, the only place that knows it is {@link
 * io.github.lstm4j.io.hdf5.Hdf5Reader}. They are written by {@link
 * io.github.lstm4j.io.hdf5.Hdf5Writer}, because jHDF's own writer destroys files that hold empty
 * groups, of which Keras's layout is full.
 */
package io.github.lstm4j.io.hdf5;

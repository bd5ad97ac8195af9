/**
 * NumPy's {@code .npy} (an array, {@link io.github.lstm4j.io.npy.Npy}) and {@code .npz} (arrays by
 * name, {@link io.github.lstm4j.io.npy.Npz}): tensors exchanged with Python.
 */
package io.github.lstm4j.io.npy;

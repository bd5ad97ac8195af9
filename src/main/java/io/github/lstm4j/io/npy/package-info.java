/** NumPy's {@code .npy} and {@code .npz}: arrays exchanged with Python. */
package io.github.lstm4j.io.npy;

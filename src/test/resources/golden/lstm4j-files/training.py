"""Writes training.npz: what Keras's fit and evaluate measured for the cases of TrainingSemanticsTest.

Run as: KERAS_BACKEND=tensorflow python3 training.py
Recorded with Keras 3.15.1, TensorFlow 2.21.0 (CPU), Python 3.11, 2026-11-23. (On JAX the metrics of
a training step do not see the mask, those of evaluate do. RootMeanSquaredError never sees it, so it
is left out where there is one.)

Per case: x, y, w0, w1, … (initial weights), and the history's values under its keys, in batches of
4, without shuffling, for 3 epochs; then NAME/evaluate (loss and metrics of evaluate, batches of 4).
"""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(7)
found = {}


def record(name, stack, y, optimizer, loss, metrics, **fit):
    keras.utils.clear_session()
    model = keras.Sequential(stack)
    for v in model.trainable_variables:
        v.assign(rng.normal(0, 0.4, v.shape).astype("float32"))
    n = 11
    x = rng.normal(0, 1, (n,) + model.input_shape[1:]).astype("float32")
    x[0, 2:] = 0
    x[1, 0] = 0
    x[2, 1] = 0
    x[3] = 0  # masked as a whole
    x[10, 1:] = 0
    y = y(n)
    found[f"{name}/x"], found[f"{name}/y"] = x, y
    for i, w in enumerate(model.get_weights()):
        found[f"{name}/w{i}"] = w
    model.compile(optimizer=optimizer, loss=loss, metrics=metrics)
    history = model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0, **fit).history
    found[f"{name}/keys"] = np.frombuffer(",".join(history).encode(), "uint8").astype("float32")
    for key, values in history.items():
        found[f"{name}/{key}"] = np.array(values, "float32")
    found[f"{name}/evaluate"] = np.array(model.evaluate(x, y, batch_size=4, verbose=0), "float32")


masked = lambda last: [
    layers.Input((4, 3)), layers.Masking(), layers.LSTM(5, return_sequences=True),
    layers.TimeDistributed(last)]
values = lambda *shape: lambda n: rng.normal(0, 1, (n,) + shape).astype("float32")
record("masked", masked(layers.Dense(2)), values(4, 2), keras.optimizers.Adam(0.05), "mse",
       ["mae", "mse"])
record("masked_sparse", masked(layers.Dense(3, activation="softmax")),
       lambda n: rng.integers(0, 3, (n, 4, 1)).astype("float32"), keras.optimizers.RMSprop(0.05),
       "sparse_categorical_crossentropy", ["accuracy"])
record("split", [layers.Input((4, 3)), layers.LSTM(5), layers.Dense(1)], values(1),
       keras.optimizers.SGD(0.1), "mae", ["mean_squared_error", "mae", keras.metrics.RootMeanSquaredError(name="rmse")], validation_split=0.25)
record("classes", [layers.Input((4, 3)), layers.LSTM(5), layers.Dense(3, activation="softmax")],
       lambda n: np.eye(3, dtype="float32")[rng.integers(0, 3, n)], keras.optimizers.SGD(0.1),
       "categorical_crossentropy", ["acc"], validation_split=0.4)
record("three_at_mse", [layers.Input((4, 3)), layers.LSTM(5), layers.Dense(3)],
       lambda n: np.eye(3, dtype="float32")[rng.integers(0, 3, n)], keras.optimizers.SGD(0.1),
       "mse", ["accuracy"])
np.savez("training.npz", **found)

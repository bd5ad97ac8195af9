"""Writes sample_weights.npz: what Keras's fit and evaluate measure with a weight for each sample.

Run as: KERAS_BACKEND=torch python3 sample_weights.py
Recorded with Keras 3.15.1, PyTorch 2.13.0 (CPU), Python 3.11, 2026-11-26.

For sequences Keras 3 wants a weight for each timestep: (samples,) fails, or counts along the
timesteps where these happen to be as many as the batch. So they are repeated.

Per case: x, y, weights, w0, w1, … (initial weights), and the history's values under its keys, in
batches of 4, without shuffling, for 3 epochs; then NAME/evaluate (loss and metric of evaluate with
the weights, batches of 4).
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(11)
found = {}


def record(name, stack, y):
    keras.utils.clear_session()
    model = keras.Sequential(stack)
    for v in model.trainable_variables:
        v.assign(rng.normal(0, 0.4, v.shape).astype("float32"))
    n = 11
    x = rng.normal(0, 1, (n,) + model.input_shape[1:]).astype("float32")
    x[0, 2:] = 0
    x[3] = 0  # masked as a whole
    x[10, 1:] = 0
    weights = rng.uniform(0, 3, n).astype("float32")
    weights[5] = 0
    found[f"{name}/x"], found[f"{name}/y"], found[f"{name}/weights"] = x, y(n), weights
    for i, w in enumerate(model.get_weights()):
        found[f"{name}/w{i}"] = w
    given = weights if len(found[f"{name}/y"].shape) == 2 else np.repeat(weights[:, None], 4, 1)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", metrics=["mae"])
    history = model.fit(
        x, found[f"{name}/y"], sample_weight=given, batch_size=4, epochs=3, shuffle=False,
        verbose=0).history
    for key, values in history.items():
        found[f"{name}/{key}"] = np.array(values, "float32")
    found[f"{name}/evaluate"] = np.array(
        model.evaluate(x, found[f"{name}/y"], sample_weight=given, batch_size=4, verbose=0),
        "float32")
    print(name, history, found[f"{name}/evaluate"])


values = lambda *shape: lambda n: rng.normal(0, 1, (n,) + shape).astype("float32")
record("plain", [layers.Input((4, 3)), layers.LSTM(5), layers.Dense(2)], values(2))
record("sequence", [layers.Input((4, 3)), layers.LSTM(5, return_sequences=True), layers.Dense(2)],
       values(4, 2))
record("masked", [layers.Input((4, 3)), layers.Masking(), layers.LSTM(5, return_sequences=True),
                  layers.TimeDistributed(layers.Dense(2))], values(4, 2))
np.savez("sample_weights.npz", **found)

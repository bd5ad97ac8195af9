"""Writes cases.json: what Keras's fit does with validation_freq.

Run as: KERAS_BACKEND=torch python3 record.py
Recorded with Python 3.11.7, Keras 3.15.1, torch 2.13.0, 2026-11-29.

A Dense(1) of two features, SGD of 0.1, nine epochs of batches of 3, unshuffled, stopped early by the
validation's loss, the rate lowered when it stays; the last 4 of 10 samples are for validation.
"""

import json

import keras
import numpy as np

random = np.random.default_rng(2)
x = random.normal(size=(10, 2)).astype("float32")
y = random.normal(size=(10, 1)).astype("float32")
kernel = random.normal(size=(2, 1)).astype("float32")
cases = []
for freq, patience, delta in [(1, 3, 0.0), (2, 1, 0.0), (2, 1, 10.0), (3, 1, 10.0), (3, 2, 10.0), (10, 0, 0.0)]:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.set_weights([kernel, np.zeros(1, "float32")])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    history = model.fit(
        x,
        y,
        epochs=9,
        batch_size=3,
        shuffle=False,
        validation_split=0.4,
        validation_freq=freq,
        callbacks=[
            keras.callbacks.EarlyStopping("val_loss", patience=patience, min_delta=delta),
            keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=1, min_delta=10),
        ],
        verbose=0,
    )
    cases.append(
        dict(freq=freq, patience=patience, min_delta=delta, epochs=history.epoch, history=history.history)
    )
with open("cases.json", "w") as out:
    json.dump(
        dict(x=x.ravel().tolist(), y=y.ravel().tolist(), kernel=kernel.ravel().tolist(), cases=cases),
        out,
        indent=1,
    )
    out.write("\n")

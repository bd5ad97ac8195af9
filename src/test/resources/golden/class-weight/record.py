"""Writes cases.json: what Keras's fit does with class_weight.

Run as: KERAS_BACKEND=torch python3 record.py
Recorded with Python 3.11.7, Keras 3.15.1, torch 2.13.0, 2026-11-29.

A Dense(outputs) of four features, SGD of 0.5, two epochs of batches of 4, unshuffled, the last 3 of
13 samples for validation.
"""

import json

import keras
import numpy as np


def listed(a):
    return np.asarray(a, dtype="float64").round(8).ravel().tolist()


random = np.random.default_rng(11)
x = random.normal(size=(13, 4)).astype("float32")
classes = random.integers(0, 3, size=13)
TARGETS = {
    "sparse_categorical_crossentropy": (3, "softmax", classes.astype("float32")),
    "categorical_crossentropy": (3, "softmax", np.eye(3, dtype="float32")[classes]),
    "binary_crossentropy": (1, "sigmoid", (classes > 0).astype("float32")[:, None]),
    "mean_squared_error": (1, "linear", (classes + 0.25).astype("float32")[:, None]),
}
cases = []
for loss, (outputs, activation, y) in TARGETS.items():
    for class_weight in [{0: 0.5, 1: 3.0, 2: 1.5}, {1: 4.0}, {0: 0.0}]:
        model = keras.Sequential(
            [keras.Input((4,)), keras.layers.Dense(outputs, activation=activation)]
        )
        kernel = random.normal(size=(4, outputs)).astype("float32")
        model.set_weights([kernel, np.zeros(outputs, "float32")])
        model.compile(keras.optimizers.SGD(0.5), loss, metrics=["mse"] if outputs == 1 else ["acc"])
        history = model.fit(
            x,
            y,
            epochs=2,
            batch_size=4,
            shuffle=False,
            validation_split=0.2,
            class_weight=class_weight,
            verbose=0,
        )
        cases.append(
            dict(
                loss=loss,
                activation=activation,
                outputs=outputs,
                targets=listed(y),
                class_weight=class_weight,
                kernel=listed(kernel),
                history=history.history,
                trained=[listed(w) for w in model.get_weights()],
            )
        )
with open("cases.json", "w") as out:
    json.dump(dict(x=listed(x), cases=cases), out, indent=1)
    out.write("\n")

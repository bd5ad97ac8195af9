"""Writes cases.json and quantile.keras: the pinball loss, which Keras has not, as a class of its own.

Run as: KERAS_BACKEND=torch python3 record.py
Recorded with Python 3.11.7, Keras 3.15.1, torch 2.13.0, 2026-11-29.

cases.json: targets (4, 3, 2) and predictions (4, 3, 6), no two alike; for each reduction, with sample
weights (4) or without, the loss; and two epochs of SGD on a
Dense(6) of three features, batches of 3, unshuffled. quantile.keras: that model, as Keras saves it.
"""

import json

import keras
import numpy as np


@keras.saving.register_keras_serializable(package="lstm4j")
class QuantileLoss(keras.losses.Loss):
    def __init__(self, quantiles, name="quantile", **kwargs):
        super().__init__(name=name, **kwargs)
        self.quantiles = list(quantiles)

    def call(self, y_true, y_pred):
        q = keras.ops.convert_to_tensor(self.quantiles, dtype=y_pred.dtype)
        shape = keras.ops.shape(y_true)
        p = keras.ops.reshape(y_pred, (*shape, len(self.quantiles)))
        e = keras.ops.expand_dims(y_true, -1) - p
        value = keras.ops.maximum(q * e, (q - 1) * e)
        return keras.ops.mean(keras.ops.reshape(value, keras.ops.shape(y_pred)), axis=-1)

    def get_config(self):
        return {**super().get_config(), "quantiles": self.quantiles}


def rounded(a):
    return np.asarray(a, dtype="float64").round(8).ravel().tolist()


QUANTILES = [0.1, 0.5, 0.9]
random = np.random.default_rng(3)
target = random.normal(size=(4, 3, 2)).astype("float32")
prediction = random.normal(size=(4, 3, 6)).astype("float32")
weights = np.array([0.5, 2, 0, 1.25], dtype="float32")
cases = []
for reduction in ["sum_over_batch_size", "sum", "mean_with_sample_weight"]:
    for weighted in [False, True]:
        loss = QuantileLoss(QUANTILES, reduction=reduction)
        value = loss(target, prediction, weights[:, None] if weighted else None)
        cases.append(dict(reduction=reduction, weighted=weighted, value=float(value)))

x = random.normal(size=(7, 3)).astype("float32")
y = random.normal(size=(7, 2)).astype("float32")
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(6, name="dense")], name="intervals")
kernel = random.normal(size=(3, 6)).astype("float32")
model.set_weights([kernel, np.zeros(6, "float32")])
model.compile(keras.optimizers.SGD(0.25), QuantileLoss(QUANTILES))
history = model.fit(x, y, epochs=2, batch_size=3, shuffle=False, verbose=0)
model.save("quantile.keras")
with open("cases.json", "w") as out:
    json.dump(
        dict(
            quantiles=QUANTILES,
            target=rounded(target),
            prediction=rounded(prediction),
            weights=rounded(weights),
            cases=cases,
            x=rounded(x),
            y=rounded(y),
            kernel=rounded(kernel),
            loss=history.history["loss"],
            trained=[rounded(w) for w in model.get_weights()],
        ),
        out,
        indent=1,
    )
    out.write("\n")

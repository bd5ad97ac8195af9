"""Records what Keras computes for the losses of regression that ops.json has not, into regression.json.

KERAS_BACKEND=tensorflow python record_regression.py     with its gradients, in float64; 2026-11-29
(on torch, Keras 3.15.1 rounds maximum to float32)
"""
import json
import os

import keras
import numpy as np
import tensorflow as tf

keras.config.set_floatx("float64")
rng = np.random.default_rng(8)
real = np.float32(rng.normal(0, 2, (5, 3)))
other = np.float32(rng.normal(0, 3, (5, 3)))
near = np.float32(real + rng.normal(0, 1e-3, (5, 3)))
counts = np.float32(rng.poisson(2, (5, 3)))
rates = np.float32(rng.gamma(2, 1, (5, 3)))
holes = real * (np.arange(15).reshape(5, 3) % 4 != 0)
weights = np.float32([1, 0, 1, 1, 0])
L = keras.losses
cases = {
    "mape": (L.MeanAbsolutePercentageError(), real, other),
    "mape of zeros": (L.MeanAbsolutePercentageError(), holes, other),
    "msle": (L.MeanSquaredLogarithmicError(), counts, rates),
    "msle below zero": (L.MeanSquaredLogarithmicError(), real, other),
    "log_cosh": (L.LogCosh(), real, 10 * other),
    "log_cosh near": (L.LogCosh(), real, near),
    "poisson": (L.Poisson(), counts, rates),
}


def measured(loss, t, p):
    v = tf.constant(np.float64(p))
    with tf.GradientTape() as tape:
        tape.watch(v)
        value = loss(tf.constant(np.float64(t)), v)
    return float(value), tape.gradient(value, v).numpy()


out = {"made_with": "keras " + keras.__version__ + ", tensorflow " + tf.__version__ + ", float64", "losses": {}}
for name, (loss, t, p) in cases.items():
    value, gradient = measured(loss, t, p)
    keep = weights == 1
    masked_value, kept = measured(loss, t[keep], p[keep])
    masked_gradient = np.zeros(p.shape)
    masked_gradient[keep] = kept
    out["losses"][name] = {
        "target": t.tolist(), "prediction": p.tolist(), "value": value, "gradient": gradient.tolist(),
        "masked_value": masked_value, "masked_gradient": masked_gradient.tolist()}
out["weights"] = weights.tolist()
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "regression.json")
json.dump(out, open(path, "w"), indent=1)

"""Records what Keras computes for the losses of regression that ops.json has not, into regression.json.

KERAS_BACKEND=torch python record_regression.py && KERAS_BACKEND=tensorflow python record_regression.py

With gradients, in float64; 2026-11-29. Two backends, since each of Keras 3.15.1 rounds something to float32 on the
way: on torch maximum, which msle needs; on TensorFlow the constant log 2 of log_cosh.
"""
import json
import os

import keras
import numpy as np

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


def on_torch(loss, t, p):
    import torch
    v = torch.tensor(np.float64(p), requires_grad=True)
    value = loss(torch.tensor(np.float64(t)), v)
    value.backward()
    return float(value.detach()), v.grad.numpy()


def on_tensorflow(loss, t, p):
    import tensorflow as tf
    v = tf.constant(np.float64(p))
    with tf.GradientTape() as tape:
        tape.watch(v)
        value = loss(tf.constant(np.float64(t)), v)
    return float(value), tape.gradient(value, v).numpy()


backend = keras.backend.backend()
measured = on_torch if backend == "torch" else on_tensorflow
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "regression.json")
out = {"losses": {}}
if os.path.exists(path):
    out = json.load(open(path))
out["made_with"] = "keras " + keras.__version__ + " on torch and tensorflow, float64"
for name, (loss, t, p) in cases.items():
    if name.startswith("msle") != (backend == "tensorflow"):
        continue
    value, gradient = measured(loss, t, p)
    keep = weights == 1
    masked_value, kept = measured(loss, t[keep], p[keep])
    masked_gradient = np.zeros(p.shape)
    masked_gradient[keep] = kept
    out["losses"][name] = {
        "target": t.tolist(), "prediction": p.tolist(), "value": value, "gradient": gradient.tolist(),
        "masked_value": masked_value, "masked_gradient": masked_gradient.tolist()}
out["weights"] = weights.tolist()
json.dump(out, open(path, "w"), indent=1)

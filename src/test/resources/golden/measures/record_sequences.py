"""Records losses and metrics of sequences: along other axes, masked, with a weight for each timestep: sequences.json.

Keras 3.15.1 on TensorFlow, NumPy 2, 2026-11-29: KERAS_BACKEND=tensorflow python record_sequences.py

A Dense layer of 4 outputs on 5 sequences of 3 timesteps of 2 features, of which two end early where there is a
Masking layer; evaluated in batches of 2; the weights after two steps of SGD(0.5) on all. Metrics are measured without
weights in `metrics`, with weights in `weighted_metrics`.
"""

import json

import keras
import numpy as np
from keras import layers, losses, metrics

B, T, F, K = 5, 3, 2, 4
rng = np.random.default_rng(7)
x = np.round(rng.normal(size=(B, T, F)), 3).astype("float32")
x[1, 2:] = 0
x[3, 1:] = 0
kernel = np.round(rng.normal(size=(F, K)), 3).astype("float32")
along_time = np.zeros((B, T, K), "float32")
for b in range(B):
    for k in range(K):
        along_time[b, rng.integers(0, T), k] = 1
binary = rng.integers(0, 2, size=(B, T, K)).astype("float32")
real = np.round(rng.normal(size=(B, T, K)), 3).astype("float32")
weights = np.round(rng.uniform(0.1, 2, size=(B, T)), 3).astype("float32")
weights[2, 1] = 0
targets = {"along_time": along_time, "binary": binary, "real": real}

CC, CF, CS = losses.CategoricalCrossentropy, losses.CategoricalFocalCrossentropy, losses.CosineSimilarity
BF = losses.BinaryFocalCrossentropy
MCC = metrics.CategoricalCrossentropy
# activation, masked, weighted, target, loss, metric
CASES = [
    ("softmax", 0, 0, "along_time", CC(axis=1), MCC(axis=1)),
    ("softmax", 0, 0, "along_time", CC(axis=1, label_smoothing=0.2), MCC(axis=1, label_smoothing=0.1)),
    ("each step", 0, 0, "along_time", CC(axis=1), MCC(axis=1)),
    ("each step", 0, 0, "along_time", CC(axis=1, label_smoothing=0.2), MCC(axis=1, label_smoothing=0.1)),
    ("over time", 0, 0, "along_time", CC(axis=1), MCC()),
    ("over time", 0, 0, "along_time", CC(), MCC(axis=1)),
    ("softmax", 0, 0, "along_time", CC(axis=0), MCC(axis=0)),
    ("linear", 0, 0, "along_time", CC(axis=1, from_logits=True), MCC(axis=1, from_logits=True)),
    ("linear", 0, 0, "along_time", CF(axis=1, from_logits=True, label_smoothing=0.2, gamma=1.5), None),
    ("softmax", 0, 0, "along_time", CF(axis=-2, alpha=0.4), None),
    ("softmax", 1, 1, "along_time", CF(alpha=0.4), MCC()),
    ("linear", 0, 0, "real", CS(axis=1), metrics.CosineSimilarity(axis=1)),
    ("linear", 1, 1, "real", CS(), metrics.CosineSimilarity()),
    ("sigmoid", 0, 0, "binary", BF(axis=1), None),
    ("sigmoid", 1, 0, "binary", "binary_crossentropy", metrics.AUC()),
    ("sigmoid", 1, 1, "binary", "binary_crossentropy", metrics.AUC(curve="PR")),
    ("sigmoid", 1, 0, "binary", "binary_crossentropy", metrics.Precision()),
    ("sigmoid", 1, 1, "binary", "binary_crossentropy", metrics.Recall(thresholds=[0.3, 0.6])),
    ("sigmoid", 1, 0, "binary", "binary_crossentropy", metrics.FalsePositives()),
    ("sigmoid", 1, 0, "binary", "binary_crossentropy", metrics.SensitivityAtSpecificity(0.4)),
    ("sigmoid", 1, 0, "binary", "binary_crossentropy", metrics.BinaryAccuracy()),
    ("sigmoid", 1, 1, "binary", "binary_crossentropy", metrics.BinaryAccuracy()),
    ("linear", 1, 0, "real", "mse", metrics.RootMeanSquaredError()),
    ("linear", 1, 1, "real", "mse", metrics.RootMeanSquaredError()),
    ("linear", 0, 1, "real", losses.MeanSquaredError(reduction="mean_with_sample_weight"), metrics.MeanAbsoluteError()),
    ("linear", 1, 1, "real", losses.MeanSquaredError(reduction="mean_with_sample_weight"), metrics.MeanAbsoluteError()),
    ("linear", 1, 1, "real", losses.LogCosh(reduction="sum"), metrics.Hinge()),
]

cases = []
for activation, masked, weighted, kind, loss, metric in CASES:
    before = [layers.Input((T, F))] + ([layers.Masking()] if masked else [])
    known = activation if activation in ("softmax", "sigmoid") else "softmax" if activation == "each step" else None
    last = layers.Dense(K, activation=known, use_bias=False)
    if activation == "each step":
        last = layers.TimeDistributed(last)  # Keras does not see the logits behind it
    after = [layers.Softmax(axis=1)] if activation == "over time" else []
    m = keras.Sequential([*before, last, *after])
    m.set_weights([kernel])
    measured = [] if metric is None else [metric]
    m.compile(keras.optimizers.SGD(0.5), loss, **{"weighted_metrics" if weighted else "metrics": measured})
    y, w = targets[kind], weights if weighted else None
    case = {"target": kind, "weighted": bool(weighted), "model": json.loads(m.to_json())}
    compiled = case["model"]["compile_config"]
    for measure, entry in ((loss, compiled["loss"]), (metric, (compiled["metrics"] or [None])[0])):
        if isinstance(measure, (CS, metrics.CosineSimilarity)) and entry:
            entry["config"]["axis"] = measure._fn_kwargs["axis"]  # which Keras takes, but forgets to write
    got = m.evaluate(x, y, sample_weight=w, batch_size=2, verbose=0, return_dict=True)
    case["loss"] = float(got.pop("loss"))
    case["metric"] = [float(v) for value in got.values() for v in np.ravel(value)]
    for _ in range(2):
        m.train_on_batch(x, y, sample_weight=w)
    case["trained"] = [float(v) for v in m.get_weights()[0].ravel()]
    if isinstance(loss, CC):
        options = loss._fn_kwargs
        smoothed = y * (1 - options["label_smoothing"]) + options["label_smoothing"] / K
        if not np.allclose(smoothed.sum(options["axis"]), 1):
            # for such targets TensorFlow's gradient is wrong, as its page of softmax_cross_entropy_with_logits says
            del case["trained"]
    cases.append(case)

with open("sequences.json", "w") as f:
    json.dump(
        {
            "x": [float(v) for v in x.ravel()],
            "kernel": [float(v) for v in kernel.ravel()],
            "weights": [float(v) for v in weights.ravel()],
            "targets": {k: [float(v) for v in t.ravel()] for k, t in targets.items()},
            "cases": cases,
        },
        f,
    )

"""Records what Keras's losses and metrics that are functions of expressions here give: cases.json.

Keras 3.15.1 on torch, NumPy 2, 2026-11-29: KERAS_BACKEND=torch python record.py

A Dense layer of 3 outputs (softmax, sigmoid, or none) on 11 rows of 4 features; evaluated in batches of 4, without
and with sample weights; its loss; and its weights after two steps of SGD(0.5) on all rows.
"""

import json

import keras
import numpy as np
from keras import layers, losses, metrics

rng = np.random.default_rng(5)
x = rng.normal(size=(11, 4)).astype("float32")
kernel = np.round(rng.normal(size=(4, 3)), 3).astype("float32")
classes = rng.integers(0, 3, size=11)
onehot = np.eye(3, dtype="float32")[classes]
binary = rng.integers(0, 2, size=(11, 3)).astype("float32")
real = np.round(rng.normal(size=(11, 3)), 3).astype("float32")
weights = np.round(rng.uniform(0.1, 2, size=11), 3).astype("float32")
weights[3] = 0

LOSSES = [
    ("linear", "binary", losses.Hinge()),
    ("linear", "real", losses.SquaredHinge()),
    ("linear", "onehot", losses.CategoricalHinge()),
    ("softmax", "onehot", losses.KLDivergence()),
    ("linear", "real", losses.CosineSimilarity(reduction="sum")),
    ("sigmoid", "binary", losses.BinaryFocalCrossentropy()),
    ("linear", "binary", losses.BinaryFocalCrossentropy(True, 0.3, 1.5, from_logits=True, label_smoothing=0.2)),
    ("softmax", "onehot", losses.CategoricalFocalCrossentropy()),
    ("linear", "onehot", losses.CategoricalFocalCrossentropy(0.3, 1.5, from_logits=True, label_smoothing=0.2)),
]
METRICS = [
    ("sigmoid", "binary", metrics.AUC()),
    ("sigmoid", "binary", metrics.AUC(20, "PR")),
    ("linear", "binary", metrics.AUC(50, "PR", "minoring", from_logits=True)),
    ("sigmoid", "binary", metrics.AUC(50, summation_method="majoring")),
    ("sigmoid", "binary", metrics.Precision()),
    ("sigmoid", "binary", metrics.Recall(0.7)),
    ("softmax", "onehot", metrics.Precision(top_k=2)),
    ("softmax", "onehot", metrics.Recall(class_id=1)),
    ("softmax", "onehot", metrics.Recall(0.2, top_k=2, class_id=0)),
    ("sigmoid", "binary", metrics.TruePositives()),
    ("sigmoid", "binary", metrics.FalsePositives(0.3)),
    ("sigmoid", "binary", metrics.TrueNegatives()),
    ("sigmoid", "binary", metrics.FalseNegatives()),
    ("softmax", "onehot", metrics.F1Score("macro")),
    ("sigmoid", "binary", metrics.F1Score("micro", threshold=0.4)),
    ("softmax", "onehot", metrics.FBetaScore("weighted", beta=2.0)),
    ("linear", "real", metrics.R2Score()),
    ("linear", "real", metrics.R2Score("variance_weighted_average", num_regressors=2)),
    ("linear", "real", metrics.CosineSimilarity()),
    ("softmax", "onehot", metrics.KLDivergence()),
    ("linear", "binary", metrics.Hinge()),
    ("linear", "real", metrics.SquaredHinge()),
    ("linear", "onehot", metrics.CategoricalHinge()),
    ("sigmoid", "binary", metrics.AUC(curve="PRGAIN", num_thresholds=30)),
    ("sigmoid", "binary", metrics.AUC(thresholds=[0.8, 0.1, 0.35, 0.5])),
    ("linear", "binary", metrics.AUC(thresholds=[0.25, 0.5, 0.75])),
    ("sigmoid", "binary", metrics.AUC(curve="PR", label_weights=[1.0, 0.5, 2.0])),
    ("sigmoid", "binary", metrics.AUC(curve="PR", multi_label=True)),
    ("sigmoid", "binary", metrics.AUC(40, multi_label=True, num_labels=3, label_weights=[1.0, 0.0, 2.5])),
    ("sigmoid", "binary", metrics.Precision(thresholds=[0.2, 0.5, 0.9])),
    ("linear", "binary", metrics.Recall(thresholds=[0.0, 0.5, 1.0])),
    ("linear", "binary", metrics.FalsePositives(thresholds=[0.1, 0.9])),
    ("softmax", "onehot", metrics.TrueNegatives(thresholds=[0.5])),
    ("softmax", "onehot", metrics.F1Score()),
    ("sigmoid", "binary", metrics.FBetaScore(None, beta=0.5, threshold=0.5)),
    ("sigmoid", "binary", metrics.SensitivityAtSpecificity(0.3)),
    ("sigmoid", "binary", metrics.SpecificityAtSensitivity(0.6, num_thresholds=50)),
    ("softmax", "onehot", metrics.PrecisionAtRecall(0.5, class_id=1)),
    ("softmax", "onehot", metrics.RecallAtPrecision(0.4, num_thresholds=1)),
]
targets = {"binary": binary, "onehot": onehot, "real": real}


def model(activation):
    m = keras.Sequential([layers.Input((4,)), layers.Dense(3, activation=activation, use_bias=False)])
    m.set_weights([kernel])
    return m


cases = []
for activation, kind, measure in LOSSES + METRICS:
    loss = measure if isinstance(measure, losses.Loss) else "mse"
    m = model(activation)
    case = {"target": kind, "values": []}
    if loss == "mse":
        m.compile(keras.optimizers.SGD(0.5), loss, weighted_metrics=[measure])
    else:
        m.compile(keras.optimizers.SGD(0.5), loss)
    case["model"] = json.loads(m.to_json())
    y = targets[kind]
    for w in (None, weights):
        got = m.evaluate(x, y, sample_weight=w, batch_size=4, verbose=0, return_dict=True)
        case["name"] = next((key for key in got if key != "loss"), "loss")
        case["values"].append([float(v) for v in np.ravel(got[case["name"]])])
    if loss != "mse":
        for _ in range(2):
            m.train_on_batch(x, y, sample_weight=weights)
        case["trained"] = [float(v) for v in m.get_weights()[0].ravel()]
    cases.append(case)

with open("cases.json", "w") as f:
    json.dump(
        {
            "x": [float(v) for v in x.ravel()],
            "kernel": [float(v) for v in kernel.ravel()],
            "weights": [float(v) for v in weights],
            "targets": {k: [float(v) for v in t.ravel()] for k, t in targets.items()},
            "cases": cases,
        },
        f,
    )

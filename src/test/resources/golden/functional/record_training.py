# Records training.json: fits of a model of two inputs and two outputs by Keras.
# Keras 3.15.1 on torch 2.13, Python 3.11, 2026-11-29.
#   KERAS_BACKEND=torch python record_training.py
import json

import keras
import numpy as np
from keras import layers as L

keras.utils.set_random_seed(11)
rng = np.random.default_rng(5)
r = lambda *shape: rng.standard_normal(shape).astype("float32").round(3)
text = lambda a: {"shape": list(a.shape), "data": [float(v) for v in np.ravel(a)]}

A, B, P = r(10, 4, 2), r(10, 3), r(10, 2)
Q = rng.integers(0, 3, (10, 1)).astype("float32")
weights = np.linspace(0.2, 2, 10).astype("float32")


def make():
    a = L.Input((4, 2), name="a")
    b = L.Input((3,), name="b")
    h = L.LSTM(3, name="body")(a, initial_state=[L.Dense(3, name="h0")(b), L.Dense(3, name="c0")(b)])
    return keras.Model(
        [a, b],
        [L.Dense(2, name="p")(h), L.Dense(3, activation="softmax", name="q")(h)],
    )


model = make()
first = [v.round(4) for v in model.get_weights()]
SCC = "sparse_categorical_crossentropy"
cases = {
    "by name, weighted": (
        dict(
            loss={"q": SCC, "p": "mse"},
            loss_weights={"q": 0.3, "p": 2.0},
            metrics={"q": ["accuracy", "sparse_categorical_crossentropy"], "p": ["mae"]},
        ),
        None,
    ),
    "in order": (dict(loss=["mae", SCC], metrics=[["mse"], ["accuracy"]]), None),
    "sample weights": (
        dict(
            loss=["mse", SCC],
            loss_weights=[0.5, 1.5],
            metrics=[["mae"], []],
            weighted_metrics=[["mae", "mse"], ["accuracy"]],
        ),
        weights,
    ),
    "one loss": (dict(loss={"q": SCC, "p": None}, metrics={"p": ["mae"]}), None),
}
out = {"weights": [text(w) for w in first], "a": text(A), "b": text(B), "p": text(P), "q": text(Q)}
out["sample_weights"] = text(weights)
out["cases"] = {}
for name, (compiled, sample_weights) in cases.items():
    model = make()
    model.set_weights(first)
    model.compile(optimizer=keras.optimizers.Adam(0.02), **compiled)
    history = model.fit(
        [A, B], [P, Q], sample_weight=sample_weights, epochs=3, batch_size=4, shuffle=False,
        validation_data=([A[:5], B[:5]], [P[:5], Q[:5]]), verbose=0,
    )
    out["cases"][name] = {
        "history": history.history,
        "weights": [text(w) for w in model.get_weights()],
        "evaluated": model.evaluate([A, B], [P, Q], batch_size=4, verbose=0, return_dict=True),
        "predicted": [text(y) for y in model.predict([A, B], verbose=0)],
    }
json.dump(out, open("training.json", "w"))

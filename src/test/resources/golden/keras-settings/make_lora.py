"""Makes lora-all.h5 and lora-all.npz beside it: layers with LoRA's factors, of every kind that has them.

x, y: a prediction of the model that was saved. Run as: KERAS_BACKEND=torch python make_lora.py
Made with Keras 3.15.1, PyTorch 2.13.0 (CPU), NumPy 2.4.6, Python 3.11, 2026-11-29.

Keras itself reads the file otherwise: it loses lora_alpha of Dense and Embedding, and takes their rank for it.

`python make_lora.py judge FILE` says how far FILE, an .h5 that lstm4j wrote of lora-all.h5, is off, and trains it.
"""

import os
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
from keras import layers


def judge(file):
    model = keras.models.load_model(file)
    golden = np.load("lora-all.npz")
    print(np.abs(model.predict(golden["x"], verbose=0) - golden["y"]).max())
    model.compile("sgd", "mse")
    model.fit(golden["x"], golden["y"], verbose=0)


def make():
    rng = np.random.default_rng(20261129)
    inner = keras.Sequential(
        [layers.Input((4,)), layers.BatchNormalization(), layers.Dense(3, name="d"), layers.Dense(3, name="dd")],
        name="inner",
    )
    model = keras.Sequential(
        [
            layers.Input((6,)),
            layers.Embedding(9, 4, name="table"),
            layers.Conv1D(5, 2, name="conv"),
            layers.TimeDistributed(layers.Dense(4, name="d")),
            layers.LSTM(4),
            inner,
            layers.Dense(2, trainable=False, name="out"),
        ]
    )
    model.get_layer("table").enable_lora(2, lora_alpha=5)
    model.get_layer("conv").enable_lora(1, lora_alpha=8)
    model.layers[2].layer.enable_lora(2)
    inner.get_layer("dd").enable_lora(2, lora_alpha=3)
    model.get_layer("out").enable_lora(1)
    for v in model.weights:
        if "seed" not in v.path:
            v.assign(rng.uniform(0.1, 0.8, v.shape).astype("float32") * (-1) ** rng.integers(0, 2, v.shape).astype("float32") if "var" not in v.path else rng.uniform(0.5, 1.5, v.shape).astype("float32"))
    x = rng.integers(0, 9, (3, 6)).astype("float32")
    y = model.predict(x, verbose=0)
    model.save("lora-all.h5")
    np.savez("lora-all.npz", x=x, y=y)


judge(sys.argv[2]) if len(sys.argv) > 2 else make()

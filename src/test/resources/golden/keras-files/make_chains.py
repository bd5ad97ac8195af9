"""Makes chains.keras and chains.npz beside it. Run as: python3 make_chains.py

Made with Keras 3.15.1, PyTorch 2.13.0 (CPU), NumPy 2.4.6, Python 3.11, 2026-11-29.

Activations that no layer of Keras computes alone, as the Sequential models of layers that lstm4j
writes for them: the hard sigmoid of Keras 1 and 2, 1.7 tanh(0.6 x), 0.5 x + 0.25. x, y: a prediction.

`python3 make_chains.py judge FILE` says how far FILE, which lstm4j wrote of chains.keras, is off, and trains it.
"""

import os
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
from keras import layers


def hard():
    return keras.Sequential([layers.Rescaling(0.2, 0.5), layers.ReLU(max_value=1)])


def judge(file):
    model = keras.models.load_model(file)
    golden = np.load("chains.npz")
    print(np.abs(model.predict(golden["x"], verbose=0) - golden["y"]).max())
    model.compile("sgd", "mse")
    model.fit(golden["x"], golden["y"], verbose=0)


def make():
    rng = np.random.default_rng(20261129)
    tanh = keras.Sequential([layers.Rescaling(0.6), layers.Activation("tanh"), layers.Rescaling(1.7)])
    model = keras.Sequential(
        [
            layers.Input((5, 3)),
            layers.Bidirectional(layers.LSTM(4, recurrent_activation=hard(), return_sequences=True)),
            layers.GRU(3, activation=tanh, recurrent_activation=hard()),
            layers.Dense(3, activation=hard()),
            layers.Dense(2, activation=layers.Rescaling(0.5, 0.25)),
        ],
        name="chains",
    )
    for v in model.trainable_variables:
        v.assign(rng.normal(0, 0.8, v.shape).astype("float32"))
    x = rng.normal(0, 2, (3, 5, 3)).astype("float32")
    y = model.predict(x, verbose=0)
    model.save("chains.keras")
    np.savez("chains.npz", x=x, y=y)


judge(sys.argv[2]) if len(sys.argv) > 2 else make()

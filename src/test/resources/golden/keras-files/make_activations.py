"""Makes activations.keras and activations.npz beside it. Run as: python3 make_activations.py

Made with Keras 3.15.1, PyTorch 2.13.0 (CPU), NumPy 2.4.6, Python 3.11, 2026-11-26.

Activations with parameters, which Keras writes as the configuration of a layer. x, y: a prediction.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(20261126)
model = keras.Sequential(
    [
        layers.Input((6, 3)),
        layers.LSTM(4, activation=layers.ELU(0.3), return_sequences=True),
        layers.SimpleRNN(4, activation=layers.LeakyReLU(0.45), return_sequences=True),
        layers.Dense(4, activation=layers.ReLU(max_value=0.5, negative_slope=0.25, threshold=0.1)),
        layers.Dense(4, activation=layers.ReLU()),
        layers.Dense(3, activation=layers.Softmax()),
    ],
    name="activations",
)
for v in model.trainable_variables:
    v.assign(rng.normal(0, 0.5, v.shape).astype("float32"))
x = rng.normal(0, 1, (3, 6, 3)).astype("float32")
model.save("activations.keras")
np.savez("activations.npz", x=x, y=model.predict(x, verbose=0))

"""Makes simple_rnn.keras and simple_rnn.npz beside it. Run as: python3 make_simple_rnn.py

Made with Keras 3.15.1, PyTorch 2.13.0 (CPU), h5py 3.16.0, NumPy 2.4.6, Python 3.11, 2026-11-26.

A compiled model with SimpleRNN layers, one of them in a Bidirectional, trained for 3 epochs on
x_train, y_train in order in batches of 4, then saved. x, y: a prediction after that; losses: of 4
more train_on_batch(x_train[:4]) after loading; y_after: predict(x) after those.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(5)
rng = np.random.default_rng(20261126)


def normal(*shape):
    return rng.normal(0, 1, shape).astype("float32")


model = keras.Sequential(
    [
        layers.Input((6, 3)),
        layers.Masking(),
        layers.SimpleRNN(4, activation="relu", return_sequences=True, zero_output_for_mask=True,
                         unroll=True, seed=3, name="lstm"),
        layers.SimpleRNN(3, go_backwards=True, return_sequences=True, use_bias=False),
        layers.Bidirectional(layers.SimpleRNN(2, return_sequences=True), merge_mode="concat"),
        layers.SimpleRNN(3, kernel_initializer="he_normal"),
        layers.Dense(1),
    ],
    name="simple_rnn",
)
model.compile(keras.optimizers.Adam(learning_rate=0.01, clipnorm=1.0), "mse", metrics=["mae"])
x_train, y_train = normal(10, 6, 3), normal(10, 1)
x_train[1, 4:] = 0
x_train[2, 1] = 0
model.fit(x_train, y_train, epochs=3, batch_size=4, shuffle=False, verbose=0)
x = normal(3, 6, 3)
x[0, 2:] = 0
x[1, 0] = 0
y = model.predict(x, verbose=0)
model.save("simple_rnn.keras")
again = keras.models.load_model("simple_rnn.keras")
losses = []
for _ in range(4):
    losses.append(float(again.train_on_batch(x_train[:4], y_train[:4])[0]))
    again.reset_metrics()
np.savez("simple_rnn.npz", x=x, y=y, x_train=x_train, y_train=y_train,
         losses=np.array(losses, "float32"), y_after=again.predict(x, verbose=0))
print(losses)

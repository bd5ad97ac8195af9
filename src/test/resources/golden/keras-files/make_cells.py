"""Makes cells.keras and cells.npz beside it. Run as: python3 make_cells.py

Made with Keras 3.15.1, TensorFlow 2.21.0 (CPU), h5py 3.16.0, NumPy 2.4.6, Python 3.11, 2026-11-29.
(On PyTorch Keras does not zero the gradients of the forward RNN in a Bidirectional.)

A compiled model with GRU layers of both forms, RNN layers of a cell and of several, and
Bidirectional ones around them, trained for 3 epochs on x_train, y_train in order in batches of 4,
then saved. What is in cells.npz: see make_simple_rnn.py.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(6)
rng = np.random.default_rng(20261129)


def normal(*shape):
    return rng.normal(0, 1, shape).astype("float32")


model = keras.Sequential(
    [
        layers.Input((6, 3)),
        layers.Masking(),
        layers.GRU(4, return_sequences=True, zero_output_for_mask=True, use_cudnn="auto"),
        layers.GRU(3, reset_after=False, activation="relu", recurrent_activation="hard_sigmoid",
                   return_sequences=True, go_backwards=True),
        layers.RNN([layers.LSTMCell(4, unit_forget_bias=False), layers.GRUCell(3, name="second"),
                    layers.LSTMCell(2)], return_sequences=True),
        layers.Bidirectional(layers.RNN(layers.GRUCell(2, use_bias=False), return_sequences=True,
                                        name="lstm"), merge_mode="sum"),
        layers.Bidirectional(layers.GRU(2), backward_layer=layers.SimpleRNN(2, go_backwards=True)),
        layers.Dense(1),
    ],
    name="cells",
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
model.save("cells.keras")
again = keras.models.load_model("cells.keras")
losses = []
for _ in range(4):
    losses.append(float(again.train_on_batch(x_train[:4], y_train[:4])[0]))
    again.reset_metrics()
np.savez("cells.npz", x=x, y=y, x_train=x_train, y_train=y_train,
         losses=np.array(losses, "float32"), y_after=again.predict(x, verbose=0))
print(losses)

"""Writes NAME.txt, what Keras's summary() prints for the models of SummaryTest.

Run as: KERAS_BACKEND=jax COLUMNS=80 python3 record.py
Recorded with Keras 3.15.1, JAX 0.10.2 (CPU), Python 3.11, 2026-11-23; simple_rnn with PyTorch
2.13.0 (CPU), 2026-11-26. (On TensorFlow the optimizer's step counter has 8 bytes rather than 4.)
keras-2.0-*.txt and tf-keras-2.15-*.txt are what the summary functions of those two versions print.
"""

import os

os.environ["COLUMNS"] = "80"
os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import layers


def record(name, stack, fit=None, build=None):
    keras.utils.clear_session()
    model = keras.Sequential(stack(), name="sequential")
    if build:
        model.build(build)
    if fit:
        optimizer, steps = fit
        model.compile(optimizer=optimizer(), loss="mse")
        if steps:
            x = np.zeros((2,) + model.input_shape[1:], "float32")
            model.fit(x, model.predict(x, verbose=0), epochs=1, verbose=0)
    text = []
    model.summary(print_fn=text.append)
    with open(f"{name}.txt", "w") as f:
        f.write("".join(text))


o = keras.optimizers
record("question-1", lambda: [layers.Input((1, 1)), layers.LSTM(1)])
record("question-2", lambda: [layers.Input((1, 2)), layers.LSTM(1)])
record("unbuilt", lambda: [layers.LSTM(3, return_sequences=True), layers.LSTM(2), layers.Dense(1)])
record("large", lambda: [
    layers.Input((None, 300)), layers.Masking(), layers.LSTM(1024, return_sequences=True),
    layers.Dropout(0.5), layers.Bidirectional(layers.LSTM(777, return_sequences=True)),
    layers.TimeDistributed(layers.Dense(1000, activation="softmax"))])
record("long", lambda: [
    layers.Input((24, 11)),
    layers.LSTM(8, return_sequences=True, name="the_first_recurrent_layer_of_all"),
    layers.LSTM(8, return_sequences=True, name="exactly_twenty_five_chars"),
    layers.LSTM(8, return_sequences=True, name="one_more_than_the_column_"),
    layers.Bidirectional(layers.LSTM(8), name="a_name_that_is_by_far_too_long_for_any_one_line"),
    layers.RepeatVector(123456789), layers.Flatten(), layers.Activation("relu")])
record("embedding", lambda: [
    layers.Input((40,)), layers.Embedding(50_000, 64, mask_zero=True), layers.LSTM(32),
    layers.Dense(16), layers.Dense(1)])
record("stateful", lambda: [
    layers.Input(batch_shape=(32, 10, 4)), layers.LSTM(7, stateful=True), layers.Dense(2)])
record("states", lambda: [layers.Input((4, 2)), layers.LSTM(3, return_state=True)])
record("simple_rnn", lambda: [
    layers.Input((7, 3)), layers.SimpleRNN(4, return_sequences=True, trainable=False),
    layers.Bidirectional(layers.SimpleRNN(3)), layers.Dense(1)])
record("tie", lambda: [layers.Input((35,)), layers.Dense(8)])
stack = lambda: [layers.Input((1, 2)), layers.LSTM(1)]
record("adam", stack, (lambda: o.Adam(), True))
record("compiled", stack, (lambda: o.Adam(), False))
record("sgd", stack, (lambda: o.SGD(), True))
record("rmsprop", stack, (lambda: o.RMSprop(momentum=0.1, centered=True), True))

"""Writes what Keras's model.to_json() and model.get_config() give.

Run as: KERAS_BACKEND=torch python3 record.py
Recorded with Python 3.11.7, Keras 3.15.1, 2026-11-29.

compiled.json: to_json of a compiled model. settings.json: get_config of one that is not compiled.
unbuilt.json: to_json of one that knows no input shape.
"""

import json

import keras
from keras import layers


def save(name, text):
    with open(name, "w") as out:
        out.write(text + "\n")


compiled = keras.Sequential(
    [
        keras.Input((6, 2), name="readings"),
        layers.LSTM(5, return_sequences=True, recurrent_dropout=0.1, name="first"),
        layers.SimpleRNN(4, activation="relu"),
        layers.Dense(3, activation="elu"),
        layers.Dense(1, name="answer"),
    ],
    name="stack",
)
compiled.compile(
    keras.optimizers.RMSprop(0.01, momentum=0.5, clipnorm=1.0), "huber", metrics=["mae"])
save("compiled.json", compiled.to_json())

settings = keras.Sequential(
    [
        keras.Input((None, 2)),
        layers.Masking(-1.0),
        layers.Bidirectional(layers.LSTM(4, dropout=0.2), merge_mode="sum"),
        layers.Dropout(0.25),
        layers.Dense(1),
    ]
)
save("settings.json", json.dumps(settings.get_config(), indent=2))

save("unbuilt.json", keras.Sequential([layers.LSTM(3), layers.Dense(1)]).to_json(indent=1))

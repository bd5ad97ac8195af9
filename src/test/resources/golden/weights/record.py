"""Weights alone, both ways: what Keras writes, and what it makes of ours.

KERAS_BACKEND=torch python record.py [FILE]     writes keras.weights.h5 and cases.json beside itself; 2026-11-29

FILE is what WeightsFilesTest's main wrote (lstm4j.weights.h5 beside this file).
"""
import json
import os
import sys

import h5py
import keras
import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
L = keras.layers
x = np.arange(30, dtype="float32").reshape(2, 5, 3) / 10 - 1.5


def model():
    return keras.Sequential([
        keras.Input((5, 3)), L.Bidirectional(L.LSTM(2, return_sequences=True)), L.LSTM(3, name="second"), L.Dense(2)])


keras.utils.set_random_seed(3)
trained = model()
trained.compile("adam", "mse")
trained.fit(x, np.ones((2, 2)), verbose=0)
trained.save_weights(os.path.join(here, "keras.weights.h5"))
ours = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "lstm4j.weights.h5")
loaded = model()
loaded.load_weights(ours)
layout = []
h5py.File(ours).visititems(lambda name, o: layout.append(name + (str(o.shape) if hasattr(o, "shape") else "")))
out = {"keras": keras.__version__, "x": x.ravel().tolist(), "keras.weights.h5": trained.predict(x, verbose=0).ravel().tolist(),
       "lstm4j.weights.h5": loaded.predict(x, verbose=0).ravel().tolist(), "layout": layout}
json.dump(out, open(os.path.join(here, "cases.json"), "w"), indent=1)

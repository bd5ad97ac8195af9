"""Notes what Keras makes of the files beside it, which lstm4j wrote.

NAME.keras and NAME.npz (x, y, ours: the prediction) come from SampleModels.main of the test
sources, called with this folder. This script loads each model, and puts into NAME.npz

theirs   predict(x) of Keras; theirs2, of the stateful model: predict(x) once more
losses   the losses of three further train_on_batch(x, y), from the optimizer's state in the file

and fails where the predictions differ. Run as: python3 record.py [NAME...]
Recorded with Keras 3.15.1, TensorFlow 2.21.0 (CPU), Python 3.11, 2026-11-23. With JAX the figures
are the same, but that backend forgets the states of stateful layers after each predict and
train_on_batch. simple_rnn: with PyTorch 2.13.0 (CPU), 2026-11-26; cells: 2026-11-29;
companions: with PyTorch, 2026-11-29.
"""

import os
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np

for name in sys.argv[1:] or ("names", "sequence", "text", "decoder", "stateful", "simple_rnn", "cells",
                             "companions"):
    data = dict(np.load(f"{name}.npz"))
    model = keras.models.load_model(f"{name}.keras")
    x, y = data["x"], data["y"]
    theirs = model.predict(x, batch_size=len(x), verbose=0)
    difference = np.abs(theirs - data["ours"]).max()
    more = {}
    if name == "stateful":
        more["theirs2"] = model.predict(x, batch_size=len(x), verbose=0)
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_states()
    losses = []
    for _ in range(3):
        losses.append(float(model.train_on_batch(x, y, return_dict=True)["loss"]))
        model.reset_metrics()
    print(name, "largest difference", difference, "losses", losses,
          "iterations", int(model.optimizer.iterations))
    assert difference < 3e-6  # companions normalise seven times
    np.savez(f"{name}.npz", x=x, y=y, ours=data["ours"], theirs=theirs,
             **more, losses=np.array(losses, "float32"))

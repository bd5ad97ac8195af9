"""Records what Keras makes of more layers and of more axes: outputs, and two epochs of training.

Run as: KERAS_BACKEND=tensorflow python3 record_more.py
Recorded with Python 3.11.7, Keras 3.15.1 on TensorFlow 2.21, 2026-11-29: on torch some of these windows are padded
otherwise, and layer normalisation takes the last axes alone.

more.json has the form of cases.json.
"""

import json

import keras
import numpy as np
from keras import layers as L

rng = np.random.default_rng(21)
cases = []
B = 4


def numbers(a):
    a = np.asarray(a)
    return {"shape": list(a.shape), "data": [float(f"{v:.8g}") for v in a.ravel().astype("float64")]}


def record(name, model, shapes):
    for w in model.weights:
        value = rng.normal(size=w.shape) * 0.5
        w.assign(np.abs(value) + 0.3 if "variance" in w.path else value)
    inputs = [rng.normal(size=(B,) + s).astype("float32") for s in shapes]
    one = inputs[0] if len(inputs) == 1 else inputs
    given = [numbers(w) for w in model.get_weights()]
    out = model.predict(one, verbose=0, batch_size=B)
    case = {
        "name": name,
        "model": json.loads(model.to_json()),
        "inputs": [numbers(x) for x in inputs],
        "weights": given,
        "outputs": [numbers(out)],
    }
    if model.trainable_weights:
        y = rng.normal(size=out.shape).astype("float32")
        model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
        h = model.fit(one, y, epochs=2, batch_size=2, shuffle=False, verbose=0)
        e = model.evaluate(one, y, batch_size=3, verbose=0)
        case["targets"] = [numbers(y)]
        case["losses"] = h.history["loss"]
        case["evaluated"] = e[0] if isinstance(e, list) else e
        case["trained"] = [numbers(w) for w in model.get_weights()]
    cases.append(case)
    keras.backend.clear_session()
    print(name, out.shape)


def seq(name, *layers, shape):
    record(name, keras.Sequential([keras.Input(shape)] + list(layers)), [shape])


def fun(name, make, *shapes):
    ins = [keras.Input(s) for s in shapes]
    record(name, keras.Model(ins, make(*ins)), shapes)


# ---------------------------------------------------------------- windows at the ends
# (none longer than the sequence: TensorFlow 2.21's gradient of such averages is not that of its averages)
for t, size, strides in [(6, 5, 2), (7, 4, 3), (5, 4, 1), (3, 2, 4)]:
    seq(f"average_pooling_{t}_{size}_{strides}", L.Dense(2), L.AveragePooling1D(size, strides, "same"), shape=(t, 2))
    seq(f"max_pooling_{t}_{size}_{strides}", L.Dense(2), L.MaxPooling1D(size, strides, "same"), shape=(t, 2))
    seq(f"conv_{t}_{size}_{strides}", L.Conv1D(2, size, strides=strides, padding="same"), shape=(t, 2))
seq("conv_dilated", L.Conv1D(2, 4, dilation_rate=3, padding="same"), shape=(7, 2))

# ---------------------------------------------------------------- more axes than (batch, timesteps, features)
S = (2, 3, 4)
seq("axes_dense", L.Dense(3, activation="softmax"), shape=S)
seq("axes_batch_norm", L.BatchNormalization(axis=2), L.Dense(2), shape=S)
seq("axes_layer_norm", L.LayerNormalization(axis=[1, 3]), L.Dense(2), shape=S)
seq("axes_unit_norm", L.Dense(4), L.UnitNormalization(axis=[1, 2]), shape=S)
seq("axes_prelu", L.PReLU(shared_axes=[2]), L.Flatten("channels_first"), L.Dense(2), shape=S)
seq("axes_prelu_from_end", L.PReLU(shared_axes=[-1]), L.PReLU(shared_axes=[0]), L.Dense(2), shape=S)
seq("axes_softmax", L.Dense(3), L.Softmax(axis=2), shape=S)
seq("axes_permute", L.Dense(2), L.Permute((3, 1, 2)), shape=S)
seq("axes_five", L.Dense(2), L.Permute((4, 2, 1, 3)), L.Dense(3), L.Flatten(), shape=(2, 3, 2, 3))
seq("axes_reshape", L.Dense(4), L.Reshape((4, 2, -1)), L.Permute((2, 1, 3)), L.Reshape((4, 6)), L.LSTM(2), shape=S)
fun("axes_add", lambda x, y, z: L.Add()([L.Dense(4)(x), y, z]), S, (4,), (3, 4))
fun("axes_subtract", lambda x, y: L.Subtract()([L.Dense(1)(x), y]), (2, 3, 2, 3), (1, 3, 1, 3))
fun("axes_concatenate", lambda x, y: L.Concatenate(2)([L.Dense(4)(x), y]), S, (2, 1, 4))
fun("axes_dot", lambda x, y: L.Dot((2, 3))([L.Dense(3)(x), y]), S, (2, 2, 3))
fun("axes_dot_vector", lambda x, y: L.Dot((1, 3), normalize=True)([L.Dense(4)(x), y]), (4,), S)

with open("more.json", "w") as out:
    out.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")

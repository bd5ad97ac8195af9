"""Records what Keras makes of more layers and of more axes: outputs, and two epochs of training.

Run as: KERAS_BACKEND=tensorflow python3 record_more.py (more.json), KERAS_BACKEND=torch python3 record_more.py (groups.json)
Recorded with Python 3.11.7, Keras 3.15.1 on TensorFlow 2.21 and on torch 2.13, 2026-11-29. On torch some windows are padded
otherwise, and layer normalisation takes the last axes alone; TensorFlow has convolutions by groups, and of features first, on
no CPU.

Both files have the form of cases.json.
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


F = "channels_first"


def on_torch():
    seq("conv_groups", L.Conv1D(6, 3, groups=2, strides=2, padding="same", activation="tanh"), shape=(5, 4))
    seq("conv_depthwise", L.Conv1D(6, 2, groups=3, padding="causal", use_bias=False), shape=(4, 3))
    seq("conv_first", L.Conv1D(4, 3, data_format=F, padding="causal", dilation_rate=2, activation="softmax"), shape=(2, 5))
    seq("conv_first_groups", L.Conv1D(4, 2, data_format=F, groups=2), shape=(2, 5))


def on_tensorflow():
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

    # ---------------------------------------------------------------- features first
    seq("pooling_first", L.Dense(6), L.AveragePooling1D(3, 2, "same", data_format=F), L.MaxPooling1D(2, data_format=F), shape=(3, 5))
    seq("global_first", L.Dense(4), L.GlobalAveragePooling1D(data_format=F, keepdims=True), L.GlobalMaxPooling1D(data_format=F), shape=(3, 5))
    seq("zero_padding_first", L.Dense(2), L.ZeroPadding1D((1, 2), data_format=F), shape=(3, 2))

    # ---------------------------------------------------------------- other normalisation, and layers that pass on
    seq("layer_norm_rms", L.Dense(3), L.LayerNormalization(rms_scaling=True, scale=False), L.Dense(2), shape=(4, 3))
    seq("rms_norm", L.Dense(3), L.RMSNormalization(epsilon=0.01), L.Dense(2), shape=(4, 3))
    seq("rms_norm_axes", L.RMSNormalization(axis=[1, 2]), L.Dense(2), shape=(4, 3))
    seq("group_norm", L.Dense(6), L.GroupNormalization(3), L.Dense(2), shape=(4, 3))
    seq("group_norm_time", L.Dense(3), L.GroupNormalization(2, axis=1, center=False), L.Dense(2), shape=(4, 3))
    seq("group_norm_each", L.Dense(3), L.GroupNormalization(-1, epsilon=0.1, scale=False), L.Dense(2), shape=(4, 3))
    seq("activity_regularization", L.Dense(3), L.ActivityRegularization(0.1, 0.2), L.Identity(), L.Dense(2), shape=(4, 3))


torch = keras.backend.backend() == "torch"
on_torch() if torch else on_tensorflow()
with open("groups.json" if torch else "more.json", "w") as out:
    out.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")

"""Records what Keras makes of the layers around an LSTM: outputs, and two epochs of training.

Run as: KERAS_BACKEND=torch python3 record.py
Recorded with Python 3.11.7, Keras 3.15.1 on torch, 2026-11-29.

cases.json: for each case the model's to_json, its inputs and weights, the outputs, and (unless it
draws noise) targets, the logged losses of two epochs (SGD 0.1, mean squared error, batches of 2,
not shuffled), the loss of an evaluation after them in batches of 3, and the weights then.
"""

import json

import keras
import numpy as np
from keras import constraints as C
from keras import layers as L
from keras import regularizers as R

rng = np.random.default_rng(9)
cases = []
B, T, F = 4, 5, 3


def numbers(a):
    a = np.asarray(a)
    return {"shape": list(a.shape), "data": [float(f"{v:.8g}") for v in a.ravel().astype("float64")]}


def sequence(t=T, f=F, masked=False):
    x = rng.normal(size=(B, t, f)).astype("float32")
    if masked:
        x[0, 3:] = 0
        x[1, 1] = 0
        x[2, :2] = 0
    return x


def record(name, model, inputs, train=True):
    for w in model.weights:
        if w.path.split("/")[-1] not in ("count",):
            value = rng.normal(size=w.shape) * 0.5
            w.assign(np.abs(value) + 0.3 if "variance" in w.path else value)
    given = [numbers(w) for w in model.get_weights()]
    one = inputs[0] if len(inputs) == 1 else inputs
    out = model.predict(one, verbose=0, batch_size=B)
    outs = out if isinstance(out, (list, tuple)) else [out]
    case = {
        "name": name,
        "model": json.loads(model.to_json()),
        "inputs": [numbers(x) for x in inputs],
        "weights": given,
        "outputs": [numbers(o) for o in outs],
    }
    if train:
        ys = [rng.normal(size=o.shape).astype("float32") for o in outs]
        y = ys[0] if len(ys) == 1 else ys
        model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
        h = model.fit(one, y, epochs=2, batch_size=2, shuffle=False, verbose=0)
        case["targets"] = [numbers(v) for v in ys]
        case["losses"] = h.history["loss"]
        e = model.evaluate(one, y, batch_size=3, verbose=0)
        case["evaluated"] = e[0] if isinstance(e, list) else e
        case["trained"] = [numbers(w) for w in model.get_weights()]
    cases.append(case)
    keras.backend.clear_session()
    print(name, outs[0].shape)


def seq(name, *layers, shape=(T, F), masked=False, train=True):
    stack = [keras.Input(shape)] + ([L.Masking()] if masked else []) + list(layers)
    x = sequence(masked=masked) if len(shape) == 2 else rng.normal(size=(B,) + shape).astype("float32")
    record(name, keras.Sequential(stack), [x], train)


def fun(name, make, *shapes, masked=(), train=True):
    ins = [keras.Input(s) for s in shapes]
    flow = [L.Masking()(v) if i in masked else v for i, v in enumerate(ins)]
    xs = [
        sequence(*s, masked=i in masked) if len(s) == 2 else rng.normal(size=(B,) + s).astype("float32")
        for i, s in enumerate(shapes)
    ]
    record(name, keras.Model(ins, make(*flow)), xs, train)


# ---------------------------------------------------------------- regularizers and constraints
for n, r in [("l1", R.L1(0.02)), ("l2", "l2"), ("l1l2", R.L1L2(0.01, 0.03)),
             ("rows", R.OrthogonalRegularizer(0.2)), ("columns", R.OrthogonalRegularizer(0.2, "columns"))]:
    seq("regularizer_" + n, L.Dense(2, kernel_regularizer=r), shape=(F,))
seq("activity", L.Dense(4, activity_regularizer=R.L2(0.1)), L.Dense(2, activity_regularizer="l1"), shape=(F,))
seq("activity_sequence", L.LSTM(3, return_sequences=True, activity_regularizer=R.L1L2(0.1, 0.1)))
seq("regularized_lstm", L.LSTM(3, kernel_regularizer="l1", recurrent_regularizer=R.L2(0.05),
                               bias_regularizer=R.L1(0.1), recurrent_constraint=C.UnitNorm(1)), L.Dense(1))
seq("regularized_inside", L.Bidirectional(L.LSTM(2, return_sequences=True, kernel_regularizer="l2",
                                                 kernel_constraint=C.MaxNorm(0.8))),
    L.TimeDistributed(L.Dense(2, bias_regularizer=R.L2(0.3), kernel_constraint="non_neg")))
for n, c in [("max", C.MaxNorm(0.5)), ("max_rows", C.MaxNorm(0.4, axis=1)), ("nonneg", C.NonNeg()),
             ("unit", "unit_norm"), ("minmax", C.MinMaxNorm(0.3, 0.6, 0.7)), ("all", C.UnitNorm([0, 1]))]:
    seq("constraint_" + n, L.Dense(2, kernel_constraint=c, bias_constraint=C.NonNeg()), shape=(F,))
frozen = L.Dense(3, kernel_regularizer="l2", trainable=False)
seq("frozen_is_free", frozen, L.Dense(2, kernel_regularizer="l2"), shape=(F,))

# ---------------------------------------------------------------- one input
seq("reshape", L.Reshape((3, 5)), L.LSTM(2))
seq("reshape_flat", L.Reshape((-1,)), L.Dense(2))
seq("permute", L.Permute((2, 1)), L.LSTM(2))
seq("zero_padding", L.ZeroPadding1D((2, 1)), L.LSTM(2))
seq("cropping", L.Cropping1D((1, 2)), L.LSTM(2))
seq("up_sampling", L.UpSampling1D(3), L.LSTM(2))
seq("batch_norm", L.Dense(3), L.BatchNormalization(momentum=0.7), L.Dense(2), shape=(F,))
seq("batch_norm_sequence", L.BatchNormalization(epsilon=0.01, scale=False), L.LSTM(2))
seq("batch_norm_masked", L.BatchNormalization(momentum=0.9), L.LSTM(2), masked=True)
seq("batch_norm_axis", L.BatchNormalization(axis=1, center=False), L.LSTM(2))
seq("batch_norm_frozen", L.Dense(3), L.BatchNormalization(trainable=False), L.Dense(2), shape=(F,))
seq("layer_norm", L.LayerNormalization(), L.LSTM(2, return_sequences=True), L.LayerNormalization(scale=False))
seq("layer_norm_axes", L.LayerNormalization(axis=[1, 2], epsilon=0.1, gamma_regularizer="l2"), L.LSTM(2))
seq("layer_norm_masked", L.LayerNormalization(center=False), L.LSTM(2), masked=True)
seq("unit_norm", L.UnitNormalization(), L.LSTM(2))
seq("unit_norm_axes", L.Dense(3), L.UnitNormalization(axis=[1, 2]), L.LSTM(2))
seq("gaussian_noise", L.GaussianNoise(0.3), L.LSTM(2), train=False)
seq("gaussian_dropout", L.GaussianDropout(0.3), L.LSTM(2), train=False)
seq("spatial_dropout", L.SpatialDropout1D(0.3), L.LSTM(2), masked=True, train=False)
seq("conv", L.Conv1D(4, 3, activation="relu"), L.LSTM(2))
seq("conv_same", L.Conv1D(2, 4, padding="same", strides=2, use_bias=False, kernel_constraint=C.MaxNorm(1, [0, 1])))
seq("conv_causal", L.Conv1D(2, 2, padding="causal", dilation_rate=2, activation="tanh"), L.LSTM(2))
seq("max_pooling", L.Dense(3), L.MaxPooling1D(2), L.LSTM(2))
seq("max_pooling_same", L.Dense(3), L.MaxPooling1D(3, strides=2, padding="same"), L.LSTM(2))
seq("average_pooling", L.Dense(3), L.AveragePooling1D(2, strides=1), L.LSTM(2))
seq("average_pooling_same", L.Dense(3), L.AveragePooling1D(3, strides=1, padding="same"), L.LSTM(2))
seq("global_max", L.LSTM(3, return_sequences=True), L.GlobalMaxPooling1D(), L.Dense(2))
seq("global_average", L.LSTM(3, return_sequences=True), L.GlobalAveragePooling1D(keepdims=True), L.LSTM(2))
seq("global_average_masked", L.LSTM(3, return_sequences=True), L.GlobalAveragePooling1D(), masked=True)
seq("leaky_relu", L.LeakyReLU(0.2), L.Dense(2), L.ELU(0.7), shape=(F,))
seq("relu", L.ReLU(1.5, 0.1, 0.2), L.LSTM(2, return_sequences=True), L.ReLU())
seq("prelu", L.PReLU(), L.LSTM(2, return_sequences=True), L.PReLU(shared_axes=[1], alpha_regularizer="l1"))
seq("softmax", L.Dense(3), L.Softmax(), shape=(F,))
seq("softmax_time", L.Dense(3), L.Softmax(axis=1))

# ---------------------------------------------------------------- several inputs
for cls in (L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum):
    n = cls.__name__.lower()
    fun(n, lambda a, b, cls=cls: L.Dense(2)(cls()([L.Dense(3)(a), b])), (F,), (F,))
    fun(n + "_masked", lambda a, b, cls=cls: L.LSTM(2)(cls()([L.LSTM(3, return_sequences=True)(a), b])),
        (T, F), (T, F), masked=(0, 1))
    if cls not in (L.Maximum, L.Minimum):
        fun(n + "_broadcast", lambda a, b, cls=cls: L.LSTM(2)(cls()([L.Dense(3)(a), b])), (F,), (T, F), masked=(1,))
fun("add_three", lambda a, b, c: L.Add()([a, L.Dense(3)(b), c]), (F,), (F,), (F,))
fun("maximum_half_masked", lambda a, b: L.LSTM(2)(L.Maximum()([L.Dense(3)(a), b])), (T, F), (T, F), masked=(0,))
fun("concatenate", lambda a, b: L.Dense(2)(L.Concatenate()([a, L.Dense(3)(b)])), (2,), (F,))
fun("concatenate_features", lambda a, b: L.LSTM(2)(L.Concatenate()([a, L.Dense(3)(b)])), (T, F), (T, F), masked=(0, 1))
fun("concatenate_time", lambda a, b: L.LSTM(2)(L.Concatenate(axis=1)([a, L.Dense(3)(b)])), (T, F), (3, F), masked=(0,))
fun("dot", lambda a, b: L.Dot(1)([L.Dense(3)(a), b]), (F,), (F,))
fun("dot_cosine", lambda a, b: L.Dot(-1, normalize=True)([L.Dense(3)(a), b]), (F,), (F,))
fun("dot_sequences", lambda a, b: L.Dot((2, 1))([L.Dense(4)(a), b]), (T, F), (4, 2))
fun("dot_time", lambda a, b: L.Dot(1, normalize=True)([L.Dense(2)(a), b]), (T, F), (T, 4))
fun("dot_mixed", lambda a, b: L.Dense(2)(L.Dot((2, 1))([L.Dense(4)(a), b])), (T, F), (4,))
fun("attention", lambda a, b: L.Attention()([L.LSTM(3, return_sequences=True)(a), b]), (T, F), (4, F))
fun("attention_scale", lambda a, b, c: L.Attention(use_scale=True)([a, L.Dense(2)(b), c]), (T, F), (4, F), (4, F))
fun("attention_concat", lambda a: L.Attention(use_scale=True, score_mode="concat")(
    [L.LSTM(3, return_sequences=True)(a), a]), (T, F), masked=(0,))
fun("additive_attention", lambda a, b: L.LSTM(2)(L.AdditiveAttention()(
    [L.LSTM(3, return_sequences=True)(a), b])), (T, F), (T, F), masked=(0, 1))
fun("attention_causal", lambda a: L.Attention()([L.Dense(3)(a), a], use_causal_mask=True), (T, F))
fun("attention_scores", lambda a, b: L.Attention()([L.Dense(3)(a), b], return_attention_scores=True), (T, F), (4, F), train=False)

with open("cases.json", "w") as out:
    out.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")

# Records operations.zip: functional models with operations of keras.ops that are no layers, and with
# masks, for which Keras lists operations of its own: what they predict, and their tables.
# Keras 3.15.1 on torch 2.13, Python 3.11, 2026-11-29.
#   KERAS_BACKEND=torch python record_operations.py
# NN/model.keras, NN/io.npz (x0, x1, x2 and y0, y1, …), NN/summary.txt, NN/wide.txt, as in models.zip.
import io
import os
import zipfile

import keras
import numpy as np
from keras import layers as L
from keras import ops

numbers = np.random.default_rng(12)


def constant(*shape):
    return numbers.standard_normal(shape).astype("float32").round(2)


def masked(x):
    return L.Masking()(x)


def gru(x):
    return L.GRU(2, return_sequences=True)(x)


# of x (5, 3), y (5, 3), both with timesteps of zeros, and z (4)
MODELS = [
    lambda x, y, z: [x + y, 2 - x, x * constant(3), x / 4, ops.subtract(constant(5, 1), y)],
    lambda x, y, z: [ops.maximum(x, 0.5), ops.minimum(x, y), x**2, ops.power(x, 3), x // 0.7, x % 0.7],
    lambda x, y, z: [ops.cast(x > y, "float32") + ops.cast(x <= 0, "float32"), ops.where(x != 0, y, -1.0)],
    lambda x, y, z: [ops.cast(ops.logical_or(x > 1, ops.logical_not(y < 0)), "float32") * 2.0,
                     ops.cast(ops.any(ops.equal(x, 0), axis=1), "float32")],
    lambda x, y, z: [-ops.abs(x), ops.sign(x), ops.floor(x), ops.ceil(x), ops.exp(x), ops.square(x)],
    lambda x, y, z: [ops.log(ops.abs(z) + 1), ops.sqrt(ops.relu(z) + 1), ops.rsqrt(z * z + 1), ops.tanh(z)],
    lambda x, y, z: [ops.gelu(z), ops.gelu(z, approximate=False), ops.leaky_relu(z), ops.elu(z, 0.5),
                     ops.clip(z, -0.5, 0.5), ops.cast(ops.cast(z * 3, "int32"), "float32") / 2],
    lambda x, y, z: [ops.sum(x, axis=1), ops.mean(x, axis=(1, 2), keepdims=True), ops.max(x, axis=-1),
                     ops.min(x, axis=1, keepdims=True), ops.var(x, axis=1), ops.std(y, axis=2)],
    lambda x, y, z: [ops.logsumexp(x, axis=1), ops.cast(ops.argmax(x, axis=1), "float32") * 1.0,
                     ops.softmax(x, axis=1), ops.log_softmax(x), ops.log_softmax(x, axis=1)],
    lambda x, y, z: [ops.softmax(x @ ops.transpose(y, (0, 2, 1)) / 2) @ y, ops.matmul(z, constant(4, 2)),
                     ops.matmul(constant(2, 5), x)],
    lambda x, y, z: [ops.reshape(ops.transpose(ops.reshape(z, (-1, 2, 1, 2)), (0, 3, 1, 2)), (-1, 4)),
                     ops.sum(ops.expand_dims(x, 1) * ops.expand_dims(y, 2), axis=-1)],
    lambda x, y, z: [x[:, -1], x[..., 0], x[:, ::2, 1:], x[:, -2:], x[:, None, 1], z[:, 1:3], z[..., None]],
    lambda x, y, z: [x[:, 1:] - x[:, :-1], ops.squeeze(x[:, 2:3], 1), ops.flip(x, 1), ops.swapaxes(x, 1, 2)],
    lambda x, y, z: [ops.concatenate([x, y], axis=1), ops.stack([z, -z], axis=1), ops.take(x, [4, 0, 1], axis=1),
                     ops.repeat(x, 2, axis=1), ops.tile(z, (1, 2)), ops.take(z, 2, axis=-1)[:, None]],
    lambda x, y, z: [gru(x + y), L.Dense(2)(ops.concatenate([x[:, -1], z], axis=1))],
    lambda x, y, z: [gru(masked(x)), L.LSTM(2)(masked(y))],
    lambda x, y, z: [gru(masked(x) * 1.0), gru(L.Dense(3)(masked(x)))],
    lambda x, y, z: [gru(L.Concatenate()([masked(x), masked(y)])), gru(L.Concatenate(axis=1)([masked(x), y]))],
    lambda x, y, z: [gru(L.Add()([masked(x), masked(y)])), gru(L.Maximum()([masked(x), y]))],
    lambda x, y, z: [L.GlobalAveragePooling1D()(L.Embedding(7, 3, mask_zero=True)(ops.cast(ops.abs(z) * 2, "int32"))),
                     L.Bidirectional(L.LSTM(2, return_sequences=True))(masked(x))],
    lambda x, y, z: [gru(L.Attention()([masked(x), y])), L.TimeDistributed(L.Dense(2))(masked(y))],
    # two layers of one class and shape, which the operations for masks put in another order
    lambda x, y, z: (lambda a, b: [L.Concatenate()([L.Dense(3)(a), L.Dense(3)(b), gru(L.Concatenate()([a, b]))])])(
        masked(x), L.Dense(3)(gru(masked(y)))),
    lambda x, y, z: (lambda h: [gru(L.Concatenate()([masked(L.Dense(3)(x)), h])), L.Dense(3)(h)])(
        L.Dense(3)(masked(y))),
    lambda x, y, z: [keras.Model(x, [gru(x), L.Flatten()(x)])(masked(x + 0.0))[0]],
]


def table(m, columns, **options):
    os.environ["COLUMNS"] = str(columns)
    lines = []
    m.summary(print_fn=lines.append, **options)
    return "\n".join(lines)


def main():
    with zipfile.ZipFile("operations.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        put = lambda name, data: z.writestr(zipfile.ZipInfo(name, (2026, 11, 29, 0, 0, 0)), data,
                                            zipfile.ZIP_DEFLATED, 9)
        for i, outputs in enumerate(MODELS):
            keras.backend.clear_session(free_memory=False)
            inputs = [L.Input((5, 3)), L.Input((5, 3)), L.Input((4,))]
            made = keras.Model(inputs, outputs(*inputs))
            for w in made.weights:
                if w.dtype == "float32":
                    w.assign(np.float32((numbers.standard_normal(w.shape) * 0.4).round(2)))
            made.save("recorded.keras")
            m = keras.models.load_model("recorded.keras")
            xs = [constant(3, 5, 3), constant(3, 5, 3), constant(3, 4)]
            xs[0][0, 3:] = xs[0][1, 0] = xs[1][0, 4] = xs[1][2, 1:3] = 0
            ys = m.predict(xs, verbose=0)
            ys = ys if isinstance(ys, list) else [ys]
            arrays = {f"x{k}": x for k, x in enumerate(xs)}
            arrays |= {f"y{k}": np.ascontiguousarray(y, "float32") for k, y in enumerate(ys)}
            file = io.BytesIO()
            np.savez(file, **arrays)
            put(f"{i:02}/model.keras", open("recorded.keras", "rb").read())
            put(f"{i:02}/io.npz", file.getvalue())
            put(f"{i:02}/summary.txt", table(m, 80))
            put(f"{i:02}/wide.txt", table(m, 200, expand_nested=True, show_trainable=True,
                                          line_length=120))
    os.remove("recorded.keras")


main()

# Records timesteps.zip: models with TimeDistributed around models, recurrent layers, convolutions and
# what else takes more than a vector: what they predict, and their tables.
# Keras 3.15.1 on torch 2.13, Python 3.11, 2026-11-29.
#   KERAS_BACKEND=torch python record_timesteps.py
# NN/model.keras, NN/io.npz (x0, x1 and y0, y1, …), NN/summary.txt, NN/wide.txt, as in models.zip.
import io
import os
import zipfile

import keras
import numpy as np
from keras import layers as L

numbers = np.random.default_rng(12)


def constant(*shape):
    return numbers.standard_normal(shape).astype("float32").round(2)


def masked(x):
    return L.Masking()(x)


def each(layer):
    return L.TimeDistributed(layer)


def model(*layers):
    first = y = L.Input((3,))
    for layer in layers:
        y = layer(y)
    return keras.Model(first, y)


def residual():
    first = L.Input((3,))
    return keras.Model(first, L.Add()([first, L.Dense(3)(first)]) * 2)


# of x (5, 3), with timesteps of zeros, and y (4, 3, 2)
MODELS = [
    lambda x, y: [each(model(L.Dense(4, "tanh"), L.Dense(2)))(x)],
    lambda x, y: [L.LSTM(2)(each(keras.Sequential([L.Dense(4, "relu"), L.Dense(2)]))(masked(x)))],
    lambda x, y: [each(model(L.Dense(4), L.BatchNormalization(), L.Dense(2)))(masked(x)), each(residual())(x)],
    lambda x, y: [each(model(L.RepeatVector(3), L.LSTM(2)))(x), each(model(model(L.Dense(2)), L.Dense(2)))(x)],
    lambda x, y: [L.LSTM(2)(each(L.LSTM(3))(y)), each(each(L.Dense(2)))(y)],
    lambda x, y: [each(L.Flatten())(each(L.GRU(2, return_sequences=True))(y)), each(L.BatchNormalization())(y)],
    lambda x, y: [each(keras.Sequential([L.Conv1D(3, 2), L.GlobalMaxPooling1D()]))(y), each(L.Permute((2, 1)))(y)],
    lambda x, y: [each(keras.Sequential([L.Masking(), L.Bidirectional(L.GRU(2))]))(y), each(L.Reshape((3, 1)))(x)],
]


def table(m, columns, **options):
    os.environ["COLUMNS"] = str(columns)
    lines = []
    m.summary(print_fn=lines.append, **options)
    return "\n".join(lines)


def main():
    with zipfile.ZipFile("timesteps.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        put = lambda name, data: z.writestr(zipfile.ZipInfo(name, (2026, 11, 29, 0, 0, 0)), data,
                                            zipfile.ZIP_DEFLATED, 9)
        for i, outputs in enumerate(MODELS):
            keras.backend.clear_session(free_memory=False)
            inputs = [L.Input((5, 3)), L.Input((4, 3, 2))]
            made = keras.Model(inputs, outputs(*inputs))
            for w in made.weights:
                if w.dtype == "float32":
                    value = np.float32((numbers.standard_normal(w.shape) * 0.4).round(2))
                    w.assign(value**2 + 0.5 if "variance" in w.path else value)
            made.save("recorded.keras")
            m = keras.models.load_model("recorded.keras")
            xs = [constant(3, 5, 3), constant(3, 4, 3, 2)]
            xs[0][0, 3:] = xs[0][1, 0] = xs[1][0, 1, 2:] = 0
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

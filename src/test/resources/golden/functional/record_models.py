# Records models.zip: random functional models of Keras, what they predict, and their tables.
# Keras 3.15.1 on torch 2.13, Python 3.11, 2026-11-29.
#   KERAS_BACKEND=torch python record_models.py
# NN/model.keras, NN/io.npz (x0, x1, … and y0, y1, …), NN/summary.txt (80 columns), NN/wide.txt (all
# options, 120 columns). Of models with masks, for which Keras lists operations, there are no tables.
import io
import os
import random
import zipfile

import keras
import numpy as np
from keras import layers as L

T, MODELS = 5, 40
rng = random.Random(9)


def recurrent(**more):
    kind = rng.choice([L.LSTM, L.GRU, L.SimpleRNN])
    if kind is L.GRU:
        more["reset_after"] = rng.random() < 0.6
    if rng.random() < 0.3:
        more["dropout"] = 0.2
    return kind(rng.randint(2, 4), **more)


def states(layer, vectors):
    """Initial states of its units from vectors."""
    n = 2 if isinstance(layer, L.LSTM) else 1
    return [L.Dense(layer.units)(rng.choice(vectors)) for _ in range(n)]


class Builder:
    def __init__(self, depth):
        self.depth = depth
        self.seq, self.vec, self.ids = [], [], []
        self.shared = {}

    def input(self, kind):
        if kind == "ids":
            t = L.Input((T,))
            self.ids.append(t)
            self.seq.append(L.Embedding(7, rng.randint(2, 4))(t))
        elif kind == "seq":
            t = L.Input((T, rng.randint(2, 3)))
            self.seq.append(t)
        else:
            t = L.Input((rng.randint(2, 4),))
            self.vec.append(t)
        return t

    def again(self, key, make, x):
        """Uses a layer a second time where the shapes agree."""
        key = (key, tuple(x.shape))
        if key not in self.shared or rng.random() < 0.4:
            self.shared[key] = make()
        return self.shared[key](x)

    def merge(self, x, y):
        kind = rng.choice(["add", "sub", "mul", "avg", "max", "min", "concat"])
        if kind == "concat":
            return L.Concatenate(axis=-1)([x, y])
        size = rng.randint(2, 4)
        x, y = L.Dense(size)(x), L.Dense(size)(y)
        made = {"add": L.Add, "sub": L.Subtract, "mul": L.Multiply, "avg": L.Average,
                "max": L.Maximum, "min": L.Minimum}[kind]()
        return made([x, y])

    def nested(self, x):
        return nested(tuple(x.shape[1:]), self.depth + 1)

    def step(self):
        choice = rng.random()
        if self.seq and choice < 0.55:
            x = rng.choice(self.seq)
            kind = rng.choice(
                ["rnn", "rnn", "state", "bi", "bi", "td", "dense", "drop", "merge", "nest", "norm",
                 "conv", "pool", "attend", "rnnc"])
            if kind == "rnn":
                self.seq.append(self.again("rnn", lambda: recurrent(return_sequences=True), x))
            elif kind == "state":
                layer = recurrent(return_sequences=True, return_state=True)
                given = states(layer, self.vec) if self.vec and rng.random() < 0.6 else None
                y = layer(x, initial_state=given) if given else layer(x)
                self.seq.append(y[0])
                self.vec += y[1:]
            elif kind == "bi":
                y = L.Bidirectional(
                    recurrent(return_sequences=rng.random() < 0.5),
                    merge_mode=rng.choice(["concat", "sum", "mul", "ave"]))(x)
                (self.seq if len(y.shape) == 3 else self.vec).append(y)
            elif kind == "rnnc":
                cells = [L.LSTMCell(3), L.GRUCell(2)] if rng.random() < 0.5 else L.LSTMCell(2)
                self.vec.append(L.RNN(cells)(x))
            elif kind == "td":
                self.seq.append(L.TimeDistributed(L.Dense(3, activation="tanh"))(x))
            elif kind == "dense":
                self.seq.append(self.again("dense", lambda: L.Dense(3, activation="relu"), x))
            elif kind == "drop":
                self.seq.append(rng.choice([L.Dropout(0.3), L.SpatialDropout1D(0.2)])(x))
            elif kind == "merge":
                y = rng.choice([s for s in self.seq if s.shape[1] == x.shape[1]])
                self.seq.append(self.merge(x, y))
            elif kind == "nest" and self.depth < 2:
                self.take(self.again("nest", lambda: self.nested(x), x))
            elif kind == "norm":
                self.seq.append(L.LayerNormalization()(x))
            elif kind == "conv":
                self.seq.append(L.Conv1D(3, 2, padding="same", activation="relu")(x))
            elif kind == "pool":
                self.vec.append(rng.choice([L.GlobalMaxPooling1D, L.GlobalAveragePooling1D])()(x))
            elif kind == "attend":
                y = L.Dense(x.shape[-1])(rng.choice(self.seq))
                self.seq.append(L.Attention()([x, y]))
        elif self.vec:
            x = rng.choice(self.vec)
            kind = rng.choice(["dense", "dense", "merge", "rep", "act", "nest", "batch", "drop"])
            if kind == "dense":
                self.vec.append(self.again("dense", lambda: L.Dense(rng.randint(2, 4)), x))
            elif kind == "merge":
                self.vec.append(self.merge(x, rng.choice(self.vec)))
            elif kind == "rep":
                self.seq.append(L.RepeatVector(T)(x))
            elif kind == "act":
                self.vec.append(
                    rng.choice([L.Activation("swish"), L.LeakyReLU(0.1), L.ELU(0.5), L.Softmax()])(x))
            elif kind == "nest" and self.depth < 2:
                self.take(self.again("nest", lambda: self.nested(x), x))
            elif kind == "batch":
                self.vec.append(L.BatchNormalization()(x))
            elif kind == "drop":
                self.vec.append(L.Dropout(0.1)(x))
        elif self.seq:
            self.vec.append(recurrent()(rng.choice(self.seq)))

    def take(self, made):
        for y in made if isinstance(made, (list, tuple)) else [made]:
            (self.seq if len(y.shape) == 3 else self.vec).append(y)

    def outputs(self, most):
        ends = [t for t in self.seq + self.vec]
        chosen = rng.sample(ends, min(len(ends), rng.randint(1, most)))
        made = []
        for t in chosen + ends[-1:]:
            if not any(t is m for m in made) and not isinstance(t._keras_history[0], L.InputLayer):
                made.append(t)
        return made


def nested(shape, depth):
    if rng.random() < 0.4:
        inner = [L.Input(shape)]
        inner += [recurrent()] if len(shape) == 2 else [L.Dense(3)]
        return keras.Sequential(inner + [L.Dense(2)])
    b = Builder(depth)
    t = L.Input(shape)
    (b.seq if len(shape) == 2 else b.vec).append(t)
    for _ in range(rng.randint(2, 4)):
        b.step()
    out = b.outputs(2)
    if not out:
        out = [L.Dense(2)(t)]
    return keras.Model(t, out if len(out) > 1 else out[0])


def model():
    b = Builder(0)
    inputs = [b.input(rng.choice(["seq", "seq", "vec", "ids"])) for _ in range(rng.randint(1, 3))]
    for _ in range(rng.randint(4, 9)):
        b.step()
    out = b.outputs(3) or [L.Dense(1)(L.Flatten()(inputs[0]))]
    return keras.Model(
        inputs if len(inputs) > 1 else inputs[0], out if len(out) > 1 else out[0])


def table(m, columns, **options):
    os.environ["COLUMNS"] = str(columns)
    lines = []
    m.summary(print_fn=lines.append, **options)
    return "\n".join(lines)


def main():
    keras.utils.set_random_seed(3)
    numbers = np.random.default_rng(4)
    with zipfile.ZipFile("models.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        put = lambda name, data: z.writestr(zipfile.ZipInfo(name, (2026, 11, 29, 0, 0, 0)), data,
                                            zipfile.ZIP_DEFLATED, 9)
        for i in range(MODELS):
            keras.backend.clear_session(free_memory=False)
            made = model()
            for w in made.weights:  # zeros and ones are no test
                if w.dtype == "float32":
                    v = numbers.uniform(0.1, 0.9, w.shape) if "variance" in w.path else \
                        numbers.standard_normal(w.shape) * 0.4
                    w.assign(np.float32(v.round(2)))
            made.save("recorded.keras")
            m = keras.models.load_model("recorded.keras")
            xs = [numbers.integers(0, 7, (3,) + t.shape[1:]).astype("float32")
                  if len(t.shape) == 2 and t.shape[1] == T
                  else numbers.standard_normal((3,) + t.shape[1:]).astype("float32").round(2)
                  for t in m.inputs]
            ys = m.predict(xs if len(xs) > 1 else xs[0], verbose=0)
            ys = ys if isinstance(ys, list) else [ys]
            arrays = {f"x{k}": x for k, x in enumerate(xs)} | {f"y{k}": y for k, y in enumerate(ys)}
            file = io.BytesIO()
            np.savez(file, **arrays)
            put(f"{i:02}/model.keras", open("recorded.keras", "rb").read())
            put(f"{i:02}/io.npz", file.getvalue())
            put(f"{i:02}/summary.txt", table(m, 80))
            put(f"{i:02}/wide.txt", table(m, 200, expand_nested=True, show_trainable=True,
                                          line_length=120))
    os.remove("recorded.keras")


main()

"""Records what Keras makes of layers that give numbers of categories.

Run as: KERAS_BACKEND=tensorflow python3 record.py
Recorded with Python 3.11.7, Keras 3.15.1 on TensorFlow, 2026-11-29.

cases.json: for each case the model's to_json, its inputs and weights, and the outputs.
adapted.json: numbers, and the boundaries that Discretization.adapt finds.
*.keras, texts.json: models with vocabularies that were learnt (beside the configuration), the texts
that they are given, and the outputs.
"""

import json

import keras
import numpy as np
from keras import layers as L

rng = np.random.default_rng(7)
cases, texts = [], []


def numbers(a):
    a = np.asarray(a)
    return {"shape": list(a.shape), "data": [float(f"{v:.8g}") for v in a.ravel().astype("float64")]}


def spread(model):
    for w in model.weights:
        w.assign(rng.normal(size=w.shape))


def record(name, x, *layers, dtype="float32"):
    x = np.asarray(x, dtype)
    model = keras.Sequential([keras.Input(x.shape[1:], dtype=dtype), *layers])
    spread(model)
    cases.append({"name": name, "model": json.loads(model.to_json()), "input": numbers(x),
                  "weights": [numbers(w) for w in model.get_weights()],
                  "output": numbers(model.predict(x, verbose=0))})
    print(name, cases[-1]["output"]["shape"])
    keras.backend.clear_session()


bins = [-0.5, 0.0, 0.1, 1.0]
few, one = rng.normal(size=(4, 3)), rng.normal(size=(4, 1))
sequence, series = rng.normal(size=(4, 5, 3)), rng.normal(size=(4, 5, 1))
few[0, 0], few[1, 1], few[2, 2] = 0.0, 1.0, -0.5
for mode in ("int", "one_hot", "multi_hot", "count"):
    record("bins_" + mode, few, L.Discretization(bins, output_mode=mode))
    record("bins_one_" + mode, one, L.Discretization([0.5], output_mode=mode))
    record("bins_series_" + mode, series, L.Discretization(bins, output_mode=mode))
for mode in ("int", "multi_hot", "count"):
    record("bins_sequence_" + mode, sequence, L.Discretization(bins, output_mode=mode), L.LSTM(2))
record("bins_lstm", series, L.Discretization(bins, output_mode="one_hot"), L.LSTM(2))
record("bins_embedding", few, L.Discretization(bins), L.Embedding(5, 3), L.LSTM(2))
record("bins_embedding_masked", few, L.Discretization(bins), L.Embedding(5, 3, mask_zero=True), L.LSTM(2))

ids = [[12, 36, 7, 12], [1138, 8, 9, 42], [-3, 0, 42, 42]]
vocabulary = [12, 36, 1138, 42]
for mode in ("int", "one_hot", "multi_hot", "count"):
    record("ids_" + mode, ids, L.IntegerLookup(vocabulary=vocabulary, output_mode=mode), dtype="int64")
    record("ids_masked_" + mode, ids, L.IntegerLookup(vocabulary=vocabulary, mask_token=7, output_mode=mode), dtype="int64")
record("ids_three_oov", ids, L.IntegerLookup(vocabulary=vocabulary, mask_token=0, num_oov_indices=3), dtype="int64")
record("ids_padded", ids, L.IntegerLookup(vocabulary=vocabulary, max_tokens=7, pad_to_max_tokens=True, output_mode="count"), dtype="int64")
record("ids_no_oov", [[12, 42]], L.IntegerLookup(vocabulary=vocabulary, num_oov_indices=0), dtype="int64")
record("ids_invert", [[0, 1, 2, 5, 9]], L.IntegerLookup(vocabulary=vocabulary, invert=True, mask_token=0), dtype="int64")
record("ids_series", [[[12], [5]], [[42], [36]]], L.IntegerLookup(vocabulary=vocabulary, output_mode="one_hot"), L.LSTM(2), dtype="int64")
record("ids_embedding", ids, L.IntegerLookup(vocabulary=vocabulary), L.Embedding(5, 3), L.LSTM(2), dtype="int64")

adapted = []
for n, count, epsilon in ((10, 3, 0.1), (1000, 5, 0.01), (37, 4, 0.01), (250, 7, 0.05), (3, 6, 0.01)):
    data = rng.normal(size=n).astype("float32")
    layer = L.Discretization(num_bins=count, epsilon=epsilon)
    layer.adapt(data)
    adapted.append({"data": [float(v) for v in data], "bins": count, "epsilon": epsilon,
                    "boundaries": [float(v) for v in layer.bin_boundaries]})


def saved(name, model, *inputs):
    import tensorflow as tf

    spread(model)
    model.save(name + ".keras")
    given = [tf.constant(i) for i in inputs]
    out = model.predict(given if len(given) > 1 else given[0], verbose=0)
    texts.append({"name": name, "inputs": inputs, "outputs": [numbers(o) for o in (out if isinstance(out, list) else [out])]})


lines = ["The cat sat on the mat.", "A dog; the DOG!", "mat  and\tcat", ""]
words = L.TextVectorization(name="words", max_tokens=8, output_sequence_length=4)
words.adapt(lines)
saved("words", keras.Sequential([keras.Input((1,), dtype="string"), words, L.Embedding(8, 3, mask_zero=True), L.LSTM(2)]),
      [[t] for t in lines + ["unknown dog"]])
letters = L.TextVectorization(name="letters", split="character", standardize="lower")
letters.adapt(lines)
counted = L.TextVectorization(name="counted", max_tokens=20, pad_to_max_tokens=True, output_mode="count", standardize=None)
counted.adapt(lines)
colours = L.StringLookup(name="colours", mask_token="none")
colours.adapt([["red", "green", "red"], ["blue", "none", "red"]])
kinds = L.StringLookup(name="kinds", vocabulary=["small", "large"], output_mode="one_hot")
rooms = L.IntegerLookup(output_mode="multi_hot")
rooms.adapt([[101, 102], [101, 205]])
text, line, colour, kind = (keras.Input(s, dtype="string", name=n) for s, n in (((), "text"), ((), "line"), ((3,), "colour"), ((1,), "kind")))
room = keras.Input((2,), dtype="int64", name="room")
x = L.Concatenate()([
    L.LSTM(2)(L.Embedding(30, 3)(letters(text))), L.Dense(2)(counted(line)),
    L.Flatten()(L.Embedding(6, 2)(colours(colour))), kinds(kind), rooms(room)])
saved("categories", keras.Model([text, line, colour, kind, room], [L.Dense(2)(x), kinds(kind)]),
      ["a cat", "Dog on the mat"], ["the mat the", "dog"], [["red", "none", "violet"], ["blue", "green", "red"]],
      [["large"], ["tiny"]], [[101, 7], [205, 102]])

for name, content in (("cases", cases), ("adapted", adapted), ("texts", texts)):
    with open(name + ".json", "w") as out:
        out.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in content) + "\n]\n")

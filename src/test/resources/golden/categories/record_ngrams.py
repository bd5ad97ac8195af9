"""Records the n-grams of Keras's TextVectorization: ngrams.json.

Run as: KERAS_BACKEND=tensorflow python3 record_ngrams.py
Recorded with Python 3.11.7, Keras 3.15.1 on TensorFlow, 2026-11-29.
"""

import json

import keras
import tensorflow as tf
from keras import layers as L

lines = ["The cat sat on the mat.", "A dog; the DOG!", "mat  and\tcat", ""]
texts = ["the cat and the dog", "mat"]
cases = []
for ngrams, options in (
    (2, {}), ((2,), {}), ((1, 3), {"output_mode": "multi_hot"}), ((3, 1), {"output_sequence_length": 4}),
    (2, {"split": "character", "standardize": "lower"}), (2, {"output_mode": "count", "max_tokens": 9}),
):
    learnt = L.TextVectorization(ngrams=ngrams, **options)
    learnt.adapt(lines)
    known = L.TextVectorization(ngrams=ngrams, vocabulary=[str(t) for t in learnt.get_vocabulary()], **options)
    shape = (1,) if options.get("output_mode", "int") == "int" else ()
    model = keras.Sequential([keras.Input(shape, dtype="string"), known])
    out = known(tf.constant(texts)).numpy()
    cases.append({"model": json.loads(model.to_json()), "vocabulary": [str(t) for t in learnt.get_vocabulary()],
                  "output": out.astype(float).tolist()})
with open("ngrams.json", "w") as f:
    json.dump({"lines": lines, "texts": texts, "cases": cases}, f, separators=(",", ":"))

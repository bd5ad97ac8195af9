"""Records what Keras's TextVectorization makes of texts, into tokenizer.json.

KERAS_BACKEND=tensorflow python record.py; 2026-11-29
"""
import json
import os

import keras

TEXTS = [
    "The cat sat on the mat. The cat!", "A dog's life -- it sat, too.", "", "Über ÜBER naïve café\tCafé\n\nend",
    "cat dog cat [UNK] 12,5 12.5", "   spaces   around   ", "日本 語 no\u00a0break 😀 😀", "b a c b a c", "[UNK] lower UPPER"]
NEW = ["the dog sat on an unknown cat", "", "ÜBER über 😀 12,5", "[UNK] [unk] a b c d e f g h i j"]
cases = []
for options in [
        {}, {"max_tokens": 6}, {"output_sequence_length": 4}, {"standardize": None}, {"standardize": "lower"},
        {"standardize": "strip_punctuation", "max_tokens": 12}, {"split": "character"},
        {"split": "character", "standardize": None, "max_tokens": 20, "output_sequence_length": 7}]:
    layer = keras.layers.TextVectorization(**options)
    layer.adapt(TEXTS)
    cases.append({
        "options": options, "vocabulary": layer.get_vocabulary(), "ids": layer(NEW).numpy().tolist(),
        "adapted": layer(TEXTS).numpy().tolist()})
out = {"keras": keras.__version__, "texts": TEXTS, "new": NEW, "cases": cases}
json.dump(out, open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tokenizer.json"), "w"), indent=1)

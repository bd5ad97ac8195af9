"""Makes the files beside it. Run as: KERAS_BACKEND=jax python3 make.py

Made with Keras 3.15.1, JAX (CPU), h5py 3.14.0, NumPy 2.4.6, Python 3.11, 2026-11-23.

NAME.keras        a model as Keras saves it, its weights random but of trained size
NAME.npz          x and y (= predict(x)); other arrays are named where they are made, below
fragments.json    what Keras writes into config.json for each layer and optimizer
variables.json    for every model and every optimizer: path in model.weights.h5 -> dtype and shape,
                  or the text of its "name" attribute
"""

import io
import json
import os
import re
import zipfile

os.environ.setdefault("KERAS_BACKEND", "jax")

import h5py
import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(20261123)
variables = {}


def randomize(model):
    for v in model.trainable_variables:
        v.assign(rng.normal(0, 0.5, v.shape).astype("float32"))


def tree(path):
    found = {}

    def visit(name, node):
        if isinstance(node, h5py.Dataset):
            found[name] = f"{node.dtype} {node.shape}"
        elif name.endswith("vars"):
            found[name] = node.attrs["name"]

    with zipfile.ZipFile(path) as z, h5py.File(io.BytesIO(z.read("model.weights.h5"))) as f:
        f.visititems(visit)
    return found


def config(path):
    with zipfile.ZipFile(path) as z:
        return json.loads(z.read("config.json"))


def save(name, model, x, **more):
    model.save(f"{name}.keras")
    np.savez(f"{name}.npz", x=x, y=model.predict(x, verbose=0), **more)
    variables[name] = tree(f"{name}.keras")


def normal(*shape):
    return rng.normal(0, 1, shape).astype("float32")


def plain():
    model = keras.Sequential(
        [layers.Input((10, 2)), layers.LSTM(4), layers.Dense(1)], name="plain"
    )
    randomize(model)
    save("plain", model, normal(3, 10, 2))


def options():
    """Every LSTM option that changes what is computed; names that are not the groups' names."""
    model = keras.Sequential(
        [
            layers.Input((None, 3)),
            layers.LSTM(5, return_sequences=True, go_backwards=True, use_bias=False, name="lstm_1"),
            layers.LSTM(4, return_sequences=True, activation="relu",
                        recurrent_activation="hard_sigmoid", dropout=0.1, recurrent_dropout=0.2,
                        seed=7, unit_forget_bias=False, kernel_initializer="he_normal",
                        recurrent_initializer=keras.initializers.RandomUniform(-0.1, 0.1, seed=3),
                        bias_initializer="ones", name="lstm"),
            layers.Activation("softsign"),
            layers.LSTM(3, activation="elu", recurrent_activation="sigmoid", unroll=False,
                        name="last"),
            layers.Dropout(0.5, seed=11),
            layers.Dense(2, activation="softmax", use_bias=False, name="out"),
        ],
        name="options",
    )
    randomize(model)
    save("options", model, normal(2, 7, 3))


def text():
    model = keras.Sequential(
        [
            layers.Input((6,), dtype="int32"),
            layers.Embedding(11, 4, mask_zero=True),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.Bidirectional(layers.LSTM(2, name="inner"), merge_mode="concat", name="both"),
            layers.Dense(3, activation="softmax"),
        ],
        name="text",
    )
    randomize(model)
    x = np.array([[1, 2, 3, 4, 5, 6], [7, 8, 0, 0, 0, 0], [0, 9, 0, 10, 1, 0]], "int32")
    save("text", model, x)


def masked():
    model = keras.Sequential(
        [
            layers.Input((5, 3)),
            layers.Masking(-1.0),
            layers.Bidirectional(layers.LSTM(4, return_sequences=True), merge_mode="sum"),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True), merge_mode="mul"),
            layers.Bidirectional(layers.LSTM(2, return_sequences=True), merge_mode="ave"),
            layers.TimeDistributed(layers.Dense(2, activation="tanh")),
            layers.Flatten(),
            layers.Dense(1),
        ],
        name="masked",
    )
    randomize(model)
    x = normal(3, 5, 3)
    x[0, 3:] = -1
    x[1, 0] = -1
    x[1, 2] = -1
    save("masked", model, x)


def decoder():
    model = keras.Sequential(
        [
            layers.Input((4, 2)),
            layers.LSTM(3),
            layers.RepeatVector(6),
            layers.LSTM(3, return_sequences=True),
            layers.TimeDistributed(layers.Dense(2)),
        ],
        name="decoder",
    )
    randomize(model)
    save("decoder", model, normal(2, 4, 2))


def stateful():
    """x and y: the first call; x2 and y2: the next one, from the state that the first one left."""
    model = keras.Sequential(
        [layers.Input(batch_shape=(2, 3, 2)), layers.LSTM(3, stateful=True), layers.Dense(1)],
        name="stateful",
    )
    randomize(model)
    x, x2 = normal(2, 3, 2), normal(2, 3, 2)
    y = model.predict(x, batch_size=2, verbose=0)
    y2 = model.predict(x2, batch_size=2, verbose=0)
    model.layers[0].reset_states()
    model.save("stateful.keras")
    np.savez("stateful.npz", x=x, y=y, x2=x2, y2=y2)
    variables["stateful"] = tree("stateful.keras")


def fitted():
    """x_train, y_train: 3 epochs were run on them before saving, in order, in batches of 4.
    losses: of 4 more train_on_batch(x_train[:4]) after loading; y_after: predict(x) after those."""
    keras.utils.set_random_seed(5)
    model = keras.Sequential(
        [layers.Input((5, 2)), layers.LSTM(3), layers.Dropout(0.0), layers.Dense(1)], name="fitted"
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.01, clipnorm=1.0),
        loss="mse",
        metrics=["mae", keras.metrics.RootMeanSquaredError()],
    )
    x_train, y_train = normal(10, 5, 2), normal(10, 1)
    model.fit(x_train, y_train, epochs=3, batch_size=4, shuffle=False, verbose=0)
    x = normal(2, 5, 2)
    y = model.predict(x, verbose=0)
    model.save("fitted.keras")
    variables["fitted"] = tree("fitted.keras")
    again = keras.models.load_model("fitted.keras")
    losses = []
    for _ in range(4):
        losses.append(again.train_on_batch(x_train[:4], y_train[:4])[0])
        again.reset_metrics()
    np.savez("fitted.npz", x=x, y=y, x_train=x_train, y_train=y_train,
             losses=np.array(losses, "float32"), y_after=again.predict(x, verbose=0))


def layer_fragments():
    """Each layer as config.json holds it, its build_config included."""
    cases = {
        "InputLayer": lambda: [layers.Input((5, 3))],
        "InputLayer batch_shape, dtype, name": lambda: [
            layers.Input(batch_shape=(2, None, 3), dtype="float32", name="in")],
        "LSTM": lambda: [layers.Input((5, 3)), layers.LSTM(2)],
        "LSTM every option": lambda: [
            layers.Input(batch_shape=(2, 5, 3)),
            layers.LSTM(2, activation="relu", recurrent_activation="hard_sigmoid", use_bias=False,
                        kernel_initializer="he_normal", recurrent_initializer="zeros",
                        bias_initializer="ones", unit_forget_bias=False,
                        kernel_regularizer="l2", kernel_constraint="max_norm",
                        dropout=0.1, recurrent_dropout=0.2, seed=7, return_sequences=True,
                        go_backwards=True, stateful=True, unroll=True, name="mine",
                        trainable=False)],
        "Dense": lambda: [layers.Input((3,)), layers.Dense(2, activation="relu")],
        "Dropout": lambda: [layers.Input((3,)), layers.Dropout(0.2)],
        "Activation": lambda: [layers.Input((3,)), layers.Activation("gelu")],
        "Masking": lambda: [layers.Input((5, 3)), layers.Masking(-1.0)],
        "Embedding": lambda: [layers.Input((5,)), layers.Embedding(11, 4, mask_zero=True)],
        "TimeDistributed": lambda: [layers.Input((5, 3)), layers.TimeDistributed(layers.Dense(2))],
        "RepeatVector": lambda: [layers.Input((3,)), layers.RepeatVector(4)],
        "Flatten": lambda: [layers.Input((5, 3)), layers.Flatten()],
    }
    for mode in ("concat", "sum", "mul", "ave"):
        cases[f"Bidirectional {mode}"] = lambda mode=mode: [
            layers.Input((5, 3)),
            layers.Bidirectional(layers.LSTM(2, return_sequences=mode == "ave"), merge_mode=mode)]
    found = {}
    for name, stack in cases.items():
        keras.utils.clear_session()
        keras.Sequential(stack(), name="model").save("tmp.keras")
        written = config("tmp.keras")
        found[name] = written["config"]["layers"][-1]
    found["Sequential without layers"] = {
        **written, "config": {**written["config"], "layers": []}}
    os.remove("tmp.keras")
    return found


def optimizer_fragments():
    """compile_config of each optimizer; its variables in the order of their numbers."""
    found = {}
    o = keras.optimizers
    cases = {
        "SGD": lambda: o.SGD(0.1),
        "SGD momentum": lambda: o.SGD(0.1, momentum=0.9),
        "SGD nesterov": lambda: o.SGD(0.1, momentum=0.9, nesterov=True, clipvalue=0.5),
        "RMSprop": lambda: o.RMSprop(0.01),
        "RMSprop momentum": lambda: o.RMSprop(0.01, momentum=0.5),
        "RMSprop centered": lambda: o.RMSprop(0.01, momentum=0.5, centered=True),
        "Adam": lambda: o.Adam(0.01),
        "Adam amsgrad": lambda: o.Adam(0.01, amsgrad=True, global_clipnorm=1.0),
        "AdamW": lambda: o.AdamW(0.01, weight_decay=0.02),
    }
    losses = {
        "mse": ("mse", ["mae"]),
        "mae": (keras.losses.MeanAbsoluteError(), [keras.metrics.MeanSquaredError()]),
        "huber": (keras.losses.Huber(delta=0.5), [keras.metrics.RootMeanSquaredError()]),
        "binary": (keras.losses.BinaryCrossentropy(from_logits=True), ["accuracy"]),
        "categorical": ("categorical_crossentropy", ["categorical_accuracy"]),
        "sparse": (keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                   ["sparse_categorical_accuracy"]),
    }
    for name, optimizer in cases.items():
        keras.utils.clear_session()
        model = keras.Sequential([layers.Input((3, 2)), layers.LSTM(1), layers.Dense(1)], name="m")
        model.compile(optimizer=optimizer(), loss="mse", jit_compile=False)
        model.fit(normal(4, 3, 2), normal(4, 1), epochs=3, batch_size=4, verbose=0)
        model.save("tmp.keras")
        found[name] = config("tmp.keras")["compile_config"]
        paths = tree("tmp.keras")
        variables[f"optimizer {name}"] = [
            {"path": v.path, "dtype_and_shape": paths[f"optimizer/vars/{i}"]}
            for i, v in enumerate(model.optimizer.variables)]
    for name, (loss, metrics) in losses.items():
        keras.utils.clear_session()
        model = keras.Sequential([layers.Input((2,)), layers.Dense(2)], name="m")
        model.compile(optimizer="sgd", loss=loss, metrics=metrics)
        model.save("tmp.keras")
        found[f"loss {name}"] = config("tmp.keras")["compile_config"]
    os.remove("tmp.keras")
    return found


def write_json(name, value):
    text = json.dumps(value, indent=1)
    text = re.sub(r",\s*\"shared_object_id\": \d+", "", text)  # a memory address
    with open(name, "w") as f:
        f.write(text + "\n")


if __name__ == "__main__":
    for make in (plain, options, text, masked, decoder, stateful, fitted):
        keras.utils.clear_session()
        make()
    keras.utils.clear_session()
    found = {"layers": layer_fragments(), "compile_config": optimizer_fragments()}
    write_json("fragments.json", found)
    write_json("variables.json", variables)

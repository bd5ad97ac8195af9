"""Writes format.txt, early_stopping.txt, plateau.txt, schedules.txt: what Python and Keras give.

Run as: KERAS_BACKEND=torch python3 record.py
Recorded with Python 3.11.7, Keras 3.15.1, 2026-11-29.

format.txt: a line each of key, format, value, text, with tabs between. early_stopping.txt: a line
each of options, the monitored value of every epoch, how many epochs ran, the best one and the one
whose weights the model has in the end, both from 0. plateau.txt: a line each of options of
ReduceLROnPlateau, the learning rate at first, the monitored values, and the learning_rate in the logs
of each epoch. schedules.txt: a line each of a schedule, its arguments, and its rates at steps 0 to 11.
"""

import keras

VALUES = [0.0, -0.0, 1.0, 0.5, 0.125, 0.135, 2.675, 1234567.0, 1e-5, 1e-4, 123456.5, 1e16, 9.995]
VALUES += [-3.25, 1 / 3, 1e22, float("nan"), float("inf"), -float("inf"), 9999999.5, 0.00099995]
FLOATS = ["", ".2f", "f", "8.3f", "08.3f", "+.1f", "e", ".0e", ".3E", "g", ".3g", "G", "%", ".1%"]
FLOATS += [".0f", " .2f", "12", "012", "06.2f", ".0g", "-.2f", "F", ".12g"]
WHOLES = ["", "d", "02d", "3d", "03", "5", "+d", "f", ".1f", "e", "g", "%", "05.1f", ".3g", " 4d"]

with open("format.txt", "w") as out:
    for spec in FLOATS:
        for value in VALUES:
            print("val_loss", spec, value, format(value, spec), sep="\t", file=out)
    for spec in WHOLES:
        for value in [1, 7, 42, 1000]:
            print("epoch", spec, value, format(value, spec), sep="\t", file=out)


class Model:
    """As much of a model as EarlyStopping needs: its weights are the number of the epoch."""

    metrics = []
    stop_training = False
    weights = None

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights


def run(values, options):
    callback = keras.callbacks.EarlyStopping("val_loss", restore_best_weights=True, **options)
    model = Model()
    callback.set_model(model)
    callback.on_train_begin()
    ran = 0
    for epoch, value in enumerate(values):
        model.weights = epoch
        callback.on_epoch_end(epoch, {"val_loss": value})
        ran += 1
        if model.stop_training:
            break
    callback.on_train_end()
    return ran, callback.best_epoch, model.weights


NAN = float("nan")
CASES = [
    ([9, 4, 4, 1, 4, 9, 4, 0.25, 9], dict(patience=3)),
    ([9, 4, 4, 1, 4, 9, 4, 0.25, 9], dict(patience=3, min_delta=5)),
    ([9, 4, 4, 1, 4, 9, 4, 0.25, 9], dict(patience=2, baseline=3)),
    ([9, 4, 4, 1, 4, 9, 4, 0.25, 9], dict(patience=1, baseline=0.5)),
    ([9, 8, 7, 6, 5, 4, 3, 2, 1], dict(patience=2, baseline=0.5)),
    ([9, 8, 7, 7, 7, 7, 3, 2, 1], dict(patience=2, baseline=0.5)),
    ([1, 9, 9, 4, 9, 9, 9, 9], dict(patience=2, start_from_epoch=2)),
    ([1, 9, 9], dict(start_from_epoch=5)),
    ([NAN, NAN, 4, 1], dict(patience=1, start_from_epoch=1)),
    ([NAN, 1, 0.25, 0.1], dict(patience=2)),
    ([4, NAN, 1, NAN, NAN, 0], dict(patience=2)),
    ([1, 4, 9, 4, 4, 4], dict(mode="max", patience=2)),
    ([1, 4, 4], dict(mode="max", baseline=2, patience=1)),
    ([4, 5.0625, 6.25, 9, 1], dict(mode="max", min_delta=2.25, patience=2)),
]

with open("early_stopping.txt", "w") as out:
    for values, options in CASES:
        settings = " ".join(f"{key}={value}" for key, value in options.items())
        numbers = " ".join(str(float(v)) for v in values)
        print(settings, numbers, *run(values, options), sep="\t", file=out)


def plateau(values, rate, options):
    callback = keras.callbacks.ReduceLROnPlateau("val_loss", **options)
    model = Model()
    model.optimizer = keras.optimizers.SGD(rate)
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(values):
        logs = {"val_loss": value}
        callback.on_epoch_end(epoch, logs)
        rates.append(logs["learning_rate"])
    return rates


PLATEAUS = [
    ([9, 4, 4, 4, 4, 4, 4, 4], 0.1, dict(patience=2)),
    ([9, 4, 4, 4, 4, 4, 4, 4], 0.1, dict(patience=1, factor=0.5, min_lr=0.03)),
    ([9, 9, 9, 9, 9, 9, 9, 9, 9], 0.1, dict(patience=1, factor=0.5, cooldown=2)),
    ([9, 9, 9, 9, 9, 1, 1, 1, 1], 0.01, dict(patience=2, factor=0.2, cooldown=1)),
    ([9, 8.5, 8, 7.5, 7], 0.1, dict(patience=1, factor=0.3, min_delta=0.75)),
    ([1, 1.0001, 0.99995, 0.9999, 0.9998], 0.1, dict(patience=1, factor=0.5)),
    ([1, 2, 3, 3, 3, 3], 0.1, dict(patience=2, factor=0.5, mode="max")),
    ([NAN, 1, 2, 0.5], 0.1, dict(patience=1, factor=0.5)),
    ([9, NAN, 1, 1], 0.1, dict(patience=0, factor=0)),
    ([9, 9, 9, 9], 0.1, dict(patience=0, factor=0.7)),
]

with open("plateau.txt", "w") as out:
    for values, rate, options in PLATEAUS:
        settings = " ".join(f"{key}={value}" for key, value in options.items())
        numbers = " ".join(str(float(v)) for v in values)
        rates = " ".join(str(r) for r in plateau(values, rate, options))
        print(settings, rate, numbers, rates, sep="\t", file=out)

schedules = keras.optimizers.schedules
SCHEDULES = [
    (schedules.ExponentialDecay, (0.1, 4, 0.5)),
    (schedules.ExponentialDecay, (0.1, 4, 0.5, True)),
    (schedules.ExponentialDecay, (0.1, 1, 0.96)),
    (schedules.CosineDecay, (0.1, 10, 0.0)),
    (schedules.CosineDecay, (0.1, 6, 0.25)),
    (schedules.CosineDecay, (0.01, 8, 0.0, "warm", 0.1, 3)),
    (schedules.CosineDecay, (0.0, 4, 0.1, "warm", 0.1, 4)),
]

with open("schedules.txt", "w") as out:
    for make, arguments in SCHEDULES:
        rates = " ".join(str(float(make(*arguments)(step))) for step in range(12))
        numbers = " ".join(str(float(a)) for a in arguments if not isinstance(a, str))
        print(make.__name__, numbers, rates, sep="\t", file=out)

"""Records what Keras's optimizers and schedules give: cases.json, and files of trainings half done.

Keras 3.15.1 on torch, NumPy 2, 2026-11-29: KERAS_BACKEND=torch python record.py
"""

import json

import keras
import numpy as np
from keras import layers, optimizers
from keras.optimizers import schedules

keras.utils.set_random_seed(9)
rng = np.random.default_rng(9)
x = rng.normal(size=(18, 3, 2)).astype("float32")
y = rng.normal(size=(18, 1)).astype("float32")
base = keras.Sequential([layers.Input((3, 2)), layers.LSTM(2), layers.Dense(1)])
initial = [np.round(w, 4) for w in base.get_weights()]

SCHEDULES = [
    schedules.ExponentialDecay(0.1, 7, 0.8),
    schedules.ExponentialDecay(0.1, 7, 0.8, staircase=True),
    schedules.InverseTimeDecay(0.1, 7, 0.5),
    schedules.InverseTimeDecay(0.1, 7, 0.5, staircase=True),
    schedules.PolynomialDecay(0.1, 10, 0.01, power=2.0),
    schedules.PolynomialDecay(0.1, 10, 0.01, power=0.5, cycle=True),
    schedules.PiecewiseConstantDecay([3, 9], [0.1, 0.05, 0.01]),
    schedules.CosineDecay(0.1, 10, 0.1),
    schedules.CosineDecay(0.02, 10, 0.1, warmup_target=0.1, warmup_steps=4),
    schedules.CosineDecayRestarts(0.1, 3),
    schedules.CosineDecayRestarts(0.1, 4, t_mul=1.0, m_mul=0.8, alpha=0.1),
]

OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1),
    "sgd all": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    "rmsprop": lambda: optimizers.RMSprop(0.01),
    "rmsprop all": lambda: optimizers.RMSprop(
        0.01, rho=0.8, momentum=0.5, epsilon=1e-3, centered=True, weight_decay=0.1, clipnorm=0.5
    ),
    "adagrad": lambda: optimizers.Adagrad(0.1),
    "adagrad all": lambda: optimizers.Adagrad(
        0.1, initial_accumulator_value=0.3, epsilon=1e-3, weight_decay=0.1, use_ema=True
    ),
    "adadelta": lambda: optimizers.Adadelta(1.0),
    "adadelta all": lambda: optimizers.Adadelta(1.0, rho=0.8, epsilon=1e-3, global_clipnorm=0.4),
    "adam": lambda: optimizers.Adam(0.01),
    "adam amsgrad": lambda: optimizers.Adam(0.05, beta_1=0.8, beta_2=0.9, epsilon=1e-3, amsgrad=True),
    "adamw": lambda: optimizers.AdamW(0.01, weight_decay=0.1, clipvalue=0.05),
    "adamax": lambda: optimizers.Adamax(0.01),
    "adamax accumulating": lambda: optimizers.Adamax(0.05, gradient_accumulation_steps=3, clipnorm=0.5),
    "nadam": lambda: optimizers.Nadam(0.01),
    "nadam all": lambda: optimizers.Nadam(
        SCHEDULES[8],
        beta_1=0.8,
        weight_decay=0.1,
        use_ema=True,
        ema_momentum=0.6,
        ema_overwrite_frequency=2,
        gradient_accumulation_steps=2,
    ),
    "lion": lambda: optimizers.Lion(0.01),
    "lion all": lambda: optimizers.Lion(SCHEDULES[0], beta_1=0.8, beta_2=0.9, weight_decay=0.5),
    "ftrl": lambda: optimizers.Ftrl(0.1),
    "ftrl all": lambda: optimizers.Ftrl(
        0.1,
        learning_rate_power=-0.7,
        initial_accumulator_value=0.2,
        l1_regularization_strength=0.01,
        l2_regularization_strength=0.02,
        l2_shrinkage_regularization_strength=0.03,
        beta=0.4,
    ),
    "lamb": lambda: optimizers.Lamb(0.01),
    "lamb ema": lambda: optimizers.Lamb(0.05, weight_decay=0.1, use_ema=True, ema_momentum=0.5),
}
HALF_DONE = ["rmsprop all", "adagrad all", "adam amsgrad", "adamax accumulating", "nadam all", "ftrl all"]


def numbers(weights):
    return [[float(v) for v in np.ravel(w)] for w in weights]


cases = {}
for name, make in OPTIMIZERS.items():
    model = keras.Sequential([layers.Input((3, 2)), layers.LSTM(2), layers.Dense(1)])
    model.set_weights(initial)
    model.compile(make(), "mse")
    case = {"model": json.loads(model.to_json()), "losses": [], "weights": []}
    for half in range(2):
        if half and name in HALF_DONE:
            model.save(name.replace(" ", "_") + ".keras")
        # five steps an epoch, the last of two samples
        history = model.fit(x, y, batch_size=4, epochs=1, shuffle=False, verbose=0)
        case["losses"].append(history.history["loss"][0])
        case["weights"].append(numbers(model.get_weights()))
    cases[name] = case

steps = [0, 1, 2, 4, 5, 8, 11, 13, 22, 40]
rates = [
    {
        "optimizer": optimizers.serialize(optimizers.SGD(s)),
        "steps": steps,
        "rates": [float(s(step)) for step in steps],
    }
    for s in SCHEDULES
]
for rate in rates:
    rate["optimizer"]["config"]["learning_rate"] = json.loads(
        json.dumps(rate["optimizer"]["config"]["learning_rate"])
    )
with open("cases.json", "w") as f:
    json.dump(
        {
            "x": [float(v) for v in x.ravel()],
            "y": [float(v) for v in y.ravel()],
            "initial": numbers(initial),
            "trainings": cases,
            "schedules": rates,
        },
        f,
    )

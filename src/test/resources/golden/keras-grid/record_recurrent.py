"""Writes NAME.json beside it and in ../keras-training: what Keras makes of a recurrent layer.

Run as: KERAS_BACKEND=torch python3 record_recurrent.py simple_rnn|gru|rnn
Recorded with Keras 3.15.1, PyTorch 2.13.0 (CPU), NumPy 2.4.6, Python 3.11; simple_rnn 2026-11-26,
gru (every second case with reset_after=False, one layer after the other) and rnn (an LSTMCell with
a GRUCell above it, the forward cases only) 2026-11-29. Formats:
../FORMAT.md. Weights, inputs and outputs are float32; gradients come from PyTorch's autograd.
"""

import json
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(20261126)
NAME = sys.argv[1]
made = 0


def R(*args, **kwargs):
    global made
    if NAME == "simple_rnn":
        return layers.SimpleRNN(*args, **kwargs)
    if NAME == "rnn":
        ours = {k: v for k, v in kwargs.items() if k in ("activation", "use_bias")}
        rest = {k: v for k, v in kwargs.items() if k not in ours}
        u = args[0]
        return layers.RNN([layers.LSTMCell(u, **ours), layers.GRUCell(u + 1, **ours)], **rest)
    made += 1
    return layers.GRU(*args, reset_after=made % 2 == 1, **kwargs)


def normal(*shape, scale=1.0):
    return rng.normal(0, scale, shape).astype("float32")


def states(batch, units):
    """Initial states of a layer, for each of its cells."""
    if NAME == "rnn":
        return [[normal(batch, units), normal(batch, units)], [normal(batch, units + 1)]]
    return [normal(batch, units)]


def tensor(a):
    a = np.asarray(keras.ops.convert_to_numpy(a), "float32")
    return {"shape": list(a.shape), "data": [float(f"{v:.9g}") for v in a.reshape(-1)]}


def plain(layer):
    """What a file says of the layer, without the names."""
    return json.loads(json.dumps(keras.layers.serialize(layer)["config"]))


def chain(stack, shape, batch):
    """The layers, built for inputs of that shape, with random weights."""
    x = keras.Input(batch_shape=(batch,) + shape)
    for layer in stack:
        x = layer(x)
        x = x[0] if isinstance(x, (list, tuple)) else x
        for w in layer.trainable_weights:
            w.assign(normal(*w.shape, scale=0.5))
    return stack


def described(stack):
    return [
        {"class_name": type(l).__name__, "config": plain(l),
         "weights": [{"name": w.name, **tensor(w)} for w in l.trainable_weights]}
        for l in stack
    ]


def run(stack, x, initial):
    h = keras.ops.convert_to_tensor(x)
    states = []
    for l in stack:
        more = {}
        if initial and isinstance(l, (layers.RNN, layers.Bidirectional)):
            more["initial_state"] = keras.tree.map_structure(keras.ops.convert_to_tensor, initial)
            # with a second tensor argument Keras no longer passes the mask on by itself
            more["mask"] = getattr(h, "_keras_mask", None)
            initial = []
        h = l(h, **more)
        if isinstance(h, (list, tuple)):
            h, *states = h
            states = keras.tree.flatten(states)
    return [tensor(h)] + [tensor(s) for s in states]


grid = []


def case(feature, stack, inputs, batch=None, initial=(), reset=False):
    shape = inputs[0].shape[1:]
    chain(stack, shape, batch)
    described_ = described(stack)
    calls = [{"reset_states_before": False, "input": tensor(x), "outputs": run(stack, x, initial)}
             for x in inputs]
    if reset:
        for l in stack:  # reset_states fails for several cells
            for state in keras.tree.flatten(getattr(l, "states", None) or []):
                state.assign(keras.ops.zeros_like(state))
        calls.append({"reset_states_before": True, "input": tensor(inputs[0]),
                      "outputs": run(stack, inputs[0], ())})
    c = {"id": f"{ {'simple_rnn': 'r', 'gru': 'u', 'rnn': 'k'}[NAME]}{len(grid):03d}-{feature}", "feature": feature,
         "input_shape": [batch] + list(shape), "input_dtype": "float32",
         "layers": described_, "calls": calls}
    if initial:
        c["initial_state"] = [tensor(s) for s in keras.tree.flatten(initial)]
    grid.append(c)


def masked(*shape, value=0.0):
    """Trailing, leading, inner, no and all timesteps masked."""
    x = normal(*shape)
    x[0, 3:] = value
    x[1, :2] = value
    x[2, 1:4:2] = value
    x[-1] = value
    return x


shapes = ((1, 1, 1, False), (5, 1, 4, True), (1, 3, 2, False), (7, 5, 6, True),
          (4, 2, 33, True), (3, 37, 5, False), (6, 16, 64, False))
for t, f, u, seq in shapes[:4] if NAME == "rnn" else shapes:
    case("shape", [R(u, return_sequences=seq)], [normal(1 if u == 1 else 3, t, f)])
case("long", [R(4)], [normal(2, 60, 3)])
for a in ("relu", "linear", "softsign", "gelu", "elu", "hard_sigmoid", "sigmoid"):
    case(f"act-{a}", [R(4, activation=a, return_sequences=True)], [normal(2, 5, 3)])
if NAME == "gru":
    for a in ("linear", "gelu", "hard_sigmoid", "softsign"):
        for after in (True, False):
            case(f"rec-act-{a}", [layers.GRU(4, recurrent_activation=a, return_sequences=True,
                                             reset_after=after)], [normal(2, 5, 3)])
for seq in (False, True):
    case("no-bias", [R(3, use_bias=False, return_sequences=seq)], [normal(2, 5, 2)])
    case("go-backwards", [R(3, go_backwards=True, return_sequences=seq)], [normal(2, 6, 2)])
    case("return-state", [R(3, return_state=True, return_sequences=seq)], [normal(2, 5, 2)])
    case("initial-state", [R(3, return_state=True, return_sequences=seq)], [normal(2, 5, 2)],
         initial=states(2, 3))
    case("backwards-initial-state",
         [R(3, go_backwards=True, return_state=True, return_sequences=seq)], [normal(2, 5, 2)],
         initial=states(2, 3))
    case("stateful", [R(3, stateful=True, return_sequences=seq)],
         [normal(2, 3, 2), normal(2, 3, 2)], batch=2, reset=True)
    case("mask", [layers.Masking(), R(4, return_sequences=seq, return_state=True)],
         [masked(5, 6, 3)])
    case("mask-zero-output",
         [layers.Masking(), R(4, return_sequences=seq, zero_output_for_mask=True)],
         [masked(5, 6, 3)])
    case("mask-initial-state",
         [layers.Masking(), R(4, return_sequences=seq, return_state=True)],
         [masked(5, 6, 3)], initial=states(5, 4))
    case("mask-backwards", [layers.Masking(-1.0), R(4, return_sequences=seq, go_backwards=True)],
         [masked(5, 6, 3, value=-1.0)])
    for mode in ("concat", "sum", "mul", "ave"):
        case(f"bidir-{mode}",
             [layers.Bidirectional(R(3, return_sequences=seq), merge_mode=mode)],
             [normal(2, 5, 2)])
    case("bidir-mask",
         [layers.Masking(), layers.Bidirectional(R(3, return_sequences=seq))], [masked(5, 6, 3)])
case("bidir-initial-state", [layers.Bidirectional(R(3, return_state=True))], [normal(2, 5, 2)],
     initial=states(2, 3) + states(2, 3))
case("bidir-other-backward",
     [layers.Bidirectional(R(3, return_sequences=True),
                           backward_layer=R(2, return_sequences=True, go_backwards=True,
                                            activation="relu"))], [normal(2, 5, 2)])
case("stack", [R(4, return_sequences=True), layers.LSTM(3, return_sequences=True), R(2),
               layers.Dense(2, activation="softmax")], [normal(3, 7, 3)])
case("stack-mask", [layers.Masking(), R(4, return_sequences=True), R(3, return_sequences=True),
                    layers.TimeDistributed(layers.Dense(2))], [masked(5, 6, 3)])
case("autoencoder", [R(4), layers.RepeatVector(6), R(3, return_sequences=True),
                     layers.TimeDistributed(layers.Dense(2))], [normal(2, 4, 2)])
case("embedding", [layers.Embedding(7, 3, mask_zero=True), R(4)],
     [np.array([[1, 2, 3, 0], [0, 5, 6, 0], [4, 4, 4, 4]], "float32")])

training = []


def train(feature, stack, x, y, optimizer, loss="mse", batch=4, epochs=2):
    chain(stack, x.shape[1:], None)
    model = keras.Sequential([keras.Input(x.shape[1:])] + stack)
    described_ = described(stack)
    model.compile(optimizer, loss)
    expected = {"initial_prediction": tensor(model(x))}
    value = model.compute_loss(x, y, model(x, training=True))
    value.backward()
    expected["initial_loss_full_batch"] = float(value.detach())
    expected["initial_gradients_full_batch"] = [
        tensor(w.value.grad.clone()) for w in model.trainable_weights]
    for w in model.trainable_weights:
        w.value.grad = None
    steps, rows = [], []
    for _ in range(epochs):
        for at in range(0, len(x), batch):
            steps.append(float(model.train_on_batch(x[at:at + batch], y[at:at + batch])))
            model.reset_metrics()
            rows.append(len(x[at:at + batch]))
    each = len(steps) // epochs
    expected["step_losses"] = steps
    expected["epoch_losses"] = [
        float(np.average(steps[i:i + each], weights=rows[i:i + each]))
        for i in range(0, len(steps), each)]
    expected["final_weights"] = [tensor(w) for w in model.trainable_weights]
    expected["final_prediction"] = tensor(model(x))
    name, config = optimizer.__class__.__name__.lower(), optimizer.get_config()
    training.append({
        "id": f"{'q' if NAME == 'simple_rnn' else NAME[0] + 't'}{len(training):03d}-{feature}", "feature": feature,
        "input_shape": [None] + list(x.shape[1:]), "input_dtype": "float32", "layers": described_,
        "train": {"optimizer": {"name": name, "config": config}, "loss": loss, "x": tensor(x),
                  "y": tensor(y), "batch_size": batch, "epochs": epochs, "shuffle": False},
        "expected": expected})


o = keras.optimizers
train("train-sgd", [R(4), layers.Dense(1)], normal(6, 5, 2), normal(6, 1), o.SGD(0.1))
train("train-sequence", [R(4, return_sequences=True), layers.Dense(2)], normal(6, 5, 2),
      normal(6, 5, 2), o.SGD(0.1, momentum=0.9))
train("train-adam-partial-batch", [R(5, return_sequences=True), R(3), layers.Dense(1)],
      normal(7, 6, 2), normal(7, 1), o.Adam(0.01))
train("train-rmsprop-relu", [R(4, activation="relu"), layers.Dense(1)], normal(6, 5, 2),
      normal(6, 1), o.RMSprop(0.01))
train("train-gelu-backwards", [R(4, activation="gelu", go_backwards=True), layers.Dense(1)],
      normal(6, 5, 2), normal(6, 1), o.SGD(0.1))
train("train-no-bias-wide", [R(33, use_bias=False), layers.Dense(2)], normal(6, 4, 17),
      normal(6, 2), o.SGD(0.05))
train("train-bidir", [layers.Bidirectional(R(4, return_sequences=True), merge_mode="sum"),
                      layers.Bidirectional(R(2)), layers.Dense(1)],
      normal(6, 5, 2), normal(6, 1), o.SGD(0.1))
x = normal(6, 5, 2)
x[0, 3:] = 0
x[1, :2] = 0
x[2, 1:4:2] = 0
train("train-mask", [layers.Masking(), R(4), layers.Dense(1)], x, normal(6, 1), o.SGD(0.1))
train("train-mixed", [R(4, return_sequences=True), layers.LSTM(3, return_sequences=True),
                      R(2), layers.Dense(1)], normal(6, 5, 2), normal(6, 1), o.SGD(0.1))


def write(path, form, cases):
    with open(path, "w") as f:
        f.write(json.dumps({"format": form, "cases": "@"}).replace(
            '"@"', "[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]"))
        f.write("\n")
    print(path, len(cases), os.path.getsize(path))


if NAME == "rnn":
    training = []
write(NAME + ".json", "keras-case/1", grid)
if training:
    write(f"../keras-training/{NAME}.json", "keras-training-case/1", training)

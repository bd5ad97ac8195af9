"""Records what the options of compile do: evaluate, then two epochs of fit, in batches of 2, unshuffled.

KERAS_BACKEND=tensorflow python record.py     writes cases.json beside itself
"""
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np

L, M, O = keras.losses, keras.metrics, keras.optimizers
random = np.random.RandomState(7)
SAMPLES, STEPS, FEATURES, UNITS = 5, 4, 2, 3
X = random.normal(size=(SAMPLES, STEPS, FEATURES)).astype("float32")
MASKED = X.copy()
MASKED[0, 2:] = MASKED[1, 1:] = MASKED[2] = 0  # the third sample is masked as a whole
WEIGHTS = np.array([0.5, 2, 0, 1, 3], "float32")
LSTM = [random.normal(scale=0.4, size=s).astype("float32") for s in ((2, 12), (3, 12), (12,))]
HEAD = [random.normal(scale=0.9, size=s).astype("float32") for s in ((3, 3), (3,))]
cases = {}


def numbers(a):
    return [float(np.format_float_positional(v, unique=True)) for v in np.ravel(np.float32(a))]


def case(name, activation, loss, k=3, kind="vector", y=None, weighted=False, bias=None, optimizer=None, train=True,
         **options):
    """kind: vector (B,k), sequence (B,T,k), masked (as sequence); bias: added to the head's, to saturate it; train: not where
    TensorFlow's gradient is not that of the loss (see README.md)"""
    keras.utils.set_random_seed(1)
    sequence = kind != "vector"
    layers = [keras.layers.Masking()] if kind == "masked" else []
    layers += [keras.layers.LSTM(UNITS, return_sequences=sequence), keras.layers.Dense(k, activation)]
    model = keras.Sequential([keras.Input((STEPS, FEATURES))] + layers)
    head = [HEAD[0][:, :k], HEAD[1][:k] + (0 if bias is None else np.float32(bias))]
    model.set_weights(LSTM + head)
    x = MASKED if kind == "masked" else X
    rows = (SAMPLES, STEPS) if sequence else (SAMPLES,)
    fresh = np.random.RandomState(3)
    if y == "classes":
        target = fresh.randint(0, k, rows)
    elif y == "one-hot":
        target = np.eye(k)[fresh.randint(0, k, rows)]
    elif y == "binary":
        target = fresh.randint(0, 2, rows + (k,))
    elif y is None:
        target = fresh.normal(size=rows + (k,))
    else:
        target = np.full(rows + (() if isinstance(y, int) else (k,)), y)  # a class number, or all outputs
    target = target.astype("float32")
    model.compile(optimizer=optimizer or O.SGD(0.1), loss=loss, **options)
    config = model.get_compile_config()
    given = dict(sample_weight=WEIGHTS) if weighted else {}
    before = model.evaluate(x, target, batch_size=2, verbose=0, return_dict=True, **given)
    history = {} if not train else model.fit(x, target, batch_size=2, epochs=2, shuffle=False, verbose=0, **given).history
    cases[name] = {
        "kind": kind, "activation": activation, "outputs": k, "weighted": weighted,
        "head": [numbers(w) for w in head], "target": numbers(target),
        "compile_config": config, "evaluate": before, "history": history,
        "trained": [numbers(w) for w in model.get_weights()] if train else [],
    }


BCE, CCE, SCCE, MSE = L.BinaryCrossentropy, L.CategoricalCrossentropy, L.SparseCategoricalCrossentropy, L.MeanSquaredError
for r in ("sum", "mean", "sum_over_batch_size", "mean_with_sample_weight", "none", None):
    case(f"reduction {r}", None, MSE(reduction=r), metrics=["mae"])
    case(f"reduction {r} weighted", None, MSE(reduction=r), weighted=True, metrics=["mae"], weighted_metrics=["mae"])
    case(f"reduction {r} masked", None, MSE(reduction=r), kind="masked", metrics=["mae"])
case("loss_weights list", None, "mse", loss_weights=[0.25], metrics=["mse"])
case("loss_weights number", None, L.MeanAbsoluteError(reduction="sum"), loss_weights=-0.5, metrics=["mse"])
case("loss_weights by name", None, "mse", loss_weights={"dense": 2.0}, metrics={"dense": ["mae", "mse"]})
case("loss list", None, ["mae"], metrics=[["mse", "mae"]])
case("loss function", None, L.mean_squared_error, metrics=[M.mean_squared_error, L.huber])
for s in (0.1, 1.0):
    case(f"binary smoothing {s}", "sigmoid", BCE(label_smoothing=s), y="binary", metrics=["acc"])
    case(f"categorical smoothing {s}", "softmax", CCE(label_smoothing=s), y="one-hot", metrics=["accuracy"])
case("binary from logits", None, BCE(from_logits=True, label_smoothing=0.2), y="binary", kind="sequence")
case("categorical from logits", None, CCE(from_logits=True, label_smoothing=0.2), y="one-hot", kind="sequence")
case("sparse from logits", None, SCCE(from_logits=True), y="classes", kind="sequence", metrics=["acc"])
case("sparse from logits of softmax", "softmax", SCCE(from_logits=True), y="classes", kind="sequence", metrics=["acc"])
for i in (0, 1):
    case(f"ignore_class {i}", "softmax", SCCE(ignore_class=i), y="classes", metrics=["acc"])
    case(f"ignore_class {i} sequence", None, SCCE(ignore_class=i, from_logits=True), y="classes", kind="sequence")
    case(f"ignore_class {i} masked", "softmax", SCCE(ignore_class=i), y="classes", kind="masked", metrics=["acc"])
    case(f"ignore_class {i} weighted", "softmax", SCCE(ignore_class=i), y="classes", weighted=True)
    case(f"ignore_class {i} sum", "softmax", SCCE(ignore_class=i, reduction="sum"), y="classes", kind="sequence")
    case(f"ignore_class {i} none", "softmax", SCCE(ignore_class=i, reduction="none"), y="classes", kind="sequence")
    case(f"ignore_class {i} by weights", "softmax", SCCE(ignore_class=i, reduction="mean_with_sample_weight"),
         y="classes", weighted=True)
case("everything ignored", "softmax", SCCE(ignore_class=2), y=2, metrics=["acc"])
for axis in (0, 1, 2, -1):
    case(f"categorical axis {axis} softmax", "softmax", CCE(axis=axis, label_smoothing=0.1), y="one-hot", kind="sequence",
         train=axis in (2, -1))
    case(f"categorical axis {axis} relu", "softplus", CCE(axis=axis), y="one-hot", kind="sequence", metrics=["acc"])
    case(f"categorical axis {axis} logits", None, CCE(axis=axis, from_logits=True, reduction="sum"), y="one-hot",
         kind="sequence", train=axis in (2, -1))
    case(f"binary axis {axis}", "sigmoid", BCE(axis=axis, reduction="sum"), y="binary", kind="sequence")
case("binary axis -2", "sigmoid", BCE(axis=-2, reduction="sum"), y="binary", kind="sequence")
case("binary axis -3", "sigmoid", BCE(axis=-3, reduction="sum"), y="binary", kind="sequence")
case("binary axis 1 of two", "sigmoid", BCE(axis=1), y="binary")
case("binary axis 0 of two", "sigmoid", BCE(axis=0, reduction="sum"), y="binary")
case("sparse axis 2", "softmax", SCCE(axis=2), y="classes", kind="sequence")
case("huber", None, L.Huber(), metrics=[M.MeanMetricWrapper(L.huber, name="h", delta=0.3)])
case("errors in percent and of logarithms", "softplus", L.MeanAbsolutePercentageError(), y=2.0, kind="masked",
     metrics=["mape", "msle", M.MeanSquaredLogarithmicError(name="of logs")])
case("logarithms", "softplus", "msle", metrics=["mape", M.LogCoshError(), L.log_cosh])
case("log_cosh", None, L.LogCosh(), weighted=True, metrics=["MSLE"], weighted_metrics=[M.LogCoshError(name="w")])
case("poisson", "softplus", L.Poisson(reduction="sum"), y="binary", metrics=["poisson", M.Poisson(name="p")])
# saturated: a head whose bias is far from what the targets want
case("saturated sigmoid", "sigmoid", "binary_crossentropy", k=1, y=0.0, bias=27, metrics=["acc", "bce"])
case("saturated sigmoid far", "sigmoid", "binary_crossentropy", k=1, y=1.0, bias=-1e4)
case("saturated sigmoid sequence", "sigmoid", BCE(label_smoothing=0.1), y=0.0, bias=[40, -50, 60], kind="masked")
case("saturated softmax", "softmax", "categorical_crossentropy", y="one-hot", bias=[60, 0, -60], metrics=["acc"])
case("saturated softmax sparse", "softmax", "sparse_categorical_crossentropy", y="classes", bias=[60, 0, -60])
case("saturated softmax ignoring", "softmax", SCCE(ignore_class=1), y="classes", bias=[60, 0, -60])
case("sigmoid of categorical", "sigmoid", "categorical_crossentropy", y="one-hot")
case("softmax of binary", "softmax", "binary_crossentropy", y="binary")
case("sigmoid of sparse", "sigmoid", "sparse_categorical_crossentropy", y="classes")
# metrics
case("thresholds", "sigmoid", "bce", y="binary",
     metrics=[M.BinaryAccuracy(threshold=t, name=f"above_{t}") for t in (0.2, 0.5, 0.8)])
case("two thresholds unnamed", "sigmoid", "bce", y="binary", metrics=["acc", M.BinaryAccuracy(threshold=0.7), "binary_accuracy"])
case("weighted metrics", None, "mse", weighted=True, metrics=["mae", "mse"],
     weighted_metrics=["mae", "mse", M.RootMeanSquaredError(), "mae"])
case("weighted metrics without weights", None, "mse", metrics=["mae"], weighted_metrics=["mae", "mse"])
case("weighted accuracy", "sigmoid", "bce", k=1, y="binary", weighted=True, metrics=["accuracy"], weighted_metrics=["accuracy"])
case("weighted classes", "softmax", SCCE(), y="classes", weighted=True, weighted_metrics=["acc", M.SparseTopKCategoricalAccuracy(k=2)])
case("crossentropies as metrics", "softmax", CCE(), y="one-hot", metrics=[
    "categorical_crossentropy", M.CategoricalCrossentropy(name="smooth", label_smoothing=0.3),
    M.TopKCategoricalAccuracy(k=1), M.TopKCategoricalAccuracy(k=2, name="two"), "CategoricalAccuracy"])
case("crossentropy along an axis as metric", "softmax", "mse", y="one-hot", kind="sequence",
     metrics=[M.CategoricalCrossentropy(axis=1), "BinaryCrossentropy"])
for given in (False, True):
    case(f"ignoring metrics, weighted {given}", "softmax", SCCE(ignore_class=1), y="classes", weighted=given, metrics=[
        M.SparseCategoricalCrossentropy(name="all"), M.SparseCategoricalCrossentropy(name="some", ignore_class=1)],
        weighted_metrics=[M.SparseCategoricalCrossentropy(name="weighed", ignore_class=1)])
case("ignoring metrics masked", "softmax", SCCE(ignore_class=1), y="classes", kind="masked",
     metrics=[M.SparseCategoricalCrossentropy(name="some", ignore_class=1)])
case("repeated names", None, "mse", metrics=["mae", "mae", "MAE", "mae"], weighted_metrics=["mse", "mae", "mae"])
case("mean wrapper", None, BCE(from_logits=True), y="binary",
     metrics=[M.MeanMetricWrapper(L.binary_crossentropy, from_logits=True, label_smoothing=0.5), M.binary_accuracy])
case("adamw defaults", None, "mse", optimizer=O.AdamW(0.01))
case("clipvalue", None, MSE(reduction="sum"), optimizer=O.SGD(0.1, momentum=0.5, nesterov=True, clipvalue=0.05))

here = os.path.dirname(os.path.abspath(__file__))
import tensorflow

with open(os.path.join(here, "cases.json"), "w") as f:
    head = {"keras": keras.__version__, "backend": keras.backend.backend(), "tensorflow": tensorflow.__version__}
    head.update(x=numbers(X), masked=numbers(MASKED), weights=numbers(WEIGHTS), lstm=[numbers(w) for w in LSTM])
    f.write("{" + json.dumps(head)[1:-1] + ',\n"cases": {\n')
    f.write(",\n".join(json.dumps(n) + ": " + json.dumps(c) for n, c in cases.items()))
    f.write("\n}}\n")
print(len(cases), "cases", file=sys.stderr)

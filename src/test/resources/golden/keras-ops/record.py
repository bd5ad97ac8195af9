"""Records what Keras computes for activations, losses, metrics and optimizers, into ops.json.

KERAS_BACKEND=jax JAX_ENABLE_X64=1 python record.py
"""
import json
import jax
import numpy as np
import keras

keras.config.set_floatx("float64")
out = {"made_with": "keras " + keras.__version__ + ", jax " + jax.__version__ + ", float64"}

names = ("linear relu relu6 leaky_relu elu celu selu gelu sigmoid hard_sigmoid tanh softsign softplus silu "
         "exponential mish hard_silu hard_tanh hard_shrink soft_shrink tanh_shrink log_sigmoid squareplus "
         "sparse_plus sparse_sigmoid").split()
xs = [-30.0, -9.0, -6.1, -3.7, -2.9, -1.3, -0.7, -0.45, -0.1, -1e-3, 0.002, 0.2, 0.48, 0.9, 1.7, 2.6, 3.3, 5.9, 6.2, 12.0, 40.0]
xs = [float(np.float32(x)) for x in xs]
out["x"] = xs
out["activations"] = {}
for n in names:
    f = keras.activations.get(n)
    if n == "gelu":
        f = lambda x: keras.activations.gelu(x, approximate=False)
    out["activations"][n] = {
        "value": [float(f(np.float64(x))) for x in xs],
        "slope": [float(jax.grad(lambda v: f(v))(np.float64(x))) for x in xs],
    }
rows = np.float32([[0.3, -1.2, 2.5, 0.1], [80.0, 79.0, -5.0, 3.0], [0, 0, 0, 0]])
dys = np.float32([[1, -0.5, 0.25, 2], [0.3, 0.7, -1, 1], [1, 2, 3, 4]])
for n in ("softmax", "log_softmax"):
    f = keras.activations.get(n)
    y, back = jax.vjp(lambda v: f(v), np.float64(rows))
    out["activations"][n] = {"x": rows.tolist(), "dy": dys.tolist(), "value": np.asarray(y).tolist(), "dx": np.asarray(back(np.float64(dys))[0]).tolist()}

rng = np.random.default_rng(7)
prob = np.float32(rng.dirichlet([1, 1, 1], 5)) * np.float32([[1], [1], [2], [0.5], [1]])
logit = np.float32(rng.normal(0, 3, (5, 3)))
real = np.float32(rng.normal(0, 2, (5, 3)))
onehot = np.eye(3, dtype="float32")[[0, 2, 1, 1, 0]]
binary = np.float32(rng.integers(0, 2, (5, 3)))
ids = np.float32([0, 2, 1, 1, 0])
weights = np.float32([1, 0, 1, 1, 0])
L = keras.losses
cases = {
    "mean_squared_error": (L.MeanSquaredError(), real, logit),
    "mean_absolute_error": (L.MeanAbsoluteError(), real, logit),
    "huber": (L.Huber(1.5), real, logit),
    "binary_crossentropy": (L.BinaryCrossentropy(), binary, np.clip(prob, 0.01, 0.97)),
    "binary_crossentropy_logits": (L.BinaryCrossentropy(from_logits=True), binary, logit),
    "categorical_crossentropy": (L.CategoricalCrossentropy(), onehot, prob),
    "categorical_crossentropy_logits": (L.CategoricalCrossentropy(from_logits=True), onehot, logit),
    "sparse_categorical_crossentropy": (L.SparseCategoricalCrossentropy(), ids, prob),
    "sparse_categorical_crossentropy_logits": (L.SparseCategoricalCrossentropy(from_logits=True), ids, logit),
}
out["weights"] = weights.tolist()
out["losses"] = {}
for n, (loss, t, p) in cases.items():
    entry = {"target": t.tolist(), "prediction": p.tolist()}
    f = lambda v: loss(np.float64(t), v)
    entry["value"] = float(f(np.float64(p)))
    entry["gradient"] = np.asarray(jax.grad(f)(np.float64(p))).tolist()
    # the mean over the rows that count
    keep = weights == 1
    g = lambda v: loss(np.float64(t)[keep], v[keep])
    entry["masked_value"] = float(g(np.float64(p)))
    entry["masked_gradient"] = np.asarray(jax.grad(g)(np.float64(p))).tolist()
    out["losses"][n] = entry

M = keras.metrics
metrics = {
    "mae": (M.MeanAbsoluteError(), real, logit),
    "mse": (M.MeanSquaredError(), real, logit),
    "rmse": (M.RootMeanSquaredError(), real, logit),
    "binary_accuracy": (M.BinaryAccuracy(), binary, prob),
    "categorical_accuracy": (M.CategoricalAccuracy(), onehot, prob),
    "sparse_categorical_accuracy": (M.SparseCategoricalAccuracy(), ids, prob),
}
out["metrics"] = {}
for n, (m, t, p) in metrics.items():
    m.update_state(t, p)
    out["metrics"][n] = {"target": t.tolist(), "prediction": p.tolist(), "value": float(m.result())}

O = keras.optimizers
optimizers = {
    "sgd": O.SGD(0.1),
    "sgd_momentum": O.SGD(0.1, momentum=0.9),
    "sgd_nesterov": O.SGD(0.1, momentum=0.9, nesterov=True),
    "rmsprop": O.RMSprop(0.01),
    "rmsprop_momentum": O.RMSprop(0.01, rho=0.8, momentum=0.5),
    "rmsprop_centered": O.RMSprop(0.01, rho=0.8, centered=True),
    "rmsprop_all": O.RMSprop(0.01, rho=0.8, momentum=0.5, epsilon=1e-3, centered=True),
    "adam": O.Adam(0.01),
    "adamw": O.AdamW(0.01, weight_decay=0.05),
    "adam_clipnorm": O.Adam(0.01, clipnorm=1.0),
    "sgd_clipnorm": O.SGD(0.1, clipnorm=1.0),
    "sgd_global_clipnorm": O.SGD(0.1, global_clipnorm=1.0),
    "sgd_clipvalue": O.SGD(0.1, clipvalue=0.5),
}
w0 = [np.float32(rng.normal(0, 1, 7)), np.float32(rng.normal(0, 1, 3))]
gs = [[np.float32(rng.normal(0, s, 7)), np.float32(rng.normal(0, s, 3))] for s in (1, 0.1, 2, 1e-4, 1)]
out["weights_before"] = [w.tolist() for w in w0]
out["gradients"] = [[g.tolist() for g in step] for step in gs]
out["optimizers"] = {}
for n, o in optimizers.items():
    ws = [keras.Variable(w.astype("float64")) for w in w0]
    trace = []
    for g in gs:
        o.apply([keras.ops.convert_to_tensor(v.astype("float64")) for v in g], ws)
        trace.append([np.asarray(w.value).tolist() for w in ws])
    out["optimizers"][n] = trace

json.dump(out, open("ops.json", "w"), indent=1)

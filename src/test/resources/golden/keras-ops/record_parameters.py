"""Records what Keras computes for activations with parameters other than its defaults, into parameters.json.

KERAS_BACKEND=jax JAX_ENABLE_X64=1 python record_parameters.py
"""
import json
import jax
import numpy as np
import keras

keras.config.set_floatx("float64")
A = keras.activations
cases = [
    (A.relu, {"max_value": 1.5}),
    (A.relu, {"negative_slope": 0.1}),
    (A.relu, {"threshold": 0.3}),
    (A.relu, {"max_value": 0.7, "negative_slope": 0.2, "threshold": 0.3}),
    (A.relu, {"max_value": 0.3, "negative_slope": 0.2, "threshold": 0.7}),
    (A.relu, {"max_value": 0.0, "negative_slope": 0.25}),
    (A.leaky_relu, {"negative_slope": 0.3}),
    (A.leaky_relu, {"negative_slope": -0.3}),
    (A.elu, {"alpha": 0.5}),
    (A.elu, {"alpha": -0.5}),
    (A.celu, {"alpha": 2.0}),
    (A.celu, {"alpha": -3.0}),
]
xs = [float(np.float32(x)) for x in (-9.0, -3.0, -1.25, -0.7, -0.2, 0.1, 0.31, 0.45, 0.71, 0.8, 1.3, 1.6, 7.0)]
out = {"made_with": "keras " + keras.__version__ + ", jax " + jax.__version__ + ", float64, 2026-11-26", "x": xs, "activations": []}
for f, parameters in cases:
    out["activations"].append({
        "name": f.__name__,
        "parameters": parameters,
        "value": [float(f(np.float64(x), **parameters)) for x in xs],
        "slope": [float(jax.grad(lambda v: f(v, **parameters))(np.float64(x))) for x in xs],
    })
json.dump(out, open("parameters.json", "w"), indent=1)

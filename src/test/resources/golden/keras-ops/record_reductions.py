"""Records how Keras reduces a loss of sequences with sample weights and a mask, into reductions.json.

KERAS_BACKEND=jax JAX_ENABLE_X64=1 python record_reductions.py

All tensors are time-major, (T,B,…), as lstm4j has them inside; Keras gets (B,T,…).
"""
import json
import jax
import numpy as np
import keras

keras.config.set_floatx("float64")
rng = np.random.default_rng(3)
target = np.float32(rng.normal(0, 1, (2, 3, 2)))
prediction = np.float32(rng.normal(0, 1, (2, 3, 2)))
weight = np.float32([0.5, 2])
mask = np.array([[1, 1, 0], [1, 0, 0]], bool)
swap = lambda x: np.swapaxes(np.asarray(x), 0, 1).tolist()
out = {
    "made_with": "keras " + keras.__version__ + ", jax " + jax.__version__ + ", float64, 2026-11-26",
    "target": swap(target), "prediction": swap(prediction), "sample_weight": weight.tolist(),
    "mask": swap(mask.astype("float32")), "cases": [],
}
for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight"):
    for masked in (False, True):
        for weighted in (False, True):
            loss = keras.losses.MeanSquaredError(reduction=reduction)
            def f(p):
                values = loss.call(np.float64(target), p)
                return keras.src.losses.loss.reduce_weighted_values(
                    values,
                    sample_weight=np.float64(weight)[:, None] if weighted else None,
                    mask=mask if masked else None,
                    reduction=reduction,
                )
            out["cases"].append({
                "reduction": reduction, "masked": masked, "weighted": weighted,
                "value": float(f(np.float64(prediction))),
                "gradient": swap(jax.grad(f)(np.float64(prediction))),
            })
json.dump(out, open("reductions.json", "w"), indent=1)

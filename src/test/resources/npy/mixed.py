"""Makes mixed.npz beside it. Run with NumPy 2.4.6, 2026-11-29."""

import numpy as np

np.savez("mixed.npz",
         labels=np.array(["one", "two", "three"]),
         x=np.arange(6, dtype="float32").reshape(2, 3),
         objects=np.array([{"a": 1}, None], dtype=object),
         dates=np.array(["2026-11-29"], dtype="datetime64[s]"),
         records=np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", [("c", "f8")])]),
         y=np.array([7, 8], dtype=">i8"),
         weird=np.array([b"x"], dtype="V3"))

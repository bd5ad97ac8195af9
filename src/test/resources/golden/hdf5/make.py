"""Makes the small HDF5 files beside it, for Hdf5ReaderTest.

Run with h5py 3.14.0 (HDF5 1.14.6), NumPy 2.4.6, 2026-11-23.

Every file is made in two forms of the format: h5py's default (superblock 0) and that of HDF5 1.10
(superblock 3, new groups).
"""

import h5py
import numpy as np

for form in ("earliest", "v110"):
    with h5py.File(f"{form}.h5", "w", libver=(form, "v110")) as f:
        x = np.array([[0.5, -1.25, 3.0], [65504.0, -0.0, 2.0**-14]])
        for t in ("float16", "float32", "float64"):
            f[f"floats/{t}"] = x.astype(t)
        f["floats/big_endian"] = x.astype(">f8")
        for t in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
            i = np.iinfo(t)
            f[f"integers/{t}"] = np.array([max(i.min, -(2**62)), 1, min(i.max, 2**62)], t)
        f["scalar/float"] = np.float32(0.1)
        f["scalar/int"] = np.int32(-7)
        f["empty/zero"] = np.zeros((0, 3), "float32")
        f.create_group("empty/group")
        f.create_dataset("packed", data=np.arange(1000, dtype="float32").reshape(10, 100),
                         chunks=(3, 7), compression="gzip", shuffle=True)
        f["text"] = "no numbers"
        f["truth"] = np.array([True, False])
        f["complex"] = np.array([1 + 2j])
        f["soft"] = h5py.SoftLink("/packed")
        f["outside"] = h5py.ExternalLink("other.h5", "/packed")
        g = f.create_group("attributes")
        g.attrs["name"] = "lstm_é"
        g.attrs["nothing"] = ""
        g.attrs["fixed"] = np.bytes_("forty-two")
        g.attrs["names"] = ["kernel", "", "bias"]
        g.attrs["fixed_names"] = np.array([b"kernel:0", b"bias:0"])
        g.attrs["no_names"] = np.array([], dtype="S1")
        g.attrs["long"] = "x" * 70000 if form == "earliest" else "x" * 7
        g.attrs["int"] = 42
        g.attrs["float"] = 0.25

"""Makes kinds.zip beside it, for Hdf5KindsTest: the ways in which HDF5 can store the same numbers.

Run with h5py 3.14.0 (HDF5 1.14.6), NumPy 2.4.6, 2026-11-29.

Every dataset in "numbers" holds 0, 1, 2, … in row-major order, but for those whose name begins with
"fill": they were written in part or never, and the rest is the fill value that the name ends with.
"""

import io
import zipfile

import h5py
import numpy as np


def numbers(g):
    a = np.arange(35 * 11, dtype="float32").reshape(35, 11)
    for t in ("<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "<i4", ">i2", "<i8", ">u4", "u1"):
        g.create_dataset("type " + t.replace("<", "little ").replace(">", "big "),
                         data=np.arange(100).reshape(4, 25).astype(t))
    space = h5py.h5s.create_simple((4, 3))
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    d = h5py.h5d.create(g.id, b"compact", h5py.h5t.IEEE_F32LE, space, plist)
    d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(12, dtype="float32").reshape(4, 3))
    filters = {
        "plain": {},
        "gzip": dict(compression="gzip"),
        "lzf": dict(compression="lzf"),
        "gzip shuffle": dict(compression="gzip", shuffle=True),
        "lzf shuffle sum": dict(compression="lzf", shuffle=True, fletcher32=True),
        "sum": dict(fletcher32=True),
    }
    shapes = {
        "fixed": dict(chunks=(8, 4)),
        "one": dict(chunks=(35, 11)),
        "larger": dict(chunks=(40, 20), maxshape=(100, 100)),
        "grows": dict(chunks=(2, 11), maxshape=(None, 11)),
        "grows sideways": dict(chunks=(5, 2), maxshape=(35, None)),
        "grows both ways": dict(chunks=(3, 3), maxshape=(None, None)),
        "could grow": dict(chunks=(8, 4), maxshape=(60, 40)),
    }
    for f, how in filters.items():
        for s, where in shapes.items():
            g.create_dataset(f"chunks {s}, {f}", data=a, **where, **how)
    # noise that cannot be packed: the filter is skipped for a chunk
    g.create_dataset("chunks small, lzf", data=np.arange(6, dtype="float64"), chunks=(2,), compression="lzf")
    g.create_dataset("line", data=np.arange(1500, dtype="uint16"), chunks=(1,), maxshape=(None,))
    g.create_dataset("line fixed", data=np.arange(4400, dtype="float32"), chunks=(2,))
    g.create_dataset("cube", data=np.arange(5 * 6 * 7, dtype="int16").reshape(5, 6, 7), chunks=(2, 4, 3),
                     compression="gzip", maxshape=(5, None, 7))
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((10, 4))
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)  # with newer forms: chunks without an index
    d = h5py.h5d.create(g.id, b"chunks early", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple(a.shape), plist)
    d.write(h5py.h5s.ALL, h5py.h5s.ALL, a)
    g.create_dataset("fill never 0", shape=(3, 2), dtype="float32")
    g.create_dataset("fill never 7", shape=(3, 2), dtype="float32", fillvalue=7)
    g.create_dataset("fill never big 300", shape=(3, 2), dtype=">i4", fillvalue=300)
    g.create_dataset("fill chunks 7", shape=(30, 20), dtype="float64", fillvalue=7, chunks=(4, 4), compression="gzip")
    d = g.create_dataset("fill partly 5", shape=(30, 20), dtype="float32", fillvalue=5, chunks=(4, 4))
    d[0, :] = np.arange(20)
    d = g.create_dataset("fill grown 2", shape=(3, 5), dtype="float32", fillvalue=2, chunks=(2, 2), maxshape=(None, 5))
    d[...] = np.arange(15).reshape(3, 5)
    d.resize((8, 5))
    d = g.create_dataset("shrunk", data=np.arange(40, dtype="float32").reshape(8, 5), chunks=(2, 2), maxshape=(None, 5))
    d.resize((3, 5))
    t = h5py.h5t.IEEE_F32LE.copy()
    t.commit(g.id, b"a type with a name")
    d = h5py.h5d.create(g.id, b"type with a name", t, h5py.h5s.create_simple((3,)))
    d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(3, dtype="float32"))


def crowd(f):
    g = f.create_group("crowd")
    for i in range(300):
        g.create_group(f"group {i}")
    g = f.create_group("labelled", track_order=False)
    for i in range(60):
        g.attrs[f"label {i}"] = f"the text {i}"
    g.attrs["count"] = np.int16(60)
    g.attrs["long"] = "y" * 30000
    f["again"] = f["crowd"]  # a second name of the same group


def file(**how):
    data = io.BytesIO()
    with h5py.File(data, "w", **how) as f:
        numbers(f.create_group("numbers"))
        crowd(f)
    return data.getvalue()


with zipfile.ZipFile("kinds.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for name, how in {
        "earliest": dict(libver="earliest"),
        "v108": dict(libver=("v108", "v108")),
        "latest": dict(libver="latest"),
        "user-block": dict(userblock_size=1024),
        "user-block-latest": dict(userblock_size=512, libver="latest"),
    }.items():
        z.writestr(name + ".h5", file(**how))

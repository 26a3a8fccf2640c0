# SPDX-License-Identifier: Apache-2.0
"""Writes the HDF5 files that tests/io reads: as other people's programs write them (h5py, its library and types).

Run in this folder; the files are committed. Every numeric field holds value(sample i, element j) = 10 i + j, so that
the tests need no copy of them; fields of one byte hold it modulo 100."""
import h5py
import numpy as np

N, WIDTH = 12, 6


def values(dtype, n=N, shape=(WIDTH,)):
    width = int(np.prod(shape))
    v = 10 * np.arange(n)[:, None] + np.arange(width)[None, :]
    if np.dtype(dtype).itemsize == 1:
        v = v % 100
    return v.astype(dtype).reshape((n,) + shape)


def fields(g):
    for name in "<f4 <f8 <f2 |i1 |u1 <i2 <u2 <i4 <u4 <i8 <u8 >f4 >f8 >f2 >i2 >u4 >i8".split():
        g.create_dataset(name.replace("<", "le_").replace(">", "be_").replace("|", ""), data=values(name))
    g.create_dataset("chunked", data=values("<f4"), chunks=(5, 4))
    g.create_dataset("gzip", data=values("<f4"), chunks=(5, 4), compression="gzip", shuffle=True, fletcher32=True)
    g.create_dataset("gzip_be", data=values(">i4"), chunks=(N, WIDTH), compression="gzip")
    g.create_dataset("resizable", data=values("<i4"), maxshape=(None, WIDTH))
    g.create_dataset("image", data=values("|u1", shape=(2, 3, 1)))
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    d = h5py.h5d.create(g.id, b"compact", h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple((N, WIDTH)), compact)
    d.write(h5py.h5s.ALL, h5py.h5s.ALL, values("<f4"))
    g.create_dataset("bool", data=values("<i4") % 3 == 0)
    colours = h5py.enum_dtype({"red": 0, "green": 1, "blue": 2}, basetype="<i2")
    g.create_dataset("enum", data=(values("<i2") % 3), dtype=colours)
    g.create_dataset("enum_be", data=(values("<i2") % 3).astype(">i2"), dtype=h5py.enum_dtype({"a": 0, "b": 1, "c": 2}, basetype=">i2"))
    g.create_dataset("single_column", data=np.arange(N, dtype="<i8") * 10)
    g.create_dataset("never_written", shape=(N, WIDTH), dtype="<f4", fillvalue=7)
    g.create_dataset("no_samples", shape=(0, WIDTH), dtype="<f4")
    g.create_dataset("no_width", shape=(N, 0), dtype="<f4")


def not_fields(g):
    g.create_dataset("scalar", data=3.5)
    g.create_dataset("text", data=["a", "b"], dtype=h5py.string_dtype())
    g.create_dataset("record", data=np.zeros(3, dtype=[("a", "<i4"), ("b", "<f4")]))
    g.create_dataset("seven_dims", data=np.zeros((2, 1, 1, 1, 1, 1, 1), "<f4"))
    g.create_dataset("complex", data=np.zeros(3, "<c8"))
    g.create_dataset("nothing", data=h5py.Empty("<f4"))
    g["type"] = np.dtype("<f4")
    g["dangling"] = h5py.SoftLink("/nowhere/at/all")
    g["elsewhere"] = h5py.ExternalLink("no_such_file.h5", "/x")
    g["circle"] = g


with h5py.File("kinds.h5", "w") as f:
    fields(f.create_group("all"))
    not_fields(f.create_group("odd"))
    f["odd/x"] = values("<f4")
    f["odd/linked"] = h5py.SoftLink("/all/le_i4")
    f["deep/er/x"] = values("<f4")

with h5py.File("classes.h5", "w") as f:
    f.attrs["mean"] = 0.25  # of the whole file
    for name in ("variable", "fixed", "listed", "none"):
        f[f"{name}/x"] = values("<f4")
        f[f"{name}/y"] = np.arange(N, dtype="<i8") % 3
    f["variable/y"].attrs["classes"] = ["Null", "eins", "zw\u00f6lf"]
    f["variable/x"].attrs["mean"] = np.array([1.5, 2.5, 3.5], ">f4")
    f["variable/x"].attrs["count"] = 7
    f["variable/x"].attrs["word"] = "seven"
    f["fixed"].attrs["classes"] = np.array([b"a", b"bcd", b""])  # of the group
    f["listed/list_classes"] = np.array([b"non-cat", b"cat"])

# bytes of the caller in front of the file: offsets count from its end
with h5py.File("userblock.h5", "w", userblock_size=1024) as f:
    f["x"] = values("<f4")
    f["y"] = np.arange(N, dtype="<i8")

# the same place in two files: a link must not be read from the wrong one
with h5py.File("linked.h5", "w") as f:
    f["x"] = -values("<f4")
with h5py.File("linking.h5", "w") as f:
    f["own"] = values("<f4")
    f["x"] = h5py.ExternalLink("linked.h5", "/x")

# SPDX-License-Identifier: Apache-2.0
"""Reads a checkpoint with h5py alone and recomputes every sum that docs/checkpoint-format.md states.

    python3 read_checkpoint.py FILE.h5      # prints the digest; the exit status is 1 where something does not fit"""
import hashlib
import struct
import sys

import h5py
import numpy as np

STATE = ["step", "epoch", "seed", "numerics", "family", "version", "metric", "best", "best_step"]
OPTIONAL = ["plateau_seen", "plateau_best", "plateau_bad", "plateau_cooldown", "plateau_factor", "stopping_seen",
            "stopping_best", "stopping_bad", "stopped"]


def sha(data):
    return hashlib.sha256(data).hexdigest()


def line(name, d):
    shape = "(" + ", ".join(str(n) for n in d.shape) + ")"
    return f"{name} {d.dtype.name} {shape} {d.attrs['sha256']}\n"


def tensors(f):
    found = {}
    for root in ("params", "buffers", "slots", "ema"):
        if root in f:
            f[root].visititems(lambda k, d: found.__setitem__(f"{root}/{k}", d) if isinstance(d, h5py.Dataset) else None)
    return dict(sorted(found.items()))


def state_value(value):
    if isinstance(value, float):
        return struct.pack(">d", value).hex()
    return str(value)


def main(path):
    with h5py.File(path) as f:
        t = tensors(f)
        recipe = f["recipe"].asstr()[()]
        attributes = f["state"].attrs
        state = {k: attributes[k] for k in STATE} | {k: attributes[k] for k in OPTIONAL if k in attributes}
        assert set(attributes) == set(state), set(attributes) - set(state)
        for k, kind in [("step", np.int64), ("seed", np.uint64), ("family", str), ("best", float)]:
            assert isinstance(state[k], kind), (k, type(state[k]))
        assert isinstance(recipe, str) and isinstance(f.attrs["yoke"], str) and f.attrs["format"] == 1
        for name, d in t.items():
            assert isinstance(d.attrs["sha256"], str)
            assert d.attrs["sha256"] == sha(d[()].astype(d.dtype.newbyteorder("<")).tobytes()), name
        digest = sha("".join(line(k, d) for k, d in t.items() if k.startswith(("params/", "buffers/"))).encode())
        assert digest == f.attrs["digest"], (digest, f.attrs["digest"])
        text = f"recipe {sha(recipe.encode())}\n"
        text += "".join(f"{k} {state_value(v)}\n" for k, v in state.items())
        text += "".join(line(k, d) for k, d in t.items())
        assert sha(text.encode()) == f.attrs["sha256"]
        print(digest)


main(sys.argv[1])

# SPDX-License-Identifier: Apache-2.0
"""Copies a checkpoint with h5py, as a program of others would write one: without the guard behind HDF5's last byte.

    python3 copy_checkpoint.py FROM.h5 TO.h5"""
import sys

import h5py

with h5py.File(sys.argv[1]) as old, h5py.File(sys.argv[2], "w") as new:
    for name in old:
        old.copy(name, new)
    for name, value in old.attrs.items():
        if name != "guard":
            new.attrs[name] = value

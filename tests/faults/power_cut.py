# SPDX-License-Identifier: Apache-2.0
"""power_cut.py DISK ROOT OUT names|synced: the folder that is found after the power cut that power_cut.c modelled.

Contents are always those of the last fsync(), of a file that had none: empty. `names`: all names as they were at the
cut, as a file system with a journal may have them; `synced`: names of the last fsync() of their folder alone. ROOT
itself was there before."""
import os
import sys

disk, root, out, mode = sys.argv[1:]


def entries(folder):
    """(inode, name) of what is in a folder after the cut."""
    if mode == "names":
        return [(os.lstat(os.path.join(folder, n)).st_ino, n) for n in os.listdir(folder)]
    listing = os.path.join(disk, f"dir-{os.stat(folder).st_ino}")
    if not os.path.exists(listing):
        return []
    with open(listing) as f:
        return [(int(i), n) for i, n in (line.rstrip("\n").split(" ", 1) for line in f)]


def build(folder, to):
    os.makedirs(to)
    for inode, name in entries(folder):
        here, there = os.path.join(folder, name), os.path.join(to, name)
        if os.path.isdir(here):
            build(here, there)
            continue
        data = os.path.join(disk, f"data-{inode}")
        with open(there, "wb") as f:
            if os.path.exists(data):
                with open(data, "rb") as d:
                    f.write(d.read())


build(root, out)

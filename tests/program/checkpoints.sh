#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Checkpoints: h5py reads them, damaged ones are skipped or refused, nothing is lost when the disk is full.
. "$(dirname "$0")/lib.sh"
make_data
make_recipe

check "train" "$YOKE" train net.yaml --run runs/a
cat >read.py <<'P'
import glob, hashlib, h5py, numpy as np
files = sorted(glob.glob("runs/a/checkpoints/step-*.h5"))
steps = [int(f[-11:-3]) for f in files]
assert steps[0] == 0 and steps[-1] == 40 and len(steps) <= 5, steps  # 0, the last 3, the best
f, first = h5py.File(files[-1]), h5py.File(files[0])
p = {}
f["params"].visititems(lambda k, v: p.update({k: v}) if isinstance(v, h5py.Dataset) else None)
want = {
    "conv2d_1/kernel": (5, 5, 1, 6), "conv2d_1/bias": (6,), "conv2d_2/kernel": (5, 5, 6, 16), "conv2d_2/bias": (16,),
    "batchnorm_1/gamma": (16,), "batchnorm_1/beta": (16,),
    "dense_1/kernel": (400, 32), "dense_1/bias": (32,), "dense_2/kernel": (32, 10), "dense_2/bias": (10,),
}
assert {k: v.shape for k, v in p.items()} == want, {k: v.shape for k, v in p.items()}
assert all(v.dtype == np.float32 and np.isfinite(v[:]).all() for v in p.values())
assert f["buffers/batchnorm_1/moving_mean"].shape == f["buffers/batchnorm_1/moving_variance"].shape == (16,)
for k, v in p.items():  # a digest per tensor, over its little-endian bytes
    sha = v.attrs["sha256"]
    assert hashlib.sha256(v[:].astype("<f4").tobytes()).hexdigest() == (sha.decode() if isinstance(sha, bytes) else sha), k
assert not np.array_equal(p["dense_1/kernel"][:], first["params/dense_1/kernel"][:])
slots = []
f["slots/adam"].visititems(lambda k, v: slots.append(k) if isinstance(v, h5py.Dataset) else None)
assert len(slots) == 2 * len(want), slots
recipe = f["recipe"][()]
assert "softmax_cross_entropy" in (recipe.decode() if isinstance(recipe, bytes) else recipe)
state = dict(f["state"].attrs)
assert state["step"] == 40 and state["seed"] == 7 and state["numerics"] >= 1, state
P
check "h5py reads parameters, buffers, slots, recipe, state" "$PYTHON" read.py
check "no file is left half-written" test -z "$(find runs/a -name '*.tmp*')"
check "info" "$YOKE" info "$(newest runs/a)"
has "info names the tensors" "conv2d_2/kernel" "$T/out"
check "eval of the best" "$YOKE" eval runs/a:best --data digits.h5:/test
check "eval of a file" "$YOKE" eval "$(newest runs/a)" --data digits.h5:/test
same "digest of the file is that of the run" "$(digest "$(newest runs/a)")" "$(digest runs/a)"

# --- damage to the newest: it is named and skipped, the one before is used; alone it is refused
want=$(digest "$(checkpoints runs/a | tail -n 2 | head -n 1)")
damaged() { # WHAT COMMAND...: which damages the file whose name is put behind it
    local what=$1 file run; shift
    run=runs/bad; rm -rf $run; cp -r runs/a $run; file=$(newest $run)
    "$@" "$file" || { fail "$what: damage"; return; }
    "$YOKE" digest $run >"$T/out" 2>"$T/err"
    same "$what: the checkpoint before is used" "$(cat "$T/out")" "$want"
    has "$what: a warning names the file" "^yoke: warning: .*$(basename "$file")" "$T/err"
    fails "$what: the file alone is refused" 3 "$(basename "$file")" "$YOKE" eval "$file" --data digits.h5:/test
    check "$what: resumed" ranks 2 1 train --resume $run
    same "$what: resumed to the same bits" "$(digest $run)" "$(digest runs/a)"
}
cat >flip.py <<'P'
"""flip.py PLACE FILE: flips one bit: in the middle of a dataset ("params/...") or of an attribute's bytes."""
import sys, h5py
place, name = sys.argv[1:]
with h5py.File(name) as f:
    if place.startswith("state:"):  # an attribute's value
        value = f["state"].attrs[place[6:]]
        needle = value.encode() if isinstance(value, str) else value.tobytes()
        at = None
    else:
        d = f[place]
        at, needle = d.id.get_offset(), None
        if at is not None:
            at += d.id.get_storage_size() // 2
        else:  # a string of its own elsewhere in the file
            value = d[()]
            needle = (value if isinstance(value, bytes) else value.encode())[40:80]
b = bytearray(open(name, "rb").read())
if at is None:
    at = b.find(needle)
    assert at >= 0, "not found"
b[at] ^= 1
open(name, "wb").write(b)
P
flip() { "$PYTHON" flip.py "$@"; }
damaged "cut short" truncate -s 5000
damaged "cut by 1000 bytes" truncate -s -1000
damaged "empty" truncate -s 0
damaged "a bit of a kernel" flip params/dense_1/kernel
damaged "a bit of a buffer" flip buffers/batchnorm_1/moving_mean
damaged "a bit of a slot" flip "slots/adam/$("$PYTHON" -c 'import h5py, sys; g = h5py.File(sys.argv[1])["slots/adam/dense_1"]; print("dense_1/" + sorted(g)[0])' "$(newest runs/a)")"
damaged "a bit of the recipe" flip recipe
damaged "not HDF5" sh -c 'echo hello >"$0"'

# --- nothing left to go on with
cp -r runs/a runs/none; for f in $(checkpoints runs/none); do truncate -s 100 "$f"; done
fails "all damaged" 3 "runs/none" "$YOKE" digest runs/none
fails "all damaged, resumed on 4 ranks" - "runs/none" mpirun -n 4 "$YOKE" train --resume runs/none
cp -r runs/a runs/other
sed 's/units: 32/units: 33/' net.yaml >other.yaml
check "another model" "$YOKE" train other.yaml --run runs/33
cp "$(newest runs/33)" runs/other/checkpoints/step-00000041.h5
fails "a checkpoint of another model" "2|3" "step-00000041.h5|dense_1|model|recipe" "$YOKE" train --resume runs/other -o train.steps=50
fails "the same on 4 ranks" - "step-00000041.h5|dense_1|model|recipe" mpirun -n 4 "$YOKE" train --resume runs/other -o train.steps=50

# --- a full disk
mkdir tiny
if mount -t tmpfs -o size=1200k none tiny 2>/dev/null; then
    trap 'umount "$T/tiny" 2>/dev/null; rm -rf "$T"' EXIT
    fails "disk full, 2 ranks" - "tiny/run.*(space|full)" mpirun -n 2 "$YOKE" train net.yaml --run tiny/run -o checkpoint.keep=100 -o "checkpoint.every=1 steps"
    check "the checkpoints before it are whole" "$YOKE" digest tiny/run
    same "and nothing half-written is left" "$(find tiny/run -name '*.tmp*')x" x
    umount tiny && mount -t tmpfs -o size=20k none tiny
    fails "disk full at the start, 2 ranks" - "tiny/run.*(space|full)" mpirun -n 2 "$YOKE" train net.yaml --run tiny/run
    umount tiny
else
    skip "disk full" "only root may mount a small tmpfs: NOT TESTED HERE"
fi
summary

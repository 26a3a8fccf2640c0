#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Making, importing, splitting and ordering data.
. "$(dirname "$0")/lib.sh"

check "make digits" "$YOKE" data make digits -n 1200 -o digits.h5 --seed 1
check "make them again" "$YOKE" data make digits -n 1200 -o again.h5 --seed 1
check "with another seed" "$YOKE" data make digits -n 1200 -o other.h5 --seed 2
check "info" "$YOKE" info digits.h5
has "info names the splits" "train" "$T/out"
cat >made.py <<'P'
import h5py, numpy as np
a, b, c = (h5py.File(f) for f in ("digits.h5", "again.h5", "other.h5"))
assert {"train", "dev", "test"} <= set(a), list(a)
assert sum(len(a[s]["x"]) for s in a) == 1200, {s: len(a[s]["x"]) for s in a}
for s in a:
    x, y = a[s]["x"], a[s]["y"]
    assert x.shape == (len(y), 28, 28, 1) and x.dtype == np.uint8, (x.shape, x.dtype)
    assert y.dtype.kind in "iu" and set(np.unique(y[:])) <= set(range(10)), y
    assert np.array_equal(x[:], b[s]["x"][:]) and np.array_equal(y[:], b[s]["y"][:]), s
assert set(a["train/y"][:]) == set(range(10))
assert not np.array_equal(a["train/x"][:], c["train/x"][:])
P
check "h5py reads it: NHWC bytes, labels 0-9, a function of the seed" "$PYTHON" made.py

# MNIST's own format, written by hand: plain and gzip
cat >idx.py <<'P'
import gzip, struct, numpy as np
r = np.random.default_rng(3)
x = r.integers(0, 256, (300, 9, 7), dtype=np.uint8)
y = r.integers(0, 10, 300, dtype=np.uint8)
np.save("x.npy", x), np.save("y.npy", y)
images, labels = struct.pack(">IIII", 0x803, *x.shape) + x.tobytes(), struct.pack(">II", 0x801, 300) + y.tobytes()
open("images", "wb").write(images), open("labels", "wb").write(labels)
gzip.open("images.gz", "wb").write(images), gzip.open("labels.gz", "wb").write(labels)
open("short", "wb").write(images[:-100]), open("few", "wb").write(struct.pack(">II", 0x801, 299) + y.tobytes()[:299])
open("short.gz", "wb").write(open("images.gz", "rb").read()[:-300])
P
"$PYTHON" idx.py
check "import idx, gzip" "$YOKE" data import idx images.gz labels.gz -o set.h5:/train
check "import idx, plain, into another split" "$YOKE" data import idx images labels -o set.h5:/test
check "split" "$YOKE" data split set.h5:/train dev=50 --seed 1
cat >imported.py <<'P'
import h5py, numpy as np
x, y = np.load("x.npy")[..., None], np.load("y.npy")
f = h5py.File("set.h5")
assert np.array_equal(f["test/x"], x) and np.array_equal(f["test/y"], y)
assert len(f["train/x"]) == len(f["train/y"]) == 250 and len(f["dev/x"]) == len(f["dev/y"]) == 50
pairs = lambda g: [(a.tobytes(), int(b)) for a, b in zip(g["x"][:], g["y"][:])]
whole = list(zip((a.tobytes() for a in x), map(int, y)))
assert sorted(pairs(f["train"]) + pairs(f["dev"])) == sorted(whole)
place = {p: i for i, p in enumerate(whole)}
kept = [place[p] for p in pairs(f["train"])]
assert kept == sorted(kept), "the order of what stays changed"
P
check "h5py: every sample once, with its label, in order" "$PYTHON" imported.py

"$YOKE" data order digits.h5:/train --seed 1 --epoch 0 >o0 2>"$T/err"
"$YOKE" data order digits.h5:/train --seed 1 --epoch 1 >o1
"$YOKE" data order digits.h5:/train --seed 2 --epoch 0 >o2
"$YOKE" data order digits.h5:/train --seed 1 --epoch 0 --shuffle block:64 >blocks
"$YOKE" data order digits.h5:/train --seed 1 --epoch 0 --shuffle none >none
n=$(wc -l <none)
same "order of all samples of the split" $n 1000
seq 0 $((n - 1)) >all
check "shuffle none is 0, 1, 2, ..." cmp none all
for o in o0 o1 o2 blocks; do
    sort -n $o >sorted; cmp -s sorted all && pass "$o is a permutation of $n" || fail "$o is a permutation of $n"
    cmp -s $o none && fail "$o is shuffled"
done
cmp -s o0 o1 && fail "another order in each epoch" || pass "another order in each epoch"
cmp -s o0 o2 && fail "another order for each seed" || pass "another order for each seed"
near=$(awk '{ b = int($1 / 64); if (NR > 1 && b != last) n++; last = b } END { print n + 1 }' blocks)
[ "$near" = $(((n + 63) / 64)) ] && pass "blocks stay together" || fail "blocks stay together" "$near changes of block"

fails "import: not idx" 3 "lib.sh" "$YOKE" data import idx "$HERE/lib.sh" labels -o bad.h5:/train
fails "import: images cut short" 3 "short" "$YOKE" data import idx short labels -o bad.h5:/train
fails "import: gzip cut short" "1|3" "short.gz" "$YOKE" data import idx short.gz labels -o bad.h5:/train
fails "import: 300 images, 299 labels" 3 "300.*299|299.*300" "$YOKE" data import idx images few -o bad.h5:/train
fails "import: no such file" - "nosuch" "$YOKE" data import idx nosuch labels -o bad.h5:/train
fails "import: the split is there already" - "set.h5" "$YOKE" data import idx images labels -o set.h5:/test
fails "split: more than there is" - "250|9999" "$YOKE" data split set.h5:/train more=9999 --seed 1
fails "split: name taken" - "dev" "$YOKE" data split set.h5:/train dev=10 --seed 1
check "all is as it was" "$PYTHON" imported.py
# --- a column that never changes has a standard deviation of 0
"$PYTHON" -c '
import h5py, numpy as np
f = h5py.File("flat.h5", "w"); r = np.random.RandomState(0)
f["x"] = np.column_stack([r.rand(32), np.full(32, 7.0)]).astype("f4"); f["y"] = np.arange(32) % 2'
cat >flat.yaml <<'Y'
data: {train: flat.h5, normalize: true}
model: [dense: 2]
loss: softmax_cross_entropy
optimizer: {sgd: 0.1}
train: {steps: 2, batch: 8}
Y
check "normalize: a column that never changes" "$YOKE" train flat.yaml --run runs/flat
has "normalize: it is not scaled" "std: .*, 1" runs/flat/recipe.yaml
check "normalize: and evaluated" "$YOKE" eval runs/flat --data flat.h5
summary

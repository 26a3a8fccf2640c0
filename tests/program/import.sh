#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Importers and the tools for splits, as a user has them: tables, NumPy's arrays, images, text; training on the result.
. "$(dirname "$0")/lib.sh"

cat >make.py <<'P'
import numpy as np, os, struct, zlib
r = np.random.default_rng(5)
rows = []
for i in range(150):
    k = i // 50
    rows.append((r.normal(k, 0.3), r.normal(-k, 0.3), r.normal(5 * k, 1), "ABC"[k]))
open("flowers.csv", "w").write("".join("%.17g,%.17g,%.17g,Iris-%s\n" % row for row in rows))
np.save("table.npy", np.array([row[:3] for row in rows])), np.save("kinds.npy", np.array([ord(row[3]) - 65 for row in rows]))
x = r.integers(0, 256, (40, 6, 5, 3), dtype=np.uint8)
np.save("x.npy", np.asfortranarray(x)), np.save("y.npy", np.arange(40) % 2)
np.savez_compressed("both.npz", x=x.astype(">f8"), target=np.arange(40) % 2)
def png(path, a):  # no library that a test would need
    chunk = lambda t, d: struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d))
    raw = b"".join(b"\0" + line.tobytes() for line in a)
    open(path, "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", a.shape[1], a.shape[0], 8, 2, 0, 0, 0))
                           + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))
for i in range(40):
    os.makedirs("photos/" + ["cat", "dog"][i % 2], exist_ok=True)
    png("photos/%s/%03d.png" % (["cat", "dog"][i % 2], i), x[i])
open("text.txt", "w").write("häuser und bäume, " * 100)
P
"$PYTHON" make.py
build_has() { ! "$@" >"$T/out" 2>"$T/err" && grep -q "built without" "$T/err" && return 1; return 0; }

check "csv" "$YOKE" data import csv flowers.csv -o flowers.h5 --label LAST --split 0.6,0.2,0.2 --seed 1
check "csv once more" "$YOKE" data import csv flowers.csv -o again.h5 --label 4 --split 0.6,0.2,0.2 --seed 1
check "the same bytes" cmp flowers.h5 again.h5
cat >csv.py <<'P'
import h5py, numpy as np
f, x, y = h5py.File("flowers.h5"), np.load("table.npy").astype("f4"), np.load("kinds.npy")
assert {k: f[k]["x"].shape for k in f} == {"train": (90, 3), "dev": (30, 3), "test": (30, 3)}
assert list(f["dev/y"].attrs["classes"]) == ["Iris-A", "Iris-B", "Iris-C"] and f["dev/y"].dtype == "i4"
place = {row.tobytes(): i for i, row in enumerate(x)}
at = {k: [place[row.tobytes()] for row in f[k]["x"][:]] for k in f}
assert sorted(sum(at.values(), [])) == list(range(150)) and all(a == sorted(a) for a in at.values())
assert all(np.array_equal(f[k]["y"][:], y[at[k]]) for k in f)
P
check "h5py: every row once, with its class, in order" "$PYTHON" csv.py
cat >net.yaml <<'Y'
seed: 3
data: {train: flowers.h5:/train, dev: flowers.h5:/dev, normalize: true}
model: [dense: {units: 8, activation: relu}, dense: 3]
loss: softmax_cross_entropy
metrics: [accuracy]
optimizer: {adam: {lr: 0.02}}
train: {epochs: 30, batch: 16, micro_batch: 4}
Y
check "train on it" "$YOKE" train net.yaml --run runs/a
accuracy=$("$YOKE" eval runs/a --data flowers.h5:/test --json 2>"$T/err" | json metrics.accuracy)
"$PYTHON" -c "import sys; sys.exit(not float(sys.argv[1]) >= 0.9)" "${accuracy:-0}" && pass "test accuracy $accuracy" || fail "test accuracy" "$accuracy"

check "npy" "$YOKE" data import npy x.npy y.npy -o n.h5:/train
if build_has "$YOKE" data import npy both.npz --fields x,y=target -o n.h5:/npz; then
    cat >npy.py <<'P'
import h5py, numpy as np
f, x, y = h5py.File("n.h5"), np.load("x.npy"), np.load("y.npy")
assert np.array_equal(f["train/x"], x) and f["train/x"].dtype == "u1" and np.array_equal(f["train/y"], y)
assert np.array_equal(f["npz/x"], x) and f["npz/x"].dtype == "f8" and np.array_equal(f["npz/y"], y)
P
    check "h5py: Fortran order, npz, big-endian" "$PYTHON" npy.py
else skip "npz" "a build without libarchive"; fi

if build_has "$YOKE" data import images photos -o p.h5:/train; then
    cat >images.py <<'P'
import h5py, numpy as np
f, x = h5py.File("p.h5"), np.load("x.npy")
assert np.array_equal(f["train/x"], np.concatenate([x[::2], x[1::2]])) and list(f["train/y"].attrs["classes"]) == ["cat", "dog"]
assert list(f["train/y"]) == [0] * 20 + [1] * 20
P
    check "images: h5py" "$PYTHON" images.py
    check "show" "$YOKE" data show p.h5:/train -n 9 -o sheet.png
    [ "$(head -c 4 sheet.png | tail -c 3)" = PNG ] && pass "a PNG" || fail "a PNG"
    tar cf photos.tar photos && zip=$("$PYTHON" -c 'import shutil; print(shutil.make_archive("photos", "zip", ".", "photos"))')
    for archive in photos.tar "$zip"; do
        if build_has "$YOKE" data import images $archive --below photos -o p.h5:/"${archive##*.}"; then
            "$PYTHON" -c 'import h5py, sys, numpy as np; f = h5py.File("p.h5"); assert np.array_equal(f["train/x"], f[sys.argv[1]]["x"])' "${archive##*.}" &&
                pass "the same from a ${archive##*.}" || fail "the same from a ${archive##*.}"
        else skip "archives" "a build without libarchive"; fi
    done
    check "sample of a class" "$YOKE" data sample p.h5:/train --per-class 5 --classes dog -o p.h5:/few
    check "stats" "$YOKE" data stats p.h5:/few --json
    same "samples of the class" "$(json y.classes <"$T/out")" '[{"name": "dog", "samples": 5}]'
    check "join" "$YOKE" data join p.h5:/train p.h5:/train -o p.h5:/twice
    fails "a folder without images" 3 "runs: no images here" "$YOKE" data import images runs -o no.h5:/train
    head -c 60 photos/dog/001.png >photos/dog/zz_broken.png
    fails "a broken image is named" 3 "photos/dog/zz_broken.png: a broken PNG" "$YOKE" data import images photos -o no.h5:/train
    rm photos/dog/zz_broken.png && cp photos/dog/001.png photos/cat/two.jpg
    check "what a file holds counts, not its name" "$YOKE" data import images photos -o p.h5:/named --gray --size 3x3
else skip "images" "a build without libpng"; fi

check "text" "$YOKE" data import text text.txt -o t.h5 --length 20 --split 0.9,0.1
"$PYTHON" -c '
import h5py; f = h5py.File("t.h5"); v = f["train/x"].attrs["vocabulary"]
assert "".join(v[i] for i in f["train/y"][:].ravel()) == open("text.txt").read()[1:1 + f["train/y"].size]' &&
    pass "text: h5py" || fail "text: h5py"

printf '1,2,a\n3,x,b\n' >bad.csv;   fails "csv: a number that is none" 3 "bad.csv:2: column 2" "$YOKE" data import csv bad.csv -o no.h5 --label LAST
printf '1,2,a\n3,b\n' >short.csv;   fails "csv: a short line" 3 "short.csv:2" "$YOKE" data import csv short.csv -o no.h5 --label LAST
fails "csv: no such column" 2 "there is no column \"five\"" "$YOKE" data import csv flowers.csv -o no.h5 --label five
fails "csv: the split is there" 3 "holds fields already" "$YOKE" data import csv flowers.csv -o flowers.h5:/dev --label LAST
fails "csv: the output is no HDF5 file" - "bad.csv" "$YOKE" data import csv flowers.csv -o bad.csv --label LAST
fails "csv: an option that there is not" 2 "--lable; did you mean --label" "$YOKE" data import csv flowers.csv -o no.h5 --lable LAST
head -c 500 x.npy >short.npy;       fails "npy: cut short" 3 "short.npy: too short for the 3600 bytes" "$YOKE" data import npy short.npy -o no.h5
head -c 10000000 /dev/zero | tr '\0' 'x' >long.txt
fails "a full disk" - "no space left" bash -c "trap '' XFSZ; ulimit -f 2000; exec '$YOKE' data import text long.txt --length 100 --unit bytes -o no.h5"
same "nothing is left behind" "$(echo no.h5* ./*.tmp)" "no.h5* ./*.tmp"
check "all is as it was" "$PYTHON" csv.py
summary

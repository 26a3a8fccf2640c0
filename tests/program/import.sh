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

cat >sentences.py <<'P'
import collections, h5py, random, string
random.seed(2)
words = sorted({"".join(random.choices("abcäE,.", k=random.randint(1, 7))) for _ in range(9000)})
lines = [(random.choice(["good", "bad", "10"]), [random.choice(words) for _ in range(random.randint(1, 30))]) for _ in range(3000)]
open("s.txt", "w").write("".join(f"{label}\t {'  '.join(w)} \r\n\n" for label, w in lines))
open("last.txt", "w", encoding="latin-1").write("\n".join(" ".join(w + [label]) for label, w in lines))
P
"$PYTHON" sentences.py
cat >words.py <<'P'
import sys
exec(open("sentences.py").read())
def lower(w): return "".join(c.lower() if c in string.ascii_uppercase else c for c in w)
def vocabulary(rows, fix=lower, least=1, most=None):
    count = collections.Counter(v for _, row in rows for v in map(fix, row) if v)
    ranked = sorted((w for w in count if count[w] >= least), key=lambda w: (-count[w], w.encode()))
    return ["[PAD]", "[UNK]", *ranked[: None if most is None else most - 2]]
def stored(spec, x="x"):
    file, group = spec.split(":")
    g = h5py.File(file)[group]
    v = g["x"].attrs["words"]
    return g["x"][()], (g["y"][()] if "y" in g else None), v.split("\n") if isinstance(v, str) else list(v), list(g["y"].attrs["classes"]) if "y" in g else None
def same(got, rows, v, fix=lower, length=None):
    x, y, have, classes = got
    assert have == v, (have[:5], v[:5], len(have), len(v))
    place, length = {w: i for i, w in enumerate(v)}, length or max(len([w for w in map(fix, r) if w]) for _, r in rows)
    assert x.shape == (len(rows), length), x.shape
    for got, (_, row) in zip(x, rows):
        want = [place.get(w, 1) for w in map(fix, row) if w][:length]
        assert got.tolist() == want + [0] * (length - len(want)), (got, want)
    assert classes is None or [classes[i] for i in y] == [label for label, _ in rows]
v = vocabulary(lines)
assert len(v) > 4000  # more names than one attribute of HDF5 holds as an array
same(stored("s.h5:/train"), lines, v)
assert stored("s.h5:/train")[3] == ["10", "bad", "good"]
same(stored("last.h5:/train"), lines, vocabulary(lines, least=2, most=500), length=12)
strip = lambda w: "".join(c for c in lower(w) if c not in string.punctuation)
kept = [row for row in lines if any(strip(w) for w in row[1])]
same(stored("strip.h5:/train"), kept, vocabulary(kept, strip), strip)
x, y, have, _ = stored("parts.h5:/train")
place = {tuple(map(lower, w)): i for i, (_, w) in enumerate(lines)}
mine = [tuple(have[t] for t in row if t) for row in x]
assert len(x) == 2400 and have == vocabulary([lines[place[r]] for r in mine])
assert (stored("parts.h5:/test")[0] == 1).any()  # words that the training part has not
same(stored("like.h5:/test"), lines[:3], v, length=stored("s.h5:/train")[0].shape[1])
same(stored("none.h5:/train"), [(None, [a, *b]) for a, b in lines[:3]], vocabulary([(None, [a, *b]) for a, b in lines[:3]]))
P
check "sentences" "$YOKE" data import sentences s.txt -o s.h5:/train
check "sentences: the label at the end, bounds, ISO-8859-1" "$YOKE" data import sentences last.txt -o last.h5:/train --label last --latin1 \
    --least 2 --most 500 --length 12
"$PYTHON" -c '
exec(open("sentences.py").read())
open("strip.txt", "w").write("".join(f"{a} {chr(32).join(w)}\n" for a, w in lines if any(c not in ",." for c in "".join(w))))'
check "sentences: punctuation left out" "$YOKE" data import sentences strip.txt -o strip.h5:/train --words strip
check "sentences in parts" "$YOKE" data import sentences s.txt -o parts.h5 --split 0.8,0.1,0.1 --seed 3
head -n 6 s.txt >few.txt
check "sentences: another file's words" "$YOKE" data import sentences few.txt -o like.h5:/test --vocabulary s.h5:/train
check "sentences without labels" "$YOKE" data import sentences few.txt -o none.h5:/train --label none
check "sentences: Python" "$PYTHON" words.py
check "words travel with samples" "$YOKE" data sample s.h5:/train -n 9 -o few.h5:/train
same "all of them" "$("$PYTHON" -c 'import h5py; print(h5py.File("few.h5")["train/x"].attrs["words"] == h5py.File("s.h5")["train/x"].attrs["words"])')" True
printf 'a x y\nb\n' >bad.txt;       fails "sentences: a line without words" 3 "bad.txt:2: has no words beside its label" "$YOKE" data import sentences bad.txt -o no.h5
printf 'a x\nb \377\n' >bad.txt;    fails "sentences: not UTF-8" 3 "bad.txt:2: byte 6 .ff. is not UTF-8 text; --latin1" "$YOKE" data import sentences bad.txt -o no.h5
printf '\n\n' >bad.txt;             fails "sentences: none" 3 "bad.txt: has no sentences" "$YOKE" data import sentences bad.txt -o no.h5
printf 'a x\nc y\n' >bad.txt;       fails "sentences: a label that is no class there" 3 "bad.txt:1: label \"a\" is no class of s.h5:/train" "$YOKE" data import sentences bad.txt -o no.h5 --vocabulary s.h5:/train
fails "sentences: words of what has none" 3 "no attribute \"words\"" "$YOKE" data import sentences few.txt -o no.h5 --vocabulary flowers.h5:/train
fails "sentences: bounds of a vocabulary that is taken" 2 "^yoke: --most and --least" "$YOKE" data import sentences few.txt -o no.h5 --vocabulary s.h5:/train --most 9

if build_has "$YOKE" data import images photos -o gone.h5; then
    cat >pairs.py <<'P'
exec(open("make.py").read().split("for i in range(40)")[0])
rng = np.random.default_rng(5)
image, level = rng.integers(0, 256, (5, 6, 7, 3), "u1"), rng.choice([0, 128, 255], (5, 6, 7)).astype("u1")
for i in range(5):
    for folder, a in ("image", image[i]), ("label", np.repeat(level[i][..., None], 3, -1)):
        os.makedirs("pairs/" + folder, exist_ok=True)
        png(f"pairs/{folder}/{i}.png", a)
os.makedirs("pairs/aside")
png("pairs/aside/0.png", image[0])
np.savez("pairs.npz", image=image, level=level)
P
    "$PYTHON" pairs.py
    check "pairs" "$YOKE" data import pairs pairs -o pairs.h5:/train
    check "pairs: levels in an order" "$YOKE" data import pairs pairs -o pairs.h5:/turned --levels 255,0,128
    check "pairs: h5py" "$PYTHON" -c '
import h5py, numpy as np
f, a = h5py.File("pairs.h5"), np.load("pairs.npz")
assert np.array_equal(f["train/x"][()], a["image"]) and np.array_equal(f["train/y"][()], np.searchsorted([0, 128, 255], a["level"]))
assert list(f["train/y"].attrs["classes"]) == ["0", "128", "255"] and f["train/y"].shape == (5, 6, 7)
assert np.array_equal(np.array([255, 0, 128])[f["turned/y"][()]], a["level"])'
    cat >pixels.yaml <<'Y'
data: {train: pairs.h5:/train, augment: [flip: {fields: "[x, y]"}]}
model: [conv2d: {filters: 3, kernel: 3, padding: same}]
loss: softmax_cross_entropy
metrics: [accuracy, iou]
optimizer: {sgd: 0.1}
train: {steps: 3, batch: 4, micro_batch: 2}
Y
    check "a class a pixel is trained" "$YOKE" train pixels.yaml --run runs/pixels
    check "on 2 ranks" ranks 2 1 train pixels.yaml --run runs/pixels2
    same "on 2 ranks: the same bits" "$(digest runs/pixels2)" "$(digest runs/pixels)"
    "$YOKE" eval runs/pixels --data pairs.h5:/train --json >pixels.json && "$YOKE" predict runs/pixels --data pairs.h5:/train -o pixels.h5 >"$T/out"
    check "iou: NumPy" "$PYTHON" -c '
import h5py, json, numpy as np
m, p, y = json.load(open("pixels.json")), h5py.File("pixels.h5")["y"][()].argmax(-1), h5py.File("pairs.h5")["train/y"][()]
iou = [((p == c) & (y == c)).sum() / max(1, ((p == c) | (y == c)).sum()) for c in range(3)]
assert np.allclose(m["per_class"]["iou"], iou) and abs(m["metrics"]["iou_macro"] - np.mean(iou)) < 1e-8, (m, iou)'
    fails "pairs: a level that is no class" 3 "label/[0-4].png: the pixel at row [0-9], column [0-9] is [0-9]+, which is none of --levels 0,255" "$YOKE" data import pairs pairs -o no.h5 --levels 0,255
    fails "pairs: levels that are none" 2 "levels: \"0,300\"" "$YOKE" data import pairs pairs -o no.h5 --levels 0,300
    fails "pairs: no such folder" 3 "pairs: there is no folder \"masks\" of images in it" "$YOKE" data import pairs pairs -o no.h5 --labels masks
    mv pairs/label/3.png pairs/label/9.png
    fails "pairs: one without a partner" 3 "pairs: image/3.png has no partner of the same name in folder \"label\"" "$YOKE" data import pairs pairs -o no.h5
    mv pairs/label/9.png pairs/label/3.png; cp photos/dog/001.png pairs/image/3.png
    fails "pairs: another size" 3 "3.png: has [0-9]+ x [0-9]+ pixels, but" "$YOKE" data import pairs pairs -o no.h5
else skip "pairs" "a build without libpng"; fi

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

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Augmentation: the same pixels, and so the same parameters, on any number of ranks and after a resume; sizes in
# evaluation; label images; bad input.
. "$(dirname "$0")/lib.sh"
cat >make.py <<'P'
import h5py, numpy as np
rng = np.random.default_rng(1)
def part(f, name, n, size):
    f[name + "/x"] = rng.integers(0, 256, (n, size, size, 3), dtype="u1")
    f[name + "/y"] = rng.integers(0, 4, n, dtype="u1")
    f[name + "/mask"] = rng.integers(0, 3, (n, size, size), dtype="u1")
with h5py.File("c.h5", "w") as f:
    part(f, "train", 200, 12)
    part(f, "dev", 50, 12)
    part(f, "small", 50, 10)
P
check "make images" "$PYTHON" make.py
cat >net.yaml <<'Y'
seed: 5
data:
  train: c.h5:/train
  dev: c.h5:/dev
  normalize: true
  augment:
    - flip
    - shift: 2
    - crop: {size: 10, padding: 1, fill: reflect}
    - rotate: {degrees: 15, probability: 0.5}
    - scale: {range: 0.1, fill: edge}
    - brightness: 0.1
    - contrast: 0.2
    - colour: {shift: 0.05, saturation: 0.3, hue: 0.1}
    - pca_colour
    - cutout: 3
model:
  - conv2d: {filters: 4, kernel: 3, activation: relu}
  - flatten
  - dense: 4
loss: softmax_cross_entropy
metrics: [accuracy]
optimizer: {adam: {lr: 1e-3}}
train: {steps: 60, batch: 32, micro_batch: 4}
checkpoint: {every: 10 steps, keep: 9}
log: {every: 1 steps}
Y
check "train" "$YOKE" train net.yaml --run runs/1
want=$(digest runs/1)
for layout in "2 1" "3 1" "1 3" "2 2"; do
    # shellcheck disable=SC2086 # two numbers
    check "train on $layout" ranks $layout train net.yaml --run "runs/$layout"
    same "ranks and threads $layout: the same bits" "$(digest "runs/$layout")" "$want"
done
check "from files instead of memory" "$YOKE" train net.yaml --run runs/disk -o data.memory=0
same "from files: the same bits" "$(digest runs/disk)" "$want"
"$YOKE" train net.yaml --run runs/killed >"$T/log" 2>&1 &
pid=$!
wait_for 20 at_least rows runs/killed 23
kill -KILL $pid 2>/dev/null; wait $pid 2>/dev/null
check "resumed on 3 ranks" ranks 3 1 train --resume runs/killed
same "killed and resumed: the same bits" "$(digest runs/killed)" "$want"
for change in seed=6 data.augment.shift_1.pixels=1 "data.augment=[]" data.augment.flip_1.probability=0; do
    "$YOKE" train net.yaml --run "runs/$change" -o "$change" >"$T/log" 2>&1 || fail "-o $change" "$(tail -n 1 "$T/log")"
    [ "$(digest "runs/$change")" != "$want" ] && pass "$change gives other bits" || fail "$change gives other bits"
done
check "the kept recipe" "$YOKE" train runs/1/recipe.yaml --run runs/again
same "the kept recipe gives the same bits" "$(digest runs/again)" "$want"

# --- evaluation: the middle of the crop and nothing else, so it does not depend on the seed
check "eval" "$YOKE" eval runs/1 --data c.h5:/dev --json
cp "$T/out" eval1
check "eval on 2 ranks" ranks 2 1 eval runs/1 --data c.h5:/dev --json
same "the same figures" "$(cat "$T/out")" "$(cat eval1)"
"$PYTHON" - <<'P' || fail "cut the middle out"
import h5py
with h5py.File("c.h5", "a") as f:
    for k in ("x", "y"):
        f["middle/" + k] = f["dev/" + k][:, 1:11, 1:11] if k == "x" else f["dev/" + k][:]
P
check "eval of the middle" "$YOKE" eval runs/1 --data c.h5:/middle --json
same "data of the crop's size are used as they are" "$(cat "$T/out")" "$(cat eval1)"
check "predict" "$YOKE" predict runs/1 --data c.h5:/small -o p.h5
check "plan" "$YOKE" plan net.yaml
has "plan shows the size behind the crop" "32, 8, 8, 4" "$T/out"

# --- label images
cat >mask.yaml <<'Y'
seed: 5
data:
  train: {file: c.h5:/train, y: mask}
  augment:
    - flip: {axis: both, fields: [x, y]}
    - crop: {size: 8, padding: 2, fields: [x, y]}
    - rotate: {degrees: 20, fields: [x, y]}
    - brightness: 0.1
model:
  - conv2d: {filters: 3, kernel: 3, padding: same}
loss: softmax_cross_entropy
metrics: [accuracy]
optimizer: {adam: {lr: 1e-3}}
train: {steps: 20, batch: 16, micro_batch: 4}
Y
check "masks move with their images" "$YOKE" train mask.yaml --run runs/mask
check "masks, 3 ranks" ranks 3 1 train mask.yaml --run runs/mask3
same "masks, 3 ranks: the same bits" "$(digest runs/mask3)" "$(digest runs/mask)"

# --- preview: the pixels that are trained on
check "preview" "$YOKE" data preview mask.yaml --out p1.h5 -n 40 --epoch 2
check "the same again" "$YOKE" data preview mask.yaml --out p2.h5 -n 40 --epoch 2
check "another epoch" "$YOKE" data preview mask.yaml --out p3.h5 -n 40 --epoch 3
check "not augmented" "$YOKE" data preview mask.yaml --out p0.h5 -n 40 --epoch 2 -o data.augment="[{crop: {size: 8, probability: 0, fields: [x, y]}}]"
cat >look.py <<'P'
import h5py, numpy as np
a, b, c, m = (h5py.File(f"p{i}.h5") for i in (1, 2, 3, 0))
src = h5py.File("c.h5")["train"]
s = m["sample"][:]
assert np.array_equal(s, a["sample"][:]) and not np.array_equal(s, c["sample"][:])
assert np.array_equal(m["x"][:], src["x"][:][s][:, 2:10, 2:10].astype("f4") / np.float32(255))
assert np.array_equal(m["y"][:], src["mask"][:][s][:, 2:10, 2:10])
assert a["x"].shape == (40, 8, 8, 3) and a["y"].shape == (40, 8, 8) and a["y"].dtype == np.int32
assert np.array_equal(a["x"][:], b["x"][:]) and not np.array_equal(a["x"][:], m["x"][:])
assert set(np.unique(a["y"][:])) <= {0, 1, 2}
P
check "what it wrote" "$PYTHON" look.py

# --- mixup: class numbers become distributions
mix() { # RUN RANKS ARG...
    check "mixup on $2 ranks" ranks "$2" 1 train net.yaml --run "runs/$1" -o data.augment="[flip, {mixup: {alpha: 1, probability: 0.9}}]" \
        -o loss=binary_cross_entropy -o metrics="[]" "${@:3}"
}
mix mix 1; mix mix3 3; mix mix2 2 -o data.memory=0
same "mixup on 3 ranks: the same bits" "$(digest runs/mix3)" "$(digest runs/mix)"
same "mixup on 2 ranks, from files: the same bits" "$(digest runs/mix2)" "$(digest runs/mix)"
[ "$(digest runs/mix)" != "$want" ] && pass "mixup changes something" || fail "mixup changes something"
mix soft 1 -o loss="{softmax_cross_entropy: {soft_labels: true}}"
mix soft3 3 -o loss="{softmax_cross_entropy: {soft_labels: true}}"
same "mixup of soft labels, 3 ranks: the same bits" "$(digest runs/soft3)" "$(digest runs/soft)"
check "eval of soft labels" "$YOKE" eval runs/soft --data c.h5:/dev
check "masks are mixed, too" "$YOKE" train mask.yaml --run runs/mixmask -o metrics="[]" -o train.steps=5 \
    -o loss="{softmax_cross_entropy: {soft_labels: true}}" -o data.augment="[{flip: {fields: [x, y]}}, {crop: {size: 8, fields: [x, y]}}, mixup]"
check "eval behind mixup: class numbers as distributions, not mixed" "$YOKE" eval runs/mix --data c.h5:/dev

# --- bad input
bad() { # WHAT PATTERN AUGMENT ARG...
    fails "$1" "2|3" "$2" "$YOKE" train net.yaml --run runs/bad -o data.augment="$3" "${@:4}"
}
bad "an unknown one" "data.augment: no augmentation is called .filp.*did you mean .flip" "[filp]"
bad "an unknown option" "shift has no key .pixel.*pixels" "[{shift: {pixel: 3}}]"
bad "out of range" "degrees.*999" "[{rotate: 999}]"
bad "not a list" "augment: a list is expected" "{flip: horizontal}"
bad "two in one" "augment: one name" "[{flip: horizontal, shift: 3}]"
bad "a window that is too large" "crop: a window of 20 x 20 is larger than the image of 12 x 12 with a padding of 3" "[{crop: {size: 20, padding: 3}}]"
bad "a field that is not there" "not fed with a field .z" "[{flip: {fields: [x, z]}}]"
"$PYTHON" -c "
import h5py, numpy as np
with h5py.File('c.h5', 'a') as f: f['wrong/x'], f['wrong/y'] = f['train/x'][:], np.full(200, 7, 'u1')"
bad "a class that is not there, as distribution" "y of sample [0-9]+ is 7" "[mixup]" -o data.train=c.h5:/wrong \
    -o loss="{softmax_cross_entropy: {soft_labels: true}}"
bad "mixup of class numbers" "mixup: the loss takes class numbers of y" "[mixup]"
bad "mixup of micro-batches of one" "micro-batch has 1" "[mixup]" -o train.micro_batch=1 -o loss=binary_cross_entropy -o metrics="[]"
bad "values of labels" "brightness" "[{brightness: {range: 1, fields: [y]}}]"
"$PYTHON" -c "
import h5py, numpy as np
with h5py.File('v.h5', 'w') as f: f['x'], f['y'] = np.zeros((64, 12), 'f4'), np.zeros(64, 'i4')"
bad "a vector" "flip: a sample of x has shape \(12\); it must be an image" "[flip]" -o data.train=v.h5
fails "the place in the recipe" 2 "net.yaml:9:7: crop: a window" "$YOKE" train net.yaml --run runs/bad -o data.train=c.h5:/small \
    -o data.augment.crop_1.size=30
check "ops lists them" "$YOKE" ops
has "ops names pca_colour" "pca_colour" "$T/out"
check "ops flip" "$YOKE" ops flip
has "ops shows options" "probability" "$T/out"
summary

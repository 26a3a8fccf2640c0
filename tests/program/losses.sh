#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every loss, weights of samples and classes, ignored labels, several losses: training, evaluation and prediction follow
# PyTorch's (losses.py), and are the same bits on any number of ranks and threads, with micro-batches in which nothing
# counts, a short last batch in which nothing counts, and ranks that have no part of it.
. "$(dirname "$0")/lib.sh"
"$PYTHON" -c 'import torch, yaml, h5py' 2>/dev/null || {
    echo "SKIP  no PyTorch, PyYAML or h5py: the comparison is NOT RUN"
    [ "${CI:-}" != true ] || exit 1 # there they are always installed
    exit 77
}
export OMP_NUM_THREADS=1
"$PYTHON" "$HERE/losses.py" make || fail "make data and recipes"

for recipe in one/*.yaml; do
    name=$(basename "$recipe" .yaml)
    check "$name: train" "$YOKE" train "$recipe" --run "runs/$name"
    check "$name: gradients" "$YOKE" check "$recipe"
    echo "runs/$name $recipe"
done >one/done
grep -v '^runs/' one/done

cat >heads.yaml <<'Y'
seed: 5
data:
  train: {file: data.h5:/train, x: features, size: amount}
  dev: {file: data.h5:/dev, x: features, size: amount}
  shuffle: none
model:
  - dense: {units: 7, activation: tanh, name: body}
  - dense: {units: 4, name: kinds}
  - dense: {units: 4, from: body, name: sizes}
loss:
  - softmax_cross_entropy:
      from: kinds
      target: kind
      ignore: 255
      class_weights: [1, 2, 0.5, 3]
      label_smoothing: 0.1
      sample_weight: w
  - huber: {target: size, delta: 0.7, weight: 0.3, name: size, sample_weight: w}
  - mean_absolute_error: {target: size, weight: 0.25}
metrics: [accuracy, {mae: {of: size}}, {f1: {of: softmax_cross_entropy}}]
optimizer: {sgd: {lr: 0.1, momentum: 0.9}}
train: {steps: 12, batch: 24, micro_batch: 4}
checkpoint: {every: none}
log: {every: 1 steps}
Y
check "three losses: train" "$YOKE" train heads.yaml --run runs/heads
check "three losses: gradients" "$YOKE" check heads.yaml
check "three losses: plan" "$YOKE" plan heads.yaml
"$YOKE" eval runs/heads --data data.h5:/dev --map x=features,size=amount --json >runs/heads/eval.json 2>"$T/err" || fail "eval" "$(cat "$T/err")"
check "predict needs x alone" "$YOKE" predict runs/heads --data data.h5:/dev --map x=features -o runs/heads/predicted.h5
same "the confusion matrix leaves ignored labels and samples of weight 0 out" "$(json confusion <runs/heads/eval.json | tr -d '[] ' | tr , '\n' | paste -sd+ | bc)" \
    "$("$PYTHON" -c 'import h5py; f = h5py.File("data.h5")["dev"]; print(int(((f["kind"][:] != 255) & (f["w"][:] > 0)).sum()))')"
check "a metric of the second loss" "$PYTHON" -c '
import h5py, json
dev, out = h5py.File("data.h5")["dev"], h5py.File("runs/heads/predicted.h5")
counts = dev["w"][:] > 0
want = abs(out["y_size"][:].astype("f8") - dev["amount"][:].reshape(out["y_size"].shape))[counts].mean()
got = json.load(open("runs/heads/eval.json"))["metrics"]["mae_size"]
assert abs(got - want) < 1e-6 * want, (got, want)'
# shellcheck disable=SC2046 # words on purpose
"$PYTHON" "$HERE/losses.py" follow $(grep '^runs/' one/done) runs/heads heads.yaml >"$T/follow" 2>&1
for name in $(cd one && ls *.yaml) heads; do
    name=${name%.yaml}
    grep -qx "$name follows" "$T/follow" && pass "$name follows PyTorch" || fail "$name follows PyTorch" "$(grep -A 4 -e "^$name" -e Error "$T/follow")"
done
has "the epoch line has every loss" "train loss [0-9.]* softmax_cross_entropy [0-9.]* size [0-9.]* mean_absolute_error" <("$YOKE" train heads.yaml --run runs/line)
want=$(digest runs/heads)
for layout in "1 2" "2 1" "3 1" "4 1" "4 2" "7 1"; do
    # shellcheck disable=SC2086 # two numbers
    set -- $layout
    ranks "$1" "$2" train heads.yaml --run "runs/$1x$2" >"$T/out" 2>"$T/err" || fail "train on $1x$2" "$(tail -n 2 "$T/err")"
    same "same bits on $1 ranks x $2 threads" "$(digest "runs/$1x$2")" "$want"
    same "and the same losses" "$(cut -d, -f1-8 "runs/$1x$2/log.csv" | md5sum)" "$(cut -d, -f1-8 runs/heads/log.csv | md5sum)"
done
ranks 3 1 eval runs/heads --data data.h5:/dev --map x=features,size=amount --json >three.json 2>"$T/err" || fail "eval on 3 ranks" "$(cat "$T/err")"
check "eval gives the same on 3 ranks" cmp three.json runs/heads/eval.json
YOKE_KERNELS=portable "$YOKE" train heads.yaml --run runs/portable >"$T/out" 2>&1
same "same bits with YOKE_KERNELS=portable" "$(digest runs/portable)" "$want"

check "train the kept recipe" "$YOKE" train runs/heads/recipe.yaml --run runs/again
same "the kept recipe gives the same bits" "$(digest runs/again)" "$want"
fails "eval without a target" 3 '^yoke: data.h5:/dev: no field "size"; fields: ' "$YOKE" eval runs/heads --data data.h5:/dev --map x=features

# An output that should be like the input.
sed -e '/^loss:/,/^metrics/d' -e '/name: sizes/d' -e 's/units: 4, name: kinds/units: 6/' heads.yaml >self.yaml
printf 'loss: {mean_squared_error: {target: x}}\n' >>self.yaml
check "an autoencoder" "$YOKE" train self.yaml --run runs/self -o data.normalize=true -o train.steps=200
"$YOKE" eval runs/self --data data.h5:/train --map x=features --json >self.json 2>"$T/err"
check "learns its input" "$PYTHON" -c 'import json; assert json.load(open("self.json"))["loss"] < 0.2'

# --- what a user can get wrong
bad() { # WHAT CODES PATTERN SED...
    local what=$1 codes=$2 pattern=$3; shift 3
    sed "$@" heads.yaml >bad.yaml
    cmp -s heads.yaml bad.yaml && fail "$what: sed changes nothing"
    fails "$what" "$codes" "$pattern" "$YOKE" train bad.yaml --run runs/bad
}
bad "an unknown field as target" 3 'bad.yaml:[0-9]*:[0-9]*: target: data.h5:/train: no field "kinds" \(did you mean "kind"\?\); fields: ' -e 's/target: kind/target: kinds/'
bad "an unknown field of weights" 3 'bad.yaml:[0-9]*:[0-9]*: sample_weight: .*no field "v"' -e '0,/sample_weight: w/s//sample_weight: v/'
bad "two losses of one name" 2 'bad.yaml:[0-9]*:[0-9]*: a second loss is called "size"' -e 's/mean_absolute_error: {/mean_absolute_error: {name: size, /'
bad "weights for other classes" 2 'bad.yaml:[0-9]*:[0-9]*: .*class_weights: 3 numbers for 4 classes' -e 's/\[1, 2, 0.5, 3\]/[1, 2, 3]/'
bad "an unknown layer" 2 'bad.yaml:[0-9]*:[0-9]*: from: no layer is called "kids" \(did you mean "kinds"' -e 's/from: kinds/from: kids/'
bad "an unknown key" 2 'bad.yaml:[0-9]*:[0-9]*: huber has no key "wight" \(did you mean "weight"' -e 's/weight: 0.3/wight: 0.3/'
bad "a negative weight" 2 'weight: "-1" is not a number >= 0' -e 's/weight: 0.3/weight: -1/'
bad "a label that is not ignored" 3 'data.h5:/train: kind of sample [0-9]* is 255, but the model has 4 classes' -e '/ignore/d'
bad "labels as distributions" 3 'a sample of kind has shape \(\), but the model wants \(4\)' -e '/ignore/d' -e 's/target: kind/target: kind\n      soft_labels: true/'
bad "distributions ignore nothing" 2 'ignore is of class numbers' -e 's/ignore: 255/ignore: 255\n      soft_labels: true/'
bad "an empty list" 2 'bad.yaml:[0-9]*:[0-9]*: loss: the list is empty' -e '/^loss:/,/^metrics/{/^loss:/!{/^metrics/!d}}' -e 's/^loss:/loss: []/'
"$PYTHON" - <<'P'
import h5py
for name, at, value in (("nan", 60, float("nan")), ("minus", 61, -0.5)):
    with h5py.File("data.h5") as old, h5py.File(name + ".h5", "w") as new:
        for part in old:
            old.copy(part, new)
        new["train/w"][at] = value
P
bad "a weight that is NaN" 3 'nan.h5:/train: w of sample 60 is NaN' -e 's/data.h5:.train/nan.h5:\/train/'
bad "a weight below 0" 3 'minus.h5:/train: w of sample 61 is -0.5.* must not be negative' -e 's/data.h5:.train/minus.h5:\/train/'
summary

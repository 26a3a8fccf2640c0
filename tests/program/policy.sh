#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How parameters start, move and are kept: sharing, freezing, constraints, moving average, plateau, early stopping,
# init_from; the same bits on any number of ranks and threads, and after a kill while all of that is active.
. "$(dirname "$0")/lib.sh"
export OMP_NUM_THREADS=1 # where nothing else is said
make_data 600

cat >all.yaml <<'Y'
seed: 7
data: {train: digits.h5:/train, dev: digits.h5:/dev}
model:
  - conv2d: {filters: 6, kernel: 5, padding: same, activation: relu, max_norm: 0.5}
  - maxpool2d: 2
  - conv2d: {filters: 6, kernel: 3, padding: same, name: a, init: {he_normal: {truncated: true}}}
  - batchnorm: {name: n}
  - relu
  - conv2d: {filters: 6, kernel: 3, padding: same, share: a}
  - batchnorm: {share: n}
  - relu
  - maxpool2d: 2
  - flatten
  - dense: {units: 40, activation: relu, unit_norm: true, init: orthogonal}
  - dropout: 0.3
  - dense: {units: 10, lr_factor: 0.5, name: head}
loss: softmax_cross_entropy
metrics: [accuracy]
optimizer: {nadam: {lr: 1e-2}}
schedule: {plateau: {patience: 0, factor: 0.5, threshold: 0.05, warmup: 3 steps}}
regularize: {l2: 1e-4}
ema: 0.8
clip: {norm: 5}
early_stopping: {patience: 3, monitor: accuracy, min_delta: 0.01, restore_best: true}
train: {epochs: 40, batch: 60, micro_batch: 5}
checkpoint: {every: 6 steps, keep: 100}
log: {every: 1 steps}
Y
check "train on 1x1" ranks 1 1 train all.yaml --run runs/1x1
want=$(digest runs/1x1)
has "it has stopped early" "^stopped early at step [0-9]+: accuracy" "$T/out"
has "status.json says so" '"state": "finished", "exit_code": 0.*stopped early' runs/1x1/status.json
last=$(newest runs/1x1); at=$((10#$(basename "$last" .h5 | cut -d- -f2)))
[ $at -lt 360 ] && [ $((at % 9)) = 0 ] && pass "before its end, at the end of an epoch" || fail "before its end, at the end of an epoch" "$at"
same "the best parameters are restored" "$want" "$(digest runs/1x1:best)"
for layout in "2 3" "3 1" "4 2"; do
    # shellcheck disable=SC2086 # two numbers
    set -- $layout
    ranks "$1" "$2" train all.yaml --run "runs/$1x$2" >"$T/out" 2>"$T/err" || fail "train on $1x$2" "$(tail -n 2 "$T/err")"
    same "same bits on $1 ranks x $2 threads" "$(digest "runs/$1x$2")" "$want"
done
check "train 4 steps" "$YOKE" train all.yaml --run runs/4 -o train.steps=4
check "train 4 steps with the portable kernels" env YOKE_KERNELS=portable "$YOKE" train all.yaml --run runs/portable -o train.steps=4
same "same bits with the portable kernels" "$(digest runs/portable)" "$(digest runs/4)"
for run in 2x3 4x2; do
    cut -d, -f1-7 runs/1x1/log.csv >want.csv; cut -d, -f1-7 "runs/$run/log.csv" >got.csv
    check "and the same log on $run, timings apart" cmp want.csv got.csv
done

# --- gone on with from the middle, as after a kill, in every state of plateau and early stopping
for step in 6 $((at / 2 / 9 * 9)) $((at - 1)); do
    rm -rf runs/cut; cp -r runs/1x1 runs/cut
    for f in $(checkpoints runs/cut); do [ $((10#$(basename "$f" .h5 | cut -d- -f2))) -le $step ] || rm "$f"; done
    check "resumed after step $step on 2 ranks" ranks 2 1 train --resume runs/cut
    same "resumed after step $step: same bits" "$(digest runs/cut)" "$want"
    cut -d, -f1-7 runs/1x1/log.csv >want.csv; cut -d, -f1-7 runs/cut/log.csv >got.csv
    check "resumed after step $step: same log" cmp want.csv got.csv
    check "resumed after step $step: the same checkpoint to the last bit" "$PYTHON" -c '
import sys, h5py
def tensors(name):
    out = {}
    with h5py.File(name) as f:
        f.visititems(lambda k, v: out.update({k: v[()].tobytes()}) if isinstance(v, h5py.Dataset) and k != "recipe" else None)
        out.update({k: str(v) for k, v in f["state"].attrs.items() if k not in ("version", "family")})
    return out
assert tensors(sys.argv[1]) == tensors(sys.argv[2])' "$last" "$(newest runs/cut)"
done
check "resumed when it has stopped early" "$YOKE" train --resume runs/1x1
has "it says so again" "^stopped early" "$T/out"
same "and does nothing" "$(digest runs/1x1)" "$want"
check "the kept recipe again" "$YOKE" train runs/1x1/recipe.yaml --run runs/again
same "the kept recipe gives the same bits" "$(digest runs/again)" "$want"

# --- what the checkpoints hold: by NumPy
cat >look.py <<'P'
import csv, glob, h5py, numpy as np
def load(name):
    out = {}
    with h5py.File(name) as f:
        f.visititems(lambda k, v: out.update({k: v[()]}) if isinstance(v, h5py.Dataset) and k != "recipe" else None)
    return out
files = sorted(glob.glob("runs/ema/checkpoints/step-*.h5"))
assert len(files) == 13
steps = [load(f) for f in files]
names = sorted(k for k in steps[0] if k.startswith("params/"))
assert names == ["params/" + k for k in (
    "a/bias", "a/kernel", "conv2d_1/bias", "conv2d_1/kernel", "dense_1/bias", "dense_1/kernel", "head/bias",
    "head/kernel", "n/beta", "n/gamma")], names  # shared ones once
assert sorted(k for k in steps[0] if k.startswith("buffers/")) == ["buffers/n/moving_mean", "buffers/n/moving_variance"]
average = {k: steps[0][k].astype("f8") for k in names}
for s in steps[1:]:
    for k in names:
        average[k] = 0.8 * average[k] + 0.2 * s[k]
        got = s["ema/" + k[7:]]
        assert np.abs(got - average[k]).max() < 1e-6, k
    norm = np.sqrt((s["params/conv2d_1/kernel"].astype("f8") ** 2).sum((0, 1, 2)))
    assert norm.max() < 0.5 + 1e-6, norm
    unit = np.sqrt((s["params/dense_1/kernel"].astype("f8") ** 2).sum(0))
    assert np.abs(unit - 1).max() < 1e-6, unit
assert np.sqrt((steps[0]["params/conv2d_1/kernel"] ** 2).sum((0, 1, 2))).max() > 0.5  # the bound does something
assert any(np.isclose(n, 0.5, atol=1e-6) for n in norm) or norm.max() < 0.5
P
check "train 12 steps, every one kept" "$YOKE" train all.yaml --run runs/ema -o train.steps=12 -o "checkpoint.every=1 steps" -o early_stopping.restore_best=false
check "moving average, norms, shared tensors: by NumPy" "$PYTHON" look.py
"$YOKE" eval runs/ema --data digits.h5:/dev --json >eval.json 2>"$T/err"
same "eval uses the moving average, as training did" "$(printf %.6f "$(json loss <eval.json)")" "$(printf %.6f "$(grep ',dev,' runs/ema/log.csv | tail -n 1 | cut -d, -f4)")"
check "check: gradients of shared layers" "$YOKE" check all.yaml -o schedule=constant
check "check: gradients behind frozen batchnorm" "$YOKE" check all.yaml -o 'freeze=[n]'
"$YOKE" plan all.yaml --json >plan.json 2>"$T/err"
same "plan counts shared parameters once" "$(json parameters <plan.json)" "$((25 * 6 + 6 + 54 * 6 + 6 + 12 + 294 * 40 + 40 + 410))"

# --- one step, by what it does: lr_factor, and the statistics of a batchnorm that two layers share
cat >one.yaml <<'Y'
data: {train: digits.h5:/train}
model:
  - batchnorm: {name: n}
  - flatten
  - dense: {units: 10, name: d}
loss: softmax_cross_entropy
optimizer: {sgd: 0.125}
train: {steps: 1, batch: 60, micro_batch: 12}
Y
sed 's/name: d/name: d, lr_factor: 0.25/' one.yaml >factor.yaml
sed 's/^  - flatten/  - batchnorm: {name: m, share: n, from: input}\n  - add: {from: [n, m]}\n  - flatten/' one.yaml >twice.yaml
for name in one factor twice; do check "one step: $name" "$YOKE" train $name.yaml --run runs/$name; done
cat >one.py <<'P'
import h5py, numpy as np
def load(run, step):
    with h5py.File(f"runs/{run}/checkpoints/step-{step:08d}.h5") as f:
        return {k: f[k][()] for k in ("params/d/kernel", "params/n/gamma", "buffers/n/moving_mean", "buffers/n/moving_variance")}
start = load("one", 0)
one, factor, twice = (load(run, 1) for run in ("one", "factor", "twice"))
k = "params/d/kernel"
assert np.array_equal(start[k], load("factor", 0)[k])
assert np.abs(one[k] - start[k]).max() > 1e-4
assert np.allclose(factor[k] - start[k], 0.25 * (one[k] - start[k]), rtol=0, atol=1e-7)
assert np.array_equal(one["params/n/gamma"], factor["params/n/gamma"])
for k in ("buffers/n/moving_mean", "buffers/n/moving_variance"):
    assert not np.array_equal(one[k], start[k]) and np.array_equal(one[k], twice[k]), k
P
check "one step: a quarter of it by lr_factor; shared statistics are a mean" "$PYTHON" one.py

# --- rates for large batches: layer by layer, and with the batch
cat >rates.py <<'P'
import h5py, numpy as np, sys
run, rate = sys.argv[1], float(sys.argv[2])
old, new = (h5py.File(f"{run}/checkpoints/step-0000000{i}.h5")["params/d/kernel"][()].astype("f8") for i in (0, 1))
got = np.linalg.norm(new - old) / np.linalg.norm(old)
assert abs(got - rate) < 1e-5 * rate, got
P
while read -r name rate opts; do
    check "$name: one step" "$YOKE" train one.yaml --run "runs/$name" -o "optimizer={$name: $opts}"
    check "$name: the step of a kernel is $rate of its norm" "$PYTHON" rates.py "runs/$name" "$rate"
    for n in 1 2 3 4; do
        check "$name, $n ranks" ranks "$n" 1 train all.yaml --run "runs/$name$n" -o train.steps=9 -o "optimizer={$name: $opts}" \
            -o early_stopping.restore_best=false -o "freeze=[a]"
        same "$name, $n ranks: the same bits" "$(digest "runs/$name$n")" "$(digest "runs/${name}1")"
    done
    rm "$(newest "runs/${name}1")"
    check "$name: resumed" ranks 2 1 train --resume "runs/${name}1"
    same "$name, resumed: the same bits" "$(digest "runs/${name}1")" "$(digest "runs/${name}2")"
done <<'T'
lars 0.06 {lr: 2, trust: 0.03}
lamb 0.05 {lr: 0.05, weight_decay: 0.1}
T
check "lr_batch" "$YOKE" train one.yaml --run runs/scaled -o train.lr_batch=15 -o optimizer.sgd.lr=0.25
check "lr by hand" "$YOKE" train one.yaml --run runs/by_hand -o optimizer.sgd.lr=1
same "lr is scaled with batch / lr_batch" "$(digest runs/scaled)" "$(digest runs/by_hand)"

# --- freezing
cat >frozen.py <<'P'
import sys, glob, h5py, numpy as np
run, frozen = sys.argv[1], sys.argv[2].split()
first, last = (h5py.File(f) for f in (lambda x: (x[0], x[-1]))(sorted(glob.glob(run + "/checkpoints/step-*.h5"))))
def visit(k, v):
    if isinstance(v, h5py.Dataset) and k.split("/")[0] in ("params", "buffers", "ema"):
        still = any(k.split("/", 1)[1].startswith(n) for n in frozen)
        assert np.array_equal(v[()], first[k][()]) == still, k
    if isinstance(v, h5py.Dataset) and k.startswith("slots/"):
        assert not any(k.split("/", 2)[2].startswith(n) for n in frozen), k
last.visititems(visit)
P
check "train with frozen layers" ranks 1 1 train all.yaml --run runs/frozen -o train.steps=9 -o 'freeze=["conv*", n, "*ense_1/kernel"]' -o early_stopping.restore_best=false -o clip.value=0.1
check "what is frozen stays, all else moves" "$PYTHON" frozen.py runs/frozen "conv2d_1 n dense_1/kernel"
check "frozen layers on 3 ranks" ranks 3 2 train runs/frozen/recipe.yaml --run runs/frozen3
same "frozen layers on 3 ranks: same bits" "$(digest runs/frozen3)" "$(digest runs/frozen)"
"$YOKE" plan all.yaml --json -o 'freeze=["conv*", n]' >plan.json 2>"$T/err"
same "plan counts trainable and frozen ones" "$(json trainable <plan.json) $(json frozen <plan.json)" "$((54 * 6 + 6 + 294 * 40 + 40 + 410)) $((156 + 12))"

# --- init_from
sed -e 's/name: a/name: z/; s/share: a/share: z/; s/units: 10/units: 12/; s/units: 40/units: 41/' \
    -e '/^early/d; s/^seed: 7/seed: 8\ninit_from: {run: runs\/1x1, map: {z: a}}/; s/epochs: 40/steps: 2/' all.yaml >to.yaml
check "init_from with a map" ranks 2 1 train to.yaml --run runs/to
has "it says what was loaded" "^init_from runs/1x1/.*: 8 of 12 parameters and buffers loaded; not .*head/kernel .*\(40, 10\) there, \(41, 12\) here" "$T/out"
cat >from.py <<'P'
import h5py, numpy as np, sys
old, new = h5py.File(sys.argv[1]), h5py.File("runs/to/checkpoints/step-00000000.h5")
for a, b in (("conv2d_1/kernel", "conv2d_1/kernel"), ("a/kernel", "z/kernel"), ("a/bias", "z/bias"), ("n/gamma", "n/gamma")):
    assert np.array_equal(old["ema/" + a][()], new["params/" + b][()]), b  # of a run with a moving average, that
    assert np.array_equal(new["ema/" + b][()], new["params/" + b][()]), b
assert np.array_equal(old["buffers/n/moving_mean"][()], new["buffers/n/moving_mean"][()])
P
check "step 0 has the other run's numbers" "$PYTHON" from.py "$last"
has "the kept recipe says where from" "^ *digest: $want" runs/to/recipe.yaml
mv runs/1x1 runs/moved
check "resume does not need the other run" "$YOKE" train --resume runs/to -o train.steps=4
fails "a new run does" "1|3" "runs/1x1" "$YOKE" train to.yaml --run runs/no1
mv runs/moved runs/1x1
check "the kept recipe" ranks 1 1 train runs/to/recipe.yaml --run runs/to1
same "the kept recipe: same bits" "$(digest runs/to1)" "$(digest runs/to)"
check "a file, whole" "$YOKE" train all.yaml --run runs/to2 -o train.steps=1 -o "init_from.run=$last" -o init_from.strict=true
fails "another digest than the recipe's" 3 "digest" "$YOKE" train to.yaml --run runs/no2 -o init_from.run=runs/ema -o "init_from.digest=$want"
fails "strict" 3 "strict.*head/kernel" "$YOKE" train to.yaml --run runs/no3 -o init_from.strict=true
fails "a map that means nothing" 2 "init_from.map.*zz.*did you mean \"z\"" "$YOKE" train to.yaml --run runs/no4 -o 'init_from.map={zz: a}'
fails "a map with one star" 2 "both have one" "$YOKE" train to.yaml --run runs/no5 -o 'init_from.map={"z*": a}'
cat >mlp.yaml <<'Y'
data: {train: digits.h5:/train}
model: [flatten, dense: {units: 10, name: other}]
loss: softmax_cross_entropy
optimizer: {sgd: 0.1}
train: {steps: 1, batch: 10}
init_from: runs/1x1
Y
fails "nothing fits" 3 "runs/1x1.*no parameter" "$YOKE" train mlp.yaml --run runs/no6
fails "nothing fits, 3 ranks" - "runs/1x1.*no parameter" mpirun -n 3 "$YOKE" train mlp.yaml --run runs/no6

# --- bad recipes
bad() { # WHAT PATTERN ARG...
    local what=$1 pattern=$2; shift 2
    fails "$what" 2 "$pattern" "$YOKE" train all.yaml --run runs/bad "$@"
}
bad "a pattern that means nothing" "freeze.*\"cov\*\".*a, n" -o 'freeze=["cov*"]'
bad "the nearest name" "freeze.*haed.*did you mean \"head\"" -o 'freeze=[haed]'
bad "everything frozen" "freeze.*nothing to train" -o 'freeze=["*"]'
bad "share of another kind" "all.yaml:.*layer conv2d_3.*n is a batchnorm" -o model.6.share=n
bad "share of what comes later" "share.*dense_1.*earlier" -o model.6.share=dense_1
bad "a layer that shares has no init" "conv2d has no key \"init\"" -o model.6.init=zeros
bad "two constraints" "unit_norm and max_norm" -o model.1.unit_norm=true
bad "an unknown monitor" "early_stopping.*monitor.*acuracy.*did you mean \"accuracy\"" -o early_stopping.monitor=acuracy
bad "an unknown monitor of plateau" "schedule.*monitor.*f1" -o schedule.plateau.monitor=f1
bad "no patience" "patience" -o early_stopping.patience=0
bad "a decay of 1" "decay" -o ema.decay=1
sed 's/, dev: digits.h5:\/dev//' all.yaml >nodev.yaml
fails "plateau without dev" 2 "nodev.yaml:.*plateau.*data.dev" "$YOKE" train nodev.yaml --run runs/bad
fails "early stopping without dev" 2 "nodev.yaml:.*early_stopping.*data.dev" "$YOKE" train nodev.yaml --run runs/bad -o schedule=constant
same "no bad one has left a folder" "$(ls -d runs/bad runs/no? 2>/dev/null)x" x
summary

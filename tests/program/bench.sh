#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `yoke bench`: it measures, and what it measures is the step of `yoke train` with nothing left out.
. "$(dirname "$0")/lib.sh"
"$PYTHON" -c 'import h5py' 2>/dev/null || { echo "no h5py: skipped"; exit 77; }
export OMP_WAIT_POLICY=passive

# Everything that a step can have: dropout, batch statistics, penalties, clipping, metrics, an average, a schedule, two losses.
cat >all.yaml <<'Y'
seed: 5
input: {x: [12, 12, 2], y: {classes: 7}, z: [3]}
model:
  - conv2d: {filters: 6, kernel: 3, bias: false}
  - batchnorm
  - relu
  - maxpool2d: 2
  - flatten
  - dropout: 0.3
  - dense: {units: 20, activation: relu, l2: 1e-3, max_norm: 2, name: wide}
  - dense: {units: 7, name: classes}
  - dense: {units: 3, from: wide, name: numbers}
loss:
  - softmax_cross_entropy: {from: classes}
  - mean_squared_error: {from: numbers, target: z, weight: 0.5}
metrics: [accuracy]
optimizer: {adam: {lr: 1e-2}}
schedule: {cosine: {warmup: 2 steps}}
clip: {norm: 1}
ema: {decay: 0.9}
train: {steps: 7, batch: 24, micro_batch: 4}
Y
check "measures" "$YOKE" bench train all.yaml --seconds 0.1
has "samples/s" "samples/s" "$T/out"
has "parameters" "3,?[0-9]+ parameters" "$T/out"
check "measures on 2 ranks" ranks 2 1 bench train all.yaml --seconds 0.1 --json
cp "$T/out" json
for key in samples_per_s step_s best_step_s steps gflops batch micro_batch parameters ranks threads peak_bytes loss; do
    json $key <json >value 2>&1 && grep -Eqx '[0-9.e+-]+' value && pass "JSON: $key" || fail "JSON: $key" "$(tail -n 1 value)"
done
same "JSON: ranks" "$(json ranks <json)" 2
[ "$(json steps <json)" -ge 3 ] && pass "three steps at least" || fail "three steps at least" "$(cat json)"

check "where a step goes" "$YOKE" bench ops all.yaml --seconds 0.1
for what in "roofs: [0-9.]+ GFLOP/s" "conv2d backward +conv2d_1" "batchnorm[+]relu +batchnorm_1" "samples" "sum of gradients" "update"; do
    has "where a step goes: $what" "$what" "$T/out"
done
check "where a step goes, on 2 ranks" ranks 2 1 bench ops all.yaml --seconds 0.1 --json
cp "$T/out" json
"$PYTHON" - <<'P' >"$T/out" 2>&1 && pass "the instructions account for most of it" || fail "the instructions account for most of it" "$(tail -n 1 "$T/out")"
import json
ops = json.load(open("json"))
conv = next(i for i in ops["instructions"] if i["op"].startswith("conv2d") and not i["backward"])
assert conv["flops"] >= 2 * 12 * 10 * 10 * 6 * 3 * 3 * 2, conv  # of this rank's 12 samples
assert conv["bytes"] >= 4 * 12 * (12 * 12 * 2 + 10 * 10 * 6), conv
assert ops["peak_gflops"] > 0 and ops["peak_gbytes_per_s"] > 0
spent = sum(i["seconds"] for i in ops["instructions"]) + sum(ops["parts"].values())
assert 0.2 * ops["step_s"] < spent < 5 * ops["step_s"], (spent, ops["step_s"])
P

check "digest" "$YOKE" bench train all.yaml --steps 7 --batches 3 --digest
want=$(cat "$T/out")
for layout in "1 3" "2 1" "3 1" "4 2"; do
    # shellcheck disable=SC2086 # two numbers
    check "digest on ranks x threads: $layout" ranks $layout bench train all.yaml --steps 7 --batches 3 --digest
    same "the same bits" "$(cat "$T/out")" "$want"
done

# The same samples as a dataset, the same training.
check "writes its samples" "$YOKE" bench data all.yaml --batches 3 --out made.h5:/train
check "train on them" ranks 2 1 train all.yaml --run runs/a -o data.train=made.h5:/train -o data.shuffle=none -o "log.every=1 steps"
same "as many bits as the bench has" "$(digest runs/a)" "$want"
check "longer than the training" "$YOKE" bench train all.yaml --seconds 0.05 -o train.steps=3
check "other samples with another seed" "$YOKE" bench data all.yaml --batches 1 --out other.h5:/train -o seed=6
"$PYTHON" - <<'P' >"$T/out" 2>&1 && pass "what the samples are" || fail "what the samples are" "$(tail -n 1 "$T/out")"
import h5py, numpy as np
a, b = h5py.File("made.h5")["train"], h5py.File("other.h5")["train"]
x, y, z = a["x"][:], a["y"][:], a["z"][:]
assert x.shape == (72, 12, 12, 2) and x.dtype == np.float32 and abs(x.mean()) < 0.05 and abs(x.std() - 1) < 0.05
assert y.shape == (72,) and set(y) == set(range(7)) and z.shape == (72, 3) and z.min() > 0 and z.max() < 1
assert len(np.unique(x)) > 0.99 * x.size and not np.allclose(x[:24], b["x"][:])
P

# Shapes of a recipe's own data; `batch: all`.
sed '/^input:/d' all.yaml | sed 's/batch: 24, micro_batch: 4/batch: all, micro_batch: 8/' >own.yaml
check "shapes of the data" "$YOKE" bench train own.yaml --seconds 0.1 --json -o data.train=made.h5:/train
same "batch: all" "$(json batch <"$T/out")" 72

fails "steps without digest" 2 "digest" "$YOKE" bench train all.yaml --steps 3
fails "digest without steps" 2 "steps" "$YOKE" bench train all.yaml --digest
fails "no time" 2 "seconds" "$YOKE" bench train all.yaml --seconds 0
fails "no such recipe" "2|1" "nope.yaml" "$YOKE" bench train nope.yaml
fails "neither data nor input" 2 "input" "$YOKE" bench train own.yaml
fails "data nowhere to write" 2 "out" "$YOKE" bench data all.yaml

# --- a step on machines that are not there
check "plan --nodes" "$YOKE" plan all.yaml --nodes 1,2,3,64 --network 25gbit:2us --seconds 0.1
has "it is called an estimate" "^An estimate" "$T/out"
same "a line for each number" "$(grep -cE '^ +(1|2|3|64) ' "$T/out")" 4
check "plan --nodes --json" "$YOKE" plan all.yaml --nodes 1,4 --network 1mbit:1ms --ranks-per-node 2 --seconds 0.1 --json
same "estimate" "$(json estimate <"$T/out")" true
"$PYTHON" - "$T/out" <<'P' && pass "the parts are the step; slow links show" || fail "the parts are the step; slow links show" "$(cat "$T/out")"
import json, sys
one, four = json.load(open(sys.argv[1]))["points"]
for p in one, four:
    parts = p["compute_s"] + p["exposed_s"] + p["update_s"] + p["gather_s"]
    assert abs(parts - p["step_s"]) <= 1e-3 * p["step_s"], p
    assert p["memory_bytes"] > 0 and p["ranks"] == 2 * p["nodes"]
assert one["efficiency"] == 1 and four["efficiency"] < 0.5 and four["gather_s"] > 0.05 > one["gather_s"]
P
check "plan --nodes --weak" "$YOKE" plan all.yaml --nodes 1,2 --weak --no-overlap --seconds 0.1
fails "no numbers of nodes" 2 "nodes" "$YOKE" plan all.yaml --nodes two
fails "no network" 2 "25gbit:2us" "$YOKE" plan all.yaml --nodes 2 --network fast
check "bench allreduce" ranks 3 1 bench allreduce --most 64KiB --seconds 0.05
has "a line for each size" "^ +65536 +[0-9.]+ +[0-9.]+ +[0-9.]+" "$T/out"
check "bench allreduce --json" ranks 2 1 bench allreduce --least 1MiB --most 1MiB --seconds 0.05 --messages --no-thread --json
same "its bytes" "$(json bytes <"$T/out")" 1048576
fails "bench allreduce on one rank" 2 "mpirun" "$YOKE" bench allreduce
summary

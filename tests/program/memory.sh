#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Memory: what `yoke plan` says before anything is reserved is what a run takes beyond a nearly empty one, within 5 % and
# 64 MB, and no idle promise either.
. "$(dirname "$0")/lib.sh"
make_data 600
cat >peak.py <<'P'
"""peak.py COMMAND...: the largest resident memory of the command, in bytes."""
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
P
"$PYTHON" -c '
import h5py, numpy as np
f = h5py.File("wide.h5", "w"); r = np.random.RandomState(0)
f["x"] = r.rand(20000, 1000).astype("f4"); f["y"] = np.arange(20000) % 10'
recipe() { # NAME MODEL OPTIMIZER DATA BATCH
    cat >"$1.yaml" <<Y
data: {$4}
model: $2
loss: softmax_cross_entropy
metrics: [accuracy]
optimizer: $3
train: {steps: 3, batch: $5, micro_batch: 16}
checkpoint: {every: 2 steps}
Y
}
digits="train: digits.h5:/train, dev: digits.h5:/dev"
recipe empty "[flatten, dense: 10]" "{sgd: 0.1}" "$digits" 16
recipe dense "[flatten, dense: {units: 3000, activation: relu}, dense: {units: 2000, activation: relu}, dense: 10]" adam "$digits" 64
recipe images "[conv2d: {filters: 64, kernel: 3, padding: same}, batchnorm, relu, conv2d: {filters: 64, kernel: 3, padding: same}, relu, conv2d: {filters: 64, kernel: 3, padding: same}, global_avgpool2d, dense: 10]" "{sgd: {lr: 0.1, momentum: 0.9}}" "$digits" 128
recipe samples "[dense: {units: 32, activation: relu}, dense: 10]" adam "train: wide.h5" 512
recipe few "[dense: {units: 32, activation: relu}, dense: 10]" adam "train: wide.h5, memory: 1MB" 512
empty=$("$PYTHON" peak.py "$YOKE" train empty.yaml --run runs/empty --threads 1 2>"$T/err")
for r in dense images samples few; do
    plan=$("$YOKE" plan $r.yaml --json | json memory_bytes)
    peak=$("$PYTHON" peak.py "$YOKE" train $r.yaml --run runs/$r --threads 1 2>"$T/err") || fail "$r" "$(cat "$T/err")"
    said=$("$PYTHON" -c '
import sys
plan, took = int(sys.argv[1]), int(sys.argv[2]) - int(sys.argv[3])
slack = 64e6
good = took <= 1.05 * plan + slack and plan <= 1.05 * took + slack
print("good" if good else "planned %.0f MB, took %.0f MB" % (plan / 1e6, took / 1e6))' "$plan" "$peak" "$empty")
    same "$r: as planned, $((plan / 1000000)) MB" "$said" good
done
summary

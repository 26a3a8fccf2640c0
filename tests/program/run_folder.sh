#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a run leaves, and what eval, predict, plan and check make of it.
. "$(dirname "$0")/lib.sh"
make_data
make_recipe

check "train" ranks 2 1 train net.yaml --run runs/a
cp "$T/out" shown
has "a line of placement" "2 ranks.*thread.*(portable|avx2|avx512)" shown
cat >log.py <<'P'
import csv, json
rows = list(csv.DictReader(open("runs/a/log.csv")))
assert list(rows[0]) == "step,epoch,split,loss,penalty,accuracy,lr,samples_per_s".split(","), list(rows[0])
train = [r for r in rows if r["split"] == "train"]
assert [int(r["step"]) for r in train] == list(range(1, 41)), [r["step"] for r in train]
dev = [r for r in rows if r["split"] == "dev"]
assert dev and int(dev[-1]["step"]) == 40, dev
loss = [float(r["loss"]) for r in train]
assert sum(loss[-5:]) < sum(loss[:5]), loss
assert all(float(r["penalty"]) > 0 and float(r["samples_per_s"]) > 0 for r in train)
assert all(0 <= float(r["accuracy"]) <= 1 for r in rows)
lr = [float(r["lr"]) for r in train]
assert lr[0] < lr[4] and lr[-1] < lr[10], lr  # warm-up, cosine
s = json.load(open("runs/a/status.json"))
assert s["state"] == "finished" and s["exit_code"] == 0 and s["step"] == s["steps"] == 40 and not s["resumable"], s
P
check "log.csv and status.json" "$PYTHON" log.py
same "status.json has the digest" "$(json digest <runs/a/status.json)" "$(digest runs/a)"
has "recipe.yaml has every default" "weight_decay" runs/a/recipe.yaml
has "progress: a line per epoch when the output is a file" "epoch" shown
! grep -q $'\r' shown && pass "and no carriage returns" || fail "and no carriage returns"

check "train once more, a row of the log for 10 steps" "$YOKE" train net.yaml --run runs/ten -o "log.every=10 steps"
cat >mean.py <<'P'
import csv
one, ten = ([r for r in csv.DictReader(open(f"runs/{n}/log.csv")) if r["split"] == "train"] for n in ("a", "ten"))
ends = [int(r["step"]) for r in ten]
assert {10, 20, 30, 40} <= set(ends), ends  # and the ends of epochs
size = [40 if int(r["step"]) % 21 == 0 else 48 for r in one]  # 1000 samples in batches of 48
for a, b, row in zip([0] + ends, ends, ten):
    mean = sum(n * float(r["loss"]) for n, r in zip(size[a:b], one[a:b])) / sum(size[a:b])
    assert abs(mean - float(row["loss"])) < 1e-6 * mean, (a, b, mean, row)
P
check "it holds the mean of the steps" "$PYTHON" mean.py
same "how often is logged changes no bit" "$(digest runs/ten)" "$(digest runs/a)"
check "a rank that has nothing to do" ranks 4 1 train net.yaml --run runs/idle -o train.steps=3 -o train.micro_batch=24
has "is warned of" "^yoke: warning: .*rank" "$T/err"
check "more threads than cores" env OMP_NUM_THREADS=$(($(nproc) * 4)) "$YOKE" train net.yaml --run runs/many -o train.steps=3
has "is warned of" "^yoke: warning: .*thread" "$T/err"

"$YOKE" eval runs/a --data digits.h5:/test --json >e1 2>"$T/err" || fail "eval" "$(cat "$T/err")"
for n in 2 3; do ranks $n 1 eval runs/a --data digits.h5:/test --json >e$n 2>"$T/err"; same "eval on $n ranks" "$(cat e$n)" "$(cat e1)"; done
check "eval for people" "$YOKE" eval runs/a --data digits.h5:/test
has "names the metric" "accuracy" "$T/out"
"$YOKE" predict runs/a --data digits.h5:/test -o p1.h5 >"$T/out" 2>"$T/err" || fail "predict" "$(cat "$T/err")"
ranks 3 1 predict runs/a --data digits.h5:/test -o p3.h5 >"$T/out" 2>"$T/err" || fail "predict on 3 ranks" "$(cat "$T/err")"
cat >predicted.py <<'P'
import h5py, json, numpy as np
y = h5py.File("digits.h5")["test/y"][:]
e, p, q = json.load(open("e1")), h5py.File("p1.h5"), h5py.File("p3.h5")
assert np.array_equal(p["y"], q["y"]) and np.array_equal(p["label"], q["label"])
assert p["y"].shape == (len(y), 10) and np.allclose(p["y"][:].sum(1), 1, atol=1e-5)
assert np.array_equal(p["y"][:].argmax(1), p["label"][:])
assert e["samples"] == len(y) and abs((p["label"][:] == y).mean() - e["metrics"]["accuracy"]) < 1e-6
c = np.array(e["confusion"])
want = np.zeros((10, 10), int)
np.add.at(want, (y, p["label"][:]), 1)
assert np.array_equal(c, want) or np.array_equal(c, want.T), c
loss = -np.log(p["y"][:][np.arange(len(y)), y].astype("f8")).mean()
assert abs(loss - e["loss"]) < 1e-4 * max(1, loss), (loss, e["loss"])
P
check "predict on 1 and 3 ranks, and eval's loss, accuracy, confusion" "$PYTHON" predicted.py

check "plan" "$YOKE" plan net.yaml
has "plan names the layers" "conv2d_2" "$T/out"
"$YOKE" plan net.yaml --json >plan.json 2>"$T/err"
same "plan --json: parameters" "$(json parameters <plan.json)" 15766
for key in parameter_bytes gradient_bytes slot_bytes activation_bytes workspace_bytes flops_per_sample instructions; do
    [ -n "$(json $key <plan.json 2>/dev/null)" ] && pass "plan --json: $key" || fail "plan --json: $key"
done
check "gradient check" "$YOKE" check net.yaml
summary

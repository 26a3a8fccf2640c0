#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a user sees of a training: metrics of every kind, report, plot, learning curves.
. "$(dirname "$0")/lib.sh"
make_data
cat >net.yaml <<'Y'
seed: 7
data: {train: digits.h5:/train, dev: digits.h5:/dev, normalize: true}
model: [flatten, dense: {units: 32, activation: relu}, dense: 10]
loss: softmax_cross_entropy
metrics: [accuracy, {top_k: 3}, f1, {recall: none}, roc_auc]
optimizer: {adam: {lr: 2e-3}}
train: {epochs: 3, batch: 48, micro_batch: 4}
log: {every: 5 steps}
Y
"$PYTHON" - <<'P'
import h5py, numpy as np
r = np.random.default_rng(0)
with h5py.File("numbers.h5", "w") as f:
    for split, n in (("train", 300), ("dev", 61)):
        x = r.normal(0, 1, (n, 6)).astype("f4")
        f[split + "/x"], f[split + "/y"] = x, (1000 + x[:, :2] * [1, 2] + r.normal(0, 0.1, (n, 2))).astype("f4")
        f[split + "/yes"] = (x[:, :2] + r.normal(0, 0.5, (n, 2)) > 0).astype("f4")
P
cat >numbers.yaml <<'Y'
data: {train: numbers.h5:/train, dev: numbers.h5:/dev}
model: [dense: {units: 2, bias_init: {constant: 1000}}]
loss: mean_squared_error
metrics: [rmse, mae, r2]
optimizer: {adam: {lr: 5e-2}}
train: {epochs: 3, batch: 48, micro_batch: 4}
Y

# --- metrics
columns() { cut -d, -f1-"$2" "$1/log.csv"; } # without lr and samples_per_s
for n in 1 2 3 4; do
    check "train on $n ranks" ranks $n $((n % 2 + 1)) train net.yaml --run runs/d$n
    same "the same log on $n ranks" "$(columns runs/d$n 19)" "$(columns runs/d1 19)"
    check "numbers on $n ranks" ranks $n 1 train numbers.yaml --run runs/n$n
    same "the same numbers on $n ranks" "$(columns runs/n$n 8)" "$(columns runs/n1 8)"
done
same "columns" "$(head -n 1 runs/d1/log.csv)" "step,epoch,split,loss,penalty,accuracy,top_3,f1_macro,$(seq -s, -f recall_%g 0 9),roc_auc,lr,samples_per_s"
has "the epoch line has the gap" "train loss .* dev loss .* gap loss [+-].* rmse [+-]" "$T/out"
"$YOKE" eval runs/d1 --data digits.h5:/test --json >d.json; ranks 3 1 eval runs/d1 --data digits.h5:/test --json >d3.json 2>"$T/err"
same "eval on 3 ranks" "$(cat d3.json)" "$(cat d.json)"
"$YOKE" eval runs/n1 --data numbers.h5:/dev --json >n.json
check "train yes or no" "$YOKE" train numbers.yaml --run runs/y -o data="{train: {file: 'numbers.h5:/train', y: yes}, dev: {file: 'numbers.h5:/dev', y: yes}}" \
    -o loss=binary_cross_entropy -o model="[dense: 2]" -o metrics="[accuracy, {binary_accuracy: 0.7}, {f1: {average: micro}}, roc_auc]"
"$YOKE" eval runs/y --data numbers.h5:/dev --map y=yes --json >y.json
for r in d:digits.h5:/test n:numbers.h5:/dev y:numbers.h5:/dev; do
    "$YOKE" predict runs/"$(sed 's/:.*//; s/[dn]$/&1/' <<<"$r")" --data "${r#*:}" -o "p${r%%:*}.h5" >"$T/out" 2>"$T/err" || fail "predict $r" "$(cat "$T/err")"
done
cat >measured.py <<'P'
import h5py, json, numpy as np

def auc(score, own):
    d = score[own][:, None] - score[~own][None]
    return ((d > 0) + 0.5 * (d == 0)).mean()

e, p, y = json.load(open("d.json")), h5py.File("pd.h5")["y"][:].astype("f8"), h5py.File("digits.h5")["test/y"][:]
m, guess = e["metrics"], p.argmax(1)
recall = [(guess[y == c] == c).mean() for c in range(10)]
f1 = [2 * ((guess == c) & (y == c)).sum() / ((guess == c).sum() + (y == c).sum()) for c in range(10)]
assert abs(m["accuracy"] - (guess == y).mean()) < 1e-9
assert abs(m["top_3"] - (np.argsort(-p, 1)[:, :3] == y[:, None]).any(1).mean()) < 1e-9
assert np.allclose([m[f"recall_{c}"] for c in range(10)], recall) and np.allclose(e["per_class"]["recall"], recall)
assert np.allclose(e["per_class"]["f1"], f1) and abs(m["f1_macro"] - np.mean(f1)) < 1e-8
each = [auc(p[:, c], y == c) for c in range(10)]
assert np.allclose(e["per_class"]["roc_auc"], each, atol=1e-3) and abs(m["roc_auc"] - np.mean(each)) < 1e-3, (m, each)

m, p, t = json.load(open("n.json"))["metrics"], h5py.File("pn.h5")["y"][:].astype("f8"), h5py.File("numbers.h5")["dev/y"][:].astype("f8")
r2 = (1 - ((p - t) ** 2).sum(0) / ((t - t.mean(0)) ** 2).sum(0)).mean()
assert np.allclose([m["rmse"], m["mae"], m["r2"]], [np.sqrt(((p - t) ** 2).mean()), abs(p - t).mean(), r2], rtol=1e-8), m

m, p, t = json.load(open("y.json"))["metrics"], h5py.File("py.h5")["y"][:].astype("f8"), h5py.File("numbers.h5")["dev/yes"][:] > 0.5
assert abs(m["accuracy"] - ((p > 0.5) == t).mean()) < 1e-9 and abs(m["binary_accuracy_at_0.7"] - ((p > 0.7) == t).mean()) < 1e-9
assert abs(m["f1_micro"] - 2 * ((p > 0.5) & t).sum() / ((p > 0.5).sum() + t.sum())) < 1e-9
assert abs(m["roc_auc"] - np.mean([auc(p[:, c], t[:, c]) for c in range(2)])) < 1e-3, m
P
check "eval against NumPy" "$PYTHON" measured.py
cp digits.h5 weighed.h5
"$PYTHON" -c 'import h5py, numpy as np
f = h5py.File("weighed.h5", "a")
for split in f:
    f[split]["w"] = (np.arange(len(f[split]["y"])) % 3).astype("f4")'
check "sample weights" "$YOKE" train net.yaml --run runs/w -o data="{train: weighed.h5:/train}" -o "loss={softmax_cross_entropy: {sample_weight: w}}" -o train.epochs=1
"$YOKE" eval runs/w --data weighed.h5:/test --json >w.json; "$YOKE" predict runs/w --data weighed.h5:/test -o pw.h5 >"$T/out" 2>"$T/err"
check "samples of weight 0 do not count, the others count alike" "$PYTHON" -c 'import h5py, json
f, m = h5py.File("weighed.h5")["test"], json.load(open("w.json"))
good, w = h5py.File("pw.h5")["label"][:] == f["y"][:], f["w"][:]
assert abs(m["metrics"]["accuracy"] - good[w > 0].mean()) < 1e-9 and sum(map(sum, m["confusion"])) == (w > 0).sum(), m'
"$PYTHON" -c 'import h5py
h5py.File("weighed.h5", "a")["test/y"].attrs["classes"] = "null one two three four five six seven eight nine".split()'
has "classes by their names" "^ +3 three +[0-9]+ " <("$YOKE" eval runs/w --data weighed.h5:/test)
same "and in JSON" "$("$YOKE" eval runs/w --data weighed.h5:/test --json | json classes | cut -c 1-16)" '["null", "one", '
for m in top_k f1 roc_auc rmse; do check "ops $m" "$YOKE" ops $m; done
has "ops shows options" "average" <("$YOKE" ops f1)
sed 's/rmse/accuracy/' numbers.yaml >m.yaml
fails "a metric that does not fit the loss" 2 "m.yaml:4:11: metric accuracy needs class labels .* the loss is mean_squared_error" "$YOKE" train m.yaml --run runs/x
fails "k of more classes than there are" 2 "top_k: k is 11, but there are 10 classes" "$YOKE" train net.yaml --run runs/x -o "metrics=[{top_k: 11}]"

# --- report
check "report of one" "$YOKE" report runs/d1
has "train, dev and gap" "train +dev +gap" "$T/out"
has "a conclusion" "^(fine|high bias|high variance|high bias and high variance): accuracy on train is" "$T/out"
check "report of several" "$YOKE" report runs/d1 runs/d2 runs/n1
same "a line for each loss and each judged measure" "$(wc -l <"$T/out")" 7
"$YOKE" report runs/d1 runs/n1 --json >r.json
cat >report.py <<'P'
import csv, json
rows = [r for r in csv.DictReader(open("runs/d1/log.csv"))]
a, n = json.load(open("r.json"))["runs"]
dev = [r for r in rows if r["split"] == "dev"]
m = a["measures"]["accuracy"]
assert a["state"] == "finished" and a["step"] == 63 and a["epoch"] == 3 and a["judged_by"] == "accuracy", a
assert m["dev"] == float(dev[-1]["accuracy"]) and m["best"] == max(float(r["accuracy"]) for r in dev), m
assert abs(m["gap"] - (m["train"] - m["dev"])) < 1e-8 and abs(a["bias"] - (1 - m["train"])) < 1e-8
assert n["judged_by"] == "r2" and n["verdict"] in ("fine", "high bias", "high variance", "high bias and high variance")
P
check "report --json" "$PYTHON" report.py
fails "report of no run" 1 "nowhere: no such run" "$YOKE" report nowhere
fails "a threshold that is none" 2 "threshold" "$YOKE" report runs/d1 --threshold x

# --- plot
if "$YOKE" plot runs/d1 -o a.svg >"$T/out" 2>"$T/err"; then
    has "an SVG" "<svg" a.svg
    check "a PNG of several runs" "$YOKE" plot runs/d1 runs/d2 runs/n1 -o a.png --measures loss,accuracy
    same "it is one" "$(head -c 4 a.png | tail -c 3)" PNG
    fails "a folder that is not there" 1 "nowhere/a.png" "$YOKE" plot runs/d1 -o nowhere/a.png
    mkdir runs/bad && cp runs/d1/recipe.yaml runs/bad && head -n 1 runs/d1/log.csv >runs/bad/log.csv
    fails "a run without rows" 3 "runs/bad/log.csv: no rows yet" "$YOKE" plot runs/bad -o b.svg
    echo "5,1,train,x" >>runs/bad/log.csv
    fails "a broken log" 3 "runs/bad/log.csv:2: " "$YOKE" plot runs/bad -o b.svg
    fails "a measure that there is not" 2 "acuracy.*accuracy" "$YOKE" plot runs/d1 -o b.svg --measures acuracy
else
    has "without cairo it says how to get it" "built without cairo; install it" "$T/err"
fi
fails "another ending" 2 "a.jpg: .*FILE.svg or FILE.png" "$YOKE" plot runs/d1 -o a.jpg
fails "no file" 2 "give -o" "$YOKE" plot runs/d1

# --- a part of the data, learning curve
check "take" "$YOKE" train net.yaml --run runs/take -o data.take=200 -o train.epochs=1
has "says so" "; 200 samples;" "$T/out"
check "take all" "$YOKE" train net.yaml --run runs/all -o data.take=1000
same "is taking none away" "$(digest runs/all)" "$(digest runs/d1)"
fails "take more than there are" 2 "take: 1001 samples of the 1000 that digits.h5:/train has" "$YOKE" train net.yaml --run runs/x -o data.take=1001
curve() { "$@" curve net.yaml --run runs/c --sizes 10%,20%,500 -o "metrics=[accuracy]" -o train.epochs=2 >"$T/out" 2>"$T/err"; }
curve "$YOKE" && pass "curve" || fail "curve" "$(cat "$T/err")"
has "a table" "^ +500 +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+" "$T/out"
same "curve.csv" "$(cut -d, -f1,2 runs/c/curve.csv | tr '\n' ' ')" "samples,split 100,train 100,dev 200,train 200,dev 500,train 500,dev "
cp runs/c/curve.csv one.csv
rm runs/c/curve.csv; rm -r runs/c/size-200; touch -d 2001-01-01 runs/c/size-100/log.csv
ranks 3 1 curve net.yaml --run runs/c --sizes 10%,20%,500 -o "metrics=[accuracy]" -o train.epochs=2 >"$T/out" 2>"$T/err" && pass "once more, on 3 ranks" || fail "once more" "$(cat "$T/err")"
has "what is finished is not trained again" "size-100 is finished" "$T/out"
same "nor touched" "$(stat -c %Y runs/c/size-100/log.csv)" "$(date -d 2001-01-01 +%s)"
same "the same curve" "$(cat runs/c/curve.csv)" "$(cat one.csv)"
check "report of a curve" "$YOKE" report runs/c
has "by samples" "up to 500 samples" "$T/out"
if [ -s a.svg ]; then check "plot of a curve" "$YOKE" plot runs/c -o c.svg; fails "a curve and a run" 2 "plot them apart" "$YOKE" plot runs/c runs/d1 -o c.svg; fi
long=("$YOKE" curve net.yaml --run runs/long --sizes 50%,60% -o train.steps=2000 -o "log.every=5 steps"
    -o "checkpoint.every=1000 steps" -o "metrics=[accuracy]")
"${long[@]}" >long.out 2>&1 & pid=$!
wait_for 30 at_least rows runs/long/size-500 3; kill -USR1 $pid; wait $pid
same "a signal stops a curve" $? 75
has "and it says how to go on" "stopped by SIGUSR1; the same command goes on" long.out
check "it goes on" "${long[@]}"
has "from where it was" "resumed at step" "$T/out"
same "to its end" "$(wc -l <runs/long/curve.csv)" 5
fails "another recipe in the same folder" 2 "learning curve of another recipe" "$YOKE" curve net.yaml --run runs/c
fails "a part smaller than a batch" 2 "sizes: 1%: .*a batch of 48" "$YOKE" curve net.yaml --run runs/c2 --sizes 1%
fails "sizes that are none" 2 "sizes: \"ten\"" "$YOKE" curve net.yaml --run runs/c2 --sizes ten
fails "more than there is" 2 "sizes: 2000 is not between" "$YOKE" curve net.yaml --run runs/c2 --sizes 2000
summary

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bad input: one line that says what and where, an exit code of its own, no hang; on 1 rank and on 4 (with BRIEF=1, as
# ctest has it for sanitizers, on 4 one time in six: it takes them seconds to end).
. "$(dirname "$0")/lib.sh"
make_data
make_recipe
n=0

# bad WHAT CODES PATTERN [ARG...]: train bad.yaml ARG... must fail so
bad() {
    local what=$1 codes=$2 pattern=$3; shift 3
    n=$((n + 1))
    fails "$what" "$codes" "$pattern" "$YOKE" train bad.yaml --run runs/a$n "$@"
    [ -n "${BRIEF:-}" ] && [ $((n % 6)) != 1 ] && return
    fails "$what, 4 ranks" - "$pattern" mpirun -n 4 "$YOKE" train bad.yaml --run runs/b$n "$@"
}
edit() { sed "$@" net.yaml >bad.yaml; cmp -s net.yaml bad.yaml && fail "edit: $* changes the recipe"; }
data() { edit "s|digits.h5:/train|$1|"; }

# --- data files
cat >files.py <<'P'
import h5py, numpy as np
src = h5py.File("digits.h5")["train"]
x, y = src["x"][:].astype("f4") / 255, src["y"][:].astype("i4")
def make(name, x, y):
    with h5py.File(name, "w") as f:
        for k, v in (("x", x), ("y", y)):
            if v is not None:
                f[k] = v
def changed(a, i, value):
    a = a.copy()
    a[i] = value
    return a
make("noy.h5", x, None)
make("uneven.h5", x, y[:-1])
make("flat.h5", x.reshape(len(x), -1), y)
make("scalar.h5", np.float32(1), y)
make("none.h5", x[:0], y[:0])
make("label.h5", x, changed(y, len(y) * 3 // 5, 10))
make("minus.h5", x, changed(y, len(y) * 3 // 5, -1))
make("nan.h5", changed(x, (len(x) * 3 // 5, 3, 4, 0), np.nan), y)
make("inf.h5", changed(x, (len(x) - 1, 3, 4, 0), np.inf), y)
make("words.h5", x, np.array([b"one"] * len(y)))
make("real.h5", x, y + np.float32(0.5))
h5py.File("empty.h5", "w").close()
b = open("digits.h5", "rb").read()
open("short.h5", "wb").write(b[: len(b) * 2 // 3])
open("text.h5", "w").write("hello\n")
open("zero.h5", "w").close()
P
"$PYTHON" files.py || fail "files.py"
data nosuch.h5:/train;  bad "no such data file" "1|3" "nosuch.h5"
data zero.h5;           bad "an empty file" "1|3" "zero.h5"
data text.h5;           bad "not HDF5" "1|3" "text.h5"
data short.h5:/train;   bad "a truncated file" "1|3" "short.h5"
data empty.h5;          bad "HDF5 without a dataset" "2|3" "empty.h5"
data digits.h5:/trian;  bad "no such split" "2|3" "trian.*train"
data noy.h5;            bad "no field y" "2|3" "noy.h5.*\by\b"
data uneven.h5;         bad "x and y of different length" 3 "uneven.h5.*[0-9]+.*[0-9]+"
data flat.h5;           bad "x of the wrong rank" "2|3" "conv2d|rank|shape|axes|dimension"
data scalar.h5;         bad "x without samples" "2|3" "scalar.h5"
data none.h5;           bad "no samples" "2|3" "none.h5|sample"
data label.h5;          bad "a label out of range, which one rank meets" 3 "label.h5.*\b10\b"
data minus.h5;          bad "a negative label" 3 "minus.h5.*-1"
data nan.h5;            bad "NaN in the data" "3|4" "nan|finite"
data inf.h5;            bad "infinity in the data" "3|4" "inf|finite"
data words.h5;          bad "labels that are words" "2|3" "words.h5.*y|y.*words.h5"
data real.h5;           bad "labels that are not whole" "2|3" "real.h5.*y|y.*real.h5|integer|whole"
edit 's|dev: digits.h5:/dev|dev: nosuch.h5:/dev|'; bad "no such dev file" "1|3" "nosuch.h5"
edit 's|train: digits.h5:/train|train: {file: digits.h5:/train, x: images}|'; bad "a mapped field that is not there" "2|3" "images"

# --- recipes: FILE:LINE:COLUMN and the nearest name
edit 's/^loss:/los:/';                          bad "unknown key" 2 "bad.yaml:16.*los.*loss"
edit 's/filters: 6/filter: 6/';                 bad "unknown attribute" 2 "bad.yaml:6.*filter.*filters"
edit 's/- maxpool2d: 2/- maxpol2d: 2/';         bad "unknown layer" 2 "bad.yaml:7.*maxpol2d.*maxpool2d"
edit 's/adam:/adan:/';                          bad "unknown optimizer" 2 "bad.yaml:18.*adan.*adam"
edit 's/cosine:/cosin:/';                       bad "unknown schedule" 2 "bad.yaml:19.*cosin.*cosine"
edit 's/accuracy/acuracy/';                     bad "unknown metric" 2 "bad.yaml:17.*acuracy.*accuracy"
edit 's/units: 32/units: many/';                bad "wrong type" 2 "bad.yaml:13.*units.*many"
edit 's/units: 32/units: -32/';                 bad "out of range" 2 "bad.yaml:13.*units.*-32"
edit 's/dropout: 0.3/dropout: 1.5/';            bad "a rate above 1" 2 "bad.yaml:14.*1.5"
edit 's/activation: relu, l2/activation: rellu, l2/'; bad "unknown activation" 2 "bad.yaml:13.*rellu.*relu"
edit 's/- relu/- relu: {name: flatten_1}/';     bad "duplicate name" 2 "flatten_1"
edit 's/- relu/- relu: {from: nowhere}/';       bad "missing from" 2 "bad.yaml:10.*nowhere"
edit 's/- relu/- relu: {name: a, from: a}/';    bad "from itself" 2 "bad.yaml:10.*\ba\b"
edit 's/- relu/- relu: {name: a, from: b}/; s/- flatten/- flatten: {name: b, from: a}/'; bad "cyclic from" 2 "bad.yaml:10.*\bb\b"
edit 's/kernel: 5}/kernel: 50}/';               bad "a window larger than the image" 2 "bad.yaml:8.*(conv2d|kernel|50)"
edit 's/dense: 10/dense: 9/';                   bad "fewer outputs than classes" "2|3" "\b9\b"
edit 's/- relu/- add: {from: [maxpool2d_1, batchnorm_1]}/'; bad "shape mismatch" 2 "bad.yaml:10.*add"
edit '/- flatten/d';                            bad "a model whose output is no match for y" "2|3" "digits.h5.*shape"
edit '/^model:/,/dense: 10/d';                  bad "no model" 2 "model"
edit -e '/^  - /d' -e 's/^model:/model: []/';   bad "empty model" 2 "bad.yaml:5.*model|model.*empty"
edit '/^loss/d';                                bad "no loss" 2 "loss"
edit '/^optimizer/d';                           bad "no optimizer" 2 "optimizer"
edit '/^data/,/dev:/d';                         bad "no data" 2 "data"
edit 's/micro_batch: 4/micro_batch: 5/';        bad "batch not divisible by micro-batch" 2 "48.*5"
edit 's/batch: 48/batch: 0/';                   bad "batch 0" 2 "batch"
edit 's/batch: 48/batch: 480000/';              bad "batch larger than the split" "2|3" "480000"
edit 's/steps: 40/steps: 40, epochs: 3/';       bad "steps and epochs" 2 "steps|epochs"
edit 's/every: 10 steps/every: 10 stepps/';     bad "a period of unknown unit" 2 "stepps"
edit 's/seed: 7/seed: 7\nseed: 8/';             bad "a key given twice" 2 "seed"
edit 's/units: 32, activation/units: 32 activation/'; bad "broken YAML" 2 "bad.yaml:1[0-9]"
printf '\x00\x01\xff' >bad.yaml;                bad "a binary recipe" 2 "bad.yaml"
: >bad.yaml;                                    bad "an empty recipe" 2 "bad.yaml"
mv bad.yaml gone.yaml;                          bad "no such recipe" "1|2" "bad.yaml"
cp net.yaml bad.yaml
bad "an unknown override" 2 "optimizer.adam.rate" -o optimizer.adam.rate=1
bad "an override of wrong type" 2 "train.batch.*lots|lots.*batch" -o train.batch=lots
bad "an override without a value" 2 "train.batch" -o train.batch
bad "an unknown option" 2 "bogus" --bogus
bad "no threads" 2 "threads" --threads 0

# --- loss is not finite
edit 's/lr: 1e-3/lr: 1e30/; /^clip/d'
bad "loss turns NaN: the first op is named" 4 "(finite|nan).*(conv2d|batchnorm|dense|softmax|relu|maxpool)"
has "and the run folder says so" '"state": "failed".*"exit_code": 4' runs/a$n/status.json

# --- run folders
cp net.yaml bad.yaml
check "a run" "$YOKE" train net.yaml --run runs/here -o train.steps=2
before=$(digest runs/here)
fails "a run is not overwritten" 2 "runs/here.*--resume" "$YOKE" train net.yaml --run runs/here
fails "nor on 4 ranks" - "runs/here.*--resume" mpirun -n 4 "$YOKE" train net.yaml --run runs/here
same "it is as it was" "$(digest runs/here)" "$before"
fails "resume what is not there" "1|2|3" "runs/nowhere" "$YOKE" train --resume runs/nowhere
fails "no place for a run" "1|2" "/proc/none" "$YOKE" train net.yaml --run /proc/none
fails "nor on 4 ranks" - "/proc/none" mpirun -n 4 "$YOKE" train net.yaml --run /proc/none
touch file
fails "a run inside of a file" "1|2" "file" "$YOKE" train net.yaml --run file/run
if [ "$(id -u)" != 0 ]; then
    mkdir closed && chmod a-w closed
    fails "a folder that is not writable" 1 "closed" "$YOKE" train net.yaml --run closed/run
elif command -v setpriv >/dev/null && setpriv --reuid=65534 --clear-groups test -x "$YOKE" 2>/dev/null; then
    mkdir closed; chmod a+rx . # root may write everywhere: somebody else tries
    fails "a folder that is not writable" 1 "closed" setpriv --reuid=65534 --clear-groups "$YOKE" train net.yaml --run closed/run
else
    skip "a folder that is not writable" "root may write everywhere, and no other user can start the program"
fi
fails "eval of what is no run" "1|3" "digits.h5" "$YOKE" eval digits.h5 --data digits.h5:/test
fails "eval of other data" "2|3" "flat.h5|shape|conv2d" "$YOKE" eval runs/here --data flat.h5
fails "predict without an input" "1|3" "nosuch.h5" "$YOKE" predict runs/here --data nosuch.h5 -o out.h5
fails "predict into a folder that is not there" "1|2" "none/out.h5" "$YOKE" predict runs/here --data digits.h5:/test -o none/out.h5
summary

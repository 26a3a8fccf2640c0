#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every recipe of launch/recipes/: it names its data, trains, and gives the same bits on every number of ranks and
# threads and in every kernel family. Some steps only, on the data themselves where they are small and at hand, on
# stand-ins of their shapes for photographs. By hand, some minutes longer: EVERY=1 [NAME...] takes the data themselves
# and the recipes' own batches, on 1, 2, 3, 4 ranks x 1, 2, 3 threads.
. "$(dirname "$0")/lib.sh"
"$PYTHON" -c 'import h5py' 2>/dev/null || { echo "no h5py: skipped"; exit 77; }
export YOKE
export YOKE_DATA=${YOKE_DATA:-$TOP/../shared/data} YOKE_MIRROR=file:///nowhere
cp -r "$TOP/datasets" "$T/datasets" && mkdir data || exit 2

cat >stand_in.py <<'P'
import h5py, numpy as np
rng = np.random.default_rng(1)
def write(file, split, n, shape, classes, kind="i4", x="x", y="y"):
    with h5py.File("data/" + file, "a") as f:
        group = f.require_group(split)
        group[x], group[y] = rng.integers(0, 256, (n, *shape), "u1"), rng.integers(0, classes, n).astype(kind)
write("cats-train.h5", "/", 60, (64, 64, 3), 2, "i8", "train_set_x", "train_set_y")
for split, n in ("train", 60), ("dev", 4):
    write("mnist.h5", split, n, (28, 28, 1), 10)
    write("cifar10.h5", split, n, (32, 32, 3), 10)
with h5py.File("data/membrane.h5", "w") as f:
    f["train/x"], f["train/y"] = rng.integers(0, 256, (24, 32, 32, 1), "u1"), rng.integers(0, 2, (24, 32, 32), "u1")
for split, n in ("base", 40), ("few", 40):
    write("cifar10-transfer.h5", split, n, (32, 32, 3), 5)
P
EVERY=${EVERY:-}
LAYOUTS=("3 2 avx2" "4 1 avx512") DIGITS=360
if [ -n "$EVERY" ]; then
    LAYOUTS=() DIGITS=12000
    for r in 1 2 3 4; do for t in 1 2 3; do LAYOUTS+=("$r $t auto"); done; done
    LAYOUTS+=("1 2 avx2" "1 2 avx512")
else
    check "stand-ins for photographs" "$PYTHON" stand_in.py
fi
check "draw digits" "$YOKE" data make digits -n $DIGITS -o data/digits.h5 --seed 1

# obtain FILE: data/FILE, by the dataset's make.sh where it is not a stand-in
obtain() {
    local dataset
    [ -e "data/$1" ] && return
    dataset=$(grep -l "^# Makes: .*\b$1" datasets/*/make.sh | head -n 1)
    [ -n "$dataset" ] && bash datasets/make.sh "$(basename "$(dirname "$dataset")")" >"$T/out" 2>"$T/err"
}

# family_here NAME: NAME, or nothing (the best) for auto and where this CPU has it not
family_here() { if [ "$1" = auto ]; then echo; elif [ "$1" = portable ] || grep -qw "${1/avx512/avx512f}" /proc/cpuinfo; then echo "$1"; else echo; fi; }

# trained NAME RUN RANKS THREADS FAMILY: three steps; of fewer samples than the recipe says, as portable kernels take
# seconds for a batch of photographs
trained() {
    local recipe=$TOP/launch/recipes/$1.yaml batch="-o train.batch=12 -o train.micro_batch=4"
    if [ -n "$EVERY" ] || grep -q '^train:.*batch: all' "$recipe"; then batch=; fi
    # shellcheck disable=SC2086 # words on purpose
    YOKE_KERNELS=$(family_here "$5") ranks "$3" "$4" train "$recipe" --run "$2" -o train.steps=3 $batch >"$T/out" 2>"$T/err" ||
        fail "$1 on $3x$4, $5" "$(tail -n 2 "$T/err")"
}

[ $# -gt 0 ] || set -- $(cd "$TOP/launch/recipes" && basename -s .yaml ./*.yaml)
for name in "$@"; do
    recipe=$TOP/launch/recipes/$name.yaml
    has "$name says how its data are made" "^#.*(datasets/make.sh|yoke data make) [a-z]" "$recipe"
    missing=
    for file in $(sed 's/#.*//' "$recipe" | grep -o 'data/[a-z0-9-]*\.h5' | sed 's,data/,,' | sort -u); do
        obtain "$file" || missing=$file
    done
    if [ -n "$missing" ]; then skip "$name" "data/$missing cannot be made: $(head -n 1 "$T/err")"; continue; fi
    trained "$name" "runs/$name" 1 3 portable
    want=$(digest "runs/$name")
    for layout in "${LAYOUTS[@]}"; do
        read -r n threads family <<<"$layout"
        run=runs/$name-$n-$threads-$family
        trained "$name" "$run" "$n" "$threads" "$family"
        same "$name: same bits on 1 x 3, portable and $n x $threads, $family" "$(digest "$run")" "$want"
        rm -rf "$run"
    done
done
summary

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The reference workloads (launch/recipes/bench/): their losses are PyTorch's from the same parameters on the same
# samples, and they have the same bits on every number of ranks and threads and in every kernel family. Networks for
# photographs get smaller ones here. By hand: workloads.sh [NAME...], and with FULL=1 the losses of the recipes as they are.
. "$(dirname "$0")/lib.sh"
"$PYTHON" -c 'import h5py' 2>/dev/null || { echo "no h5py: skipped"; exit 77; }
"$PYTHON" -c 'import torch' 2>/dev/null && TORCH=yes || TORCH=
export OMP_WAIT_POLICY=passive

# Overrides that make a workload small enough for a test.
small() {
    [ -z "${FULL:-}" ] || return 0
    case $1 in
    mlp | lenet5) echo train.batch=32 ;;
    resnet20) echo train.batch=32 ;;
    resnet50 | mobilenet) echo "input.x=[64,64,3]" train.batch=8 ;;
    vgg16) echo "input.x=[32,32,3]" train.batch=4 model.dense_1.units=128 model.dense_2.units=128 ;;
    lstm_ptb) echo "input.x=[5]" train.batch=4 ;; # its vocabulary and width stay
    gru_char | gpt_char) echo "input.x=[16]" train.batch=4 ;;
    unet) echo "input.x=[32,32,3]" train.batch=4 ;;
    esac
}

# workload NAME: its recipe, overrides and batch, for the functions below
workload() {
    RECIPE=$TOP/launch/recipes/bench/$1.yaml OVERRIDES=() BATCH=
    for o in $(small "$1"); do OVERRIDES+=(-o "$o"); done
    BATCH=$("$YOKE" plan "$RECIPE" "${OVERRIDES[@]}" -o train.micro_batch=1 --json | json batch)
}

parity() {
    local name=$1 all=(-o train.micro_batch="$BATCH" "${OVERRIDES[@]}")
    "$YOKE" bench data "$RECIPE" --batches 4 --out "$name.h5:/train" "${all[@]}" &&
        "$YOKE" train "$RECIPE" --run "runs/$name" "${all[@]}" -o data.train="$name.h5:/train" -o data.shuffle=none \
            -o "log.every=1 steps" -o train.steps=20 -o checkpoint.every=none >"$T/out" 2>"$T/err" ||
        { fail "$name trains" "$(tail -n 2 "$T/err")"; return; }
    check "$name has the losses of PyTorch" "$PYTHON" "$TOP/tests/program/workloads.py" "$name" "runs/$name" "$name.h5" "$BATCH"
    cat "$T/out"
    rm -rf "runs/$name" "$name.h5"
}

# trained RANKS THREADS [FAMILY]: the digest after some steps in quarters of a batch
trained() {
    YOKE_KERNELS=${3:-} ranks "$1" "$2" bench train "$RECIPE" --steps "${STEPS:-2}" --digest "${OVERRIDES[@]}" \
        -o train.micro_batch=$((BATCH / 4)) 2>"$T/err"
}

# Ranks 1 to 4 and threads 1 to 3, in as few runs as there are ranks.
bits() {
    local want layout family
    case $1 in resnet50 | mobilenet) OVERRIDES+=(-o "input.x=[32,32,3]") ;; esac # plain C takes its time
    want=$(trained 1 1)
    for layout in "2 2" "3 3" "4 1"; do
        # shellcheck disable=SC2086 # two numbers
        same "$1 on ranks x threads $layout: the same bits" "$(trained $layout)" "$want"
    done
    want=$(STEPS=1 trained 2 1 portable)
    for family in avx2 avx512; do
        grep -qw "${family/avx512/avx512f}" /proc/cpuinfo || continue
        same "$1 with $family kernels: the bits of plain C" "$(STEPS=1 trained 2 1 $family)" "$want"
    done
}

[ $# -gt 0 ] || set -- $(cd "$TOP/launch/recipes/bench" && ls ./*.yaml | sed 's,./,,; s,.yaml,,')
[ $TORCH ] || skip "losses of PyTorch" "PyTorch is not installed"
for name in "$@"; do
    workload "$name"
    [ $TORCH ] && parity "$name"
    [ "${FULL:-}" ] || bits "$name"
done
summary

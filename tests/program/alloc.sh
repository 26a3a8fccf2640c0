#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The step loop allocates nothing: every call for memory between step 2 and step 100 is counted on each of two ranks by
# COUNT_MALLOC (count_malloc.c), those of the program and those of the libraries below it. Nor does the system have to
# find pages for it: all memory of the step was touched before, but for a few pages of stacks and of files.
. "$(dirname "$0")/lib.sh"
COUNT_MALLOC=${COUNT_MALLOC:-$(dirname "$YOKE")/tests/libcount_malloc.so}
make_data 8000
make_recipe # one epoch is longer than 100 steps of 48

cp net.yaml plain.yaml
# The same with two losses, one of them with labels that do not count.
sed 's/^loss: .*/loss: [softmax_cross_entropy: {ignore: 3}, categorical_hinge: {weight: 0.1}]/' plain.yaml >heads.yaml
# The same with everything that moves, bounds or averages parameters.
sed 's/units: 32,/units: 32, max_norm: 2, lr_factor: 2,/; s/^optimizer.*/optimizer: {nadam: {lr: 1e-3}}/; s/^schedule.*/schedule: plateau/' plain.yaml >policy.yaml
cat >>policy.yaml <<'Y'
ema: 0.9
regularize: {l1: 1e-5}
freeze: [conv2d_1]
early_stopping: 3
Y

counted() { # RANKS THREADS: trains and leaves one file a rank
    rm -rf count runs; mkdir count
    # The variables are set for yoke alone: mpirun has memory needs of its own.
    OMP_NUM_THREADS=$2 mpirun -n "$1" env LD_PRELOAD="$COUNT_MALLOC" YOKE_COUNT="$T/count" "$YOKE" train net.yaml \
        --run runs/a -o train.steps=105 -o data.augment="[{shift: 2}, {rotate: 10}, {cutout: 4}]" \
        -o checkpoint.every="1000 steps" -o log.every="1 steps" \
        -o "metrics=[accuracy, {top_k: 3}, f1, roc_auc]" >"$T/out" 2>"$T/err"
}

for layout in "1 1 plain" "1 2 plain" "2 1 plain" "2 2 plain" "2 1 heads" "2 1 policy"; do
    # shellcheck disable=SC2086 # three words
    set -- $layout
    n=$1 at="$1 ranks x $2 threads, $3"
    cp "$3.yaml" net.yaml
    counted "$1" "$2" || fail "train on $at" "$(tail -n 2 "$T/err")"
    # `env` execs the program, so a file is there for each rank.
    same "$at: each was counted" "$(find count -name '[0-9]*' | wc -l)" "$n"
    faults=$(cat count/faults)
    [ "$faults" -lt 50 ] && pass "$at: no page faults between step 2 and step 100 ($faults)" ||
        fail "$at: $faults page faults between step 2 and step 100"
    for f in count/[0-9]*; do
        awk '$1 >= 2 && $1 < 100' "$f" >during
        own=$(grep -c ' yoke$' during)
        [ "$own" = 0 ] && pass "$at: the program asks for no memory between step 2 and step 100" ||
            fail "$at: $own calls of the program" "$(grep ' yoke$' during | head -n 5)"
        all=$(wc -l <during)
        [ "$all" = 0 ] && pass "$at: nor do its libraries" ||
            fail "$at: $all calls in all" "$(cut -d' ' -f2- during | sort | uniq -c | sort -rn | head -n 8)"
        tail -n 1 "$f" | awk '{ exit !($1 >= 100) }' && pass "$at: what comes after is counted (the count works)" ||
            fail "$at: the end of the run was not counted: does the library work?" "$(tail -n 2 "$f")"
    done
done
summary

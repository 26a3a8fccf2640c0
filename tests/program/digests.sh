#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Contract R: the same bits on every number of ranks and threads, in every kernel family, after every interruption.
. "$(dirname "$0")/lib.sh"
make_data
make_recipe

check "train on 1x1" ranks 1 1 train net.yaml --run runs/1x1
want=$(digest runs/1x1)
golden=$(sed -n 's/^digits-net //p' "$TOP/tests/golden/digests.txt")
same "the golden digest (tests/golden/digests.txt)" "$want" "$golden"
for layout in "1 2" "1 3" "2 1" "3 1" "4 1" "5 2"; do
    # shellcheck disable=SC2086 # two numbers
    set -- $layout
    ranks "$1" "$2" train net.yaml --run "runs/$1x$2" >"$T/out" 2>"$T/err" || fail "train on $1x$2" "$(tail -n 2 "$T/err")"
    same "same bits on $1 ranks x $2 threads" "$(digest "runs/$1x$2")" "$want"
done

for family in portable avx2 avx512; do
    run=runs/$family
    if [ $family = portable ] || grep -qw "${family/avx512/avx512f}" /proc/cpuinfo; then
        YOKE_KERNELS=$family ranks 2 1 train net.yaml --run $run >"$T/out" 2>"$T/err"
        same "same bits with YOKE_KERNELS=$family" "$(digest $run)" "$want"
    else
        YOKE_KERNELS=$family fails "this CPU has no $family" 2 "$family" "$YOKE" train net.yaml --run $run
    fi
done

# Gradients that are rounded for the wire: other bits, the same on any layout.
check "train with bfloat16 on the wire" ranks 1 1 train net.yaml --run runs/wire1 -o train.wire=bf16
[ "$(digest runs/wire1)" != "$want" ] && pass "train.wire=bf16 gives other bits" || fail "train.wire=bf16 gives other bits"
for layout in "1 3" "2 1" "3 2" "4 1"; do
    # shellcheck disable=SC2086 # two numbers
    set -- $layout
    ranks "$1" "$2" train net.yaml --run "runs/wire$1x$2" -o train.wire=bf16 >"$T/out" 2>"$T/err" || fail "bfloat16 on $1x$2" "$(tail -n 2 "$T/err")"
    same "bfloat16: same bits on $1 ranks x $2 threads" "$(digest "runs/wire$1x$2")" "$(digest runs/wire1)"
done

# Killed by SIGKILL twice, at other places and on other layouts each time.
killed() { # RANKS STEP ARG...: starts a run and kills all of it when its log has reached STEP
    local n=$1 step=$2 pid; shift 2
    OMP_NUM_THREADS=1 mpirun -n "$n" "$YOKE" "$@" >"$T/out" 2>"$T/err" &
    pid=$!
    wait_for 60 last_step_is "$step" || fail "the run reaches step $step" "$(tail -n 2 "$T/err")"
    # shellcheck disable=SC2046 # words on purpose
    kill -KILL $(family $pid) 2>/dev/null
    wait $pid 2>/dev/null
}
last_step_is() { [ "$(tail -n 1 runs/killed/log.csv | cut -d, -f1)" -ge "$1" ]; }
sed 's/steps: 40/steps: 400/; s/every: 10 steps/every: 25 steps/' net.yaml >longer.yaml
check "train without a break" ranks 2 1 train longer.yaml --run runs/whole
killed 1 40 train longer.yaml --run runs/killed
[ "$(digest runs/killed)" != "$(digest runs/whole)" ] && pass "killed before its end" || fail "killed before its end"
killed 4 120 train --resume runs/killed
check "resumed on 3 ranks x 2 threads" ranks 3 2 train --resume runs/killed
same "killed twice, resumed on 4x1 and 3x2: same bits" "$(digest runs/killed)" "$(digest runs/whole)"
cut -d, -f1-5 runs/killed/log.csv >killed.csv; cut -d, -f1-5 runs/whole/log.csv >whole.csv
check "and the same log, timings apart" cmp killed.csv whole.csv

# The recipe that the run folder keeps says all that the run depends on.
check "train the kept recipe" "$YOKE" train runs/1x1/recipe.yaml --run runs/again
same "the kept recipe gives the same bits" "$(digest runs/again)" "$want"
for override in seed=8 optimizer.adam.lr=2e-3 data.shuffle=none; do
    "$YOKE" train net.yaml --run "runs/$override" -o "$override" >"$T/out" 2>"$T/err" || fail "train -o $override" "$(cat "$T/err")"
    [ "$(digest "runs/$override")" != "$want" ] && pass "$override gives other bits" || fail "$override gives other bits"
done
summary

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A power cut at any moment of a run: only what was synced is left (power_cut.c). Once a checkpoint has been told of, the
# run can be resumed from it or a newer one, and gives the bits of the run that nothing befell. Every third moment; STEP=1: every one.
. "$(dirname "$0")/../program/lib.sh"
POWER_CUT=${POWER_CUT:-$(dirname "$YOKE")/tests/libpower_cut.so}
export OMP_NUM_THREADS=1
make_data 200
make_recipe
sed -i 's/steps: 40/steps: 9/; s/every: 10 steps, keep: 3/every: 3 steps, keep: 1/; s/warmup: 5/warmup: 2/' net.yaml
check "undisturbed" "$YOKE" train net.yaml --run whole
want=$(digest whole)

cut() { # N: a run whose power is cut before the N-th call; bash tells of the kill
    rm -rf root disk; mkdir root disk
    LD_PRELOAD=$POWER_CUT YOKE_CUT_ROOT=$T/root YOKE_CUT_DISK=$T/disk YOKE_CUT_AT=$1 "$YOKE" train net.yaml --run root/a >"$T/out" 2>"$T/err"
} 2>/dev/null
cut 0; calls=$(cat disk/calls-0)
same "never cut" "$(digest root/a)" "$want"
[ "${calls:-0}" -gt 20 ] && pass "$calls calls were counted" || fail "calls were counted" "${calls:-none}"

for ((n = 1, bad = 0, resumed = 0; n <= calls; n += ${STEP:-3})); do
    cut "$n"
    told=$(json step 2>/dev/null <"$([ -e root/a/status.json ] && echo root/a/status.json || echo /dev/null)" || echo -1) # what the world was told before the cut
    for mode in names synced; do
        rm -rf found; "$PYTHON" "$HERE/../faults/power_cut.py" disk root found $mode || { fail "cut $n, $mode: build the folder"; continue; }
        code=0; timeout 60 "$YOKE" train --resume found/a >"$T/out" 2>"$T/err" || code=$?
        got=$(digest found/a)
        if [ $code = 0 ] && [ "$got" = "$want" ]; then
            resumed=$((resumed + 1)); from=$(grep -oE 'from step [0-9]+' "$T/out" "$T/err" | grep -oE '[0-9]+$' | head -n 1)
            [ "${from:-$told}" -ge "$told" ] || { bad=$((bad + 1)); fail "cut $n, $mode: step $told had been told of, resumed from $from"; }
        elif [ "$told" -ge 0 ] || [ $code = 0 ] || [ "$(grep -c '^yoke: ' "$T/err")" != 1 ]; then
            bad=$((bad + 1)); fail "cut $n, $mode: exit $code, step $told had been told of" "$(head -n 3 "$T/err")" "$(cd found && find . -type f | xargs ls -l | head -n 12)"
        fi
    done
done
[ $bad = 0 ] && pass "cut at any of $calls moments: nothing that was told of is lost ($resumed resumed to the same bits)"
[ $resumed -gt 10 ] || fail "too few were resumed: $resumed"
summary

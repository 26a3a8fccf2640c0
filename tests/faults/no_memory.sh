#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Memory runs out at the n-th request of a whole run, on either of two ranks: the job ends with one line that says so, or
# does without; it never crashes and never hangs, and what it leaves can be resumed to the same bits. Of some thousand
# requests a spread of them is tried (FAULTS=n: so many).
. "$(dirname "$0")/../program/lib.sh"
NO_MEMORY=${NO_MEMORY:-$(dirname "$YOKE")/tests/libno_memory.so}
export OMP_NUM_THREADS=1
make_data 200
make_recipe
sed -i 's/steps: 40/steps: 6/; s/every: 10 steps/every: 2 steps/; s/warmup: 5/warmup: 2/' net.yaml
check "undisturbed" ranks 2 1 train net.yaml --run whole
want=$(digest whole)

short() { # RANK N
    rm -rf run count
    timeout -k 5 60 mpirun -n 2 env LD_PRELOAD="$NO_MEMORY" YOKE_NO_MEMORY="$2" YOKE_NO_MEMORY_RANK="$1" YOKE_NO_MEMORY_COUNT="$T/count" \
        "$YOKE" train net.yaml --run run >"$T/out" 2>"$T/err" </dev/null
}

for rank in 0 1; do
    short $rank 0; n=$(cat count); bad=0 ended=0 without=0 resumed=0
    [ "${n:-0}" -gt 500 ] && pass "rank $rank: $n requests were counted" || fail "rank $rank: requests were counted" "${n:-none}"
    tries=${FAULTS:-10}
    for ((i = 0; i < tries; i++)); do
        at=$((1 + i * n / tries + (i * 7919) % (n / tries > 0 ? n / tries : 1)))
        short $rank $at; code=$?
        grep '^yoke: ' "$T/err" | grep -v 'warning: ' >"$T/own"
        if [ $code = 0 ]; then
            without=$((without + 1)); [ "$(digest run)" = "$want" ] || { bad=$((bad + 1)); fail "rank $rank, request $at: other bits"; }
            continue
        fi
        ended=$((ended + 1))
        if [ $code = 124 ] || [ $code = 137 ] || grep -q 'signal 11\|signal 6' "$T/err"; then
            bad=$((bad + 1)); fail "rank $rank, request $at: a hang or a crash, exit $code" "$(tail -n 5 "$T/err")"; continue
        elif [ "$(wc -l <"$T/own")" != 1 ] || ! grep -q 'memory' "$T/own"; then
            bad=$((bad + 1)); fail "rank $rank, request $at: not one line that tells of memory, exit $code" "$(head -n 4 "$T/err")"; continue
        fi
        [ -n "$(checkpoints run)" ] || continue
        timeout 60 "$YOKE" train --resume run >"$T/out" 2>"$T/err" && [ "$(digest run)" = "$want" ] && resumed=$((resumed + 1)) ||
            { bad=$((bad + 1)); fail "rank $rank, request $at: resumed to the same bits" "$(digest run)" "$(head -n 3 "$T/err")"; }
    done
    [ $bad = 0 ] && pass "rank $rank: none of $tries faults did harm: $ended ended in one line, $without went on without, $resumed resumed"
    [ $ended -gt $((tries / 2)) ] || fail "rank $rank: only $ended of $tries faults were felt"
done
summary

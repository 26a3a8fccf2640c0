#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The stall watch: a rank that does not answer ends the job in seconds, with one line that says which rank, where and what
# the others wait for, with exit code 6, and with no process left; the run goes on from its checkpoint with the same bits.
# A rank that is slow is told, and ends nothing. A trainer that lost its run to another writes no more.
. "$(dirname "$0")/lib.sh"
export OMP_NUM_THREADS=1
make_data 600
make_long_recipe long.yaml
sed -i 's/every: 1000000 steps/every: 10 steps/' long.yaml
STEPS=200 LIMIT_S=3

check "undisturbed" "$YOKE" train long.yaml --run runs/whole -o train.steps=$STEPS
want=$(digest runs/whole)

ranks_of() { family "$1" | while read -r p; do [ "$(tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null | cut -d' ' -f2)" != train ] || echo "$p"; done; }
status() { json "$2" <"$1/status.json"; }

# One rank after the other is stopped: the first one, which watches all, and another one.
for victim in 1 3; do
    run=runs/stop$victim
    mpirun -n 3 "$YOKE" train long.yaml --run $run --stall $LIMIT_S >"$T/out" 2>"$T/err" &
    pid=$!
    wait_for 60 test -e "$run/checkpoints/step-00000020.h5" || fail "$run starts" "$(cat "$T/err")"
    all=$(family $pid); rank=$(ranks_of $pid | sed -n ${victim}p)
    kill -STOP "$rank"; start=$SECONDS
    wait $pid; code=$?; took=$((SECONDS - start))
    same "rank $((victim - 1)) stopped: exit code" $code 6
    [ $took -le $((LIMIT_S + 10)) ] && pass "within 10 s of detection: $took s" || fail "within 10 s of detection" "$took s"
    grep '^yoke: ' "$T/err" | grep -v 'warning: ' >"$T/own"
    same "one line" "$(wc -l <"$T/own")" 1
    has "it says who, where, what the others do, and what next" \
        "^yoke: rank $((victim - 1)) \(host [^)]+\) has not answered for [0-9]+ s \(last seen at step [0-9]+, in [a-z]+\).*; the job ends: .*yoke train --resume $run" "$T/own"
    # of a rank that was last seen writing a file: perhaps that file system hangs, and nothing more is written
    says=$(grep -Eq 'last seen at step [0-9]+, in (log|checkpoint)' "$T/own" && echo "running -1 true|failed 6 true" || echo "failed 6 true")
    now="$(status $run state) $(status $run exit_code) $(status $run resumable)"
    grep -Eqx "$says" <<<"$now" && pass "status.json: $now" || fail "status.json" "$now, not $says"
    sleep 1; left=$(for p in $all; do grep -q "^State:.[^ZX]" "/proc/$p/status" 2>/dev/null && echo "$p"; done)
    [ -z "$left" ] && pass "no process is left" || fail "no process is left" "$(ps -o pid,stat,args -p $left)"
    check "resumed on 2 ranks" ranks 2 1 train --resume $run -o train.steps=$STEPS
    same "the same bits" "$(digest $run)" "$want"
done

# --- a slow rank: it runs for a quarter of the time. Its pace is that of its computing, so a step is little else here.
mpirun -n 2 "$YOKE" train long.yaml --run runs/slow --stall $LIMIT_S -o checkpoint.every="1000000 steps" \
    -o train.batch=480 -o train.micro_batch=60 >"$T/out" 2>"$T/err" &
pid=$!
wait_for 60 at_least rows runs/slow 5 || fail "slow: the run starts" "$(cat "$T/err")"
rank=$(ranks_of $pid | tail -n 1)
for _ in $(seq 150); do
    ! grep -q 'times as long' "$T/err" || break
    kill -STOP "$rank"; sleep 0.3; kill -CONT "$rank"; sleep 0.1
done
has "a slow rank is told" "warning: rank 1 \(host [^)]+\) needs [0-9.]+ times as long as the other ranks" "$T/err"
kill -0 $pid && pass "and goes on" || fail "and goes on" "$(tail -n 3 "$T/err")"
kill -TERM $pid; wait $pid

# --- no watch, and one that is none
check "--stall 0" ranks 2 1 train long.yaml --run runs/none --stall 0 -o train.steps=20
fails "--stall of no number" 2 "stall" "$YOKE" train long.yaml --run runs/bad --stall soon

# --- two incarnations: the lock is gone (as with a file system that has none), and another trainer begins
"$YOKE" train long.yaml --run runs/two >"$T/out" 2>"$T/err" &
pid=$!
wait_for 60 test -e runs/two/checkpoints/step-00000020.h5 || fail "two: the run starts" "$(cat "$T/err")"
rm runs/two/lock
check "the new one trains" "$YOKE" train --resume runs/two -o train.steps=$STEPS
wait $pid; code=$?
same "the old one: exit code" $code 5
has "it says why" "^yoke: runs/two: another trainer has taken over this run \(process [0-9]+ on .*\); this one writes no more" "$T/err"
same "the run is the new one's" "$(digest runs/two)" "$want"
same "and finished" "$(status runs/two state) $(status runs/two exit_code)" "finished 0"
summary

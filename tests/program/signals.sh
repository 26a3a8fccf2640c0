#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Signals, deaths and locks: a checkpoint at the next step, an exit code and a status.json that say that the run can be
# resumed, the same bits afterwards; a dead rank takes all others with it; one trainer at a time.
. "$(dirname "$0")/lib.sh"
make_data
make_long_recipe long.yaml

status() { json "$2" <"$1/status.json"; } # RUN KEY

# stopped RUN: what a run that was stopped looks like; then it is resumed and compared with one that was not
stopped() {
    local run=$1 step
    same "$run: status.json" "$(status "$run" state) $(status "$run" exit_code) $(status "$run" resumable)" "stopped 75 true"
    step=$(status "$run" step)
    same "$run: a checkpoint at that step" "$(basename "$(newest "$run")")" "$(printf 'step-%08d.h5' "$step")"
    same "$run: its digest" "$(status "$run" digest)" "$(digest "$run")"
    check "$run: resumed on 3 ranks" ranks 3 1 train --resume "$run" -o train.steps=$((step + 7))
    check "$run: the same without a break" "$YOKE" train long.yaml --run "$run-whole" -o train.steps=$((step + 7))
    same "$run: same bits" "$(digest "$run")" "$(digest "$run-whole")"
    same "$run: finished" "$(status "$run" state) $(status "$run" exit_code) $(status "$run" resumable)" "finished 0 false"
}

for signal in TERM INT USR1; do
    run=runs/$signal
    # (an interactive shell's job: others start with SIGINT ignored, which a program must respect)
    "$PYTHON" -c 'import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])' \
        "$YOKE" train long.yaml --run $run >"$T/out" 2>"$T/err" &
    pid=$!
    wait_for 30 at_least rows $run 5 || fail "$signal: the run starts" "$(cat "$T/err")"
    same "$signal: status.json while it runs" "$(status $run state)" running
    kill -$signal $pid; start=$SECONDS
    wait $pid; code=$?
    same "$signal: exit code" $code 75
    [ $((SECONDS - start)) -le 10 ] && pass "$signal: at once" || fail "$signal: at once" "$((SECONDS - start)) s"
    has "$signal: says how to go on" "resume $run" "$T/out"
    stopped $run
done

run=runs/mpirun
mpirun -n 2 "$YOKE" train long.yaml --run $run >"$T/out" 2>"$T/err" &
pid=$!
wait_for 30 at_least rows $run 5 || fail "mpirun: the run starts" "$(cat "$T/err")"
kill -USR1 $pid; wait $pid; code=$?
[ $code != 0 ] && pass "USR1 to mpirun: exit code $code" || fail "USR1 to mpirun: exit code" "0"
stopped $run

# --- a signal to one rank only is everybody's
run=runs/one
mpirun -n 4 "$YOKE" train long.yaml --run $run >"$T/out" 2>"$T/err" &
pid=$!
wait_for 30 at_least rows $run 5 || fail "one rank: the run starts" "$(cat "$T/err")"
kill -TERM "$(family $pid | tail -n 1)"; wait $pid
stopped $run

# --- as `timeout` and some launchers do: the same request twice, to a process and to its group
run=runs/twice
mpirun -n 2 "$YOKE" train long.yaml --run $run >"$T/out" 2>"$T/err" &
pid=$!
wait_for 30 at_least rows $run 5 || fail "twice: the run starts" "$(cat "$T/err")"
kill -USR1 $(family $pid) $pid; kill -USR1 $(family $pid); wait $pid
stopped $run

# --- who asks again later has lost patience: a step that takes long is not waited for
YOKE_KERNELS=portable OMP_NUM_THREADS=1 "$YOKE" train long.yaml --run runs/slow -o train.batch=all -o log.every="1 steps" \
    -o "model=[flatten, {dense: 9000}, {dense: 9000}, {dense: 10}]" >"$T/out" 2>"$T/err" &
pid=$!
wait_for 30 test -e runs/slow/log.csv && sleep 1
kill -TERM $pid; sleep 0.5; kill -TERM $pid; sleep 2.5
kill -0 $pid 2>/dev/null && pass "twice at the same time: it goes on" || fail "twice at the same time: it goes on" "$(tail -n 2 "$T/err")"
kill -TERM $pid; start=$SECONDS; wait $pid; code=$?
same "once more, later: exit code" $code 143
[ $((SECONDS - start)) -le 3 ] && pass "once more, later: at once" || fail "once more, later: at once" "$((SECONDS - start)) s"

# --- a rank killed in the middle: all are gone within seconds, and the run goes on from its checkpoint
run=runs/dead
sed 's/every: 1000000 steps/every: 10 steps/' long.yaml >dead.yaml
mpirun -n 4 "$YOKE" train dead.yaml --run $run >"$T/out" 2>"$T/err" &
pid=$!
wait_for 30 at_least rows $run 25 || fail "dead: the run starts" "$(cat "$T/err")"
all=$(family $pid)
kill -KILL "$(echo "$all" | tail -n 1)"; start=$SECONDS
wait $pid; code=$?
[ $code != 0 ] && pass "a rank killed: exit code $code" || fail "a rank killed: exit code" 0
[ $((SECONDS - start)) -le 10 ] && pass "a rank killed: all gone in $((SECONDS - start)) s" || fail "a rank killed: all gone" "$((SECONDS - start)) s"
alive() { grep -qs ') [^ZX] ' "/proc/$1/stat"; } # a zombie is dead; so is one whose file goes away while it is read
nobody() { local p; for p in $all; do ! alive "$p" || return 1; done; }
wait_for 3 nobody && pass "a rank killed: nobody is left" || fail "a rank killed: nobody is left" "$(ps -o pid,stat,args -p "$(echo $all | tr ' ' ,)")"
last=$(basename "$(newest $run)" .h5); last=$((10#${last#step-}))
check "resumed" ranks 2 2 train --resume $run -o train.steps=$((last + 15))
check "the same without a break" "$YOKE" train dead.yaml --run $run-whole -o train.steps=$((last + 15))
same "same bits after a rank was killed" "$(digest $run)" "$(digest $run-whole)"

# --- one trainer at a time
run=runs/lock
"$YOKE" train long.yaml --run $run >"$T/long" 2>&1 &
pid=$!
wait_for 30 at_least rows $run 2 || fail "lock: the run starts" "$(cat "$T/long")"
fails "a second trainer" 5 "$run.*$pid|$pid.*$run" "$YOKE" train --resume $run
fails "a second trainer on 4 ranks" - "$run.*$pid|$pid.*$run" mpirun -n 4 "$YOKE" train --resume $run
(sleep 3; kill -KILL $pid) &
check "a trainer that dies is waited for" "$YOKE" train --resume $run -o train.steps=1 -o log.every="1 steps"
wait $pid 2>/dev/null
summary

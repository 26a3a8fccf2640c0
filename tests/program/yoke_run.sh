#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# launch/yoke-run on this machine: starts a training, starts it again from its last checkpoint after a failure that can be
# mended and only then, gives up after so many tries, passes signals on; the digest is that of a run without failures.
. "$(dirname "$0")/lib.sh"
command -v mpirun >/dev/null || { echo "SKIP  no mpirun: yoke-run is NOT RUN"; exit 77; }
export YOKE OMP_NUM_THREADS=1
RUN=$TOP/launch/yoke-run
make_data 600
make_long_recipe long.yaml
sed -i 's/every: 1000000 steps/every: 10 steps/' long.yaml
STEPS=200
check "undisturbed" "$YOKE" train long.yaml --run runs/whole -o train.steps=$STEPS
want=$(digest runs/whole)
ranks_of() { family "$1" | while read -r p; do [ "$(tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null | cut -d' ' -f2)" != train ] || echo "$p"; done; }

# refused WHAT PATTERN WORD...: exit code 2 and one line
refused() {
    local what=$1 pattern=$2 code=0; shift 2
    timeout 20 "$RUN" "$@" >"$T/out" 2>"$T/err" </dev/null || code=$?
    same "$what: exit code" $code 2
    has "$what: one line" "^yoke-run: .*$pattern.*--help" "$T/err"
    same "$what: no more" "$(wc -l <"$T/err")" 1
}
refused "no command" "no command"
refused "another command" "only train" -- eval runs/a
refused "no run" "needs --run FOLDER" -- train long.yaml
refused "an unknown option" "no option --host" --host a -- train long.yaml --run runs/no
refused "ranks that are no number" "-n wants a whole number" -n two -- train long.yaml --run runs/no
refused "no ranks" "at least one rank" -n 0 -- train long.yaml --run runs/no
refused "hosts twice" "give one of them" --hosts a --hostfile b -- train long.yaml --run runs/no
refused "no such file of hosts" "nohosts: no such file" --hostfile nohosts -- train long.yaml --run runs/no
YOKE=/no/yoke refused "no program" "no program \"/no/yoke\"" -- train long.yaml --run runs/no
check "--help" "$RUN" --help
has "--help says what it takes" "usage: yoke-run" "$T/out"

check "2 ranks, nothing happens" "$RUN" -n 2 -- train long.yaml --run runs/plain -o train.steps=$STEPS
same "the same bits" "$(digest runs/plain)" "$want"
check "once more: it is done" "$RUN" -n 2 -- train --resume runs/plain
same "and stays as it is" "$(digest runs/plain)" "$want"

# disturbed NAME SIGNAL: one of 3 ranks gets it in the middle
disturbed() {
    local run=runs/$1 pid code=0
    "$RUN" -n 3 --backoff 0 -- train long.yaml --run "$run" --stall 3 -o train.steps=$STEPS >"$T/out" 2>"$T/err" </dev/null &
    pid=$!
    wait_for 60 test -e "$run/checkpoints/step-00000020.h5" || fail "$1: the run starts" "$(cat "$T/err")"
    kill "-$2" "$(ranks_of $pid | tail -n 1)"
    wait $pid || code=$?
    same "$1: exit code" $code 0
    has "$1: it says what it does" "^yoke-run: the attempt ended with exit code [0-9]+; goes on from the last checkpoint of $run in 0 s \(attempt [12] of 3\)" "$T/err"
    same "$1: the same bits" "$(digest "$run")" "$want"
}
disturbed killed KILL
disturbed stopped STOP

# --- a lock that a rank of the attempt before still holds, because its host is stopped: here another process has it
cat >held <<X
#!/bin/bash
[ ! -e was_here ] || exec "$YOKE" "\$@"
touch was_here
"$YOKE" "\$@" & pid=\$!
until [ -e runs/held/checkpoints/step-00000020.h5 ]; do sleep 0.05; done
kill -9 \$pid
setsid "$PYTHON" -c '
import fcntl, time
f = open("runs/held/lock", "w")
fcntl.lockf(f, fcntl.LOCK_EX)
f.write("process 1 on a frozen host\n")
f.flush()
time.sleep(60)' >/dev/null 2>&1 </dev/null & echo \$! >holder
sleep 1
exit 137
X
chmod +x held
code=0; YOKE=$T/held timeout 100 "$RUN" -n 1 --backoff 0 -- train long.yaml --run runs/held -o train.steps=$STEPS >"$T/out" 2>"$T/err" </dev/null || code=$?
same "a lock that nobody gives back: exit code" $code 0
has "it says whose" "^yoke-run: process 1 on a frozen host, of an attempt before, still holds runs/held: it is passed over" "$T/err"
same "the same bits" "$(digest runs/held)" "$want"
kill "$(cat holder)" 2>/dev/null

# --- a signal to yoke-run asks for a checkpoint
"$RUN" -n 2 -- train long.yaml --run runs/term >"$T/out" 2>"$T/err" </dev/null &
pid=$!
wait_for 60 at_least rows runs/term 5 || fail "a signal: the run starts" "$(cat "$T/err")"
kill -TERM $pid; code=0; wait $pid || code=$?
same "a signal: exit code" $code 75
check "a signal: gone on with" "$RUN" -n 3 -- train --resume runs/term -o train.steps=$STEPS
same "a signal: the same bits" "$(digest runs/term)" "$want"

# --- what a new attempt cannot mend, and tries that come to nothing
sed 's/dense: 10/dense: ten/' long.yaml >bad.yaml
code=0; "$RUN" -n 2 --backoff 0 -- train bad.yaml --run runs/bad >"$T/out" 2>"$T/err" </dev/null || code=$?
same "a bad recipe: exit code" $code 2
grep -q 'attempt' "$T/err" && fail "a bad recipe is not tried twice" "$(cat "$T/err")" || pass "a bad recipe is not tried twice"
cat >dies <<'X'
#!/bin/bash
mkdir -p runs/dies; echo begun >>tries; exit 9
X
chmod +x dies
code=0; YOKE=$T/dies "$RUN" -n 1 --tries 3 --backoff 0 -- train long.yaml --run runs/dies >"$T/out" 2>"$T/err" </dev/null || code=$?
same "a program that dies: exit code" $code 9
same "a program that dies: tries" "$(wc -l <tries)" 3
has "a program that dies: the end is told" "gives up after 3 attempts without a new checkpoint \(exit code 9\)" "$T/err"
summary

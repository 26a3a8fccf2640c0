#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Faults for hours: a training under yoke-run on four hosts (namespaces) to which something happens at random moments, round
# after round; each round must end with exit code 0, the bits of the undisturbed run, and no process left. Prints a line a
# round, and a table at the end.
#   bench/faults.sh [HOURS]            (default 1; the seed of the random choices is printed: SEED=n repeats them)
# Power cuts and want of memory at every moment: STEP=1 tests/faults/power_cut.sh, FAULTS=1000 tests/faults/no_memory.sh.
. "$(dirname "$0")/../tests/program/lib.sh"
. "$TOP/tests/cluster/hosts.sh"
hosts_able >&2 || exit 1
trap 'hosts_down; rm -rf "$T"' EXIT
END=$((SECONDS + $(awk "BEGIN { printf \"%d\", 3600 * ${1:-1} }")))
RANDOM=${SEED:=$$}
echo "seed $SEED"
hosts_up 4 || exit 1
make_data >/dev/null
make_long_recipe
sed -i -e 's/units: 32/units: 1000/' -e 's/every: 1000000 steps/every: 10 steps/' -e 's/steps: 1000000/steps: 300/' long.yaml
"$YOKE" train long.yaml --run runs/whole >"$T/out" 2>&1 || { cat "$T/out"; exit 1; }
want=$(digest runs/whole)
STALL=6

kill_rank() { on_host "$1" "pkill -9 -x yoke"; }
segv_rank() { on_host "$1" "pkill -SEGV -x yoke"; }
stop_rank() { on_host "$1" "pkill -STOP -x yoke"; }
kill_daemon() { on_host "$1" "pkill -9 -x orted"; }
freeze_host() { on_host "$1" "pkill -STOP -x 'orted|yoke'"; }
pull_plug() { host_off "$1"; }
cut_link() { host_cut "$1"; }
flap_link() { host_cut "$1"; sleep 1; host_join "$1"; }
damage_checkpoint() { local f; f=$(newest "$RUN"); [ -z "$f" ] || dd if=/dev/urandom of="$f" bs=64 count=1 seek=40 conv=notrunc 2>/dev/null; kill_rank "$1"; }
KINDS=(kill_rank segv_rank stop_rank kill_daemon freeze_host pull_plug cut_link flap_link damage_checkpoint)
declare -A ROUNDS=() LOST=() TOOK=()

round=0
while [ $SECONDS -lt $END ]; do
    kind=${KINDS[RANDOM % ${#KINDS[@]}]} host=h$((1 + RANDOM % 3)) after=$((1 + RANDOM % 12))
    round=$((round + 1)) RUN=runs/$round start=$SECONDS
    # shellcheck disable=SC2046 # words
    exec_on_login env $(hosts_settings) "PATH=$PATH" "YOKE=$YOKE" OMP_NUM_THREADS=1 "$TOP/launch/yoke-run" --hosts h0,h1,h2,h3 --tries 5 --backoff 1 \
        -- train long.yaml --run $RUN --stall $STALL >"$T/out" 2>"$T/err" </dev/null &
    pid=$!
    wait_for 60 test -e "$RUN/checkpoints/step-$(printf %08d $((10 * after))).h5"
    $kind $host >/dev/null 2>&1
    wait_for 180 eval "! kill -0 $pid" || kill -9 $pid
    wait $pid; code=$?
    got=$(digest "$RUN")
    [ $code = 0 ] && [ "$got" = "$want" ] && word=ok || { word=LOST; LOST[$kind]=$((${LOST[$kind]:-0} + 1)); tail -n 3 "$T/err"; }
    ROUNDS[$kind]=$((${ROUNDS[$kind]:-0} + 1)) TOOK[$kind]=$((${TOOK[$kind]:-0} + SECONDS - start))
    echo "$round $kind $host at step $((10 * after)): $word, exit code $code, $((SECONDS - start)) s"
    host_join $host 2>/dev/null; host_on $host; rm -rf "$RUN"
done
echo
echo "| what happened | rounds | lost | seconds a round |"
echo "|---|---|---|---|"
for kind in "${KINDS[@]}"; do
    [ -z "${ROUNDS[$kind]:-}" ] || echo "| $kind | ${ROUNDS[$kind]} | ${LOST[$kind]:-0} | $((TOOK[$kind] / ROUNDS[$kind])) |"
done
[ ${#LOST[@]} = 0 ]

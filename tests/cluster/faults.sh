#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a cluster does to a training: each fault ends the job in seconds with a non-zero exit and one line of yoke's or
# of the launcher's, and no process is left; resumed on what is left of the cluster it gives the bits of the run that
# nothing happened to. Last, yoke-run does all of that by itself.
. "$(dirname "$0")/../program/lib.sh"
. "$HERE/../cluster/hosts.sh"
why=$(hosts_able) || { echo "skipped: $why"; exit 77; }
trap 'hosts_down; rm -rf "$T"' EXIT
hosts_up 4 || { fail "four hosts"; summary; }
make_data
make_long_recipe
sed -i -e 's/units: 32/units: 1000/' -e 's/every: 1000000 steps/every: 10 steps/' long.yaml
STEPS=${STEPS:-150} STALL=6 # more than the 6 s in which mpirun notices a lost host
export OMP_NUM_THREADS=1
ALL=h0,h1,h2,h3
check "undisturbed" "$YOKE" train long.yaml --run runs/whole -o train.steps=$STEPS
want=$(digest runs/whole)

on() { # RANKS HOSTS WORD...
    local n=$1 hosts=$2; shift 2
    hosts_mpirun -n "$n" --host "$hosts" -x OMP_NUM_THREADS "$YOKE" "$@"
}
# All that is left of a run, by the folder in its words.
left_of() { pgrep -f -- "[y]oke train.*$1 " || pgrep -f -- "[y]oke train.*$1\$"; }
nobody_left() { ! left_of "$1"; }

# fault NAME SECONDS PATTERN HOSTS-LEFT COMMAND...
fault() {
    case " ${FAULTS:-$1} " in *" $1 "*) ;; *) return ;; esac
    local name=$1 limit=$2 pattern=$3 rest=$4 code=0 start; shift 4
    local run=runs/$name
    on 4 $ALL train long.yaml --run "$run" --stall $STALL >"$name.out" 2>"$name.err" &
    local pid=$!
    wait_for 60 test -e "$run/checkpoints/step-00000030.h5" || { fail "$name: the run starts" "$(tail -n 3 "$name.err")"; return; }
    "$@" "$run"
    start=$SECONDS
    wait_for "$limit" eval "! kill -0 $pid" || { fail "$name: over within $limit s"; kill -9 $pid; pkill -9 -f -- "[y]oke train.*$run"; }
    wait $pid; code=$?
    [ $code != 0 ] && pass "$name: over in $((SECONDS - start)) s, exit code $code" || fail "$name: exit code 0"
    [ -z "$pattern" ] || has "$name: one line says it" "^yoke: .*($pattern)" "$name.err"
    wait_for 15 nobody_left "$run" && pass "$name: no process is left" || fail "$name: no process is left" "$(left_of "$run")"
    check "$name: resumed on $rest" on "$(echo "$rest" | tr ',' '\n' | wc -l)" "$rest" train --resume "$run" -o train.steps=$STEPS
    same "$name: the same bits" "$(digest "$run")" "$want"
}

# On the hosts processes are known by their names: the shell that looks for them has the same words.
kill_rank() { on_host h2 "pkill -9 -x yoke"; }
kill_daemon() { on_host h2 "pkill -9 -x orted"; }
stop_rank() { on_host h1 "pkill -STOP -x yoke"; }
freeze_host() { on_host h1 "pkill -STOP -x 'orted|yoke'"; }
freeze_first() { on_host h0 "pkill -STOP -x 'orted|yoke'"; }
pull_plug() { host_off h3; }
cut_link() { host_cut h2; }

fault killed-rank 20 "" h0,h1,h2 kill_rank
fault killed-daemon 20 "" h0,h1,h3 kill_daemon
fault stopped-rank 25 "rank 1 .host h1.|h1" $ALL stop_rank
fault dead-host 25 "" h0,h1,h2 pull_plug
host_on h3
fault cut-link 30 "" h0,h1,h3 cut_link
host_join h2

# --- a link that is away for a moment: nothing happens but that
on 4 $ALL train long.yaml --run runs/flap --stall 20 -o train.steps=$STEPS >flap.out 2>flap.err &
pid=$!
wait_for 60 test -e runs/flap/checkpoints/step-00000030.h5 || fail "flap: the run starts" "$(tail -n 3 flap.err)"
host_cut h1; sleep 2; host_join h1
wait $pid; code=$?
same "a link that flaps: exit code" $code 0
same "the same bits" "$(digest runs/flap)" "$want"

# --- yoke-run: the run goes on without the host that is lost. A frozen one has a daemon for which mpirun alone waits for
# ever: yoke-run ends it.
survives() { # NAME COMMAND...
    local name=$1 run=runs/$1 code; shift
    case " ${FAULTS:-$name} " in *" $name "*) ;; *) return ;; esac
    # shellcheck disable=SC2046 # words
    exec_on_login env $(hosts_settings) "PATH=$PATH" "YOKE=$YOKE" OMP_NUM_THREADS=1 "$TOP/launch/yoke-run" --hosts $ALL --tries 4 --backoff 1 \
        -- train long.yaml --run "$run" --stall $STALL -o train.steps=$STEPS >"$name.out" 2>"$name.err" </dev/null &
    local pid=$!
    wait_for 60 test -e "$run/checkpoints/step-00000030.h5" || fail "$name: starts" "$(tail -n 3 "$name.err")"
    "$@"
    wait_for 90 eval "! kill -0 $pid" || { fail "$name: it ends" "$(tail -n 3 "$name.err")"; kill -9 $pid; }
    wait $pid; code=$?
    same "$name: exit code" $code 0
    has "$name: it says which host" "h[013]" "$name.err"
    same "$name: the same bits" "$(digest "$run")" "$want"
}
survives yoke-run-dead-host pull_plug
wait_for 15 nobody_left yoke-run-dead-host && pass "no process is left" || fail "no process is left"
host_on h3
survives yoke-run-frozen-host freeze_host
on_host h1 "pkill -9 -x 'orted|yoke'"
# The first rank's host. When it wakes up the run is another's.
survives yoke-run-frozen-first freeze_first
on_host h0 "pkill -CONT -x 'orted|yoke'"
wait_for 15 nobody_left yoke-run-frozen-first && pass "no process is left when it wakes up" || { fail "no process is left when it wakes up"; on_host h0 "pkill -9 -x 'orted|yoke'"; }
same "and it has changed nothing" "$(digest runs/yoke-run-frozen-first)" "$want"
summary

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A training that knows its time limit, from --stop-after or from the batch system, ends before it with a checkpoint and exit
# code 75, and goes on with the same bits. Slurm, PBS and LSF are played by commands of their names.
. "$(dirname "$0")/lib.sh"
export OMP_NUM_THREADS=1
for v in SLURM_JOB_ID SLURM_JOB_END_TIME PBS_JOBID LSB_JOBID LSB_JOBINDEX; do unset $v; done
make_data 600
make_long_recipe long.yaml
status() { json "$2" <"$1/status.json"; }

# limited RUN SECONDS COMMAND...: it ends within so many seconds as it must; then it is gone on with
# (mpirun takes time of its own to begin and to end)
limited() {
    local run=$1 limit=$2 code=0 start=$SECONDS step; shift 2
    timeout -k 5 60 "$@" >"$T/out" 2>"$T/err" </dev/null || code=$?
    [ $((SECONDS - start)) -le $((limit + 1)) ] && pass "$run: ended after $((SECONDS - start)) of $limit s" || fail "$run: ended in time" "$((SECONDS - start)) s"
    same "$run: exit code" $code 75
    has "$run: the limit is told" "^time limit: [58] s left \\(--stop-after\\)" "$T/out"
    has "$run: it says so" "^stopped before the time limit at step [0-9]+ of 1000000; go on with: yoke train --resume $run" "$T/out"
    same "$run: status.json" "$(status "$run" state) $(status "$run" exit_code) $(status "$run" resumable)" "stopped 75 true"
    step=$(status "$run" step)
    [ "$step" -ge 1 ] && pass "$run: $step steps" || fail "$run: steps" "$step"
    same "$run: a checkpoint at that step" "$(basename "$(newest "$run")")" "$(printf 'step-%08d.h5' "$step")"
    check "$run: gone on with" ranks 2 1 train --resume "$run" -o train.steps=$((step + 5))
    check "$run: the same without a break" "$YOKE" train long.yaml --run "$run-whole" -o train.steps=$((step + 5))
    same "$run: the same bits" "$(digest "$run")" "$(digest "$run-whole")"
    rm -rf "$run-whole"
}
limited runs/r1 5 "$YOKE" train long.yaml --run runs/r1 --stop-after 5s
limited runs/r3 12 mpirun -n 3 "$YOKE" train long.yaml --run runs/r3 --stop-after 0:00:08
check "a training that is done before" "$YOKE" train long.yaml --run runs/done --stop-after 1h -o train.steps=5
same "is finished" "$(status runs/done state)" finished
for text in 90 5m1h 1:30 0s soon; do
    fails "--stop-after $text" 2 "\"$text\" is not a span of time: 3h50m, 90s or 2:30:00" "$YOKE" train long.yaml --run runs/no --stop-after $text
done

# --- batch systems: a command NAME that prints
mkdir bin
played() { printf '#!/bin/bash\n[ "${*: -1}" = "%s" ] || exit 1\ncat <<X\n%s\nX\n' "$2" "$3" >"bin/$1"; chmod +x "bin/$1"; }
# told WHAT PATTERN COMMAND...: a line of the output, and it trains
told() { check "$1" "${@:3}"; has "$1: it is told" "$2" <(cat "$T/out" "$T/err"); }
played squeue 4711 "        9:59 "
told "Slurm, minutes and seconds" "^time limit: 9 min 59 s left \(Slurm\)" env PATH="$T/bin:$PATH" SLURM_JOB_ID=4711 "$YOKE" train long.yaml --run runs/slurm -o train.steps=3
told "Slurm, when it ends" "^time limit: (1 h 0|59) min .*left \(Slurm\)" env PATH="$T/bin:$PATH" SLURM_JOB_ID=4711 SLURM_JOB_END_TIME=$(($(date +%s) + 3600)) "$YOKE" train long.yaml --run runs/end -o train.steps=3
played qstat 12.server "Job Id: 12.server
    resources_used.walltime = 00:30:30
    Resource_List.walltime = 01:00:00"
told "PBS" "^time limit: 29 min 30 s left \(PBS\)" env PATH="$T/bin:$PATH" PBS_JOBID=12.server "$YOKE" train long.yaml --run runs/pbs -o train.steps=3
played bjobs "99[3]" "2:30 L"
told "LSF, hours and minutes" "^time limit: 2 h 30 min left \(LSF\)" env PATH="$T/bin:$PATH" LSB_JOBID=99 LSB_JOBINDEX=3 "$YOKE" train long.yaml --run runs/lsf -o train.steps=3
played squeue 4711 UNLIMITED
check "Slurm without a limit" env PATH="$T/bin:$PATH" SLURM_JOB_ID=4711 "$YOKE" train long.yaml --run runs/unlimited -o train.steps=3
grep -q 'time limit' "$T/out" && fail "none is told" "$(cat "$T/out")" || pass "none is told"
printf '#!/bin/bash\nexit 1\n' >bin/squeue
told "Slurm that does not answer" "^yoke: warning: Slurm does not say how much time this job has left: give --stop-after TIME" env PATH="$T/bin:$PATH" SLURM_JOB_ID=4711 "$YOKE" train long.yaml --run runs/silent -o train.steps=3
played squeue 4711 "2:00:00"
told "the earlier limit counts" "^time limit: [0-9]+ min [0-9]+ s left \(--stop-after\)" env PATH="$T/bin:$PATH" SLURM_JOB_ID=4711 "$YOKE" train long.yaml --run runs/earlier --stop-after 30m -o train.steps=3
summary

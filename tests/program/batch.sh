#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The job scripts of launch/slurm, launch/pbs and launch/lsf, under commands that play the batch system: directives that it
# knows, variables as it sets them, a limit that comes before the training is finished, and the job queued again until it is.
. "$(dirname "$0")/lib.sh"
command -v mpirun >/dev/null || { echo "SKIP  no mpirun: the job scripts are NOT RUN"; exit 77; }
export YOKE YOKE_RUN=$TOP/launch/yoke-run
for v in SLURM_JOB_ID SLURM_JOB_END_TIME SLURM_JOB_NODELIST PBS_JOBID PBS_NODEFILE LSB_JOBID LSB_JOBINDEX LSB_HOSTS; do unset $v; done
make_data 600
make_long_recipe long.yaml
sed -i 's/steps: 1000000/steps: 150/; s/every: 1000000 steps/every: 50 steps/' long.yaml
check "undisturbed" "$YOKE" train long.yaml --run runs/whole
want=$(digest runs/whole)
mkdir bin; PATH=$T/bin:$PATH

# --- directives
known() { # SCRIPT MARK WORDS: every directive is one of these; all of them are there
    local words
    words=$(sed -n "s/^#$2 *//p" "$1" | grep -oE -e '(^| )--?[A-Za-z-]+' | tr -d ' ' | sort -u | tr '\n' ' ')
    same "$(basename "$1"): directives" "$words" "$3 "
    check "$(basename "$1"): bash reads it" bash -n "$1"
}
known "$TOP/launch/slurm/train.sbatch" SBATCH "--cpus-per-task --job-name --nodes --ntasks-per-node --open-mode --output --requeue --signal --time"
known "$TOP/launch/slurm/array.sbatch" SBATCH "--cpus-per-task --job-name --nodes --ntasks-per-node --open-mode --output --requeue --signal --time"
known "$TOP/launch/pbs/train.pbs" PBS "-N -j -l -r"
known "$TOP/launch/lsf/train.lsf" BSUB "-J -Q -R -W -n -o -r -wa -wt"
known "$TOP/launch/pbs/array.pbs" PBS "-N -j -l -r"
known "$TOP/launch/lsf/array.lsf" BSUB "-Q -R -W -n -o -r -wa -wt"
known "$TOP/launch/slurm/scaling.sbatch" SBATCH "--exclusive --job-name --nodes --output --time"
known "$TOP/launch/pbs/scaling.pbs" PBS "-N -j -l"
known "$TOP/launch/lsf/scaling.lsf" BSUB "-J -R -W -n -o -x"

# --- Slurm: two ranks on this machine; the limit is near at first, and far once the job was queued again
cat >bin/scontrol <<'X'
#!/bin/bash
case $1 in show) echo localhost ;; requeue) echo "$2" >>requeued ;; esac
X
cat >bin/squeue <<'X'
#!/bin/bash
[ -e requeued ] && echo 1:00:00 || echo 0:05
X
cat >bin/sleep <<'X'
#!/bin/bash
[ "$1" = 60 ] || exec /bin/sleep "$@" # for a Slurm that would end the script
X
chmod +x bin/*
job() { env SLURM_JOB_ID=7 SLURM_JOB_NODELIST=localhost SLURM_NTASKS=1 SLURM_CPUS_PER_TASK=1 "$@" >>job.out 2>&1 </dev/null; }
sed -i 's/steps: 150/steps: 100000/' long.yaml # longer than the limit
code=0; job bash "$TOP/launch/slurm/train.sbatch" long.yaml runs/slurm || code=$?
same "Slurm, near the limit: exit code" $code 75
same "Slurm: queued again" "$(cat requeued)" 7
has "Slurm: the limit is told" "^time limit: [0-5] s left \(Slurm\)" job.out
code=0; job bash "$TOP/launch/slurm/train.sbatch" long.yaml runs/slurm -o train.steps=$(($(json step <runs/slurm/status.json) + 20)) || code=$?
same "Slurm, the second time: exit code" $code 0
steps=$(json step <runs/slurm/status.json)
check "the same without a break" "$YOKE" train long.yaml --run runs/whole2 -o train.steps="$steps"
same "Slurm: the same bits" "$(digest runs/slurm)" "$(digest runs/whole2)"
sed -i 's/steps: 100000/steps: 150/' long.yaml
sed 's/^seed: 7/seed: 1/' long.yaml >other.yaml
code=0; job env SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=7 bash "$TOP/launch/slurm/array.sbatch" other.yaml runs/seed || code=$?
same "a task of an array: exit code" $code 0
same "it has its seed, not the recipe's" "$(digest runs/seed-7)" "$want"
printf -- '-o seed=8\n-o seed=7 -o train.steps=20\n' >settings.txt
code=0; job env SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=2 bash "$TOP/launch/slurm/array.sbatch" long.yaml runs/set settings.txt || code=$?
same "a task with settings: exit code" $code 0
same "it has those of its line" "$(json step <runs/set-2/status.json)" 20

# a signal to the job, as before the limit
job bash "$TOP/launch/slurm/train.sbatch" long.yaml runs/signal -o train.steps=100000 & pid=$!
wait_for 60 at_least rows runs/signal 5 || fail "a signal to the job: it starts" "$(tail -n 3 job.out)"
kill -USR1 "$(family $pid | while read -r p; do tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null | grep -q '^bash .*train.sbatch' && echo "$p"; done | head -n 1)"
code=0; wait $pid || code=$?
same "a signal to the job: exit code" $code 75
same "and it is queued again" "$(wc -l <requeued)" 2

# scancel: a checkpoint, and no other job
job bash "$TOP/launch/slurm/train.sbatch" long.yaml runs/cancel -o train.steps=100000 & pid=$!
wait_for 60 at_least rows runs/cancel 5 || fail "scancel: it starts" "$(tail -n 3 job.out)"
kill -TERM "$(family $pid | while read -r p; do tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null | grep -q '^bash .*train.sbatch' && echo "$p"; done | head -n 1)"
code=0; wait $pid || code=$?
same "scancel: exit code" $code 75
same "scancel: it is not queued again" "$(wc -l <requeued)" 2

# --- PBS: the job submits its successor
rm bin/squeue bin/scontrol
cat >bin/qsub <<'X'
#!/bin/bash
echo "$*" >>submitted
X
cat >bin/qstat <<'X'
#!/bin/bash
echo "    Resource_List.walltime = 01:00:00"
[ -e submitted ] || echo "    resources_used.walltime = 00:59:55"
X
chmod +x bin/*
echo localhost >nodefile
pbs() { env PBS_JOBID=12.server PBS_NODEFILE="$T/nodefile" PBS_O_WORKDIR="$T" RECIPE=long.yaml RUN=runs/pbs OMP_NUM_THREADS=1 bash "$TOP/launch/pbs/train.pbs" >>job.out 2>&1 </dev/null; }
sed -i 's/steps: 150/steps: 100000/' long.yaml
code=0; pbs || code=$?
same "PBS, near the limit: exit code" $code 75
same "PBS: submitted again" "$(cat submitted)" "-W depend=afterany:12.server -v RECIPE=long.yaml,RUN=runs/pbs,SCRIPT=train.pbs train.pbs"
step=$(json step <runs/pbs/status.json)
check "PBS: gone on with" "$YOKE" train --resume runs/pbs -o train.steps=$((step + 5))
array_pbs() { env PBS_JOBID="13[2].server" PBS_NODEFILE="$T/nodefile" PBS_O_WORKDIR="$T" RECIPE=long.yaml OMP_NUM_THREADS=1 "$@" bash "$TOP/launch/pbs/array.pbs" >>job.out 2>&1 </dev/null; }
rm submitted
code=0; array_pbs PBS_ARRAY_INDEX=7 RUN=runs/pbs-seed || code=$?
same "PBS, a subjob near the limit: exit code" $code 75
same "PBS: it submits itself, with its number" "$(cat submitted)" "-W depend=afterany:13[2].server -v RECIPE=long.yaml,RUN=runs/pbs-seed,SETTINGS=,TASK=7,SCRIPT=array.pbs array.pbs"
has "PBS: it has its seed" "^seed: 7" runs/pbs-seed-7/recipe.yaml
code=0; array_pbs TASK=2 RUN=runs/pbs-set SETTINGS=settings.txt || code=$?
same "PBS, a subjob with settings: exit code" $code 0
same "it has those of its line" "$(json step <runs/pbs-set-2/status.json)" 20

# --- LSF: the exit code queues the job again
cat >bin/bjobs <<'X'
#!/bin/bash
echo "2:30 L"
X
chmod +x bin/bjobs
sed -i 's/steps: 100000/steps: 150/' long.yaml
code=0; env LSB_JOBID=99 LSB_HOSTS="localhost" RECIPE=long.yaml RUN=runs/lsf OMP_NUM_THREADS=1 bash "$TOP/launch/lsf/train.lsf" >>job.out 2>&1 </dev/null || code=$?
same "LSF: exit code" $code 0
has "LSF: the limit is told" "^time limit: 2 h 30 min left \(LSF\)" job.out
same "LSF: the same bits" "$(digest runs/lsf)" "$want"

code=0; env LSB_JOBID=98 LSB_JOBINDEX=7 LSB_HOSTS="localhost" RECIPE=other.yaml RUN=runs/lsf-seed OMP_NUM_THREADS=1 bash "$TOP/launch/lsf/array.lsf" >>job.out 2>&1 </dev/null || code=$?
same "LSF, an element of an array: exit code" $code 0
same "it has its seed, not the recipe's" "$(digest runs/lsf-seed-7)" "$want"
code=0; env LSB_JOBID=98 LSB_JOBINDEX=0 RECIPE=other.yaml RUN=runs/none bash "$TOP/launch/lsf/array.lsf" >"$T/out" 2>"$T/err" </dev/null || code=$?
same "LSF, no array: exit code" $code 2
has "it says so" "no job array; usage: " "$T/err"

# --- the tables of scaling: one host with two ranks, the same from each system
export YOKE_SCALING=$TOP/launch/yoke-scaling YOKE_CORES=2 OMP_NUM_THREADS=1
table() { # WHAT FILE
    for p in "^\| 1x2 \| [0-9.e+]+ \|$" "^\| 2x1 \| [0-9.e+]+ \|$" "^Best layout: [12] ranks of [12] threads" "^### Strong" "^### Weak"; do
        has "$1: $p" "$p" "$2"
    done
    same "$1: a line of figures and an error each" "$(grep -cE '^\| 1 \| [12] \| (48|96) \| .* [+-][0-9]+ % \|$' "$2")" "$(grep -cE '^\| 1 \| ' "$2")"
}
cat >bin/scontrol <<'X'
#!/bin/bash
echo localhost
X
chmod +x bin/scontrol
env SLURM_JOB_ID=8 SLURM_JOB_NODELIST=localhost bash "$TOP/launch/slurm/scaling.sbatch" long.yaml --seconds 0.2 >slurm.md 2>"$T/err" </dev/null || fail "Slurm's table" "$(cat "$T/err")"
table "Slurm's table" slurm.md
has "Slurm's CSV" "^measured,strong,1,[12],[12],48,[0-9.]+" yoke-scaling.8.csv
env PBS_JOBID=9 PBS_NODEFILE="$T/nodefile" PBS_O_WORKDIR="$T" RECIPE=long.yaml WORDS="--seconds 0.2" bash "$TOP/launch/pbs/scaling.pbs" >pbs.md 2>"$T/err" </dev/null || fail "PBS's table" "$(cat "$T/err")"
table "PBS's table" pbs.md
env LSB_JOBID=10 LSB_HOSTS="localhost localhost" RECIPE=long.yaml WORDS="--seconds 0.2" bash "$TOP/launch/lsf/scaling.lsf" >lsf.md 2>"$T/err" </dev/null || fail "LSF's table" "$(cat "$T/err")"
table "LSF's table" lsf.md
unset OMP_NUM_THREADS

for usage in "slurm/scaling.sbatch" "pbs/scaling.pbs" "lsf/scaling.lsf" "slurm/train.sbatch" "pbs/train.pbs" "lsf/train.lsf" "pbs/array.pbs" "lsf/array.lsf"; do
    code=0; env PBS_O_WORKDIR="$T" bash "$TOP/launch/$usage" >"$T/out" 2>"$T/err" </dev/null || code=$?
    [ $code != 0 ] && has "$usage without its words" "usage: " "$T/err"
done
summary

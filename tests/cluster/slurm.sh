#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The job scripts of launch/slurm on a real Slurm of four nodes (namespaces, hosts.sh): a training on two nodes, an array, the
# signal before the limit, a node that dies, the first node of a job that dies, and the table of scaling. All give the bits
# of the run that nothing happened to.
. "$(dirname "$0")/../program/lib.sh"
. "$HERE/../cluster/hosts.sh"
why=$(hosts_able) || { echo "skipped: $why"; exit 77; }
for tool in slurmctld slurmd sbatch munged; do
    command -v $tool >/dev/null || { echo "skipped: no $tool here (packages slurmctld, slurmd, slurm-client, munge)"; exit 77; }
done
N=4
S=$T/slurm DAEMONS=()
end() { kill "${DAEMONS[@]}" $(cat "$S"/run/*.pid 2>/dev/null) 2>/dev/null; hosts_down; sleep 0.5; rm -rf "$T"; }
trap end EXIT
hosts_up $N || { fail "four hosts"; summary; }

# --- Slurm, without systemd and control groups, and quick to notice things
mkdir -p "$S/state" "$S/spool" "$S/log" "$S/run"
for ((i = 0; i < N; i++)); do mkdir -p "$S/tmp/h$i"; done
export SLURM_CONF=$S/slurm.conf
cat >"$SLURM_CONF" <<C
ClusterName=yoke
SlurmctldHost=login($(host_address login))
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$S/run/munge.socket
CredType=cred/munge
StateSaveLocation=$S/state
SlurmdSpoolDir=$S/spool/%n
SlurmctldPidFile=$S/run/slurmctld.pid
SlurmdPidFile=$S/run/slurmd.%n.pid
SlurmctldLogFile=$S/log/slurmctld.log
SlurmdLogFile=$S/log/slurmd.%n.log
TmpFS=$S/tmp/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=100000,batch_sched_delay=0
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=5
MessageTimeout=10
SlurmdTimeout=10
JobRequeue=1
C
for ((i = 0; i < N; i++)); do
    echo "NodeName=h$i NodeAddr=$(host_address h$i) CPUs=2 Boards=1 Sockets=1 CoresPerSocket=2 ThreadsPerCore=1 RealMemory=2000 State=UNKNOWN"
done >>"$SLURM_CONF"
echo "PartitionName=main Nodes=h[0-$((N - 1))] Default=YES MaxTime=60 State=UP" >>"$SLURM_CONF"
head -c 1024 /dev/urandom >"$S/munge.key"; chmod 400 "$S/munge.key"
munged --force --foreground --key-file="$S/munge.key" --socket="$S/run/munge.socket" --pid-file="$S/run/munged.pid" \
    --seed-file="$S/run/munge.seed" >"$S/log/munged.out" 2>&1 &
DAEMONS+=($!)
wait_for 5 test -S "$S/run/munge.socket" || fail "munged" "$(cat "$S/log/munged.out")"
exec_on_login slurmctld -D -c >"$S/log/ctld.out" 2>&1 &
DAEMONS+=($!)
node_daemon() { on_host "$1" "exec slurmd -D -N $1" >"$S/log/$1.out" 2>&1 & DAEMONS+=($!); }
for ((i = 0; i < N; i++)); do node_daemon h$i; done
slurm() { exec_on_login env "PATH=$PATH" "$@" </dev/null; }
idle() { [ "$(slurm sinfo -h -t idle -o %D 2>/dev/null)" = "$1" ]; }
wait_for 30 idle $N && pass "Slurm: $N nodes" || { fail "Slurm: $N nodes" "$(tail -n 3 "$S/log/ctld.out")"; summary; }

# --- what a user sets in a job script's environment
export YOKE YOKE_RUN=$TOP/launch/yoke-run YOKE_SCALING=$TOP/launch/yoke-scaling
export OMPI_MCA_pml=ob1 OMPI_MCA_btl=tcp,vader,self OMPI_MCA_btl_tcp_if_include=eth0 OMPI_MCA_oob_tcp_if_include=eth0
make_data
make_long_recipe
sed -i -e 's/units: 32/units: 1000/' -e 's/every: 1000000 steps/every: 10 steps/' -e 's/steps: 1000000/steps: 200/' long.yaml
check "undisturbed" "$YOKE" train long.yaml --run runs/whole
want=$(digest runs/whole)

# submit NODES WORD...: the job's number
submit() { local nodes=$1; shift; slurm sbatch --parsable --nodes="$nodes" --ntasks-per-node=1 --cpus-per-task=1 --time=10 --output="$T/job.%j.out" "$@"; }
state() { slurm scontrol show job -o "$1" 2>/dev/null | sed -n 's/.*JobState=\([A-Z_]*\).*/\1/p' | head -n 1; }
is_over() { case $(state "$1") in COMPLETED | FAILED | CANCELLED | TIMEOUT | NODE_FAIL) ;; *) return 1 ;; esac; }
# A job that asked to be queued again has failed for a moment, before it is.
ended() { is_over "$1" && { [ "$(state "$1")" = COMPLETED ] || { sleep 3; is_over "$1"; }; }; }
# Slurm lets a job that is queued again wait for two minutes, until nothing of it is left anywhere: KillWait is enough. Before
# that the end of the old script would be taken for the new one's.
hurry() { [ "$(state "$1")" != PENDING ] || { sleep 8; slurm scontrol update jobid="$1" StartTime=now >/dev/null 2>&1; }; }
ended_in_a_hurry() { hurry "$1"; ended "$1"; }
finished() { # WHAT JOB RUN
    wait_for 150 ended_in_a_hurry "$2" || fail "$1: it ends" "$(state "$2")" "$(tail -n 3 "$T/job.$2.out")"
    same "$1: the job's state" "$(state "$2")" COMPLETED
    [ "$(state "$2")" = COMPLETED ] || tail -n 15 "$T/job.$2.out"
    same "$1: the same bits" "$(digest "$3")" "$want"
}

job=$(submit 2 "$TOP/launch/slurm/train.sbatch" long.yaml runs/two --stall 6)
finished "two nodes" "$job" runs/two
has "it ran on both" "2 ranks on 2 nodes" "$T/job.$job.out"
has "it knows the limit" "time limit: .* left \(Slurm\)" "$T/job.$job.out"

sed 's/^seed: 7/seed: 1/' long.yaml >other.yaml
job=$(submit 1 --array=6-7 "$TOP/launch/slurm/array.sbatch" other.yaml runs/seed)
wait_for 60 test -e runs/seed-7/status.json && wait_for 60 ended "${job}_7" && wait_for 60 ended "${job}_6"
same "an array: the task with the seed of the others" "$(digest runs/seed-7)" "$want"
[ "$(digest runs/seed-6)" != "$want" ] && pass "an array: the other one has its own" || fail "an array: the other one has its own"

job=$(submit 2 "$TOP/launch/slurm/train.sbatch" long.yaml runs/limit --stall 6)
wait_for 60 test -e runs/limit/checkpoints/step-00000040.h5 || fail "the limit: the run starts" "$(cat "$T/job.$job.out")"
slurm scancel --signal=USR1 --batch "$job"
finished "the signal before the limit" "$job" runs/limit
same "it was queued again once" "$(slurm scontrol show job -o "$job" | sed -n 's/.*Restarts=\([0-9]*\).*/\1/p')" 1

first_of() { slurm scontrol show job -o "$1" | sed -n 's/.*BatchHost=\([^ ]*\).*/\1/p'; }
other_of() { for n in $(slurm scontrol show hostnames "$(slurm scontrol show job -o "$1" | sed -n 's/.* NodeList=\([^ ]*\).*/\1/p')"); do [ "$n" = "$(first_of "$1")" ] || echo "$n"; done | tail -n 1; }
dies() { # WHAT first|other
    local run=runs/$2 victim
    job=$(submit 3 "$TOP/launch/slurm/train.sbatch" long.yaml "$run" --stall 6)
    wait_for 60 test -e "$run/checkpoints/step-00000040.h5" || fail "$1: the run starts" "$(cat "$T/job.$job.out")"
    victim=$("$2_of" "$job")
    host_off "$victim"
    finished "$1 ($victim)" "$job" "$run"
    host_on "$victim"; node_daemon "$victim"
    wait_for 40 idle $N || fail "$victim is back" "$(slurm sinfo)"
}
dies "a node dies" other
dies "the first node of a job dies" first

job=$(submit 2 "$TOP/launch/slurm/scaling.sbatch" long.yaml --seconds 0.2 --layouts 1x1)
wait_for 90 ended "$job"
same "the table of scaling: the job's state" "$(state "$job")" COMPLETED
same "it has a line for each number of nodes, strong and weak" "$(grep -cE '^\| [12] \| [12] \| [0-9]+ \| .* %? \|$' "$T/job.$job.out")" 4
summary

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A shared file system that fails or hangs for a while is waited for, with a line, and the bits are those of the run that
# nothing befell; one that stays away ends the job with one line, and the run can be resumed.
. "$(dirname "$0")/../program/lib.sh"
BAD_FILES=${BAD_FILES:-$(dirname "$YOKE")/tests/libbad_files.so}
export OMP_NUM_THREADS=1
mkdir data; cd data || exit 2; make_data 6000; cd ..
"$PYTHON" - <<'P'
import h5py
with h5py.File("data/digits.h5") as a, h5py.File("data/chunked.h5", "w") as b:
    for split in a:
        for name, d in a[split].items():
            b.create_dataset(f"{split}/{name}", data=d[:], chunks=(1, *d.shape[1:]), compression="gzip")
P
make_long_recipe
sed -i 's/every: 1000000 steps/every: 10 steps/; s|digits.h5|data/digits.h5|; s|^data:|data:\n  memory: 0|' long.yaml
STEPS=120
check "undisturbed" "$YOKE" train long.yaml --run whole -o train.steps=$STEPS
want=$(digest whole)

start() { # ROOT ARG...: trains on 2 ranks, with trouble for what lies below ROOT
    local root=$1; shift
    mpirun -n 2 env LD_PRELOAD="$BAD_FILES" YOKE_BAD_ROOT="$T/$root" YOKE_BAD_WHEN="$T/when" "$YOKE" train "$@" \
        -o train.steps=$STEPS >"$T/out" 2>"$T/err" </dev/null &
    pid=$!
}
begin() { # ROOT ARG...: and waits until it does
    rm -rf run when; local root=$1; shift
    start "$root" long.yaml --run run "$@"
    wait_for 60 at_least rows run 12 || fail "the run starts" "$(cat "$T/err")"
}
trouble() { echo "$1" >when.new; mv when.new when; }

# WHAT ROOT TROUBLE LINE ARG...: trouble for a while, after which the line has been printed
passes() {
    local what=$1 root=$2 kind=$3 line=$4 code; shift 4
    begin "$root" "$@"
    trouble "$kind"
    wait_for 30 grep -Eq "$line" "$T/err" && pass "$what: $(grep -E "$line" "$T/err" | head -n 1 | cut -c1-150)" || fail "$what: a line tells" "$(cat "$T/err")"
    rm when; wait $pid; code=$?
    same "$what: the run goes on and ends" $code 0; [ $code = 0 ] || grep '^yoke: ' "$T/err"
    same "$what: the same bits" "$(digest run)" "$want"
}
# WHAT ROOT LINE ARG...: trouble from the beginning, for a while
begins() {
    local what=$1 root=$2 line=$3 code; shift 3
    trouble fail
    start "$root" "$@"
    wait_for 30 grep -Eq "$line" "$T/err" && pass "$what: $(grep -E "$line" "$T/err" | head -n 1 | cut -c1-150)" || fail "$what: a line tells" "$(cat "$T/err")"
    rm when; wait $pid; code=$?
    same "$what: it begins and ends" $code 0; [ $code = 0 ] || grep '^yoke: ' "$T/err"
    same "$what: the same bits" "$(digest run)" "$want"
}
# WHAT ROOT TROUBLE CODE LINE ARG...: trouble that stays
ends() {
    local what=$1 root=$2 kind=$3 want_code=$4 line=$5 code; shift 5
    begin "$root" "$@"
    local all; all=$(family $pid)
    trouble "$kind"; wait $pid; code=$?; rm when
    same "$what: exit code" $code "$want_code"
    grep '^yoke: ' "$T/err" | grep -v 'warning: ' >"$T/own"
    same "$what: one line" "$(wc -l <"$T/own")" 1; [ "$(wc -l <"$T/own")" = 1 ] || cat "$T/own"
    has "$what: it tells the cause" "$line" "$T/own"
    sleep 1; same "$what: no process is left" "$(for p in $all; do grep -q "^State:.[^ZX]" "/proc/$p/status" 2>/dev/null && echo "$p"; done; echo none)" none
    check "$what: resumed" ranks 2 1 train --resume run -o train.steps=$STEPS
    same "$what: the same bits" "$(digest run)" "$want"
}

passes "data fail" data fail "data/digits.h5:/(train|dev): .*Input/output error; this may pass"
has "and it is told that they serve again" "serves again, after" "$T/err"
passes "compressed data fail" data fail "data/chunked.h5:/(train|dev): .*Input/output error; this may pass" -o data.train=data/chunked.h5:/train -o data.dev=data/chunked.h5:/dev
passes "the run's folder fails" run fail "run/.*: .*Input/output error; this may pass"
rm -rf run; begins "data fail at the start" data "data/digits.h5:/train: .*Input/output error; this may pass" long.yaml --run run
rm -rf run; begins "a copy fails" data "data/digits.h5: .*Input/output error; this may pass" long.yaml --run run --stage "$T/local"
newest=$(newest run); rm "$newest" run/status.json; rm -f run/checkpoints/last* # as if it had ended before
begins "checkpoints fail at the start" run/checkpoints "run/checkpoints/step-[0-9]+.h5: .*Input/output error; this may pass" --resume run
passes "data hang" data hang "warning: rank [01] .* has waited [0-9]+ s for its files \(samples\); does its file system answer" --stall 4
passes "the run's folder hangs" run hang "has waited [0-9]+ s for its files \((log|checkpoint|samples)\)" --stall 4
ends "data stay away" data fail 1 "data/digits.h5.*: Input/output error" --stall 2
ends "data hang for ever" data hang 6 "rank.* made no progress for [0-9]+ s \(last seen at step [0-9]+, in samples\)" --stall 2
ends "the run's folder hangs for ever" run hang 6 "rank.* made no progress for [0-9]+ s \(last seen at step [0-9]+, in (samples|log|checkpoint)\)" --stall 2
summary

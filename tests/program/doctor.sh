#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `yoke doctor`: what it says of this machine, of settings that are wrong, and its exit code.
. "$(dirname "$0")/lib.sh"
"$YOKE" data make digits -n 100 -o digits.h5 >"$T/out" 2>&1 || fail "data make digits" "$(cat "$T/out")"

check "on one process" "$YOKE" doctor --run runs --data digits.h5
cp "$T/out" one
for topic in "ranks +1 on 1 machine" "cores" "kernels" "memory" "huge pages" "all-reduce" "run +runs: [a-z0-9]+, .* free" \
    "locks +work there" "data +digits.h5" "HDF5"; do
    has "says: $topic" "^(ok|warn) +$topic" one
done
has "counts" "^[0-9]+ warnings?, 0 failures$" one
[ -z "$(ls -A runs)" ] && pass "leaves nothing in the run's folder" || fail "leaves nothing in the run's folder" "$(ls -A runs)"

check "on 3 ranks" ranks 3 1 doctor --run runs --json
"$PYTHON" - "$T/out" <<'P' >ranks 2>&1 && pass "JSON of 3 ranks" || fail "JSON of 3 ranks" "$(tail -n 2 ranks)"
import json, re, sys
r = json.load(open(sys.argv[1]))
of = {f["topic"]: f for f in r["findings"]}
assert of["ranks"]["text"].startswith("3 on 1 machine"), of["ranks"]
assert re.search(r"us for 8 bytes, .* GB/s", of["all-reduce"]["text"]), of["all-reduce"]
assert "agree" in of["clocks"]["text"], of["clocks"]
assert r["failures"] == 0 and r["warnings"] == sum(f["finding"] == "warning" for f in r["findings"]), r
P
ranks 2 $((4 * $(nproc))) doctor >"$T/out" 2>&1
has "more threads than cores" "^warn +cores +.* threads of 2 ranks share [0-9]+ cores" "$T/out"
has "and what to do" "-> fewer ranks, or a smaller OMP_NUM_THREADS" "$T/out"
YOKE_KERNELS=portable "$YOKE" doctor >"$T/out" 2>&1
has "plain C" "^warn +kernels +plain C" "$T/out"

# bad WHAT PATTERN ARG...: exit 1, and a finding that matches
bad() {
    local what=$1 pattern=$2 code=0; shift 2
    "$YOKE" doctor "$@" >"$T/out" 2>"$T/err" || code=$?
    [ $code = 1 ] && grep -Eq -- "$pattern" "$T/out" && pass "$what" || fail "$what" "exit $code" "$(cat "$T/out" "$T/err")"
}
bad "data that is not there" "^FAIL +data +nowhere.h5: 1 of 1 ranks cannot read it" --data nowhere.h5
touch file
bad "a file where the folder should be" "^FAIL +run +" --run file/runs
fails "words" 2 "doctor" "$YOKE" doctor now
summary

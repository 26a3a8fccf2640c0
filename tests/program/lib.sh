# SPDX-License-Identifier: Apache-2.0
# Helpers of the tests in this folder, which use the built program as a user does. A test begins with
#   . "$(dirname "$0")/lib.sh"
# and ends with `summary`. It runs in a folder of its own, which is removed afterwards. ctest sets YOKE (the program)
# and PYTHON; by hand, after a build, they are found.
set -u
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
YOKE=$(realpath "${YOKE:-$TOP/build/release/yoke}")
PYTHON=${PYTHON:-$([ -x "$TOP/build/venv/bin/python3" ] && echo "$TOP/build/venv/bin/python3" || echo python3)}
T=$(mktemp -d "${TMPDIR:-/tmp}/yoke-test.XXXXXX")
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 2
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1
# Leaks inside of MPI and its kind are suppressed by library, for which LeakSanitizer needs whole call chains.
export ASAN_OPTIONS=fast_unwind_on_malloc=0 LSAN_OPTIONS=suppressions=$TOP/tests/lsan.supp:print_suppressions=0
PASSED=0 FAILED=0 SKIPPED=0

pass() { PASSED=$((PASSED + 1)); echo "ok    $1"; }
fail() { FAILED=$((FAILED + 1)); echo "FAIL  $1"; shift; [ $# = 0 ] || printf '      %s\n' "$@"; }
skip() { SKIPPED=$((SKIPPED + 1)); echo "SKIP  $1: $2"; }
summary() { echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"; [ $FAILED = 0 ] && [ $PASSED -gt 0 ]; exit; }

# check WHAT COMMAND...: must exit with 0
check() {
    local what=$1 code=0; shift
    "$@" >"$T/out" 2>"$T/err" || code=$?
    if [ $code = 0 ]; then pass "$what"; else fail "$what" "exit $code of: $*" "$(tail -n 3 "$T/err")"; fi
}

# same WHAT GOT WANT
same() { if [ -n "$2" ] && [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got  ${2:-nothing}" "want ${3:-nothing}"; fi; }

# has WHAT PATTERN FILE: a line of the file matches
has() { if grep -Eqi -e "$2" "$3"; then pass "$1"; else fail "$1" "no /$2/ in: $(head -n 5 "$3")"; fi; }

# fails WHAT CODES PATTERN COMMAND...: within 30 s, with one of the exit codes ("2|3"; - for any but 0), and with one
# line of yoke's own on stderr, which matches PATTERN. mpirun's own lines and yoke's warnings do not count.
fails() {
    local what=$1 codes=$2 pattern=$3 code=0; shift 3
    timeout -k 5 "${LIMIT:-30}" "$@" >"$T/out" 2>"$T/err" </dev/null || code=$?
    grep '^yoke: ' "$T/err" | grep -v '^yoke: warning: ' >"$T/own"
    if [ $code = 0 ]; then fail "$what" "it went through: $*"
    elif [ $code = 124 ] || [ $code = 137 ]; then fail "$what" "no answer in ${LIMIT:-30} s: $*"
    elif echo $code | grep -Eqx "13[2469]" || grep -q 'AddressSanitizer\|runtime error' "$T/err"; then
        fail "$what" "it crashed ($code): $*" "$(tail -n 5 "$T/err")"
    elif [ "$codes" != - ] && ! echo $code | grep -Eqx "$codes"; then
        fail "$what" "exit code $code, want $codes: $*" "$(head -n 3 "$T/err")"
    elif [ "$(wc -l <"$T/own")" != 1 ]; then fail "$what" "not one line of yoke's: $*" "$(head -n 4 "$T/err")"
    elif ! grep -Eqi -e "$pattern" "$T/own"; then fail "$what" "no /$pattern/ in: $(cat "$T/own")"
    else pass "$what"; fi
}

# ranks N THREADS ARG...: yoke ARG... on N ranks with THREADS threads each
ranks() {
    local n=$1 threads=$2; shift 2
    OMP_NUM_THREADS=$threads "${MPIRUN:-mpirun}" -n "$n" "$YOKE" "$@"
}

# json KEY[.KEY]: the value in the JSON object on stdin
json() {
    "$PYTHON" -c '
import json, sys
value = json.load(sys.stdin)
for key in sys.argv[1].split("."):
    value = value[key]
print(json.dumps(value) if isinstance(value, (bool, dict, list)) else value)' "$1"
}

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
    local end=$((SECONDS + $1)); shift
    until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $end ] || return 1; sleep 0.05; done
}

digest() { "$YOKE" digest "$@" 2>&1; }
checkpoints() { find "$1/checkpoints" -name 'step-*.h5' 2>/dev/null | sort; }
newest() { checkpoints "$1" | tail -n 1; }
rows() { grep -c '^[0-9]' "$1/log.csv" 2>/dev/null || echo 0; } # of the log
at_least() { [ "$("$1" "$2")" -ge "$3" ]; }                     # at_least rows runs/a 5

# every process below PID, PID first
family() {
    local child
    echo "$1"
    for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do family "$child"; done
}

# Data that yoke makes, and a small network with everything in it that could depend on ranks or threads.
make_data() { "$YOKE" data make digits -n "${1:-1200}" -o digits.h5 --seed 1 >"$T/out" 2>"$T/err" || fail "make digits" "$(cat "$T/err")"; }
make_recipe() {
    cat >"${1:-net.yaml}" <<'Y'
seed: 7
data:
  train: digits.h5:/train
  dev: digits.h5:/dev
model:
  - conv2d: {filters: 6, kernel: 5, padding: same, activation: relu}
  - maxpool2d: 2
  - conv2d: {filters: 16, kernel: 5}
  - batchnorm
  - relu
  - maxpool2d: 2
  - flatten
  - dense: {units: 32, activation: relu, l2: 1e-4}
  - dropout: 0.3
  - dense: 10
loss: softmax_cross_entropy
metrics: [accuracy]
optimizer: {adam: {lr: 1e-3}}
schedule: {cosine: {warmup: 5 steps}}
clip: {norm: 1.0}
train: {steps: 40, batch: 48, micro_batch: 4}
checkpoint: {every: 10 steps, keep: 3}
log: {every: 1 steps}
Y
}
# The same with a run that lasts until it is stopped; nothing in it depends on the number of steps.
make_long_recipe() {
    make_recipe /dev/stdout | sed -e '/^schedule/d' -e 's/steps: 40/steps: 1000000/' -e 's/every: 10 steps/every: 1000000 steps/' >"${1:-long.yaml}"
}

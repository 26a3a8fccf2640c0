#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How long training waits for samples: the ten workloads trained from HDF5 files, which are read while they train (nothing
# is kept in memory), from the page cache and after it was dropped. The target is below 1 % of the time of the steps.
#   bench/input.sh [--threads N] [--seconds S] [NAME...] > docs/input.md
cd "$(dirname "$0")/.." || exit 2
YOKE=$(realpath "${YOKE:-build/release/yoke}")
THREADS=1 EACH_S=10
while [ "${1#--}" != "${1:-}" ] && [ $# -ge 2 ]; do
    case $1 in --threads) THREADS=$2 ;; --seconds) EACH_S=$2 ;; *) echo "input: no option $1" >&2; exit 2 ;; esac
    shift 2
done
names=${*:-mlp lenet5 resnet20 resnet50 vgg16 mobilenet unet lstm_ptb gru_char gpt_char}
T=$(mktemp -d "${TMPDIR:-/tmp}/yoke-input.XXXXXX"); trap 'rm -rf "$T"' EXIT

waited() { # RECIPE STEPS ARG...: percent of the time of the steps
    rm -rf "$T/run"
    OMP_NUM_THREADS=$THREADS YOKE_LOG=debug "$YOKE" train "$1" --run "$T/run" -o data.train="$T/d.h5:/train" -o data.memory=0 \
        -o train.steps="$2" -o checkpoint.every="1000000 steps" "${@:3}" 2>&1 | grep -oE 'waited [0-9.e+-]+ % for samples' | cut -d' ' -f2
}
echo "# Waiting for samples"
echo
echo "Made by \`bench/input.sh --threads $THREADS\`: share of the steps' time that training waits for samples that the I/O thread"
echo "reads ahead from an HDF5 file, in which the fields lie in one piece, or in compressed chunks of a sample."
echo
{ date -u +%Y-%m-%d; git describe --always --dirty; sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1; } | sed 's/^/    /'
echo
echo "| workload | ms a step | KB a step | page cache | disk (cache dropped) | compressed, page cache |"
echo "|---|---|---|---|---|---|"
for w in $names; do
    r=launch/recipes/bench/$w.yaml
    step=$(OMP_NUM_THREADS=$THREADS "$YOKE" bench train $r --seconds 2 --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["step_s"])')
    steps=$(python3 -c "print(max(6, min(4000, int($EACH_S / $step))))")
    batches=$(python3 -c "print(min(64, $steps))")
    rm -f "$T/d.h5"
    OMP_NUM_THREADS=2 "$YOKE" bench data $r --batches "$batches" --out "$T/d.h5:/train" >/dev/null || exit 1
    kb=$(($(stat -c %s "$T/d.h5") / 1024 / batches))
    cat "$T/d.h5" >/dev/null
    cached=$(waited $r "$steps")
    dropped="no right to drop it"
    sync; if echo 1 2>/dev/null >/proc/sys/vm/drop_caches; then dropped="$(waited $r "$batches") %"; fi
    "${PYTHON:-python3}" - "$T/d.h5" <<'P'
import sys, h5py
name = sys.argv[1]
with h5py.File(name) as a, h5py.File(name + "c", "w") as b:
    for k, d in a["train"].items():
        b.create_dataset(f"train/{k}", data=d[:], chunks=(1, *d.shape[1:]), compression="gzip", compression_opts=1)
P
    mv "$T/d.h5c" "$T/d.h5"
    echo "| $w | $(python3 -c "print(f'{1e3 * $step:.3g}')") | $kb | $cached % | $dropped | $(waited $r "$steps") % |"
done

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How long training waits for samples: the ten workloads trained from HDF5 files, which are read while they train (nothing
# is kept in memory), from the page cache and after it was dropped. The target is below 1 % of the time of the steps.
#   bench/input.sh [--ranks N] [--threads N] [--seconds S] [NAME...] > docs/input.md
# With several ranks the first one reads for all; what counts is the one that waited longest.
cd "$(dirname "$0")/.." || exit 2
YOKE=$(realpath "${YOKE:-build/release/yoke}")
RANKS=1 THREADS=1 EACH_S=10
while [ "${1#--}" != "${1:-}" ] && [ $# -ge 2 ]; do
    case $1 in --ranks) RANKS=$2 ;; --threads) THREADS=$2 ;; --seconds) EACH_S=$2 ;; *) echo "input: no option $1" >&2; exit 2 ;; esac
    shift 2
done
names=${*:-mlp lenet5 resnet20 resnet50 vgg16 mobilenet unet lstm_ptb gru_char gpt_char}
T=$(mktemp -d "${TMPDIR:-/tmp}/yoke-input.XXXXXX"); trap 'rm -rf "$T"' EXIT

export OMP_NUM_THREADS=$THREADS OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
yoke() { if [ "$RANKS" = 1 ]; then "$YOKE" "$@"; else mpirun --bind-to none -n "$RANKS" "$YOKE" "$@"; fi; }
waited() { # RECIPE STEPS: percent of the time of the steps
    rm -rf "$T/run"
    YOKE_LOG=debug yoke train "$1" --run "$T/run" -o data.train="$T/d.h5:/train" -o data.memory=0 -o train.micro_batch=$micro \
        -o train.steps="$2" -o checkpoint.every="1000000 steps" 2>&1 | grep -oE 'waited [0-9.e+-]+ % for samples' | cut -d' ' -f2 |
        sort -g | tail -n 1
}
echo "# Waiting for samples"
echo
echo "Made by \`bench/input.sh --ranks $RANKS --threads $THREADS\`: share of the steps' time that training waits for samples that the I/O thread"
echo "reads ahead from an HDF5 file, in which the fields lie in one piece, or in compressed chunks of a sample."
echo
{ date -u +%Y-%m-%d; git describe --always --dirty; sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1; } | sed 's/^/    /'
echo
echo "| workload | ms a step | KB a step | page cache | disk (cache dropped) | compressed, page cache |"
echo "|---|---|---|---|---|---|"
for w in $names; do
    r=launch/recipes/bench/$w.yaml
    micro=$(("$("$YOKE" plan $r --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["batch"])')" / RANKS))
    step=$(yoke bench train $r --seconds 2 --json -o train.micro_batch=$micro | python3 -c 'import json,sys; print(json.load(sys.stdin)["step_s"])')
    steps=$(python3 -c "print(max(6, min(4000, int($EACH_S / $step))))")
    batches=$(python3 -c "print(min(64, $steps))")
    rm -f "$T/d.h5"
    "$YOKE" bench data $r --batches "$batches" --out "$T/d.h5:/train" >/dev/null || exit 1
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

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh clone to a trained, evaluated and resumed model in a few minutes: launch/demo.sh
# Installs what is missing, builds, makes data (handwritten-like digits, no download), trains on 2 ranks, evaluates; then
# trains the same once more, stops it half-way as a batch system would, and resumes it on 3 ranks: the same bits.
set -euo pipefail
cd "$(dirname "$0")/.."
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1               # root in a container may, here
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none # more ranks than cores may, too
export OMPI_MCA_mpi_yield_when_idle=1

step() { printf '\n\033[1m$ %s\033[0m\n' "$*"; "$@"; }
[ -t 1 ] || step() { printf '\n$ %s\n' "$*"; "$@"; }

launch/setup.sh
export PKG_CONFIG_PATH="${PKG_CONFIG_PATH:+$PKG_CONFIG_PATH:}/usr/local/lib/pkgconfig:/usr/local/lib64/pkgconfig"
if command -v ninja >/dev/null; then export CMAKE_GENERATOR=Ninja; fi
mkdir -p build data runs
step cmake --preset release >build/demo.log || { cat build/demo.log; exit 1; }
step cmake --build --preset release --target installed -j "$(nproc)"
yoke=build/release/yoke
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} # threads a rank (after the build: nproc goes by it)

[ -e data/digits.h5 ] || step $yoke data make digits -n 12000 -o data/digits.h5 --seed 1
rm -rf runs/demo runs/demo-resumed
step mpirun -n 2 $yoke train launch/recipes/demo.yaml --run runs/demo
step $yoke eval runs/demo --data data/digits.h5:/test
step $yoke digest runs/demo

# Once more, stopped when half of the steps are done (SIGUSR1, as batch systems send before the time limit).
field() { sed -n "s/.*\"$2\": \"\{0,1\}\([^,\"}]*\).*/\1/p" "runs/$1/status.json" 2>/dev/null; }
half=$(($(field demo steps) / 2))
printf '\n$ mpirun -n 2 %s train launch/recipes/demo.yaml --run runs/demo-resumed & # and SIGUSR1 half-way\n' $yoke
mpirun -n 2 $yoke train launch/recipes/demo.yaml --run runs/demo-resumed 2>build/mpirun.log & # it has a lot to say of code 75
pid=$!
reached() { [ "$(tail -n 1 runs/demo-resumed/log.csv 2>/dev/null | cut -d, -f1 | grep -E '^[0-9]+$' || echo 0)" -ge "$half" ]; }
while kill -0 $pid 2>/dev/null && ! reached; do sleep 0.1; done
kill -USR1 $pid 2>/dev/null || true
wait $pid || true
cat runs/demo-resumed/status.json
step mpirun -n 3 $yoke train --resume runs/demo-resumed
step $yoke digest runs/demo-resumed

whole=$($yoke digest runs/demo)
resumed=$($yoke digest runs/demo-resumed)
echo
if [ "$whole" = "$resumed" ]; then
    echo "Stopped, resumed on another number of ranks: the same bits, $whole"
else
    echo "The resumed run differs: $whole and $resumed. Please report this with the output of $yoke --version." >&2
    exit 1
fi

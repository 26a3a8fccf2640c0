#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The sum of gradients beside MPI_Allreduce, as a page: ranks of this machine through shared memory, and ranks on hosts
# that are namespaces, over links that are shaped to 1 and 10 Gbit/s (emulated: they share this machine's cores).
#   bench/allreduce.sh [--seconds S] > docs/allreduce.md
cd "$(dirname "$0")/.." || exit 2
YOKE=$(realpath "${YOKE:-build/release/yoke}")
SECONDS_EACH=0.5
[ "${1:-}" != --seconds ] || SECONDS_EACH=$2
. tests/cluster/hosts.sh
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1

sweep() { "$@" "$YOKE" bench allreduce --threads 1 --seconds "$SECONDS_EACH" "${OPTIONS[@]}" | sed 's/^./    &/'; }
echo "# The sum of gradients over ranks"
echo
echo "Made by \`bench/allreduce.sh\` of \`yoke bench allreduce\`: reduce-scatter in the order of the summation tree and all-gather,"
echo "beside MPI_Allreduce on the same ranks in turns; medians of the slowest rank."
echo
{ date -u +%Y-%m-%d; git describe --always --dirty; "$YOKE" --version | head -2; sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1; echo "$(nproc) cores"; } | sed 's/^/    /'
OPTIONS=()
for n in 2 4; do
    echo; echo "## $n ranks on one machine (measured)"; echo
    sweep mpirun -n $n
done
echo; echo "## 2 ranks on one machine by messages alone (measured)"; echo
OPTIONS=(--messages)
sweep mpirun -n 2
why=$(hosts_able) || { echo; echo "No hosts: $why."; exit 0; }
trap hosts_down EXIT
hosts_up 4 || exit 1
for rate in 1gbit 10gbit; do
    hosts_shape $rate
    OPTIONS=(--link $rate --least 1MiB)
    for layout in "2 h0,h1" "4 h0,h1,h2,h3" "3 h0,h1,h2" "4 h0:2,h1:2"; do
        # shellcheck disable=SC2086 # two words
        set -- $layout
        echo; echo "## $1 ranks on $2, links of $rate (emulated)"; echo
        sweep hosts_mpirun -n "$1" --host "$2"
    done
done

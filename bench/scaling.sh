#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Strong and weak scaling on hosts that are namespaces of this machine, over links of 1 and 10 Gbit/s: emulated figures,
# beside the estimates of `yoke plan --nodes`. As many hosts as cores compute at the speed of hosts of one core; more share
# the cores, and their efficiency says nothing. On a cluster: launch/slurm/scaling.sbatch and its PBS and LSF twins.
#   bench/scaling.sh [--hosts N] [--recipes NAME,NAME] [--seconds S] > docs/scaling.md
cd "$(dirname "$0")/.." || exit 2
export YOKE; YOKE=$(realpath "${YOKE:-build/release/yoke}")
N=$(nproc) RECIPES="resnet20,lstm_ptb,mlp" EACH_S=4
while [ $# -ge 2 ]; do
    case $1 in --hosts) N=$2 ;; --recipes) RECIPES=$2 ;; --seconds) EACH_S=$2 ;; *) echo "scaling: no option $1" >&2; exit 2 ;; esac
    shift 2
done
. tests/cluster/hosts.sh
hosts_able >&2 || exit 1
trap hosts_down EXIT
hosts_up "$N" || exit 1
list=$(seq -s, -f 'h%g' 0 $((N - 1)))
echo "# Scaling"
echo
echo "Made by \`bench/scaling.sh\`: $N hosts of one core, which are namespaces of one machine."
echo
{ date -u +%Y-%m-%d; git describe --always --dirty; sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1; } | sed 's/^/    /'
for rate in 1gbit 10gbit; do
    hosts_shape $rate
    for r in ${RECIPES//,/ }; do
        echo
        # shellcheck disable=SC2046 # words
        exec_on_login env $(hosts_settings) "PATH=$PATH" YOKE_CORES=1 launch/yoke-scaling --hosts "$list" --layouts 1x1 --network "$rate:30us" \
            --seconds "$EACH_S" --label "emulated, links of $rate" "launch/recipes/bench/$r.yaml"
    done
done

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The estimates of `yoke plan --nodes` beside a simulation of the same messages: SimGrid's SMPI replays a trace of what each
# rank computes and sends (bench/simgrid.py), with links that many messages share. Needs SimGrid (Debian: libsimgrid-dev).
#   bench/simgrid.sh [--nodes LIST] [--network NET] [RECIPE...] > docs/simgrid.md
cd "$(dirname "$0")/.." || exit 2
export YOKE; YOKE=$(realpath "${YOKE:-build/release/yoke}")
NODES=2,4,16,64,256,1024 NETWORK=25gbit:5us
while [ "${1#--}" != "${1:-}" ] && [ $# -ge 2 ]; do
    case $1 in --nodes) NODES=$2 ;; --network) NETWORK=$2 ;; *) echo "simgrid: no option $1" >&2; exit 2 ;; esac
    shift 2
done
command -v smpirun >/dev/null || { echo "simgrid: no smpirun here; install SimGrid (Debian: apt-get install libsimgrid-dev)" >&2; exit 1; }
recipes=${*:-resnet20 lstm_ptb}
rate=$(python3 -c "import re,sys; v, u = re.match(r'([0-9.]+)([mg])bit', sys.argv[1]).groups(); print(float(v) * {'m': 1e6, 'g': 1e9}[u] / 8)" "$NETWORK")
latency=$(python3 -c "print(float('${NETWORK#*:}'.removesuffix('us')) * 1e-6)")
T=$(mktemp -d "${TMPDIR:-/tmp}/yoke-simgrid.XXXXXX"); trap 'rm -rf "$T"' EXIT
echo "# Estimates beside a simulation"
echo
echo "Made by \`bench/simgrid.sh --network $NETWORK\`: a step without overlap, weak scaling, one rank a machine. Estimated: \`yoke"
echo "plan --nodes\`. Simulated: SimGrid $(smpirun --version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1), SMPI replay. Nothing here is measured but the"
echo "seconds of computing. Where a rank would have more than some millions of messages in all, larger ones stand for them."
echo
{ date -u +%Y-%m-%d; git describe --always --dirty; sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1; } | sed 's/^/    /'
for r in $recipes; do
    echo
    echo "## $r"
    echo
    echo "| machines | computing ms | messages ms, estimated | simulated | off by | of the step | messages a bucket | buckets, simulated of |"
    echo "|---|---|---|---|---|---|---|---|"
    OMP_NUM_THREADS=1 "$YOKE" plan "launch/recipes/bench/$r.yaml" --nodes "$NODES" --weak --no-overlap --network "$NETWORK" --json >"$T/plan.json" || exit 1
    i=0
    for n in ${NODES//,/ }; do
        rm -rf "$T/t"
        read -r sums _ buckets _ < <(python3 bench/simgrid.py "$T/plan.json" $i "$T/t" "$rate" "$latency")
        half=$(python3 -c "print($latency / 2)")
        smpirun -np "$n" -platform "$T/t/platform.xml" -hostfile "$T/t/hosts.txt" -replay "$T/t/index.txt" --log=root.thres:warning --log=replay.thres:verbose --log=smpi_replay.thres:info --log=smpi_replay.fmt:%m%n \
            --cfg=smpi/simulate-computation:yes --cfg=smpi/host-speed:1Gf --cfg=smpi/coll-selector:ompi --cfg=smpi/bw-factor:0:1 --cfg=smpi/lat-factor:0:1 \
            --cfg="smpi/os:0:$half:0" --cfg="smpi/ois:0:$half:0" --cfg="smpi/or:0:$half:0" >"$T/out" 2>&1 || { tail -n 5 "$T/out" >&2; exit 1; }
        simulated=$(grep -oE 'Simulation time [0-9.e+-]+' "$T/out" | tail -n 1 | cut -d' ' -f3)
        python3 - "$T/plan.json" $i "${simulated:-nan}" "$sums" "$buckets" <<'P'
import json, sys
t, sim = json.load(open(sys.argv[1]))["points"][int(sys.argv[2])], float(sys.argv[3])
rest = t["compute_s"] + t["update_s"]
estimated, simulated = t["step_s"] - rest, sim - rest
print(f"| {t['nodes']} | {1e3 * t['compute_s']:.4g} | {1e3 * estimated:.4g} | {1e3 * simulated:.4g} | {100 * (estimated / simulated - 1):+.1f} % "
      f"| {100 * (t['step_s'] / sim - 1):+.1f} % | {t['nodes'] * (t['nodes'] - 1)} | {sys.argv[4]} of {sys.argv[5]} |")
P
        i=$((i + 1))
    done
done

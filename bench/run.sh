#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The reference workloads (launch/recipes/bench/), yoke and PyTorch side by side, and the kernels of every family. From
# the project's root, after a build:
#
#   bench/run.sh [--seconds S] [--rounds N] [--threads "2 1"] [--workloads "mlp unet"] [--kernels no] [--out FOLDER]
#
# Every round measures each workload for S seconds (5) with each setting of either, one after the other; the table has
# medians of N rounds (3), and PyTorch's best setting. FOLDER (docs) gets performance.csv, performance.md and the picture
# performance.svg and .png. PyTorch is measured where the python3 of build/venv (or of the system) has it.
set -u
cd "$(dirname "$0")/.." || exit 2
YOKE=${YOKE:-build/release/yoke} KERNELS=$(dirname "${YOKE:-build/release/yoke}")/bench_kernels
PYTHON=$([ -x build/venv/bin/python3 ] && echo build/venv/bin/python3 || echo python3)
seconds=5 rounds=3 threads="2 1" out=docs kernels=yes
workloads="mlp lenet5 resnet20 resnet50 vgg16 mobilenet unet lstm_ptb gru_char gpt_char"
while [ $# -gt 1 ]; do
    case $1 in
    --seconds) seconds=$2 ;;
    --rounds) rounds=$2 ;;
    --threads) threads=$2 ;;
    --workloads) workloads=$2 ;;
    --kernels) kernels=$2 ;;
    --out) out=$2 ;;
    *) echo "bench/run.sh: unknown option $1; see its head" >&2; exit 2 ;;
    esac
    shift 2
done
mkdir -p "$out" || exit 2
csv=$out/performance.csv
"$PYTHON" -c 'import torch' 2>/dev/null && peer=yes || { peer=; echo "PyTorch is not installed: yoke alone" >&2; }

# row SYSTEM SETTING WORKLOAD THREADS: a line of the table from the JSON on stdin
row() {
    "$PYTHON" -c '
import json, sys
try:
    r = json.loads(sys.stdin.read().strip().splitlines()[-1])
except (IndexError, ValueError):
    sys.exit("bench/run.sh: no figure for " + " ".join(sys.argv[1:]))
print(*sys.argv[1:], r["batch"], r["samples_per_s"], r.get("flops_per_sample", ""), r["peak_bytes"], sep=",")
' "$@" | tee -a "$csv"
}

{
    echo "# $(date -u +%Y-%m-%d), commit $(git rev-parse --short HEAD 2>/dev/null)"
    echo "# $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores; $(uname -sr)"
    "$YOKE" --version | sed 's/^/# /'
    [ $peer ] && "$PYTHON" -c 'import torch; print("# PyTorch", torch.__version__)'
    echo "system,setting,workload,threads,batch,samples_per_s,flops_per_sample,peak_bytes"
} >"$csv"
for round in $(seq "$rounds"); do
    for t in $threads; do
        # roofs: in every round, since a machine is not always as fast as it was
        "$YOKE" bench ops launch/recipes/bench/mlp.yaml --seconds 0.1 --threads "$t" --json | "$PYTHON" -c '
import json, sys
r = json.load(sys.stdin)
print("roof", "compute", "", sys.argv[1], "", r["peak_gflops"], "", "", sep=",")
print("roof", "memory", "", sys.argv[1], "", r["peak_gbytes_per_s"], "", "", sep=",")' "$t" >>"$csv"
        for w in $workloads; do
            recipe=launch/recipes/bench/$w.yaml
            [ -f "$recipe" ] || { echo "bench/run.sh: no $recipe" >&2; continue; }
            "$YOKE" bench train "$recipe" --seconds "$seconds" --threads "$t" --json | row yoke whole "$w" "$t"
            micro=$(("$(sed -n 's/^train:.*batch: \([0-9]*\),.*/\1/p' "$recipe")" / 4))
            "$YOKE" bench train "$recipe" --seconds "$seconds" --threads "$t" --json -o train.micro_batch=$micro | row yoke quarters "$w" "$t"
            [ $peer ] || continue
            for o in eager --channels-last --compile; do
                [ $o = --compile ] && [ "$round" -gt 1 ] && [ "$rounds" -gt 2 ] && continue # it takes minutes to compile
                # shellcheck disable=SC2046 # no option for eager
                "$PYTHON" bench/torch_train.py "$w" --threads "$t" --seconds "$seconds" $([ $o = eager ] || echo $o) 2>/dev/null |
                    row pytorch "${o#--}" "$w" "$t"
            done
        done
    done
done
if [ "$kernels" = yes ] && [ -x "$KERNELS" ]; then
    for family in portable avx2 avx512 openblas; do
        "$KERNELS" $family 1 2>/dev/null | sed -n "2,\$s/^\(.*[^ ]\)  *\([0-9.]*\) us  *\([0-9.]*\) G.s$/kernel,$family,\1,1,,\3,,/p" |
            sed 's/  */ /g' >>"$csv"
    done
fi
"$PYTHON" bench/report.py "$csv" "$out"

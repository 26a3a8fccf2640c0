#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Training on the hosts of a cluster: the same bits on any number of hosts and ranks, whatever the order of the ranks,
# with shared memory in a host and messages between them; doctor and bench on them.
. "$(dirname "$0")/../program/lib.sh"
. "$HERE/../cluster/hosts.sh"
why=$(hosts_able) || { echo "skipped: $why"; exit 77; }
trap 'hosts_down; rm -rf "$T"' EXIT
hosts_up 4 || { fail "four hosts"; summary; }
make_data
make_recipe
sed -i -e 's/units: 32/units: 3000/' net.yaml # so many parameters that the vector has several stripes
check "one rank" "$YOKE" train net.yaml --run runs/one --threads 2
want=$(digest runs/one)

# on RANKS HOSTS WORD...
on() {
    local n=$1 hosts=$2; shift 2
    hosts_mpirun -n "$n" --host "$hosts" -x OMP_NUM_THREADS "$YOKE" "$@"
}
export OMP_NUM_THREADS=1
number=0
while read -r n hosts words; do
    run=runs/$((number += 1))
    # shellcheck disable=SC2086 # words
    check "$n ranks on $hosts $words" hosts_mpirun -n "$n" --host "$hosts" $words -x OMP_NUM_THREADS "$YOKE" train net.yaml --run $run
    same "the same bits" "$(digest $run)" "$want"
done <<'L'
2 h0,h1
4 h0,h1,h2,h3
3 h0:2,h1
5 h0:2,h1,h2,h3
4 h0:2,h1:2 --map-by node
6 h0:2,h1:2,h2:2 --map-by node
7 h0:4,h1:2,h2:1
L
check "one rank, bfloat16 on the wire" "$YOKE" train net.yaml --run runs/wire --threads 2 -o train.wire=bf16
while read -r n hosts words; do
    run=runs/wire$n
    # shellcheck disable=SC2086 # words
    check "$n ranks on $hosts $words, bfloat16 on the wire" hosts_mpirun -n "$n" --host "$hosts" $words -x OMP_NUM_THREADS "$YOKE" train net.yaml --run $run -o train.wire=bf16
    same "the same bits" "$(digest $run)" "$(digest runs/wire)"
done <<'L'
2 h0,h1
3 h0:2,h1
4 h0:2,h1:2 --map-by node
5 h0:2,h1,h2,h3
L
hosts_shape 100mbit
check "4 ranks on slow links" on 4 h0,h1,h2,h3 train net.yaml --run runs/slow
same "the same bits" "$(digest runs/slow)" "$want"
hosts_shape off

check "doctor" on 4 h0:2,h1:2 doctor
has "it sees two machines" "2 (machines|hosts|nodes)|h1" "$T/out"
check "bench allreduce" on 4 h0:2,h1:2 bench allreduce --most 256KiB --seconds 0.1
has "on two machines" "4 ranks on 2 machines" "$T/out"
check "bench allreduce, bfloat16" on 4 h0:2,h1:2 bench allreduce --most 256KiB --seconds 0.1 --bf16
check "bench allreduce by messages alone" on 4 h0:2,h1:2 bench allreduce --most 256KiB --seconds 0.1 --messages --json
summary

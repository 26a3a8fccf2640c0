# SPDX-License-Identifier: Apache-2.0
"""simgrid.py PLAN.json POINT FOLDER: what the ranks of a point of `yoke plan --nodes --no-overlap --json` send each other in
a step, as a trace for SimGrid's SMPI replay: FOLDER/index.txt, platform.xml, hosts.txt. One rank a machine.

The sum of a bucket: each rank owns an equal part of it, and gets that part of every other rank's tree nodes. The gather:
each rank sends what it owns to all others, stripe by stripe. Messages are posted at once and waited for together (beyond 256
ranks 4 at a time); each costs
the processor of either end half a latency, as the model says."""
import json
import math
import os
import sys

plan = json.load(open(sys.argv[1]))
point, folder = plan["points"][int(sys.argv[2])], sys.argv[3]
bandwidth, latency = float(sys.argv[4]), float(sys.argv[5])  # bytes a second, seconds
ranks, total, stripes = point["nodes"], point["vector_bytes"], point["stripes"]
FLOPS = 1e9  # of a simulated host: seconds are what counts
WINDOW = ranks if ranks <= 256 else 4  # messages at once: a million would take SimGrid hours
BYTE = 6  # the type of the messages' elements

os.makedirs(folder, exist_ok=True)
buckets = max(1, math.ceil(total / max(point["bucket_bytes"], 1)))
# the direct exchange has ranks^2 messages a bucket: what would be more than some millions is simulated as fewer, larger ones
most = max(1, 4_000_000 // (ranks * ranks))
sums, gathers = min(buckets, most), min(stripes, most)


def exchange(rank, size, tag):
    for first in range(1, ranks, WINDOW):
        distances = range(first, min(first + WINDOW, ranks))
        yield from (f"{rank} irecv {(rank - d) % ranks} {tag} {size} {BYTE}" for d in distances)
        yield from (f"{rank} isend {(rank + d) % ranks} {tag} {size} {BYTE}" for d in distances)
        yield f"{rank} waitall"


with open(f"{folder}/index.txt", "w") as index, open(f"{folder}/hosts.txt", "w") as hosts:
    for rank in range(ranks):
        with open(f"{folder}/{rank}.txt", "w") as f:
            f.write(f"{rank} init\n{rank} compute {point['compute_s'] * FLOPS:.0f}\n")
            for b in range(sums):
                for line in exchange(rank, point["tree_nodes"] * total // sums // ranks, b):
                    f.write(line + "\n")
            reach = 1
            while reach < ranks:  # do all have it?
                to, of, tag = (rank + reach) % ranks, (rank - reach) % ranks, sums + gathers + reach
                f.write(f"{rank} irecv {of} {tag} 16 {BYTE}\n{rank} isend {to} {tag} 16 {BYTE}\n{rank} waitall\n")
                reach *= 2
            f.write(f"{rank} compute {point['update_s'] * FLOPS:.0f}\n")
            for s in range(gathers):
                for line in exchange(rank, total // gathers // ranks, sums + s):
                    f.write(line + "\n")
            f.write(f"{rank} finalize\n")
        index.write(f"{folder}/{rank}.txt\n")
        hosts.write(f"node-{rank}\n")
with open(f"{folder}/platform.xml", "w") as f:
    f.write(f"""<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <cluster id="c" prefix="node-" radical="0-{ranks - 1}" suffix="" speed="{FLOPS:.0f}f" bw="{bandwidth:.0f}Bps" lat="{latency / 2:.9f}s"
    sharing_policy="SPLITDUPLEX"/>
</platform>
""")
print(f"{sums} {gathers} {buckets} {stripes}")

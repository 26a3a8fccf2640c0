# SPDX-License-Identifier: Apache-2.0
"""performance.csv of bench/run.sh as a page and a picture. Usage: report.py performance.csv FOLDER"""
import csv
import math
import pathlib
import statistics
import sys

import picture


def read(path):
    """The head's lines, and values[system, setting, workload, threads] = list of rows."""
    head, values = [], {}
    with open(path) as f:
        lines = [line for line in f if line.strip()]
    for line in lines:
        if line.startswith("#"):
            head.append(line[1:].strip())
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        values.setdefault((row["system"], row["setting"], row["workload"], row["threads"]), []).append(row)
    return head, values


def median(rows, column="samples_per_s"):
    return statistics.median(float(row[column]) for row in rows) if rows else None


def number(x, digits=3):
    return "-" if x is None else f"{x:.{digits}g}" if x < 1000 else f"{x:,.0f}"


def best_peer(values, workload, threads):
    """PyTorch's fastest setting by its median: name, samples/s, least memory of all settings."""
    rows = {k[1]: v for k, v in values.items() if k[0] == "pytorch" and k[2:] == (workload, threads)}
    if not rows:
        return None, None, None
    name = max(rows, key=lambda setting: median(rows[setting]))
    return name, median(rows[name]), min(median(v, "peak_bytes") for v in rows.values())


def geometric_mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else None


def table(values, threads, ratios):
    """Lines of one number of threads; fills ratios[workload]."""
    roof = median(values.get(("roof", "compute", "", threads), []))
    memory = median(values.get(("roof", "memory", "", threads), []))
    yield f"\n## {threads} thread{'' if threads == '1' else 's'}\n"
    yield f"Roofs measured in the same run: {number(roof, 4)} GFLOP/s, {number(memory, 3)} GB/s.\n"
    yield "| workload | yoke | PyTorch | its setting | ratio | in quarters | ratio | GFLOP/s | of the roof | memory MB | PyTorch |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    quarters = {}
    for workload in dict.fromkeys(k[2] for k in values if k[0] == "yoke" and k[3] == threads):
        whole = values[("yoke", "whole", workload, threads)]
        fast, part = median(whole), median(values.get(("yoke", "quarters", workload, threads), []))
        name, peer, peer_bytes = best_peer(values, workload, threads)
        gflops = fast * median(whole, "flops_per_sample") / 1e9
        if peer:
            ratios[workload] = fast / peer
            if part:
                quarters[workload] = part / peer
        cells = [workload, number(fast), number(peer), name or "-", number(ratios.get(workload)), number(part),
                 number(quarters.get(workload)), number(gflops), f"{100 * gflops / roof:.0f} %" if roof else "-",
                 number(median(whole, "peak_bytes") / 1e6), number(peer_bytes / 1e6 if peer_bytes else None)]
        yield "| " + " | ".join(cells) + " |"
    if ratios:
        yield (f"\nGeometric mean of the ratios {geometric_mean(list(ratios.values())):.2f}, in quarters "
               f"{number(geometric_mean(list(quarters.values())))}.")


def kernels(values):
    families = list(dict.fromkeys(k[1] for k in values if k[0] == "kernel"))
    if not families:
        return
    yield "\n## Kernels, 1 thread\n"
    yield ("Best run; GFLOP/s of products and convolutions, thousand million elements a second of the others. The numbers "
           "behind a name are the case in `bench/bench_kernels.c`.\n")
    yield "| kernel | " + " | ".join(families) + " |"
    yield "|---" * (len(families) + 1) + "|"
    for case in dict.fromkeys(k[2] for k in values if k[0] == "kernel"):
        yield f"| {case} | " + " | ".join(number(median(values.get(("kernel", f, case, "1"), []))) for f in families) + " |"


def page(head, values, ratios):
    yield "# Performance\n"
    yield ("Made by `bench/run.sh`. Training steps (forward, loss, backward, update) on random samples in memory, in float32, "
           "samples a second; medians of interleaved runs. PyTorch is the best of eager, channels_last and torch.compile "
           "for each workload. *In quarters*: `micro_batch` = batch / 4, what four ranks need; everywhere else it is the "
           "batch. FLOPs count a multiply-add as 2 and backward as twice forward. `yoke bench ops RECIPE` shows where a step "
           "goes.\n")
    yield "![yoke beside PyTorch](performance.svg)\n"
    yield "\n".join("    " + line for line in head)
    for threads in dict.fromkeys(k[3] for k in values if k[0] == "yoke"):
        ratios[threads] = {}
        yield from table(values, threads, ratios[threads])
    yield from kernels(values)


def main():
    path, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    head, values = read(path)
    ratios = {}
    (folder / "performance.md").write_text("\n".join(page(head, values, ratios)) + "\n")
    bars = {f"{t} thread{'' if t == '1' else 's'}": r for t, r in ratios.items() if r}
    if bars:
        picture.draw(folder / "performance", "Training steps a second, yoke / PyTorch", bars)
    print(f"{folder}/performance.md")


main()

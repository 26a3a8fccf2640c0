# SPDX-License-Identifier: Apache-2.0
"""launch/recipes/sentiment-lstm.yaml by yoke and once more in PyTorch, for some seeds: from the same initial parameters (the
run's step-0 checkpoint), on the same samples in the same order, both with the parameters that are best on /dev. Only the
random numbers of dropout are others.

    sentiment.py DATA.h5 [--seeds N] [--threads T]      prints the accuracies on /test and their medians; exit code 1 where
                                                        yoke's median is below PyTorch's by more than a point

YOKE names the program. By hand: a seed takes both a minute or two.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

import h5py
import numpy as np
import torch
import torch.nn.functional as F
import yaml

TOP = pathlib.Path(__file__).resolve().parents[2]
YOKE = os.environ.get("YOKE", str(TOP / "build/release/yoke"))
RECIPE = TOP / "launch/recipes/sentiment-lstm.yaml"
args = argparse.ArgumentParser()
args.add_argument("data")
args.add_argument("--seeds", type=int, default=5)
args.add_argument("--threads", type=int, default=2)
args = args.parse_args()
torch.set_num_threads(args.threads)


def yoke(*words):
    return subprocess.run([YOKE, *map(str, words)], check=True, capture_output=True, text=True).stdout


def split(file, name):
    return torch.tensor(file[name]["x"][()].astype(np.int64)), torch.tensor(file[name]["y"][()].astype(np.int64))


def forward(p, x, rate):
    """Logits; rate: of both dropouts, 0 where nothing is trained."""
    kernel, state, bias = (p["lstm_1/" + name] for name in ("kernel", "recurrent_kernel", "bias"))
    words = F.dropout(F.embedding(x, p["embedding_1/embeddings"]), rate, rate > 0)
    lengths = (x > 0).sum(1)
    packed = torch.nn.utils.rnn.pack_padded_sequence(words, lengths, batch_first=True, enforce_sorted=False)
    zero = torch.zeros(1, len(x), len(state))
    _, last, _ = torch.lstm(packed.data, packed.batch_sizes, (zero, zero),
                            [kernel.T.contiguous(), state.T.contiguous(), bias, torch.zeros_like(bias)], True, 1, 0.0, True, False)
    last = last[0][packed.unsorted_indices]
    return F.dropout(last, rate, rate > 0) @ p["dense_1/kernel"] + p["dense_1/bias"]


def accuracy(p, x, y):
    with torch.no_grad():
        return float((forward(p, x, 0).argmax(1) == y).double().mean())


def pytorch(run, seed):
    """Accuracy on /test of the parameters that are best on /dev at the end of an epoch."""
    torch.manual_seed(seed)
    recipe = yaml.safe_load(open(run / "recipe.yaml"))
    p = {}
    with h5py.File(run / "checkpoints" / "step-00000000.h5") as f:
        f["params"].visititems(lambda name, node: p.__setitem__(name, torch.tensor(node[()], requires_grad=True))
                               if isinstance(node, h5py.Dataset) else None)
    with h5py.File(args.data) as f:
        train, dev, test = (split(f, name) for name in ("train", "dev", "test"))
    adam, batch = recipe["optimizer"]["adam"], int(recipe["train"]["batch"])
    rate = next(float(layer["dropout"]["rate"]) for layer in recipe["model"] if "dropout" in layer)
    optimizer = torch.optim.Adam(p.values(), lr=float(adam["lr"]))
    best, chosen = -1.0, None
    for epoch in range(int(recipe["train"]["epochs"])):
        order = np.array(yoke("data", "order", args.data + ":/train", "--seed", seed, "--epoch", epoch).split(), dtype=np.int64)
        for i in range(0, len(order), batch):
            at = torch.tensor(order[i : i + batch])
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(forward(p, train[0][at], rate), train[1][at]).backward()
            optimizer.step()
        now = accuracy(p, *dev)
        if now > best:
            best, chosen = now, accuracy(p, *test)
    return chosen


ours, theirs = [], []
with tempfile.TemporaryDirectory() as folder:
    for seed in range(1, args.seeds + 1):
        run = pathlib.Path(folder) / f"run{seed}"
        yoke("train", RECIPE, "--run", run, "--threads", args.threads, "-o", f"seed={seed}", "-o", f"data.train={args.data}:/train",
             "-o", f"data.dev={args.data}:/dev")
        ours.append(json.loads(yoke("eval", run, "--data", args.data + ":/test", "--json"))["metrics"]["accuracy"])
        theirs.append(pytorch(run, seed))
        print(f"seed {seed}: yoke {100 * ours[-1]:.1f} %, PyTorch {100 * theirs[-1]:.1f} %", flush=True)
mine, other = statistics.median(ours), statistics.median(theirs)
print(f"medians of {args.seeds} seeds on /test: yoke {100 * mine:.1f} %, PyTorch {100 * other:.1f} %")
raise SystemExit(mine < other - 0.01)

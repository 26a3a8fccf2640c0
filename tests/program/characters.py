# SPDX-License-Identifier: Apache-2.0
"""Trains a run of launch/recipes/char-gpt.yaml or char-lstm.yaml once more in PyTorch, eager, float32: from the same initial
parameters (the run's step-0 checkpoint), on the same samples in the same order (yoke data order), with the step sizes of the
run's log.csv (so the run is made with -o log.every="1 steps").

    characters.py RUN DATA.h5 [--tolerance R]     prints both losses on /test; exit code 1 where yoke's is above PyTorch's by
                                                more than R relative (1e-2), or one of the first 20 steps differs by 1e-3

YOKE names the program.
"""
import csv
import json
import os
import pathlib
import subprocess
import sys

import h5py
import numpy as np
import torch
import torch.nn.functional as F
import yaml

YOKE = os.environ.get("YOKE", "build/release/yoke")
EARLY, CLOSE = 20, 1e-3


def load(run):
    """Initial parameters: name -> tensor."""
    tensors = {}
    with h5py.File(run / "checkpoints" / "step-00000000.h5") as f:
        f["params"].visititems(lambda name, node: tensors.__setitem__(name, torch.tensor(node[()], requires_grad=True))
                               if isinstance(node, h5py.Dataset) else None)
    return tensors


def lstm(p, x):
    x, layer = F.embedding(x, p["embedding_1/embeddings"]), 1
    while f"lstm_{layer}/kernel" in p:  # one bias here, two that add up there
        kernel, state, bias = (p[f"lstm_{layer}/{name}"] for name in ("kernel", "recurrent_kernel", "bias"))
        zero = torch.zeros(1, len(x), len(state))
        x = torch.lstm(x, (zero, zero), [kernel.T.contiguous(), state.T.contiguous(), bias, torch.zeros_like(bias)], True, 1, 0.0,
                       True, False, True)[0]
        layer += 1
    return x @ p["dense_1/kernel"] + p["dense_1/bias"]


def gpt(p, heads, x):
    blocks = max(int(n.split("/")[0].split("_")[1]) for n in p if n.startswith("transformer_"))
    dense = lambda name, x: x @ p[name + "/kernel"] + p.get(name + "/bias", 0)
    norm = lambda name, x: F.layer_norm(x, x.shape[-1:], p[name + "/gamma"], p[name + "/beta"])
    x = F.embedding(x, p["embedding_1/embeddings"]) + p["position_embedding_1/embeddings"]
    for b in range(1, blocks + 1):
        t = "transformer_%d/" % b
        q, k, v = (u.unflatten(-1, (heads, -1)).transpose(1, 2) for u in dense(t + "qkv", norm(t + "layernorm_1", x)).chunk(3, -1))
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
        x = x + dense(t + "attended", a)
        x = x + dense(t + "out", F.gelu(dense([n for n in (t + "dense_%d" % i for i in range(1, 9)) if n + "/kernel" in p][0],
                                              norm(t + "layernorm_2", x))))
    return dense([n for n in ("dense_%d" % i for i in range(1, 99)) if n + "/kernel" in p][0], norm("layernorm_1", x))


def clip(tensors, most):
    """As the recipe says it. torch.nn.utils.clip_grad_norm_() divides by the norm + 1e-6: where training is unstable, as in
    char-lstm's steps 120 to 140, that grows to some 1e-2 of the loss within 20 steps."""
    norm = torch.stack([t.grad.double().square().sum() for t in tensors]).sum().sqrt().item()
    for t in tensors if norm > most else []:
        t.grad.mul_(most / norm)


def order(data, seed, epoch):
    text = subprocess.run([YOKE, "data", "order", data + ":/train", "--seed", str(seed), "--epoch", str(epoch)], check=True,
                          capture_output=True, text=True).stdout
    return np.array(text.split(), dtype=np.int64)


def main():
    run, data = pathlib.Path(sys.argv[1]), sys.argv[2]
    tolerance = float(sys.argv[sys.argv.index("--tolerance") + 1]) if "--tolerance" in sys.argv else 1e-2
    recipe = yaml.safe_load(open(run / "recipe.yaml"))
    rows = [r for r in csv.DictReader(open(run / "log.csv")) if r["split"] == "train"]
    p = load(run)
    heads = int(recipe["blocks"]["transformer"]["with"]["heads"]) if "blocks" in recipe else None
    forward = (lambda x: gpt(p, heads, x)) if heads else (lambda x: lstm(p, x))
    most = float(recipe.get("clip", {}).get("norm", 0))
    with h5py.File(data) as f:
        tokens = {s: (torch.tensor(f[s]["x"][()].astype(np.int64)), torch.tensor(f[s]["y"][()].astype(np.int64)))
                  for s in ("train", "test")}
    loss_of = lambda x, y: F.cross_entropy(forward(x).flatten(0, 1), y.flatten())
    a = recipe["optimizer"]["adam"]
    optimizer = torch.optim.Adam(p.values(), lr=1, betas=(float(a["beta1"]), float(a["beta2"])), eps=float(a["epsilon"]))
    x, y = tokens["train"]
    batch, step, far = recipe["train"]["batch"], 0, 0.0
    for epoch in range(10**9):
        numbers = order(data, recipe["seed"], epoch)
        for i in range(0, len(numbers), batch):
            if step == len(rows):
                break
            at = torch.tensor(numbers[i : i + batch])
            optimizer.zero_grad(set_to_none=True)
            optimizer.param_groups[0]["lr"] = float(rows[step]["lr"])
            loss = loss_of(x[at], y[at])
            loss.backward()
            if most:
                clip(p.values(), most)
            optimizer.step()
            if step < EARLY:
                far = max(far, abs(float(rows[step]["loss"]) / loss.item() - 1))
            step += 1
        if step == len(rows):
            break
    with torch.no_grad():
        x, y = tokens["test"]
        theirs = sum(loss_of(x[i : i + 64], y[i : i + 64]).item() * len(x[i : i + 64]) for i in range(0, len(x), 64)) / len(x)
    ours = json.loads(subprocess.run([YOKE, "eval", str(run), "--data", data + ":/test", "--json"], check=True,
                                     capture_output=True, text=True).stdout)["loss"]
    print("%d steps: test loss %.4f, PyTorch %.4f; the first %d steps differ by %.1e" % (step, ours, theirs, EARLY, far))
    sys.exit(ours > theirs * (1 + tolerance) or far > CLOSE)


main()

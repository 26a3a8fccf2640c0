# SPDX-License-Identifier: Apache-2.0
"""Trains a run of launch/recipes/unet-membrane.yaml once more in PyTorch, eager, float32: from the same initial parameters (the
run's step-0 checkpoint), on the same images, mirrored and turned in the same way (yoke data preview), with the step sizes of
the run's log.csv (so the run is made with -o log.every="1 steps").

    membrane.py RUN DATA.h5 [STEPS]     prints pixel error and mean IoU of both on /test; exit code 1 where yoke's are worse by
                                        more than a point, or the loss of one of the first 10 steps differs by 1e-3

With STEPS only so many are made and only the losses compared. YOKE names the program. By hand: some minutes.
"""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import h5py
import numpy as np
import torch
import torch.nn.functional as F
import yaml

YOKE = os.environ.get("YOKE", "build/release/yoke")
EARLY, CLOSE = 10, 1e-3
run, data = pathlib.Path(sys.argv[1]), sys.argv[2]
most = int(sys.argv[3]) if len(sys.argv) > 3 else None
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))


def yoke(*words):
    return subprocess.run([YOKE, *map(str, words)], check=True, capture_output=True, text=True).stdout


def image(a):
    return torch.tensor(a).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


def forward(p, x):
    def conv(name, x, padding=1):
        return F.conv2d(x, p[name + "/kernel"].permute(3, 2, 0, 1), p[name + "/bias"], padding=padding)

    def double(name, x):
        return F.relu(conv(name + "/conv2d_2", F.relu(conv(name + "/conv2d_1", x))))

    seen = []
    for level in 1, 2, 3:
        x = double(f"down_{level}", x)
        seen.append(x)
        x = F.max_pool2d(x, 2)
    x = double("bottom", x)
    for level in 1, 2, 3:
        larger = f"up_{level}/larger"
        x = F.conv_transpose2d(x, p[larger + "/kernel"].permute(3, 2, 0, 1), p[larger + "/bias"], stride=2)
        x = double([n for n in (f"up_{level}/double_1", f"up_{level}/double") if n + "/conv2d_1/kernel" in p][0],
                   torch.cat([seen.pop(), x], 1))
    return conv("conv2d_1", x, 0)


recipe = yaml.safe_load(open(run / "recipe.yaml"))
rows = [r for r in csv.DictReader(open(run / "log.csv")) if r["split"] == "train"]
p = {}
with h5py.File(run / "checkpoints" / "step-00000000.h5") as f:
    f["params"].visititems(lambda name, node: p.__setitem__(name, torch.tensor(node[()], requires_grad=True))
                           if isinstance(node, h5py.Dataset) else None)
with h5py.File(data) as f:
    pixels = f["train/x"][()].astype("f4") / 255
    mean, deviation = float(pixels.mean(dtype="f8")), float(pixels.std(dtype="f8"))
    samples = len(pixels)
    test = (f["test/x"][()].astype("f4") / 255 - mean) / deviation, torch.tensor(f["test/y"][()].astype("i8"))
batch, adam, step, far = int(recipe["train"]["batch"]), recipe["optimizer"]["adam"], 0, 0.0
optimizer = torch.optim.Adam(p.values(), lr=1, betas=(float(adam["beta1"]), float(adam["beta2"])), eps=float(adam["epsilon"]))
steps = min(most or len(rows), len(rows))
with tempfile.TemporaryDirectory() as folder:
    for epoch in range(10**9):
        if step == steps:
            break
        look = f"{folder}/{epoch}.h5"
        yoke("data", "preview", run / "recipe.yaml", "--out", look, "-n", samples, "--epoch", epoch)
        with h5py.File(look) as f:
            x, y = (f["x"][()] - mean) / deviation, torch.tensor(f["y"][()].astype("i8"))
        os.remove(look)
        for i in range(0, samples, batch):
            if step == steps:
                break
            optimizer.param_groups[0]["lr"] = float(rows[step]["lr"])
            optimizer.zero_grad(set_to_none=True)
            loss = F.cross_entropy(forward(p, image(x[i : i + batch])), y[i : i + batch])
            loss.backward()
            optimizer.step()
            if step < EARLY:
                far = max(far, abs(float(rows[step]["loss"]) / loss.item() - 1))
            step += 1
if most:
    print(f"{step} steps: the losses of the first {min(EARLY, step)} differ by {far:.1e}")
    sys.exit(far > CLOSE)
with torch.no_grad():
    guess, label = torch.cat([forward(p, image(test[0][i : i + 1])) for i in range(len(test[0]))]).argmax(1), test[1]
iou = float(np.mean([((guess == c) & (label == c)).sum() / ((guess == c) | (label == c)).sum() for c in (0, 1)]))
ours = json.loads(yoke("eval", run, "--data", data + ":/test", "--json"))["metrics"]
error, other = 1 - ours["accuracy"], float((guess != label).double().mean())
print(f"{step} steps: pixel error {100 * error:.2f} %, PyTorch {100 * other:.2f} %; mean IoU {ours['iou_macro']:.4f}, "
      f"PyTorch {iou:.4f}; the first {EARLY} losses differ by {far:.1e}")
sys.exit(error > other + 0.01 or ours["iou_macro"] < iou - 0.01 or far > CLOSE)

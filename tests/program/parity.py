# SPDX-License-Identifier: Apache-2.0
"""Follows a run with PyTorch: same initial parameters (the step-0 checkpoint), same samples (yoke data order).

    parity.py prepare RECIPE OUT        the recipe on data.h5:/train, without dropout and dev split
    parity.py follow RUN DATA ORDER     exit code 1 when a loss differs by more than 1e-4 relative

Where a maximum or a rectifier is a near-tie, the last bit of a sum decides which way a gradient goes, and two runs
part by more than rounding from there on: PyTorch's own float32 and float64 runs of LeNet do so for some seeds (2e-4
after 50 steps with seed 1). The recipes' own seeds are without such a tie in 50 steps.

Reads layers, optimizer and micro-batch from the run's recipe.yaml and the step sizes from its log.csv. Knows sequences
of the layers below; another one ends it with its name.
"""

import csv
import pathlib
import sys

import h5py
import numpy as np
import torch
import torch.nn.functional as F
import yaml

TOLERANCE = 1e-4
STEPS = 50
ACTIVATION = {"none": lambda x: x, "relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}


def entry(layer):
    """A layer of the recipe as (kind, attributes)."""
    if isinstance(layer, str):
        return layer, {}
    kind, attributes = next(iter(layer.items()))
    return kind, attributes if isinstance(attributes, dict) else {"": attributes}


def prepare(source, target):
    recipe = yaml.safe_load(open(source))
    recipe["data"] = {**recipe["data"], "train": "data.h5:/train"}
    recipe["data"].pop("dev", None)
    recipe["model"] = [layer for layer in recipe["model"] if entry(layer)[0] != "dropout"]
    recipe["train"] = {k: v for k, v in recipe["train"].items() if k not in ("epochs", "steps")} | {"steps": STEPS}
    yaml.safe_dump(recipe, open(target, "w"), sort_keys=False)


def pad(attributes, size, stride, x):
    """NCHW input with the zeros that `padding` means."""
    padding = attributes.get("padding", "valid")
    if padding == "valid":
        return x
    if padding == "same":  # as in Keras: the output has ceil(n / stride) rows, the odd zero at the end
        rows, columns = (max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(x.shape[2:], size, stride))
        top, left = rows // 2, columns // 2
        return F.pad(x, (left, columns - left, top, rows - top))
    top, bottom, left, right = padding if isinstance(padding, list) else [padding] * 4
    return F.pad(x, (left, right, top, bottom))


def pair(value):
    return tuple(value) if isinstance(value, (list, tuple)) else (value, value)


def build(recipe, tensors):
    """The model as a function of a batch x (NHWC)."""
    steps, seen = [], {}
    for layer in recipe["model"]:
        kind, a = entry(layer)
        seen[kind] = seen.get(kind, 0) + 1
        name = a.get("name") or f"{kind}_{seen[kind]}"
        act = ACTIVATION[a.get("activation", "none") or "none"]
        w, b = tensors.get(f"{name}/kernel"), tensors.get(f"{name}/bias")
        zero = 0 if b is None else b
        if kind == "dense":
            steps.append(lambda x, w=w, b=zero, act=act: act(x.flatten(1) @ w + b))
        elif kind == "conv2d":
            size, stride = tuple(w.shape[:2]), pair(a.get("stride", 1))
            steps.append(lambda x, w=w, b=b, act=act, a=a, size=size, stride=stride: act(
                F.conv2d(pad(a, size, stride, x.permute(0, 3, 1, 2)), w.permute(3, 2, 0, 1), b, stride).permute(0, 2, 3, 1)))
        elif kind in ("maxpool2d", "avgpool2d"):
            size = pair(a.get("size", a.get("")))
            stride = pair(a.get("stride") or size)
            assert a.get("padding", "valid") == "valid", f"{name}: pooling with padding is not known here"
            pool = F.max_pool2d if kind == "maxpool2d" else F.avg_pool2d
            steps.append(lambda x, pool=pool, size=size, stride=stride: pool(x.permute(0, 3, 1, 2), size, stride).permute(0, 2, 3, 1))
        elif kind == "batchnorm":
            gamma, beta, epsilon = tensors[f"{name}/gamma"], tensors[f"{name}/beta"], float(a.get("epsilon", 1e-5))
            def norm(x, gamma=gamma, beta=beta, epsilon=epsilon):
                axes = tuple(range(x.dim() - 1))
                return (x - x.mean(axes)) / torch.sqrt(x.var(axes, unbiased=False) + epsilon) * gamma + beta
            steps.append(norm)
        elif kind == "flatten":
            steps.append(lambda x: x.flatten(1))
        elif kind in ACTIVATION:
            steps.append(ACTIVATION[kind])
        else:
            sys.exit(f"{name}: parity.py does not know this layer")
    def model(x):
        for step in steps:
            x = step(x)
        return x
    return model


def optimizer(recipe, tensors):
    kind, a = entry(recipe["optimizer"]) if isinstance(recipe["optimizer"], dict) else (recipe["optimizer"], {})
    decay = float(a.get("weight_decay", 0))
    if kind == "sgd":
        return torch.optim.SGD(tensors, 1, momentum=float(a.get("momentum", 0)), nesterov=bool(a.get("nesterov", False)), weight_decay=decay)
    make = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[kind]
    betas = float(a.get("beta1", 0.9)), float(a.get("beta2", 0.999))
    return make(tensors, 1, betas=betas, eps=float(a.get("epsilon", 1e-8)), weight_decay=decay)


def follow(run, data, order):
    torch.set_num_threads(2)
    run = pathlib.Path(run)
    recipe = yaml.safe_load(open(run / "recipe.yaml"))
    rows = [r for r in csv.DictReader(open(run / "log.csv")) if r["split"] == "train"]
    assert [int(r["step"]) for r in rows] == list(range(1, STEPS + 1)), "log.csv lacks steps"
    tensors = {}
    with h5py.File(run / "checkpoints/step-00000000.h5") as f:
        f["params"].visititems(lambda k, v: tensors.update({k: torch.tensor(v[:], requires_grad=True)}) if isinstance(v, h5py.Dataset) else None)
    with h5py.File(data) as f:
        x, y = f["train/x"][:], f["train/y"][:].astype("i8")
    order = np.loadtxt(order, dtype="i8")
    batch = recipe["train"]["batch"]
    micro = recipe["train"].get("micro_batch") or max(d for d in range(1, 33) if batch % d == 0)
    assert STEPS * batch <= len(order), "50 steps are more than an epoch"
    kind, a = entry(recipe["loss"])
    plain = {"label_smoothing": 0, "soft_labels": False, "class_weights": "none", "ignore": "none", "target": "y", "weight": 1}
    assert kind == "softmax_cross_entropy" and a == plain, recipe["loss"]
    for name, a in map(entry, recipe["model"]):
        assert not any(float(a.get(k) or 0) for k in ("l1", "l2")), f"{name}: a penalty is not known here"
    model, opt = build(recipe, tensors), optimizer(recipe, list(tensors.values()))
    clip = float((recipe.get("clip") or {}).get("norm", 0) or 0)
    worst = 0
    for i, row in enumerate(rows):
        at = order[i * batch : (i + 1) * batch]
        bx, by = torch.tensor(x[at]).float() / 255, torch.tensor(y[at])
        # batch statistics are those of a micro-batch
        parts = [F.cross_entropy(model(a), b, reduction="sum") for a, b in zip(bx.split(micro), by.split(micro))]
        loss = sum(parts) / batch
        opt.zero_grad()
        loss.backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(list(tensors.values()), clip)
        for group in opt.param_groups:
            group["lr"] = float(row["lr"])
        opt.step()
        mine, theirs = float(row["loss"]), loss.item()
        worst = max(worst, abs(mine - theirs) / abs(theirs))
        print(f"step {i + 1}: yoke {mine:.7f} PyTorch {theirs:.7f}")
    print(f"{STEPS} losses follow PyTorch's, worst difference {worst:.1e}")
    return worst > TOLERANCE


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(*sys.argv[2:])
    else:
        sys.exit(follow(*sys.argv[2:]))

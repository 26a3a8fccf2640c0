# SPDX-License-Identifier: Apache-2.0
"""Losses, their weights and several of them: makes data and recipes, and follows the runs with PyTorch in float64.

    losses.py make                      data.h5 with /train and /dev, and a recipe for every loss (one/NAME.yaml)
    losses.py follow [RUN RECIPE]...    a line "NAME follows" for each run whose losses, parameters, evaluation and
                                        prediction are PyTorch's
"""

import csv
import json
import os
import pathlib
import sys

import h5py
import numpy as np
import torch
import torch.nn.functional as F
import yaml

TOLERANCE = 2e-5
BATCH, STEPS = 24, 12
HEADS = {
    "cross": {"softmax_cross_entropy": {"target": "kind", "ignore": 255}},
    "smooth": {"softmax_cross_entropy": {"target": "whole", "label_smoothing": 0.2}},
    "classes": {"softmax_cross_entropy": {"target": "kind", "ignore": [255, 0], "class_weights": [0.5, 2, 1, 0]}},
    "soft": {"softmax_cross_entropy": {"target": "shares", "soft_labels": True, "sample_weight": "w"}},
    "kl": {"kl_divergence": {"target": "shares"}},
    "margin": {"categorical_hinge": {"target": "whole", "sample_weight": "w"}},
    "binary": {"binary_cross_entropy": {"target": "flags", "pos_weight": [1, 2, 0.5, 4]}},
    "hinge": {"hinge": {"target": "flags", "sample_weight": "w"}},
    "square": {"mean_squared_error": {"target": "amount"}},
    "absolute": {"mean_absolute_error": {"target": "amount", "sample_weight": "w"}},
    "huber": {"huber": {"target": "amount", "delta": 0.4}},
    "poisson": {"poisson": {"target": "amount"}},
    "cosine": {"cosine_similarity": {"target": "shares", "sample_weight": "w"}},
}


def make():
    rng = np.random.default_rng(3)
    with h5py.File("data.h5", "w") as f:
        for part, n in (("train", 77), ("dev", 45)):
            g, kind = f.create_group(part), rng.integers(0, 4, n)
            g["whole"] = kind
            g["features"] = (rng.normal(size=(n, 6)) + kind[:, None]).astype("f4")
            ignored = kind.astype("u1")
            ignored[8:16] = 255  # two whole micro-batches of the first batch
            ignored[72:] = 255   # and the whole last one
            ignored[::5] = 255
            g["kind"] = ignored
            g["shares"] = rng.dirichlet(np.ones(4), n)
            g["flags"] = rng.integers(0, 2, (n, 4)).astype("u1")
            g["amount"] = rng.integers(0, 5, (n, 4))
            w = rng.uniform(0, 3, n)
            w[20:28] = 0
            g["w"] = w
    os.makedirs("one", exist_ok=True)
    fields = {k: k for k in ("kind", "whole", "shares", "flags", "amount", "w")}
    for name, loss in HEADS.items():
        recipe = {
            "seed": 5,
            "data": {"train": {"file": "data.h5:/train", "x": "features"}, "shuffle": "none"},
            "model": [{"dense": {"units": 7, "activation": "tanh", "name": "body"}}, {"dense": {"units": 4, "name": "last"}}],
            "loss": loss,
            "optimizer": {"sgd": {"lr": 0.1, "momentum": 0.9}},
            "train": {"steps": STEPS, "batch": BATCH, "micro_batch": 4},
            "log": {"every": "1 steps"},
            "checkpoint": {"every": "none"},
        }
        recipe["data"]["train"] |= {k: v for k, v in fields.items() if k in str(loss)}
        recipe["data"]["dev"] = recipe["data"]["train"] | {"file": "data.h5:/dev"}
        yaml.safe_dump(recipe, open(f"one/{name}.yaml", "w"), sort_keys=False)


def losses(kind, a, x, t):
    """Each sample's loss, and what it counts."""
    one = torch.ones(len(x), dtype=x.dtype)
    mean = lambda rows: rows.reshape(len(x), -1).mean(1)
    if kind in ("softmax_cross_entropy", "categorical_hinge") and not a.get("soft_labels"):
        t = t.long()
        ignored = torch.zeros(len(t), dtype=bool)
        for label in a.get("ignore", []) if isinstance(a.get("ignore", []), list) else [a["ignore"]]:
            ignored |= t == label
        t = torch.where(ignored, 0, t)
        if kind == "categorical_hinge":
            others = x.masked_fill(F.one_hot(t, x.shape[1]).bool(), -torch.inf)
            return torch.clamp(1 + others.max(1).values - x.gather(1, t[:, None])[:, 0], min=0), one
        weights = torch.tensor(a["class_weights"], dtype=x.dtype) if a.get("class_weights") else torch.ones(x.shape[1], dtype=x.dtype)
        each = F.cross_entropy(x, t, weights, label_smoothing=a.get("label_smoothing", 0), reduction="none")
        return torch.where(ignored, 0, each), torch.where(ignored, 0, weights[t])
    if kind == "softmax_cross_entropy":
        return F.cross_entropy(x, t, label_smoothing=a.get("label_smoothing", 0), reduction="none"), one
    if kind == "kl_divergence":
        return F.kl_div(torch.log_softmax(x, 1), t, reduction="none").sum(1), one
    if kind == "cosine_similarity":
        return 1 - F.cosine_similarity(x, t, 1), one
    if kind == "binary_cross_entropy":
        return mean(F.binary_cross_entropy_with_logits(x, t, reduction="none", pos_weight=torch.tensor(a["pos_weight"], dtype=x.dtype))), one
    if kind == "hinge":
        return mean(torch.clamp(1 - x * (2 * t - 1), min=0)), one
    f = {"mean_squared_error": F.mse_loss, "mean_absolute_error": F.l1_loss, "poisson": F.poisson_nll_loss,
         "huber": lambda *p, **k: F.huber_loss(*p, delta=a.get("delta", 1), **k)}[kind]
    return mean(f(x, t, reduction="none")), one


class Model:
    """A list of dense layers with `from`, and the recipe's losses."""

    def __init__(self, recipe, checkpoint):
        self.recipe, self.tensors = recipe, {}
        with h5py.File(checkpoint) as f:
            for layer in f["params"]:
                for k, v in f["params"][layer].items():
                    self.tensors[f"{layer}/{k}"] = torch.tensor(v[:].astype("f8"), requires_grad=True)
        given = recipe["loss"] if isinstance(recipe["loss"], list) else [recipe["loss"]]
        self.heads = [next(iter(loss.items())) for loss in given]

    def outputs(self, x):
        out, last = {}, x
        for layer in self.recipe["model"]:
            a = layer["dense"]
            source = out[a["from"]] if "from" in a else last
            last = source @ self.tensors[a["name"] + "/kernel"] + self.tensors[a["name"] + "/bias"]
            last = torch.tanh(last) if a.get("activation") == "tanh" else last
            out[a["name"]] = last
        return [out[a["from"]] if "from" in a else last for _, a in self.heads]

    def loss(self, data, at):
        """The total, and every loss: a mean by weights, 0 where nothing counts."""
        names = dict(self.recipe["data"]["train"])
        field = lambda name: torch.tensor(data[names.get(name, name)][at].astype("f8"))
        parts = []
        for (kind, a), x in zip(self.heads, self.outputs(field("x"))):
            each, counts = losses(kind, a, x, field(a.get("target", "y")))
            w = field(a["sample_weight"]) if "sample_weight" in a else 1
            total = (counts * w).sum()
            parts.append((each * w).sum() / total if total > 0 else (each * 0).sum())
        return sum(a.get("weight", 1) * p for (_, a), p in zip(self.heads, parts)), parts


def far(what, mine, theirs):
    """Says so when numbers differ."""
    mine, theirs = np.asarray(mine, "f8"), np.asarray(theirs, "f8")
    error = np.max(np.abs(mine - theirs)) / max(np.max(np.abs(theirs)), 1e-2)
    if not error <= TOLERANCE:
        print(f"{what}: yoke {mine.ravel()[:4]}, PyTorch {theirs.ravel()[:4]}")
    return not error <= TOLERANCE


def follow(run, source):
    run, recipe = pathlib.Path(run), yaml.safe_load(open(source))
    rows = [r for r in csv.DictReader(open(run / "log.csv")) if r["split"] == "train"]
    dev = [r for r in csv.DictReader(open(run / "log.csv")) if r["split"] == "dev"]
    model = Model(recipe, run / "checkpoints/step-00000000.h5")
    columns = [c for c in rows[0] if c.startswith("loss_")]
    a = recipe["optimizer"]["sgd"]
    opt = torch.optim.SGD(list(model.tensors.values()), a["lr"], momentum=a["momentum"])
    with h5py.File("data.h5") as f:
        data, held = ({k: v[:] for k, v in f[part].items()} for part in ("train", "dev"))
    n, bad = len(data["features"]), False
    assert len(rows) == STEPS and len(columns) == (len(model.heads) if len(model.heads) > 1 else 0), columns
    for i, row in enumerate(rows):
        start = i * BATCH % (BATCH * -(-n // BATCH))
        at = np.arange(start, min(start + BATCH, n))
        total, parts = model.loss(data, at)
        bad |= far(f"step {i + 1}", float(row["loss"]), total.item())
        for column, part in zip(columns, parts):
            bad |= far(f"step {i + 1}, {column}", float(row[column]), part.item())
        opt.zero_grad()
        total.backward()
        opt.step()
    trained = Model(recipe, run / f"checkpoints/step-{STEPS:08d}.h5")
    for name, tensor in model.tensors.items():
        bad |= far(name, trained.tensors[name].detach(), tensor.detach())
    total, parts = model.loss(held, np.arange(len(held["features"])))
    bad |= far("dev", float(dev[-1]["loss"]), total.item())
    if os.path.exists(run / "eval.json"):
        scores = json.load(open(run / "eval.json"))
        bad |= far("eval", scores["loss"], total.item())
        for column, part in zip(columns, parts):
            bad |= far(f"eval, {column}", scores[column], part.item())
    if os.path.exists(run / "predicted.h5"):
        with h5py.File(run / "predicted.h5") as f:
            for (kind, a), x in zip(model.heads, model.outputs(torch.tensor(held["features"].astype("f8")))):
                name = "" if kind == model.heads[0][0] else "_" + a.get("name", kind)
                want = torch.softmax(x, 1) if "cross_entropy" in kind else x
                bad |= far("y" + name, f["y" + name][:], want.detach())
                if "cross_entropy" in kind:
                    bad |= bool((f["label" + name][:] != x.argmax(1).numpy()).any())
            bad |= len(f) != len(model.heads) + 1
    return bad


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1] == "make":
        make()
    else:
        for run, recipe in zip(sys.argv[2::2], sys.argv[3::2]):
            name = os.path.basename(run)
            print(name, "differs" if follow(run, recipe) else "follows")

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes metrics.inc: metrics of small tables of outputs and targets, computed with NumPy in float64 by their
definitions (as scikit-learn's functions of the same names: zero_division=0, classes that do not occur left out of macro
means, average='macro' and multi_class='ovr' for the area under the curve).

    python3 tests/golden/make_metrics.py > tests/golden/metrics.inc

Outputs are multiples of 1/8, so float32 holds them exactly.
"""
import numpy as np

CLASSES, BINARY, NUMBERS = "YK_SCORED_CLASSES", "YK_SCORED_BINARY", "YK_SCORED_NUMBERS"
rng = np.random.default_rng(5)
NAN = float("nan")


def real(*shape, spread=3.0):
    return np.round(rng.normal(0, spread, shape) * 8) / 8


# --- the definitions

def auc(score, own):
    """Pairs of one that is of the class and one that is not: won, and half of those with equal scores."""
    own = own.astype(bool)
    if own.all() or not own.any():
        return NAN
    d = score[own][:, None] - score[~own][None, :]
    return float(((d > 0) + 0.5 * (d == 0)).mean())


def sets(x, target, threshold):
    """Boolean arrays (samples, classes): predicted, and what is so."""
    if target.ndim == 1:
        k = x.shape[1]
        keep = target >= 0
        return np.eye(k, dtype=bool)[x.argmax(1)][keep], np.eye(k, dtype=bool)[target[keep]]
    return x > np.log(threshold / (1 - threshold)), target > 0.5


def ratio(a, b):
    return np.where(b > 0, a / np.maximum(b, 1), 0.0)


def per_class(which, x, target, average="macro", threshold=0.5):
    guess, yes = sets(x, target, threshold)
    hits, predicted, labels = (guess & yes).sum(0), guess.sum(0), yes.sum(0)
    of = {"precision": lambda h, p, l: ratio(h, p), "recall": lambda h, p, l: ratio(h, l),
          "f1": lambda h, p, l: ratio(2 * h, p + l), "iou": lambda h, p, l: ratio(h, p + l - h)}[which]
    value = of(hits, predicted, labels)
    occur = predicted + labels > 0
    if not occur.any():
        return [NAN]
    if average == "none":
        return [float(v) for v in value]
    if average == "micro":
        return [float(of(hits.sum(), predicted.sum(), labels.sum()))]
    if average == "weighted":
        return [float((value * labels).sum() / max(labels.sum(), 1))]
    return [float(value[occur].mean())]


def accuracy(x, target):
    if target.ndim == 1:
        keep = target >= 0
        return [float((x.argmax(1) == target)[keep].mean()) if keep.any() else NAN]
    return [float(((x > 0) == (target > 0.5)).mean())]


def top_k(x, target, k):
    keep = target >= 0
    order = np.argsort(-x, axis=1, kind="stable")[:, :k]
    return [float((order == target[:, None]).any(1)[keep].mean())]


def roc_auc(x, target):
    if target.ndim == 2:
        each = [auc(x[:, c], target[:, c] > 0.5) for c in range(x.shape[1])]
    else:
        keep = target >= 0
        x, target = x[keep], target[keep]
        p = x - np.log(np.exp(x).sum(1, keepdims=True) - np.exp(x))  # log odds of each class
        each = [auc(p[:, c], target == c) for c in ([1] if x.shape[1] == 2 else range(x.shape[1]))]
    each = [e for e in each if not np.isnan(e)]
    return [float(np.mean(each)) if each else NAN]


def rmse(x, t):
    return [float(np.sqrt(((x - t) ** 2).mean()))]


def mae(x, t):
    return [float(np.abs(x - t).mean())]


def r2(x, t):
    if len(x) < 2:
        return [NAN]
    left, all_ = ((x - t) ** 2).sum(0), ((t - t.mean(0)) ** 2).sum(0)
    return [float(np.mean([1 - l / a if a > 0 else float(l == 0) for l, a in zip(left, all_)]))]


# --- the tables

def labels(n, k, of=None):
    return rng.choice(np.arange(k) if of is None else np.array(of), n)


def rising(n, k):
    """Outputs that know the label somewhat."""
    y = labels(n, k)
    x = real(n, k)
    x[np.arange(n), y] += 2
    return x, y


def yes_no(n, k):
    x = real(n, k)
    return x, ((x + real(n, k)) > 0).astype(float)


tied = np.repeat([[0.0, 1.0, 1.0]], 6, 0)
never = np.zeros((5, 4)); never[:, 2] = 1.0
TABLES = [  # name, kind, outputs, labels or targets
    ("three classes", CLASSES, *rising(40, 3)),
    ("ten classes", CLASSES, *rising(97, 10)),
    ("two classes", CLASSES, *rising(33, 2)),
    ("one sample", CLASSES, real(1, 4), labels(1, 4)),
    ("a class without samples", CLASSES, real(30, 4), labels(30, 4, [0, 1, 3])),
    ("a class that is never predicted", CLASSES, np.hstack([real(30, 2), np.full((30, 1), -60.0)]), labels(30, 3)),
    ("always the same class", CLASSES, never, np.array([0, 1, 2, 2, 3])),
    ("ties", CLASSES, tied, np.array([0, 1, 2, 1, 2, 0])),
    ("ignored labels", CLASSES, real(20, 3), np.where(np.arange(20) % 4 == 1, -1, labels(20, 3))),
    ("one label alone", CLASSES, real(7, 3), np.zeros(7, int)),
    ("sure outputs", CLASSES, real(25, 3, spread=9.0), labels(25, 3)),
    ("yes or no", BINARY, *yes_no(50, 1)),
    ("several labels", BINARY, *yes_no(21, 4)),
    ("all yes", BINARY, real(9, 1), np.ones((9, 1))),
    ("none predicted", BINARY, -1 - np.abs(real(9, 1)), (np.arange(9) % 3 == 0).astype(float)[:, None]),
    ("equal outputs", BINARY, np.zeros((8, 1)), (np.arange(8) % 2 == 0).astype(float)[:, None]),
    ("numbers", NUMBERS, real(31, 1), real(31, 1)),
    ("three numbers", NUMBERS, real(17, 3), real(17, 3)),
    ("far from 0", NUMBERS, 2.0**20 + real(31, 2), 2.0**20 + real(31, 2)),
    ("equal targets", NUMBERS, real(5, 1), np.full((5, 1), 2.5)),
    ("equal targets, met", NUMBERS, np.full((5, 1), 2.5), np.full((5, 1), 2.5)),
    ("no error", NUMBERS, *(2 * [real(6, 2)])),
    ("one number", NUMBERS, real(1, 1), real(1, 1)),
]


def measures(kind, x, t):
    """Metric, options, values, allowed error."""
    if kind == NUMBERS:
        yield "rmse", "", rmse(x, t), 1e-12
        yield "mae", "", mae(x, t), 1e-12
        yield "r2", "", r2(x, t), 1e-9
        return
    yield "accuracy", "", accuracy(x, t), 1e-15
    if kind == CLASSES:
        for k in {1, min(2, x.shape[1]), x.shape[1]}:
            yield "top_k", f"k={k}", top_k(x, t, k), 1e-15
    else:
        for threshold in (0.5, 0.3, 0.9):
            cut = np.log(threshold / (1 - threshold))
            yield "binary_accuracy", f"threshold={threshold}", [float(((x > cut) == (t > 0.5)).mean())], 1e-15
            yield "f1", f"threshold={threshold}", per_class("f1", x, t, threshold=threshold), 1e-12
    for which in ("precision", "recall", "f1", "iou"):
        for average in ("macro", "micro", "weighted", "none"):
            yield which, f"average={average}", per_class(which, x, t, average), 1e-12
    yield "roc_auc", "", roc_auc(x, t), 0.001


def row(values, integer=False):
    return ", ".join("NAN" if v != v else f"{int(v)}" if integer else repr(float(v)) for v in np.ravel(values))


print("/* SPDX-License-Identifier: Apache-2.0 */")
print("/* Made by tests/golden/make_metrics.py. No include guard. */")
print("/* clang-format off */")
print("static const table tables[] = {")
for name, kind, x, t in TABLES:
    print(f'{{ "{name}", {kind}, {x.shape[0]}, {x.shape[1]}, (const float[]){{ {row(x)} }},')
    if t.ndim == 1:
        print(f"  (const int32_t[]){{ {row(t, True)} }}, NULL }},")
    else:
        print(f"  NULL, (const float[]){{ {row(t)} }} }},")
print("};")
print("static const measure measures[] = {")
for i, (name, kind, x, t) in enumerate(TABLES):
    for metric, options, values, error in measures(kind, x, t):
        print(f'{{ {i}, "{metric}", "{options}", {len(values)}, (const double[]){{ {row(values)} }}, {error} }},')
print("};")

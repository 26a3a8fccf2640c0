#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes schedule.inc: the learning rates of PyTorch's schedules for 100 steps, or 100 values of plateau.

    python3 tests/golden/make_schedule.py > tests/golden/schedule.inc      (PyTorch 2.x)

lr is 2 and training has 100 steps of 10 an epoch. Plateau sees value t = ((37 t) mod 97) / 97 + 4 / (t + 1) after
epoch t; the lists hold the rates after it.
"""
import torch
from torch.optim import lr_scheduler as S

STEPS, LR = 100, 2.0
CASES = [
    ("constant", "", lambda o: S.ConstantLR(o, factor=1.0)),
    ("step", "every=30 steps", lambda o: S.StepLR(o, 30)),
    ("step", "every=7 steps,factor=0.5", lambda o: S.StepLR(o, 7, 0.5)),
    ("multistep", "milestones=[30;45;80],every=1 steps", lambda o: S.MultiStepLR(o, [30, 45, 80])),
    ("multistep", "milestones=[1;2],gamma=0.3,every=10 steps", lambda o: S.MultiStepLR(o, [10, 20], 0.3)),
    ("multistep", "milestones=5,gamma=0.3", lambda o: S.MultiStepLR(o, [50], 0.3)),
    ("exponential", "gamma=0.97,every=1 steps", lambda o: S.ExponentialLR(o, 0.97)),
    ("exponential", "gamma=0.97,every=1 steps,smooth=true", lambda o: S.ExponentialLR(o, 0.97)),
    ("exponential", "gamma=0.5", lambda o: S.LambdaLR(o, lambda t: 0.5 ** (t // 10))),
    ("exponential", "gamma=0.5,smooth=true", lambda o: S.LambdaLR(o, lambda t: 0.5 ** (t / 10))),
    ("inverse_time", "decay=0.3", lambda o: S.LambdaLR(o, lambda t: 1 / (1 + 0.3 * (t // 10)))),
    ("inverse_time", "decay=0.3,smooth=true", lambda o: S.LambdaLR(o, lambda t: 1 / (1 + 0.3 * t / 10))),
    ("inverse_time", "decay=0.1,every=2 steps", lambda o: S.LambdaLR(o, lambda t: 1 / (1 + 0.1 * (t // 2)))),
    ("polynomial", "", lambda o: S.PolynomialLR(o, 100)),
    ("polynomial", "power=2,over=5 epochs", lambda o: S.PolynomialLR(o, 50, 2)),
    ("polynomial", "power=0.5,over=60 steps", lambda o: S.PolynomialLR(o, 60, 0.5)),
    ("polynomial", "power=3,final=0.2", lambda o: S.LambdaLR(o, lambda t: 0.2 + 0.8 * (1 - t / 100) ** 3)),
    ("cosine", "", lambda o: S.CosineAnnealingLR(o, 100)),
    ("cosine", "final=0.1", lambda o: S.CosineAnnealingLR(o, 100, 0.2)),
    ("cosine_restarts", "t0=13 steps", lambda o: S.CosineAnnealingWarmRestarts(o, 13)),
    ("cosine_restarts", "t0=1 epoch,t_mult=2,final=0.05", lambda o: S.CosineAnnealingWarmRestarts(o, 10, 2, 0.1)),
    ("cosine_restarts", "t0=3 steps,t_mult=3", lambda o: S.CosineAnnealingWarmRestarts(o, 3, 3)),
    ("one_cycle", "", lambda o: S.OneCycleLR(o, LR, 100, cycle_momentum=False)),
    ("one_cycle", "anneal=linear,pct_start=0.4,div=10,final_div=100", lambda o: S.OneCycleLR(
        o, LR, 100, pct_start=0.4, anneal_strategy="linear", div_factor=10, final_div_factor=100, cycle_momentum=False)),
    ("one_cycle", "three_phase=true,max=2", lambda o: S.OneCycleLR(
        o, 2 * LR, 100, three_phase=True, cycle_momentum=False)),
    ("one_cycle", "three_phase=true,anneal=linear,pct_start=0.2", lambda o: S.OneCycleLR(
        o, LR, 100, pct_start=0.2, anneal_strategy="linear", three_phase=True, cycle_momentum=False)),
]
PLATEAU = [
    ("patience=3", {"patience": 3}),
    ("patience=0,factor=0.9,threshold=0.1", {"patience": 0, "factor": 0.9, "threshold": 0.1}),
    ("patience=2,factor=0.5,threshold=0.05,threshold_mode=abs,cooldown=5",
     {"patience": 2, "factor": 0.5, "threshold": 0.05, "threshold_mode": "abs", "cooldown": 5}),
    ("patience=1,factor=0.3,min_lr=0.01,cooldown=1", {"patience": 1, "factor": 0.3, "min_lr": 0.01, "cooldown": 1}),
    ("patience=1,factor=0.5,epsilon=0.1", {"patience": 1, "factor": 0.5, "eps": 0.1}),
    ("rises patience=4,factor=0.5", {"patience": 4, "factor": 0.5, "mode": "max"}),
    ("rises patience=2,factor=0.8,threshold=0.02,threshold_mode=abs",
     {"patience": 2, "factor": 0.8, "threshold": 0.02, "threshold_mode": "abs", "mode": "max"}),
]


def optimizer():
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LR)


def put(name, options, rates):
    print(f'{{ "{name}", "{options}", {{')
    for i in range(0, STEPS, 10):
        print("    " + ", ".join(f"{x:.17g}" for x in rates[i:i + 10]) + ",")
    print("} },")


print("/* SPDX-License-Identifier: Apache-2.0 */")
print("/* Made by tests/golden/make_schedule.py. Learning rates of PyTorch's schedules; no include guard. */")
print("/* clang-format off */")
for name, options, make in CASES:
    o = optimizer()
    schedule, rates = make(o), []
    for _ in range(STEPS):
        rates.append(o.param_groups[0]["lr"])
        o.step()
        schedule.step()
    put(name, options, rates)
for options, arguments in PLATEAU:
    o = optimizer()
    schedule, rates = S.ReduceLROnPlateau(o, **arguments), []
    for t in range(STEPS):
        o.step()
        schedule.step(((37 * t) % 97) / 97 + 4 / (t + 1))
        rates.append(o.param_groups[0]["lr"])
    put("plateau", options, rates)

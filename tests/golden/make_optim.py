#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes optim.inc: parameters after 1, 10 and 100 steps of PyTorch's optimizers (LARS and LAMB, which it
has not, after their papers), computed in float64.

    python3 tests/golden/make_optim.py > tests/golden/optim.inc      (PyTorch 2.x)

Parameters and gradients are small integers over powers of two, so that C makes the same ones:
    w_i = ((7 i) mod 11 - 5) / 4,   g_i in step t = ((37 t + 101 i + 13 t i) mod 97 - 48) / 32
"""
import torch

N, STEPS = 7, (1, 10, 100)


class LARS(torch.optim.Optimizer):
    """arXiv:1708.03888, algorithm 1; the momentum is not scaled by lr, as in PyTorch's SGD."""

    def __init__(self, params, lr, momentum=0.9, weight_decay=0.0, trust=1e-3, eps=1e-8):
        super().__init__(params, {})
        self.lr, self.momentum, self.decay, self.trust, self.eps, self.m = lr, momentum, weight_decay, trust, eps, None

    @torch.no_grad()
    def step(self):
        w = self.param_groups[0]["params"][0]
        norm = w.norm()
        rate = self.trust * norm / (w.grad.norm() + self.decay * norm + self.eps)
        g = rate * (w.grad + self.decay * w)
        self.m = g if self.m is None else self.momentum * self.m + g
        w -= self.lr * self.m


class LAMB(torch.optim.Optimizer):
    """arXiv:1904.00962, algorithm 2."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.0):
        super().__init__(params, {})
        self.lr, self.betas, self.eps, self.decay, self.t, self.m, self.v = lr, betas, eps, weight_decay, 0, 0, 0

    @torch.no_grad()
    def step(self):
        w, (b1, b2) = self.param_groups[0]["params"][0], self.betas
        self.t += 1
        self.m = b1 * self.m + (1 - b1) * w.grad
        self.v = b2 * self.v + (1 - b2) * w.grad ** 2
        d = self.m / (1 - b1 ** self.t) / ((self.v / (1 - b2 ** self.t)).sqrt() + self.eps) + self.decay * w
        w -= self.lr * w.norm() / d.norm() * d


CASES = [
    ("sgd", "lr=0.05", torch.optim.SGD, {"lr": 0.05}),
    ("sgd", "lr=0.05 weight_decay=0.1", torch.optim.SGD, {"lr": 0.05, "weight_decay": 0.1}),
    ("sgd", "lr=0.05 momentum=0.9", torch.optim.SGD, {"lr": 0.05, "momentum": 0.9}),
    ("sgd", "lr=0.05 momentum=0.9 nesterov=true weight_decay=0.01", torch.optim.SGD,
     {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("adam", "", torch.optim.Adam, {"lr": 1e-3}),
    ("adam", "lr=0.02 beta1=0.8 beta2=0.99 epsilon=0.001", torch.optim.Adam,
     {"lr": 0.02, "betas": (0.8, 0.99), "eps": 0.001}),
    ("adam", "lr=0.01 weight_decay=0.1", torch.optim.Adam, {"lr": 0.01, "weight_decay": 0.1}),
    ("adamw", "lr=0.01 weight_decay=0.1", torch.optim.AdamW, {"lr": 0.01, "weight_decay": 0.1}),
    ("adamw", "lr=0.01", torch.optim.AdamW, {"lr": 0.01, "weight_decay": 0.0}),
    ("adam", "lr=0.01 amsgrad=true", torch.optim.Adam, {"lr": 0.01, "amsgrad": True}),
    ("adam", "lr=0.01 amsgrad=true weight_decay=0.1", torch.optim.Adam,
     {"lr": 0.01, "amsgrad": True, "weight_decay": 0.1}),
    ("adamw", "lr=0.01 amsgrad=true weight_decay=0.1 beta2=0.9", torch.optim.AdamW,
     {"lr": 0.01, "amsgrad": True, "weight_decay": 0.1, "betas": (0.9, 0.9)}),
    ("adagrad", "", torch.optim.Adagrad, {}),
    ("adagrad", "lr=0.1 lr_decay=0.05", torch.optim.Adagrad, {"lr": 0.1, "lr_decay": 0.05}),
    ("adagrad", "lr=0.1 initial=0.5 epsilon=0.01 weight_decay=0.1", torch.optim.Adagrad,
     {"lr": 0.1, "initial_accumulator_value": 0.5, "eps": 0.01, "weight_decay": 0.1}),
    ("adadelta", "", torch.optim.Adadelta, {}),
    ("adadelta", "lr=0.5 rho=0.8 epsilon=0.001 weight_decay=0.1", torch.optim.Adadelta,
     {"lr": 0.5, "rho": 0.8, "eps": 0.001, "weight_decay": 0.1}),
    ("rmsprop", "", torch.optim.RMSprop, {}),
    ("rmsprop", "lr=0.005 rho=0.9 epsilon=0.001 weight_decay=0.1", torch.optim.RMSprop,
     {"lr": 0.005, "alpha": 0.9, "eps": 0.001, "weight_decay": 0.1}),
    ("rmsprop", "lr=0.005 centered=true epsilon=0.001", torch.optim.RMSprop,
     {"lr": 0.005, "centered": True, "eps": 0.001}),
    ("rmsprop", "lr=0.005 momentum=0.9", torch.optim.RMSprop, {"lr": 0.005, "momentum": 0.9}),
    ("rmsprop", "lr=0.005 momentum=0.5 centered=true epsilon=0.001 weight_decay=0.01", torch.optim.RMSprop,
     {"lr": 0.005, "momentum": 0.5, "centered": True, "eps": 0.001, "weight_decay": 0.01}),
    ("adamax", "", torch.optim.Adamax, {}),
    ("adamax", "lr=0.01 beta1=0.8 beta2=0.9 epsilon=0.001 weight_decay=0.1", torch.optim.Adamax,
     {"lr": 0.01, "betas": (0.8, 0.9), "eps": 0.001, "weight_decay": 0.1}),
    ("nadam", "", torch.optim.NAdam, {}),
    ("nadam", "lr=0.01 beta1=0.8 beta2=0.99 epsilon=0.001 weight_decay=0.1", torch.optim.NAdam,
     {"lr": 0.01, "betas": (0.8, 0.99), "eps": 0.001, "weight_decay": 0.1}),
    ("nadam", "lr=0.01 momentum_decay=0.1 weight_decay=0.1 decoupled=true", torch.optim.NAdam,
     {"lr": 0.01, "momentum_decay": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("lars", "lr=0.5", LARS, {"lr": 0.5}),
    ("lars", "lr=0.5 momentum=0 trust=0.02 weight_decay=0.1 epsilon=0.01", LARS,
     {"lr": 0.5, "momentum": 0, "trust": 0.02, "weight_decay": 0.1, "eps": 0.01}),
    ("lamb", "", LAMB, {}),
    ("lamb", "lr=0.01 beta1=0.8 beta2=0.99 epsilon=0.001 weight_decay=0.1", LAMB,
     {"lr": 0.01, "betas": (0.8, 0.99), "eps": 0.001, "weight_decay": 0.1}),
]


def gradient(step):
    return torch.tensor([((37 * step + 101 * i + 13 * step * i) % 97 - 48) / 32 for i in range(N)], dtype=torch.float64)


print("/* SPDX-License-Identifier: Apache-2.0 */")
print("/* Made by tests/golden/make_optim.py. Parameters after PyTorch's steps; no include guard. */")
print("/* clang-format off */")
for name, options, optimizer, arguments in CASES:
    w = torch.tensor([((7 * i) % 11 - 5) / 4 for i in range(N)], dtype=torch.float64, requires_grad=True)
    optim = optimizer([w], **arguments)
    print(f'{{ "{name}", "{options}", {{')
    for step in range(1, STEPS[-1] + 1):
        w.grad = gradient(step)
        optim.step()
        if step in STEPS:
            print("    { " + ", ".join(f"{float(x):.9g}" for x in w.detach()) + " },")
    print("} },")

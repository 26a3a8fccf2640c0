#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PyTorch's time for what rows of bench_kernels do, on one thread, in CPU time of that thread, channels_last:

    python3 bench/torch_kernels.py            (beside bench_kernels avx2 1)
"""
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def best(f, budget=0.3):
    f()
    least, spent = 1e9, 0
    while spent < budget:
        start = time.thread_time()
        f()
        t = time.thread_time() - start
        least, spent = min(least, t), spent + t
    return least * 1e6


def image(n, places, c):
    h = int(places**0.5)
    return torch.rand(n, c, h, places // h).contiguous(memory_format=torch.channels_last)


def backward(y, inputs):
    dy = torch.rand_like(y)
    return lambda: torch.autograd.grad(y, inputs, dy, retain_graph=True)


def row(name, sizes, f):
    print("%-28s %-24s %9.1f us" % (name, sizes, best(f)), flush=True)


for n, places, c in ((16, 12544, 64), (16, 3136, 64), (16, 3136, 256), (16, 196, 1024), (16, 49, 2048), (128, 1024, 16),
                     (128, 64, 64)):
    x, r = image(n, places, c).requires_grad_(), image(n, places, c).requires_grad_()
    m = torch.nn.BatchNorm2d(c)
    size = "%d x %d x %d" % (n, places, c)
    with torch.no_grad():
        row("batchnorm, statistics too", size, lambda: m(x))
        row("batchnorm+relu", size, lambda: F.relu_(m(x)))
        row("batchnorm+add+relu", size, lambda: F.relu_(m(x).add_(r)))
    row("batchnorm_grad+relu", size, backward(F.relu(m(x)), [x, m.weight, m.bias]))
    row("batchnorm_grad+add+relu", size, backward(F.relu(m(x) + r), [x, r, m.weight, m.bias]))
for size, stride, pad, n, h, c in ((3, 2, 1, 16, 112, 64), (2, 2, 0, 4, 224, 64), (2, 2, 0, 128, 28, 6)):
    x = image(n, h * h, c).requires_grad_()
    label = "%d x %d, %d of %d, step %d" % (h, h, c, n, stride)
    with torch.no_grad():
        row("maxpool %d" % size, label, lambda: F.max_pool2d(x, size, stride, pad))
    row("maxpool_grad %d" % size, label, backward(F.max_pool2d(x, size, stride, pad), [x]))
x, label = torch.randn(700, 10000, requires_grad=True), torch.randint(10000, (700,))
with torch.no_grad():
    row("softmax_cross_entropy", "700 x 10000", lambda: F.cross_entropy(x, label))
loss = F.cross_entropy(x, label)
row("softmax_cross_entropy_grad", "700 x 10000", lambda: torch.autograd.grad(loss, [x], retain_graph=True))
table = torch.randn(10000, 650, requires_grad=True)
row("embedding_grad", "20 x 35 of 10000 x 650", backward(F.embedding(label, table), [table]))
x = torch.rand(1 << 23)
row("relu", "8M", lambda: F.relu_(x))

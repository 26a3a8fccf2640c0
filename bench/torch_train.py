#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Training throughput of PyTorch on the reference workloads.

Usage: torch_train.py [WORKLOAD ...] [--threads N] [--dtype fp32|bf16] [--seconds S]

For each workload: builds the model of the same name, runs full training steps
(forward, loss, backward, optimizer) on random data already in memory, and prints
one JSON line: workload, dtype, threads, params, batch, samples_per_s (median step), peak_bytes (of
the process: one workload a process for a true figure).
Input loading is left out on purpose: this is the compute bar.
"""
import argparse, json, os, statistics, sys, time

ap = argparse.ArgumentParser()
ap.add_argument("workloads", nargs="*")
ap.add_argument("--threads", type=int, default=os.cpu_count())
ap.add_argument("--dtype", choices=["fp32", "bf16"], default="fp32")
ap.add_argument("--seconds", type=float, default=6.0)
ap.add_argument("--compile", action="store_true")
ap.add_argument("--channels-last", action="store_true")
args = ap.parse_args()
os.environ["OMP_NUM_THREADS"] = str(args.threads)
import torch, torch.nn as nn, torch.nn.functional as F
torch.set_num_threads(args.threads)
torch.manual_seed(0)


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def lenet5():
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


class Basic(nn.Module):
    def __init__(s, i, o, stride):
        super().__init__()
        s.c1, s.b1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        s.c2, s.b2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        s.p = None if stride == 1 and i == o else nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(s, x):
        y = s.b2(s.c2(F.relu(s.b1(s.c1(x)))))
        return F.relu(y + (x if s.p is None else s.p(x)))


class Bottleneck(nn.Module):
    def __init__(s, i, m, stride):
        super().__init__()
        o = 4 * m
        s.c1, s.b1 = nn.Conv2d(i, m, 1, bias=False), nn.BatchNorm2d(m)
        s.c2, s.b2 = nn.Conv2d(m, m, 3, stride, 1, bias=False), nn.BatchNorm2d(m)
        s.c3, s.b3 = nn.Conv2d(m, o, 1, bias=False), nn.BatchNorm2d(o)
        s.p = None if stride == 1 and i == o else nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(s, x):
        y = F.relu(s.b1(s.c1(x)))
        y = F.relu(s.b2(s.c2(y)))
        y = s.b3(s.c3(y))
        return F.relu(y + (x if s.p is None else s.p(x)))


def resnet20():
    l = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    i = 16
    for o in (16, 32, 64):
        for k in range(3):
            l.append(Basic(i, o, 2 if k == 0 and o > 16 else 1))
            i = o
    return nn.Sequential(*l, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def resnet50():
    l = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    i = 64
    for m, n, st in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for k in range(n):
            l.append(Bottleneck(i, m, st if k == 0 else 1))
            i = 4 * m
    return nn.Sequential(*l, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


def vgg16():
    l, i = [], 3
    for v in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        if v == 0:
            l.append(nn.MaxPool2d(2))
        else:
            l += [nn.Conv2d(i, v, 3, padding=1), nn.ReLU()]
            i = v
    return nn.Sequential(*l, nn.Flatten(), nn.Linear(25088, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000))


class MobileBlock(nn.Module):
    def __init__(s, i, o, st):
        super().__init__()
        s.d, s.b1 = nn.Conv2d(i, i, 3, st, 1, groups=i, bias=False), nn.BatchNorm2d(i)
        s.p, s.b2 = nn.Conv2d(i, o, 1, bias=False), nn.BatchNorm2d(o)

    def forward(s, x):
        return F.relu(s.b2(s.p(F.relu(s.b1(s.d(x))))))


def mobilenet():
    l = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU()]
    i = 32
    for o, st in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)) + ((512, 1),) * 5 + ((1024, 2), (1024, 1)):
        l.append(MobileBlock(i, o, st))
        i = o
    return nn.Sequential(*l, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, 1000))


class UNet(nn.Module):
    def __init__(s, c=32):
        super().__init__()
        def dbl(i, o):
            return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.ReLU(), nn.Conv2d(o, o, 3, padding=1), nn.ReLU())
        s.d = nn.ModuleList([dbl(3, c), dbl(c, 2 * c), dbl(2 * c, 4 * c), dbl(4 * c, 8 * c)])
        s.u = nn.ModuleList([nn.ConvTranspose2d(8 * c, 4 * c, 2, 2), nn.ConvTranspose2d(4 * c, 2 * c, 2, 2), nn.ConvTranspose2d(2 * c, c, 2, 2)])
        s.e = nn.ModuleList([dbl(8 * c, 4 * c), dbl(4 * c, 2 * c), dbl(2 * c, c)])
        s.o = nn.Conv2d(c, 2, 1)

    def forward(s, x):
        k = []
        for i, d in enumerate(s.d):
            x = d(x)
            if i < 3:
                k.append(x)
                x = F.max_pool2d(x, 2)
        for u, e in zip(s.u, s.e):
            x = e(torch.cat([k.pop(), u(x)], 1))
        return s.o(x)


class LSTMLM(nn.Module):
    def __init__(s, V=10000, H=650, L=2):
        super().__init__()
        s.e, s.r, s.o = nn.Embedding(V, H), nn.LSTM(H, H, L, batch_first=True), nn.Linear(H, V)

    def forward(s, x):
        return s.o(s.r(s.e(x))[0]).flatten(0, 1)


class GRULM(LSTMLM):
    def __init__(s):
        super().__init__(65, 512, 2)
        s.r = nn.GRU(512, 512, 2, batch_first=True)


class Block(nn.Module):
    def __init__(s, d, h):
        super().__init__()
        s.h = h
        s.n1, s.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        s.qkv, s.o = nn.Linear(d, 3 * d), nn.Linear(d, d)
        s.f1, s.f2 = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(s, x):
        B, T, C = x.shape
        q, k, v = [t.view(B, T, s.h, C // s.h).transpose(1, 2) for t in s.qkv(s.n1(x)).chunk(3, -1)]
        if hasattr(F, "scaled_dot_product_attention"):
            a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            m = torch.ones(T, T, dtype=torch.bool).tril()
            a = ((q @ k.transpose(-1, -2)) * (C // s.h) ** -0.5).masked_fill(~m, float("-inf")).softmax(-1) @ v
        x = x + s.o(a.transpose(1, 2).reshape(B, T, C))
        return x + s.f2(F.gelu(s.f1(s.n2(x))))


class GPT(nn.Module):
    def __init__(s, V=65, T=256, d=384, h=6, L=6):
        super().__init__()
        s.t, s.p = nn.Embedding(V, d), nn.Embedding(T, d)
        s.b, s.n, s.o = nn.Sequential(*[Block(d, h) for _ in range(L)]), nn.LayerNorm(d), nn.Linear(d, V, bias=False)

    def forward(s, x):
        return s.o(s.n(s.b(s.t(x) + s.p(torch.arange(x.shape[1]))))).flatten(0, 1)


img = lambda c, n, k: lambda b: (torch.randn(b, c, n, n), torch.randint(k, (b,)))
tok = lambda v, t: lambda b: (torch.randint(v, (b, t)), torch.randint(v, (b, t)).flatten())
seg = lambda n: lambda b: (torch.randn(b, 3, n, n), torch.randint(2, (b, n, n)))
W = {  # model, batch, data, optimizer
    "mlp": (mlp, 128, img(1, 28, 10), "sgd"),
    "lenet5": (lenet5, 128, img(1, 28, 10), "adam"),
    "resnet20": (resnet20, 128, img(3, 32, 10), "sgd"),
    "resnet50": (resnet50, 16, img(3, 224, 1000), "sgd"),
    "vgg16": (vgg16, 8, img(3, 224, 1000), "sgd"),
    "mobilenet": (mobilenet, 32, img(3, 224, 1000), "sgd"),
    "unet": (UNet, 4, seg(128), "adam"),
    "lstm_ptb": (LSTMLM, 20, tok(10000, 35), "sgd"),
    "gru_char": (GRULM, 32, tok(65, 128), "adam"),
    "gpt_char": (GPT, 16, tok(65, 256), "adam"),
}
for name in args.workloads or W:
    make, batch, data, opt = W[name]
    net, (x, y) = make(), data(batch)
    if args.channels_last and x.dim() == 4:
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    o = torch.optim.SGD(net.parameters(), 0.01, momentum=0.9) if opt == "sgd" else torch.optim.Adam(net.parameters(), 1e-3)
    fwd = torch.compile(net) if args.compile else net
    times, end = [], None
    while True:
        t = time.perf_counter()
        o.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.dtype == "bf16"):
            out = fwd(x)
        F.cross_entropy(out.float(), y).backward()
        o.step()
        dt = time.perf_counter() - t
        if end is None:  # the first two steps warm up
            end = 0
        elif end == 0:
            end = time.perf_counter() + args.seconds
        else:
            times.append(dt)
            if time.perf_counter() > end and len(times) >= 3:
                break
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    print(json.dumps(dict(peak_bytes=peak, peer="pytorch " + torch.__version__, workload=name, dtype=args.dtype, threads=args.threads,
                          params=sum(p.numel() for p in net.parameters()), batch=batch,
                          samples_per_s=round(batch / statistics.median(times), 2))), flush=True)

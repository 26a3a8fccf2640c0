# SPDX-License-Identifier: Apache-2.0
"""The reference workloads in PyTorch, from yoke's initial parameters and on yoke's samples: the loss of every step is
compared with the run's log.csv. Usage: workloads.py NAME RUN DATA.h5 BATCH. The networks are those of the recipes in
launch/recipes/bench/, of any image size; `layers` names the recipe's layers in the order of the network's modules.

Batch normalisation of few values makes rounding errors grow by orders of magnitude a step, in anybody's float32. Where a
loss is farther than LIMIT from PyTorch's, it may be as far from PyTorch's in float64 as DRIFT times what PyTorch's own
float32 has been so far; from the step on where that is more than LOST, nothing is compared."""
import csv
import itertools
import sys

import h5py
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

LIMIT = 1e-3  # relative
DRIFT, LOST = 10, 1e-2


class Residual(nn.Module):
    """main(x) + short(x), rectified."""

    def __init__(self, main, short=None):
        super().__init__()
        self.main, self.short = nn.Sequential(*main), short

    def forward(self, x):
        return F.relu(self.main(x) + (x if self.short is None else self.short(x)))


def convolution(i, o, kernel=1, stride=1, groups=1):
    return [nn.Conv2d(i, o, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(o)]


def of_block(name):
    return [name + "/conv2d_1", name + "/batchnorm_1"]


def mlp(x, dense):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)), [
        "dense_1", "dense_2", "dense_3"]


def lenet5(x, dense):
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)), [
        "conv2d_1", "conv2d_2", "dense_1", "dense_2", "dense_3"]


def resnet20(x, dense):
    net, names, i = [*convolution(3, 16, 3), nn.ReLU()], of_block("convolution_1"), 16
    same = half = 0
    for o in 16, 32, 64:
        for k in range(3):
            down = k == 0 and o > 16
            main = [*convolution(i, o, 3, 2 if down else 1), nn.ReLU(), *convolution(o, o, 3)]
            net.append(Residual(main, nn.Sequential(*convolution(i, o, 1, 2)) if down else None))
            half, same, i = half + down, same + (not down), o
            block = f"half_{half}" if down else f"same_{same}"
            names += of_block(block + "/convolution_1") + of_block(block + "/main")
            names += of_block(block + "/short") if down else []
    return nn.Sequential(*net, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)), names + ["dense_1"]


def resnet50(x, dense):
    net, names, i = [*convolution(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], of_block("convolution_1"), 64
    first = more = 0
    for m, n, stride in (64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2):
        for k in range(n):
            s = stride if k == 0 else 1
            main = [*convolution(i, m), nn.ReLU(), *convolution(m, m, 3, s), nn.ReLU(), *convolution(m, 4 * m)]
            net.append(Residual(main, None if k else nn.Sequential(*convolution(i, 4 * m, 1, s))))
            first, more, i = first + (k == 0), more + (k > 0), 4 * m
            block = f"more_{more}" if k else f"first_{first}"
            names += of_block(block + "/convolution_1") + of_block(block + "/convolution_2") + of_block(block + "/main")
            names += [] if k else of_block(block + "/short")
    return nn.Sequential(*net, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000)), names + ["dense_1"]


def vgg16(x, dense):
    net, names, i = [], [], 3
    for stage, (filters, layers) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], 1):
        for k in range(1, layers + 1):
            net += [nn.Conv2d(i, filters, 3, padding=1), nn.ReLU()]
            names.append(f"stage_{stage}/block_{k}/conv2d_1")
            i = filters
        net.append(nn.MaxPool2d(2))
    for k, o in enumerate(dense):
        net += [nn.Flatten()] * (k == 0)
        net += [nn.Linear(512 * (x.shape[2] // 32) ** 2 if k == 0 else dense[k - 1], o), nn.ReLU()]
    return nn.Sequential(*net[:-1]), names + ["dense_1", "dense_2", "dense_3"]


def mobilenet(x, dense):
    net, names, i = [*convolution(3, 32, 3, 2), nn.ReLU()], ["conv2d_1", "batchnorm_1"], 32
    blocks = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
    for k, (o, stride) in enumerate(blocks, 1):
        net += [*convolution(i, i, 3, stride, i), nn.ReLU(), *convolution(i, o), nn.ReLU()]
        names += [f"separable_{k}/{layer}" for layer in ("depthwise_conv2d_1", "batchnorm_1", "conv2d_1", "batchnorm_2")]
        i = o
    return nn.Sequential(*net, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, 1000)), names + ["dense_1"]


class UNet(nn.Module):
    def __init__(self, c=32):
        super().__init__()

        def double(i, o):
            return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.ReLU(), nn.Conv2d(o, o, 3, padding=1), nn.ReLU())

        self.down = nn.ModuleList([double(3, c), double(c, 2 * c), double(2 * c, 4 * c), double(4 * c, 8 * c)])
        self.up = nn.ModuleList()
        for w in 4 * c, 2 * c, c:
            self.up += [nn.ConvTranspose2d(2 * w, w, 2, 2), double(2 * w, w)]
        self.out = nn.Conv2d(c, 2, 1)

    def forward(self, x):
        kept = []
        for i, down in enumerate(self.down):
            x = down(x)
            if i < 3:
                kept.append(x)
                x = F.max_pool2d(x, 2)
        for larger, double in zip(self.up[0::2], self.up[1::2]):
            x = double(torch.cat([kept.pop(), larger(x)], 1))
        return self.out(x)


def unet(x, dense):
    names = [f"{block}/conv2d_{k}" for block in ("down_1", "down_2", "down_3", "bottom") for k in (1, 2)]
    for k in 1, 2, 3:
        names += [f"up_{k}/larger", f"up_{k}/double_1/conv2d_1", f"up_{k}/double_1/conv2d_2"]
    return UNet(), names + ["conv2d_1"]


class First(nn.Module):
    """The output of a recurrent layer without its states."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]


def recurrent(kind, vocabulary, units, name):
    layers = [First(kind(units, units, batch_first=True)) for _ in range(2)]
    net = nn.Sequential(nn.Embedding(vocabulary, units), *layers, nn.Linear(units, vocabulary))
    return net, ["embedding_1", f"block_1/{name}_1", f"block_2/{name}_1", "dense_1"]


def lstm_ptb(x, dense):
    return recurrent(nn.LSTM, dense[0], 650, "lstm")


def gru_char(x, dense):
    return recurrent(nn.GRU, 65, 512, "gru")


class Transformer(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.n1, self.qkv, self.o = nn.LayerNorm(d), nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.n2, self.f1, self.f2 = nn.LayerNorm(d), nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = (p.view(n, t, self.heads, d // self.heads).transpose(1, 2) for p in self.qkv(self.n1(x)).chunk(3, -1))
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o(a.transpose(1, 2).reshape(n, t, d))
        return x + self.f2(F.gelu(self.f1(self.n2(x))))


class Positions(nn.Module):
    def __init__(self, t, d):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(t, d)), None

    def forward(self, x):
        return x + self.weight


def gpt_char(x, dense):
    blocks = [Transformer(384, 6) for _ in range(6)]
    net = nn.Sequential(nn.Embedding(65, 384), Positions(x.shape[1], 384), *blocks, nn.LayerNorm(384),
                        nn.Linear(384, 65, bias=False))
    names = ["embedding_1", "position_embedding_1"]
    for k in range(1, 7):
        names += [f"transformer_{k}/{layer}" for layer in ("layernorm_1", "qkv", "attended", "layernorm_2", "dense_3", "out")]
    return net, names + ["layernorm_1", "dense_1"]


def take_recurrent(module, w):
    """LSTM: gates i f c o in both; one bias here, two that add up there. GRU: z r h here, r z n there."""
    def gates(kernel):
        parts = kernel.chunk(4 if isinstance(module, nn.LSTM) else 3, -1)
        return torch.cat(parts if len(parts) == 4 else [parts[1], parts[0], parts[2]], -1).T

    with torch.no_grad():
        module.weight_ih_l0.copy_(gates(w["kernel"]))
        module.weight_hh_l0.copy_(gates(w["recurrent_kernel"]))
        if isinstance(module, nn.LSTM):
            module.bias_ih_l0.copy_(w["bias"])
            module.bias_hh_l0.zero_().requires_grad_(False)
        else:
            module.bias_ih_l0.copy_(gates(w["bias"][0]))
            module.bias_hh_l0.copy_(gates(w["bias"][1]))


def take(module, layer, flat):
    """yoke's parameters of a layer into a module; flat: channels, height, width of what a Flatten gave to it."""
    w = {name: torch.tensor(np.asarray(layer[name])) for name in layer}
    if isinstance(module, (nn.LSTM, nn.GRU)):
        take_recurrent(module, w)
        return
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):  # (kh, kw, in, out), of the transposed one (kh, kw, out, in)
        kernel = w["kernel"].permute(2, 3, 0, 1) if module.groups > 1 else w["kernel"].permute(3, 2, 0, 1)
    elif isinstance(module, nn.Linear):
        kernel = w["kernel"].T
        if flat:  # rows in the order h, w, c
            c, h, width = flat
            kernel = kernel.reshape(-1, h, width, c).permute(0, 3, 1, 2).reshape(kernel.shape)
    elif isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)):
        kernel = w["gamma"]
    else:
        (kernel,) = w.values()
    with torch.no_grad():
        module.weight.copy_(kernel)
        if getattr(module, "bias", None) is not None:
            module.bias.copy_(w["beta" if "beta" in w else "bias"])


def load(net, names, checkpoint, x):
    """Initial parameters from a checkpoint; every one of them."""
    modules = [m for m in net.modules() if list(m.parameters(recurse=False))]
    assert len(modules) == len(names), (len(modules), len(names))
    flats = {}
    if x.dim() == 4 and isinstance(net, nn.Sequential):  # shapes before Flatten
        with torch.no_grad():
            for layer, after in zip(net, list(net)[1:] + [None]):
                if isinstance(layer, nn.Flatten):
                    flats[after] = tuple(x.shape[1:])
                x = layer(x)
    with h5py.File(checkpoint) as f:
        for module, name in zip(modules, names):
            take(module, f["params"][name], flats.get(module))
        assert sum(v.size for v in flatten(f["params"])) == sum(p.numel() for p in net.parameters() if p.requires_grad)


def flatten(group):
    for item in group.values():
        if isinstance(item, h5py.Group):
            yield from flatten(item)
        else:
            yield item


def losses(net, name, x, y, batch):
    """The loss of one step after the other."""
    if name in ("lenet5", "unet", "gru_char", "gpt_char"):
        optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    else:
        optimizer = torch.optim.SGD(net.parameters(), 0.01, momentum=0.9)
    for at in itertools.count(0, batch):
        rows = slice(at % len(x), at % len(x) + batch)
        optimizer.zero_grad()
        out = net(x[rows])
        loss = F.cross_entropy(out if x.dim() == 4 else out.flatten(0, 1), y[rows] if x.dim() == 4 else y[rows].flatten())
        loss.backward()
        optimizer.step()
        yield loss.item()


def main():
    name, run, data, batch = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    torch.set_num_threads(1)  # several are slow where a machine has other things to do
    with h5py.File(data) as f:
        x, y = torch.tensor(f["train/x"][:]), torch.tensor(f["train/y"][:]).long()
    if x.dim() == 4:
        x = x.permute(0, 3, 1, 2).contiguous()
    checkpoint = f"{run}/checkpoints/step-00000000.h5"
    with h5py.File(checkpoint) as f:
        dense = [f["params"][d]["kernel"].shape[1] for d in ("dense_1", "dense_2", "dense_3") if d in f["params"]]
    with open(f"{run}/log.csv") as f:
        ours = [float(row["loss"]) for row in csv.DictReader(f) if row["split"] == "train"]
    assert len(ours) >= 20, ours

    def theirs(dtype):
        net, names = globals()[name](x, dense)
        load(net, names, checkpoint, x[:2])
        return losses(net.to(dtype), name, x.to(dtype) if x.dim() == 4 else x, y, batch)

    single, seen, double, drift, worst, step = theirs(torch.float32), [], None, 0, 0, 0
    for step, loss in enumerate(ours, 1):
        seen.append(next(single))
        apart = abs(loss - seen[-1]) / abs(seen[-1])
        if apart > LIMIT and not double:
            double = theirs(torch.float64)
            drift = max(abs(b - c) / abs(c) for b, c in zip(seen[:-1], double)) if step > 1 else 0
        if double:
            exact = next(double)
            drift = max(drift, abs(seen[-1] - exact) / abs(exact))
            if drift > LOST:
                break
            if abs(loss - exact) / abs(exact) > max(LIMIT, DRIFT * drift):
                sys.exit(f"step {step}: the loss is {loss}, PyTorch's {seen[-1]}, in float64 {exact}")
        worst = max(worst, apart)
    text = f"{step} steps, from {ours[0]:.4f} to {loss:.4f}: relative difference at most {worst:.1e}"
    print(text + (f"; PyTorch's from its own in float64 {drift:.1e}" if double else ""))


main()

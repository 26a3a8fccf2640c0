#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes ops.inc: inputs, outputs and gradients of every op as PyTorch computes them in float64.

    python3 tests/golden/make_ops.py > tests/golden/ops.inc      (made with PyTorch 2.13)

`same` padding, dropout's mask (Philox4x32-10 by hand) and the weighting of batch statistics are worked out here, from
their definitions. Inputs are float32 numbers; each array is printed with nine digits.
"""
import functools
import math
import sys
import textwrap

import numpy as np
import torch
import torch.nn.functional as F

rng = np.random.default_rng(1)
KEY, STEP = (0x9E3779B9, 0x243F6A88), 7
SAMPLES = [2**40 + 5, 3, 11, 2**33, 8, 9, 10]  # global sample numbers of a call's rows


def real(*shape, low=-2.0, high=2.0):
    return torch.tensor(rng.uniform(low, high, shape).astype(np.float32).astype(np.float64), requires_grad=True)


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def sides(padding, size, extents, strides):
    """[top, bottom, left, right] as Keras has `same`."""
    if padding == "valid":
        return [0, 0, 0, 0]
    if padding != "same":
        return padding
    out = []
    for n, e, s in zip(size, extents, strides):
        total = max((math.ceil(n / s) - 1) * s + e - n, 0)
        out += [total // 2, total - total // 2]
    return out


def pad(x, p, value):
    return F.pad(x, (p[2], p[3], p[0], p[1]), value=value)


def conv2d(x, kernel, bias=None, stride=(1, 1), padding="valid", dilation=(1, 1), groups=1):
    extents = [(k - 1) * d + 1 for k, d in zip(kernel.shape, dilation)]
    x = pad(nchw(x), sides(padding, x.shape[1:3], extents, stride), 0.0)
    return nhwc(F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, stride, 0, dilation, groups))


def maxpool2d(x, size, stride, padding="valid"):
    x = pad(nchw(x), sides(padding, x.shape[1:3], size, stride), -math.inf)
    return nhwc(F.max_pool2d(x, size, stride))


def avgpool2d(x, size, stride, padding="valid"):
    p = sides(padding, x.shape[1:3], size, stride)
    ones = pad(torch.ones_like(nchw(x)), p, 0.0)
    return nhwc(F.avg_pool2d(pad(nchw(x), p, 0.0), size, stride) / F.avg_pool2d(ones, size, stride))


def batchnorm(x, gamma, beta, mean, variance, leaf, train, epsilon=1e-5):
    """y, and for the buffers the sum over leaves of statistic times samples."""
    c = x.shape[-1]
    if not train:
        return (x - mean) / torch.sqrt(variance + epsilon) * gamma + beta, None
    ys, sums = [], [torch.zeros(c, dtype=torch.float64), torch.zeros(c, dtype=torch.float64)]
    for part in torch.split(x, leaf):
        flat = part.reshape(-1, c)
        if flat.shape[0] == 1:
            y, m, v = (flat - flat.detach()) * 0 + (flat - flat) * gamma + beta, flat[0], torch.zeros(c)
        else:
            m, v = torch.zeros(c, dtype=torch.float64), torch.ones(c, dtype=torch.float64)
            y = F.batch_norm(flat, m, v, gamma, beta, True, 1.0, epsilon)  # m, v: mean and unbiased variance
        ys.append(y.reshape(part.shape))
        sums[0] += m.detach() * part.shape[0]
        sums[1] += v * part.shape[0]
    return torch.cat(ys), sums


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ k[1], a & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def dropout(x, rate, train):
    if not train:
        return x * 1
    n = x[0].numel()
    keep = torch.zeros(x.shape[0], n, dtype=torch.float64)
    for i in range(x.shape[0]):
        for e in range(n):
            group, s = e // 4, SAMPLES[i]
            counter = [group & 0xFFFFFFFF, s & 0xFFFFFFFF, (s >> 32) & 0xFFFF | (group >> 32) << 16, STEP]
            keep[i, e] = (philox(counter, KEY)[e % 4] >> 8) * 2.0**-24 >= rate
    return x * keep.reshape(x.shape) / (1 - rate)


def cross_entropy(x, label):
    rows = F.cross_entropy(x.reshape(-1, x.shape[-1]), label.reshape(-1).long(), reduction="none")
    return rows.reshape(x.shape[0], -1).mean(1)


def labels(classes, *shape):
    return torch.tensor(rng.integers(0, classes, shape).astype(np.float64))


def a_sample(f):
    return lambda x, t: f(x.reshape(x.shape[0], -1), t.reshape(x.shape[0], -1), reduction="none").mean(1)


arrays, cases, names = [], [], {}


def array(t):
    """Name of a static array with these numbers; "0" for none."""
    if t is None:
        return "0"
    values = t.detach().to(torch.float64).contiguous().reshape(-1).tolist()
    text = textwrap.fill(", ".join("%.9g" % v for v in values), 118)
    if text not in names:
        names[text] = "golden_%d" % len(names)
        arrays.append("static const double %s[] = {\n%s };" % (names[text], text))
    return names[text]


def case(label, op, attrs, inputs, params, f, leaf=0, train=True, is_loss=False):
    """Runs f(*inputs, *params), which gives y or (y, statistics of buffers), and its backward; records all of it."""
    result = f(*inputs, *params)
    y, statistics = result if isinstance(result, tuple) else (result, None)
    dy = real(*y.shape).detach()
    if train:
        y.backward(dy)
    grad = [t.grad if train and t.requires_grad else None for t in inputs + params]
    if is_loss:
        grad[1] = None
    if statistics:
        grad[-2:] = statistics
    n = len(inputs)
    row = lambda ts: "{ " + ", ".join(array(t) for t in ts) + " }"
    shape = lambda t: "{ %d, { %s } }" % (t.dim(), ", ".join(map(str, t.shape)))
    shapes = ", ".join(shape(t) for t in inputs)
    cases.append(
        '    { "%s", "%s", "%s", { %s }, %s, %d, %s,\n      %s, %s, %s, %s, %s, %s },'
        % (label, op, attrs, shapes, shape(y), leaf, "true" if train else "false", row(inputs), row(params or [None]), array(y),
           array(dy if train else None), row(grad[:n]), row(grad[n:] or [None])))


def dense_cases():
    f = lambda x, w, b=None: x @ w + (0 if b is None else b)
    case("dense", "dense", "units=5", [real(6, 7)], [real(7, 5), real(5)], f)
    case("dense, short last leaf", "dense", "units=3", [real(7, 4)], [real(4, 3), real(3)], f, leaf=3)
    case("dense, one sample, one input, one unit", "dense", "units=1", [real(1, 1)], [real(1, 1), real(1)], f)
    case("dense without bias", "dense", "units=17 bias=false", [real(2, 33)], [real(33, 17)], f)
    case("dense on a sequence", "dense", "units=4", [real(3, 5, 6)], [real(6, 4), real(4)], f, leaf=2)


def winograd_cases():
    x, params = real(2, 4, 6, 16), [real(3, 3, 16, 16), real(16)]
    case("conv2d winograd", "conv2d", "filters=16 kernel=3 padding=same", [x], params,
         lambda *t: conv2d(*t, padding="same"), leaf=1)


def conv_cases():
    def conv(label, attrs, x, kernel, bias=True, leaf=0, **options):
        params = [real(*kernel)] + ([real(kernel[3])] if bias else [])
        case("conv2d " + label, "conv2d", attrs, [real(*x)], params, lambda *t: conv2d(*t, **options), leaf=leaf)

    conv("valid", "filters=4 kernel=3", (2, 6, 7, 3), (3, 3, 3, 4))
    conv("one sample", "filters=2 kernel=[1,2] bias=false", (1, 3, 3, 1), (1, 2, 1, 2), bias=False)
    conv("as large as the image", "filters=3 kernel=[4,5]", (2, 4, 5, 2), (4, 5, 2, 3))
    conv("1 x 1", "filters=5 kernel=1", (3, 4, 3, 6), (1, 1, 6, 5), leaf=2)
    conv("same, odd", "filters=3 kernel=3 padding=same", (2, 5, 7, 2), (3, 3, 2, 3), padding="same")
    conv("same, even kernel", "filters=3 kernel=[2,4] padding=same", (2, 5, 6, 2), (2, 4, 2, 3), padding="same")
    conv("same, stride 2, even image", "filters=3 kernel=3 stride=2 padding=same", (2, 6, 8, 2), (3, 3, 2, 3),
         padding="same", stride=(2, 2))
    conv("same, stride 2, odd image", "filters=3 kernel=3 stride=2 padding=same", (2, 7, 5, 2), (3, 3, 2, 3),
         padding="same", stride=(2, 2))
    conv("same, stride 3 x 2, kernel 2", "filters=2 kernel=2 stride=[3,2] padding=same", (2, 7, 7, 2), (2, 2, 2, 2),
         padding="same", stride=(3, 2))
    conv("valid, stride 2", "filters=2 kernel=3 stride=2", (2, 8, 7, 2), (3, 3, 2, 2), stride=(2, 2))
    conv("explicit", "filters=2 kernel=3 padding=[2,0,1,3]", (2, 4, 5, 2), (3, 3, 2, 2), padding=[2, 0, 1, 3])
    conv("one number of padding", "filters=2 kernel=3 padding=1 stride=2", (2, 5, 5, 2), (3, 3, 2, 2),
         padding=[1, 1, 1, 1], stride=(2, 2))
    conv("dilation 2", "filters=2 kernel=3 dilation=2", (2, 7, 6, 2), (3, 3, 2, 2), dilation=(2, 2))
    conv("dilation 2 x 1, same", "filters=2 kernel=3 dilation=[2,1] padding=same", (2, 5, 5, 2), (3, 3, 2, 2),
         dilation=(2, 1), padding="same")
    conv("groups 2", "filters=6 kernel=3 groups=2", (2, 5, 5, 4), (3, 3, 2, 6), groups=2)
    conv("groups = channels, stride 2, same", "filters=4 kernel=3 groups=4 stride=2 padding=same", (3, 6, 5, 4),
         (3, 3, 1, 4), groups=4, stride=(2, 2), padding="same", leaf=2)
    conv("short last leaf", "filters=17 kernel=3 padding=same", (5, 4, 4, 3), (3, 3, 3, 17), padding="same", leaf=2)


def pool_cases():
    for op, f in (("maxpool2d", maxpool2d), ("avgpool2d", avgpool2d)):
        def pool(label, attrs, x, size, stride, padding="valid"):
            case(op + " " + label, op, attrs, [real(*x)], [], lambda t: f(t, size, stride, padding))

        pool("2", "size=2", (2, 6, 4, 3), (2, 2), (2, 2))
        pool("2 with a rest", "size=2", (3, 5, 7, 2), (2, 2), (2, 2))
        pool("3 x 2, stride 1 x 2", "size=[3,2] stride=[1,2]", (2, 5, 6, 17), (3, 2), (1, 2))
        pool("same", "size=3 stride=2 padding=same", (2, 6, 5, 2), (3, 3), (2, 2), "same")
        pool("same, stride 1", "size=2 stride=1 padding=same", (1, 4, 3, 2), (2, 2), (1, 1), "same")
        pool("explicit", "size=3 stride=2 padding=1", (2, 6, 7, 2), (3, 3), (2, 2), [1, 1, 1, 1])
        pool("whole image", "size=[3,4]", (2, 3, 4, 2), (3, 4), (3, 4))
        pool("stride larger than size", "size=1 stride=2", (2, 5, 4, 1), (1, 1), (2, 2))


def batchnorm_cases():
    def norm(label, attrs, x, leaf=0, train=True, epsilon=1e-5):
        c = x[-1]
        mean = torch.tensor(rng.uniform(-1, 1, c).astype(np.float32).astype(np.float64))
        variance = torch.tensor(rng.uniform(0.5, 2, c).astype(np.float32).astype(np.float64))
        case("batchnorm " + label, "batchnorm", attrs, [real(*x)], [real(c), real(c), mean, variance],
             lambda *t: batchnorm(*t, leaf=leaf or x[0], train=train, epsilon=epsilon), leaf=leaf, train=train)

    norm("of features", "", (6, 5))
    norm("short last leaf", "", (7, 3), leaf=3)  # the last leaf has one value
    norm("of images", "epsilon=0.001", (3, 4, 3, 5), leaf=2, epsilon=1e-3)
    norm("of sequences, one sample", "", (1, 6, 17))
    norm("running", "", (4, 5), train=False)
    norm("running, images", "epsilon=0.01", (3, 2, 3, 4), leaf=2, train=False, epsilon=1e-2)


def elementwise_cases():
    for op, f in (("relu", F.relu), ("sigmoid", torch.sigmoid), ("tanh", torch.tanh)):
        case(op, op, "", [real(3, 5, low=-4, high=4)], [], f)
        case(op + " of an image", op, "", [real(2, 3, 3, 7, low=-12, high=12)], [], f)
    case("sigmoid far out", "sigmoid", "", [torch.tensor([[-80.0, -20, -1e-6, 0, 1e-6, 20, 80]], dtype=torch.float64,
                                                         requires_grad=True)], [], torch.sigmoid)
    case("tanh far out", "tanh", "", [torch.tensor([[-80.0, -9, -1e-6, 0, 1e-6, 9, 80]], dtype=torch.float64,
                                                   requires_grad=True)], [], torch.tanh)
    case("softmax", "softmax", "", [real(4, 7)], [], lambda x: torch.softmax(x, -1))
    case("softmax of large numbers", "softmax", "", [real(3, 5, low=900, high=910)], [], lambda x: torch.softmax(x, -1))
    case("softmax of positions", "softmax", "", [real(2, 3, 19)], [], lambda x: torch.softmax(x, -1))
    case("add", "add", "", [real(3, 5), real(3, 5)], [], lambda a, b: a + b)
    case("add of three", "add", "", [real(2, 3, 4), real(2, 3, 4), real(2, 3, 4)], [], lambda a, b, c: a + b + c)
    case("flatten", "flatten", "", [real(3, 2, 4, 2)], [], lambda x: x.reshape(3, -1))
    case("dropout", "dropout", "rate=0.4", [real(7, 9)], [], lambda x: dropout(x, 0.4, True))
    case("dropout of an image", "dropout", "rate=0.75", [real(4, 3, 3, 5)], [], lambda x: dropout(x, 0.75, True))
    case("dropout of nothing", "dropout", "rate=0", [real(2, 3)], [], lambda x: dropout(x, 0, True))
    case("dropout outside of training", "dropout", "rate=0.4", [real(3, 5)], [], lambda x: dropout(x, 0.4, False),
         train=False)


def loss_cases():
    def loss(label, op, inputs, f):
        case(label, op, "", inputs, [], f, is_loss=True)

    ce, bce, mse = "softmax_cross_entropy", "binary_cross_entropy", "mean_squared_error"
    f_bce, f_mse = a_sample(F.binary_cross_entropy_with_logits), a_sample(F.mse_loss)
    loss(ce, ce, [real(6, 5), labels(5, 6)], cross_entropy)
    loss(ce + ", one class", ce, [real(2, 1), labels(1, 2)], cross_entropy)
    loss(ce + ", large logits", ce, [real(4, 3, low=-300, high=300), labels(3, 4)], cross_entropy)
    loss(ce + ", positions", ce, [real(3, 7, 19), labels(19, 3, 7)], cross_entropy)
    loss(ce + ", pixels", ce, [real(2, 3, 4, 3), labels(3, 2, 3, 4)], cross_entropy)
    loss(bce, bce, [real(5, 3), real(5, 3, low=0, high=1)], f_bce)
    loss(bce + ", target 0 or 1 without the last dimension", bce, [real(6, 1, low=-40, high=40), labels(2, 6)], f_bce)
    loss(bce + ", positions", bce, [real(2, 3, 5), real(2, 3, 5, low=0, high=1)], f_bce)
    loss(mse, mse, [real(5, 3), real(5, 3)], f_mse)
    loss(mse + ", target without the last dimension", mse, [real(4, 1), real(4)], f_mse)
    loss(mse + ", images", mse, [real(2, 3, 4, 2), real(2, 3, 4, 2)], f_mse)


def weighted_loss_cases():
    """Losses that came later; `seeded` gives them numbers of their own."""
    def loss(label, op, attrs, inputs, f, leaf=0):
        case(op + label, op, attrs, inputs, [], f, leaf=leaf, is_loss=True)

    def positions(rows):  # a loss a row to one a sample
        return lambda x, t: rows(x.reshape(-1, x.shape[-1]), t).reshape(x.shape[0], -1).mean(1)

    def labelled(weight=None, smoothing=0.0):
        """PyTorch's numerators; a label below 0 does not count."""
        return positions(lambda x, t: F.cross_entropy(x, t.reshape(-1).long(), weight, label_smoothing=smoothing,
                                                      ignore_index=-1, reduction="none"))

    def soft(weight=None, smoothing=0.0):
        return positions(lambda x, t: F.cross_entropy(x, t.reshape(x.shape), weight, label_smoothing=smoothing,
                                                      reduction="none"))

    def shares(*shape):
        t = torch.softmax(real(*shape).detach(), -1)
        t[..., 0] = 0  # a class of no share; the others need not sum to 1
        return t.float().double()

    def some_ignored(classes, *shape):
        t = labels(classes, *shape)
        t.reshape(-1)[::3] = -1
        return t

    ce, weight = "softmax_cross_entropy", torch.tensor([0.5, 2, 1, 0.25], dtype=torch.float64)
    listed = "class_weights=[0.5,2,1,0.25]"
    loss(", ignored labels", ce, "ignore=-1", [real(7, 5), some_ignored(5, 7)], labelled(), leaf=3)
    loss(", ignored positions", ce, "ignore=[255,-1]", [real(3, 4, 5), some_ignored(5, 3, 4)], labelled())
    loss(", smoothed", ce, "label_smoothing=0.1", [real(6, 5), labels(5, 6)], labelled(None, 0.1))
    loss(", class weights", ce, listed, [real(6, 4), labels(4, 6)], labelled(weight))
    loss(", class weights of pixels", ce, listed, [real(2, 3, 2, 4), labels(4, 2, 3, 2)], labelled(weight))
    loss(", all of it", ce, listed + " label_smoothing=0.3 ignore=-1", [real(3, 5, 4), some_ignored(4, 3, 5)],
         labelled(weight, 0.3))
    loss(", soft labels", ce, "soft_labels=true", [real(5, 7), shares(5, 7)], soft())
    loss(", soft labels of one sample", ce, "soft_labels=true", [real(1, 19), shares(1, 19)], soft())
    loss(", soft labels, weighted and smoothed", ce, listed + " soft_labels=true label_smoothing=0.2",
         [real(3, 2, 4), shares(3, 2, 4)], soft(weight, 0.2))

    bce = "binary_cross_entropy"
    def binary(w):
        return a_sample(lambda x, t, reduction: F.binary_cross_entropy_with_logits(
            x, t, reduction=reduction, pos_weight=torch.tensor(w, dtype=torch.float64).repeat(x.shape[-1] // len(w))))
    loss(", weight of the positive", bce, "pos_weight=3", [real(6, 1, low=-30, high=30), labels(2, 6)], binary([3]))
    loss(", weights of outputs", bce, "pos_weight=[0.5,2,4]", [real(5, 3), real(5, 3, low=0, high=1)],
         binary([0.5, 2, 4]))
    loss(", weights of outputs at positions", bce, "pos_weight=[0.5,2,4]", [real(2, 7, 3), labels(2, 2, 7, 3)],
         binary([0.5, 2, 4]))

    def numbers(op, attrs, f, target=real):
        loss("", op, attrs, [real(5, 3), target(5, 3)], f)
        loss(" of one number", op, attrs, [real(1, 1), target(1)], f)
        loss(" of images", op, attrs, [real(2, 3, 5, 7), target(2, 3, 5, 7)], f)

    numbers("mean_absolute_error", "", a_sample(F.l1_loss))
    numbers("huber", "", a_sample(F.huber_loss))
    numbers("huber", "delta=0.3", a_sample(lambda x, t, reduction: F.huber_loss(x, t, reduction=reduction, delta=0.3)))
    counts = lambda *shape: torch.tensor(rng.integers(0, 5, shape).astype(np.float64))
    numbers("poisson", "", a_sample(lambda x, t, reduction: F.poisson_nll_loss(x, t, reduction=reduction)), counts)
    rate = a_sample(lambda x, t, reduction: F.poisson_nll_loss(x, t, log_input=False, reduction=reduction))
    loss(" of the rate", "poisson", "log_input=false", [real(5, 3, low=0.1, high=4), counts(5, 3)], rate)
    hinge = a_sample(lambda x, t, reduction: torch.clamp(1 - x * torch.where(t > 0.5, 1.0, -1.0), min=0))
    numbers("hinge", "", hinge, lambda *shape: labels(2, *shape))
    loss(" of -1 and 1", "hinge", "", [real(6, 4), 2 * labels(2, 6, 4) - 1], hinge)

    crammer = positions(lambda x, t: F.multi_margin_loss(x, t.reshape(-1).long(), reduction="none") * x.shape[-1]
                        if x.shape[-1] == 2 else torch.clamp(1 + torch.stack(
                            [x[i, torch.arange(x.shape[-1]) != int(l)].max() - x[i, int(l)]
                             for i, l in enumerate(t.reshape(-1))]), min=0))
    loss("", "categorical_hinge", "", [real(6, 5), labels(5, 6)], crammer)
    loss(" of two classes", "categorical_hinge", "", [real(5, 2), labels(2, 5)], crammer)
    loss(" of positions", "categorical_hinge", "", [real(2, 3, 19), labels(19, 2, 3)], crammer)

    kl = positions(lambda x, t: F.kl_div(torch.log_softmax(x, -1), t.reshape(x.shape), reduction="none").sum(-1))
    cosine = positions(lambda x, t: 1 - F.cosine_similarity(x, t.reshape(x.shape), -1))
    for shape in ((6, 5), (1, 1), (2, 3, 19)):
        loss(" %s" % (shape,), "kl_divergence", "", [real(*shape), shares(*shape)], kl)
        loss(" %s" % (shape,), "cosine_similarity", "", [real(*shape), real(*shape).detach()], cosine)
    loss(" of nothing", "cosine_similarity", "", [real(3, 4), torch.zeros(3, 4, dtype=torch.float64)], cosine)
    case("weigh", "weigh", "", [real(7), real(7, low=0).detach()], [], lambda x, w: w * x)


def seeded(seed, f):
    """Runs f with a generator of its own, so that nobody else's numbers change."""
    global rng
    mine, rng = rng, np.random.default_rng(seed)
    f()
    rng = mine


def activation_cases():
    ops = (("leaky_relu", "", lambda x: F.leaky_relu(x, 0.01)), ("leaky_relu", "slope=0.3", lambda x: F.leaky_relu(x, 0.3)),
           ("leaky_relu", "slope=0", F.relu), ("elu", "", F.elu), ("elu", "alpha=0.4", lambda x: F.elu(x, 0.4)),
           ("selu", "", F.selu), ("gelu", "", F.gelu), ("gelu", "approximate=tanh", lambda x: F.gelu(x, approximate="tanh")),
           ("swish", "", F.silu), ("softplus", "", F.softplus), ("hard_sigmoid", "", lambda x: F.relu6(x + 3) / 6),
           ("hard_swish", "", lambda x: x * F.relu6(x + 3) / 6))
    far = [-80.0, -20, -9, -3.5, -1, -1e-3, -1e-6, 1e-6, 1e-3, 1, 3.5, 9, 19, 80]
    for op, attrs, f in ops:
        label = op + (" " + attrs if attrs else "")
        case(label, op, attrs, [real(3, 5, low=-4, high=4)], [], f)
        case(label + " of an image", op, attrs, [real(2, 3, 3, 7, low=-5, high=5)], [], f)
        case(label + " of one number", op, attrs, [real(1, 1)], [], f)
        case(label + " far out", op, attrs, [torch.tensor([far], dtype=torch.float64, requires_grad=True)], [], f)
    prelu = lambda x, a: torch.where(x > 0, x, a * x)
    case("prelu", "prelu", "", [real(7, 5)], [real(5)], prelu, leaf=3)
    case("prelu of an image", "prelu", "", [real(3, 2, 1, 35)], [real(35)], prelu, leaf=2)
    case("prelu of one channel", "prelu", "", [real(1, 9, 1)], [real(1)], prelu)


def merge_cases():
    fold = lambda f: lambda *xs: functools.reduce(f, xs)
    aligned = lambda f: lambda *xs: f(*[x.reshape(x.shape[0], *[1] * (max(t.dim() for t in xs) - x.dim()), *x.shape[1:])
                                        for x in xs])
    ops = (("add", fold(torch.add)), ("subtract", torch.sub), ("multiply", fold(torch.mul)),
           ("maximum", fold(torch.maximum)), ("average", lambda *xs: sum(xs) / len(xs)))
    shapes = (("", [(3, 5), (3, 5)]), (", three", [(2, 3, 4), (2, 3, 4), (2, 3, 4)]), (", one sample, one number", [(1, 1), (1, 1)]),
              (", channels of an image", [(2, 3, 2, 7), (2, 1, 1, 7)]), (", pixels of an image", [(2, 3, 2, 1), (2, 3, 2, 7)]),
              (", each to the other", [(3, 1, 7), (3, 5, 1)]), (", one number a sample", [(3, 4, 5, 2), (3, 1, 1, 1)]),
              (", fewer dimensions", [(2, 3, 4, 5), (2, 5)]), (", samples of one number", [(4, 3), (4,)]),
              (", the middle", [(2, 3, 4, 5), (2, 3, 1, 5)]), (", long sums", [(1, 20, 13, 2), (1, 1, 1, 2)]),
              (", long sums to one", [(2, 2, 130), (2, 2, 1)]), (", three that differ", [(2, 1, 4, 3), (2, 5, 1, 3), (2, 4, 1)]))
    for op, f in ops:
        for label, each in shapes:
            if op != "subtract" or len(each) == 2:
                case(op + label, op, "", [real(*shape) for shape in each], [], aligned(f))


def shape_cases():
    case("reshape", "reshape", "shape=[4,-1,2]", [real(3, 4, 6)], [], lambda x: x.reshape(3, 4, 3, 2))
    case("reshape to a vector", "reshape", "shape=-1", [real(1, 2, 3, 1)], [], lambda x: x.reshape(1, 6))
    case("reshape without -1", "reshape", "shape=[1,1,5]", [real(2, 5)], [], lambda x: x.reshape(2, 1, 1, 5))
    for order, x in (((2, 1), (3, 4, 5)), ((3, 1, 2), (2, 3, 4, 5)), ((2, 3, 1), (1, 1, 3, 2)), ((1,), (3, 4)),
                     ((1, 3, 2), (1, 3, 9, 17)), ((4, 3, 2, 1), (2, 2, 3, 4, 5))):
        case("permute %s of %s" % (order, x), "permute", "order=[%s]" % ",".join(map(str, order)), [real(*x)], [],
             lambda t: t.permute(0, *order))
    for axis, xs in ((-1, [(3, 5), (3, 2)]), (1, [(2, 3, 4), (2, 1, 4), (2, 2, 4)]), (2, [(2, 2, 3, 4), (2, 2, 1, 4)]),
                     (-1, [(1, 1, 1), (1, 1, 1)]), (3, [(1, 3, 2, 17), (1, 3, 2, 2)]), (-2, [(2, 3, 5, 2), (2, 3, 4, 2)])):
        case("concat %d of %s" % (axis, xs), "concat", "axis=%d" % axis, [real(*x) for x in xs], [],
             lambda *t: torch.cat(t, axis))
    case("slice", "slice", "begin=2", [real(3, 5)], [], lambda x: x[:, 2:])
    case("slice from the end", "slice", "begin=[1,-2] size=[2,-1]", [real(2, 4, 3, 5)], [], lambda x: x[:, 1:3, 1:])
    case("slice of every axis", "slice", "begin=[0,2,1] size=[1,2,3]", [real(1, 2, 5, 4)], [], lambda x: x[:, :1, 2:4, 1:4])
    case("slice of everything", "slice", "begin=0", [real(2, 3, 1)], [], lambda x: x * 1)
    for times, x in (((3,), (3, 5)), ((2, 1, 3), (2, 2, 3, 4)), ((1, 2), (2, 3, 1)), ((4, 5), (1, 1, 1)), ((260, 1), (1, 1, 3))):
        case("tile %s of %s" % (times, x), "tile", "times=[%s]" % ",".join(map(str, times)), [real(*x)], [],
             lambda t: t.repeat(1, *times))
    for mode in ("constant", "reflect", "replicate"):
        for text, p, x in (("1", [1, 1, 1, 1], (2, 2, 3, 2)), ("[2,0,1,3]", [2, 0, 1, 3], (2, 3, 4, 1)), ("[0,2]", [0, 0, 2, 2], (1, 1, 3, 17)),
                           ("[1,0,0,0]", [1, 0, 0, 0], (1, 2, 1, 1)), ("[3,4]", [3, 3, 4, 4], (2, 4, 5, 3))):
            more = " value=-0.75" if mode == "constant" else ""
            options = {"value": -0.75} if mode == "constant" else {}
            case("pad2d %s %s of %s" % (mode, text, x), "pad2d", "sides=%s mode=%s%s" % (text, mode, more), [real(*x)], [],
                 lambda t: nhwc(F.pad(nchw(t), (p[2], p[3], p[0], p[1]), mode=mode, **options)))
    case("pad2d by more than the image", "pad2d", "sides=[5,4,3,7] mode=replicate", [real(2, 1, 2, 3)], [],
         lambda t: nhwc(F.pad(nchw(t), (3, 7, 5, 4), mode="replicate")))
    case("crop2d", "crop2d", "sides=1", [real(2, 4, 3, 2)], [], lambda x: x[:, 1:3, 1:2])
    case("crop2d of four sides", "crop2d", "sides=[1,0,0,2]", [real(1, 3, 5, 1)], [], lambda x: x[:, 1:, :3])
    case("crop2d of two sides", "crop2d", "sides=[0,2]", [real(2, 3, 7, 17)], [], lambda x: x[:, :, 2:5])


def norm_cases():
    def layer(label, attrs, x, axes=1, leaf=0, epsilon=1e-5):
        n = x[len(x) - axes:]
        case("layernorm " + label, "layernorm", attrs, [real(*x)], [real(*n), real(*n)],
             lambda t, g, b: F.layer_norm(t, n, g, b, epsilon), leaf=leaf)

    layer("of features", "", (5, 7), leaf=2)
    layer("of a sequence", "epsilon=0.001", (3, 4, 33), epsilon=1e-3)
    layer("of images", "axes=3", (2, 3, 5, 2), axes=3)
    layer("of the last two", "axes=2", (3, 2, 4, 19), axes=2, leaf=2)
    layer("of one sample", "", (1, 130))

    def group(label, groups, x, leaf=0, epsilon=1e-5, attrs=""):
        c = x[-1]
        case("groupnorm " + label, "groupnorm", "groups=%d%s" % (groups, attrs), [real(*x)], [real(c), real(c)],
             lambda t, g, b: F.group_norm(t.movedim(-1, 1), groups, g, b, epsilon).movedim(1, -1), leaf=leaf)

    group("of images", 2, (5, 3, 4, 6), leaf=2)
    group("of features", 3, (4, 9), epsilon=1e-3, attrs=" epsilon=0.001")
    group("of every channel", 5, (2, 7, 5))
    group("of one sample, one group", 1, (1, 2, 3, 17))
    group("of many places", 2, (1, 20, 13, 4))
    group("of wide groups", 2, (2, 3, 66), leaf=1)

    def response(label, x, size, attrs="", **options):
        def f(t):
            return F.local_response_norm(t.reshape(t.shape[0], -1, t.shape[-1]).movedim(-1, 1), size, **options).movedim(
                1, -1).reshape(t.shape)
        case("local_response_norm " + label, "local_response_norm", "size=%d%s" % (size, attrs), [real(*x)], [], f)

    response("of images", (2, 3, 3, 7), 5)
    response("with large alpha", (2, 2, 3, 20), 3, " alpha=0.7 beta=0.5 k=2", alpha=0.7, beta=0.5, k=2.0)
    response("even", (3, 18), 4, " alpha=1.5", alpha=1.5)
    response("wider than the channels", (1, 2, 3), 9, " alpha=1", alpha=1.0)
    response("of one channel", (2, 3, 1), 1, " alpha=2 beta=1", alpha=2.0, beta=1.0)

    def whole(x, rate):
        mask = dropout(torch.ones(x.shape[0], x.shape[-1], dtype=torch.float64), rate, True)
        return x * mask.reshape(x.shape[0], *[1] * (x.dim() - 2), x.shape[-1])

    case("dropout2d", "dropout2d", "rate=0.4", [real(5, 3, 2, 9)], [], lambda x: whole(x, 0.4))
    case("dropout2d of a sequence", "dropout2d", "rate=0.75", [real(3, 4, 70)], [], lambda x: whole(x, 0.75))
    case("dropout2d of one channel", "dropout2d", "rate=0.5", [real(7, 3, 1)], [], lambda x: whole(x, 0.5))
    case("dropout2d outside of training", "dropout2d", "rate=0.4", [real(2, 3, 5)], [], lambda x: x * 1, train=False)


def embedding_cases():
    def look(label, vocabulary, units, x, leaf=0, padding=-1):
        f = lambda t, e: F.embedding(t.long(), e) * (t != padding).to(torch.float64)[..., None]
        attrs = "vocabulary=%d units=%d" % (vocabulary, units) + (" padding=%d" % padding if padding >= 0 else "")
        case("embedding " + label, "embedding", attrs, [labels(vocabulary, *x)], [real(vocabulary, units)], f, leaf=leaf)

    look("of sequences", 11, 5, (5, 7), leaf=2)
    look("with padding", 4, 17, (3, 6), padding=2)
    look("of one token", 1, 1, (1, 1))
    look("of a token a sample", 5, 70, (6,), leaf=4)
    look("of images", 6, 3, (2, 3, 4))


def attention_cases():
    def attend(label, heads, inputs, f, attrs=""):
        case("attention " + label, "attention", "heads=%d%s" % (heads, attrs), inputs, [], f)

    def sdpa(q, k, v, heads, causal=False, mask=None):
        """Each (N, positions, features); a row that sees nothing is 0."""
        part = lambda t: t.unflatten(-1, (heads, -1)).transpose(1, 2)
        seen = torch.ones(q.shape[1], k.shape[1], dtype=torch.bool)
        seen = (seen.tril() if causal else seen)[None, None]
        if mask is not None:
            seen = seen & (mask > 0)[:, None, None, :]
        y = F.scaled_dot_product_attention(part(q), part(k), part(v), attn_mask=torch.zeros(seen.shape, dtype=q.dtype)
                                           .masked_fill(~seen, -1e300))
        y = torch.where(seen.any(-1, keepdim=True), y, torch.zeros_like(y))
        return y.transpose(1, 2).flatten(2)

    packed = lambda heads, **o: lambda x, m=None: sdpa(*x.chunk(3, -1), heads, mask=m, **o) + (0 if m is None else 0 * m.sum())
    attend("of one token", 1, [real(2, 1, 9)], packed(1))
    attend("of itself", 2, [real(3, 5, 12)], packed(2))
    attend("causal", 3, [real(2, 7, 27)], packed(3, causal=True), " causal=true")
    attend("causal, several blocks", 1, [real(1, 131, 6)], packed(1, causal=True), " causal=true")
    attend("of several blocks", 1, [real(1, 70, 6)], packed(1))
    attend("of wide heads", 2, [real(1, 3, 210)], packed(2))
    attend("of queries, keys and values", 2, [real(2, 3, 8), real(2, 70, 8), real(2, 70, 6)], lambda q, k, v: sdpa(q, k, v, 2))
    attend("of queries over keys with values", 2, [real(2, 5, 6), real(2, 4, 12)], lambda q, kv: sdpa(q, *kv.chunk(2, -1), 2))
    attend("causal, fewer keys", 1, [real(2, 5, 3), real(2, 3, 6)], lambda q, kv: sdpa(q, *kv.chunk(2, -1), 1, True), " causal=true")
    attend("causal, more keys", 1, [real(2, 3, 3), real(2, 70, 6)], lambda q, kv: sdpa(q, *kv.chunk(2, -1), 1, True), " causal=true")

    def mask(*rows):
        return torch.tensor(rows, dtype=torch.float64, requires_grad=True)

    attend("with padding", 2, [real(3, 5, 12), mask([1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [0, 3, -1, 0.5, 0])], packed(2), " mask=true")
    attend("with nothing but padding", 2, [real(2, 4, 6), mask([1, 0, 1, 1], [0, 0, 0, 0])], packed(2), " mask=true")
    attend("causal after padding", 1, [real(2, 4, 6), mask([0, 0, 1, 1], [0, 1, 0, 0])], packed(1, causal=True),
           " mask=true causal=true")
    attend("across, with padding in a block", 1, [real(2, 3, 4), real(2, 80, 8), mask([1] * 3 + [0] * 77, [0] * 66 + [1] * 14)],
           lambda q, kv, m: sdpa(q, *kv.chunk(2, -1), 1, mask=m) + 0 * m.sum(), " mask=true")

    case("position_embedding", "position_embedding", "", [real(5, 4, 3)], [real(4, 3)], lambda x, e: x + e, leaf=2)
    case("position_embedding of one", "position_embedding", "", [real(1, 1, 1)], [real(1, 1)], lambda x, e: x + e)

    def waves(x, base):
        t, i = torch.arange(x.shape[1], dtype=torch.float64)[:, None], torch.arange(x.shape[2])
        angle = t / base ** ((i - i % 2).to(torch.float64) / x.shape[2])
        return x + torch.where(i % 2 == 0, angle.sin(), angle.cos())

    case("position_encoding", "position_encoding", "", [real(2, 9, 6)], [], lambda x: waves(x, 10000.0))
    case("position_encoding of an odd number", "position_encoding", "base=30", [real(1, 4, 5)], [], lambda x: waves(x, 30.0))


# --- windows over 1, 2, 3 dimensions

def window_sides(padding, sizes, extents, strides):
    """[before, after] of each dimension, one list."""
    if padding == "causal":
        return [n for e in extents for n in (e - 1, 0)]
    return sides(padding, sizes, extents, strides) if padding != "valid" else [0, 0] * len(sizes)


def pad_window(x, p, value):
    return F.pad(x, [n for i in reversed(range(len(p) // 2)) for n in p[2 * i : 2 * i + 2]], value=value)


def channels_first(x):
    return x.movedim(-1, 1)


def channels_last(x):
    return x.movedim(1, -1)


def conv(x, kernel, bias=None, stride=None, padding="valid", dilation=None, groups=1):
    dims = x.dim() - 2
    stride, dilation = stride or [1] * dims, dilation or [1] * dims
    extents = [(k - 1) * d + 1 for k, d in zip(kernel.shape, dilation)]
    x = pad_window(channels_first(x), window_sides(padding, x.shape[1:-1], extents, stride), 0.0)
    weight = kernel.permute(dims + 1, dims, *range(dims))
    return channels_last((F.conv1d, F.conv2d, F.conv3d)[dims - 1](x, weight, bias, stride, 0, dilation, groups))


def depthwise(x, kernel, bias=None, **options):
    kh, kw, c, m = kernel.shape
    return conv(x, kernel.reshape(kh, kw, 1, c * m), bias, groups=c, **options)


def separable(x, depthwise_kernel, pointwise_kernel, bias=None, **options):
    return conv(depthwise(x, depthwise_kernel, **options), pointwise_kernel, bias)


def transposed(x, kernel, bias=None, stride=(1, 1), padding="valid", dilation=(1, 1), groups=1, output_padding=None):
    """Cut out of the whole product; sizes as Keras has them (deconv_output_length), `same` cut as a convolution pads."""
    y = F.conv_transpose2d(nchw(x), kernel.permute(3, 2, 0, 1).contiguous(), None, stride, 0, 0, groups, dilation)
    for axis in range(2):
        n, s, e = x.shape[1 + axis], stride[axis], (kernel.shape[axis] - 1) * dilation[axis] + 1
        whole, extra = (n - 1) * s + e, output_padding[axis] if output_padding else None
        if padding == "same":
            out = n * s if extra is None else whole - 2 * (e // 2) + extra
            before = max(0, whole - out) // 2
        elif padding == "valid":
            out, before = n * s + max(e - s, 0) if extra is None else whole + extra, 0
        else:
            before = padding[2 * axis]
            out = whole - before - padding[2 * axis + 1] + (extra or 0)
        p = [0, max(0, before + out - whole)]
        y = F.pad(y, [0, 0] + p if axis == 0 else p + [0, 0]).narrow(2 + axis, before, out)
    y = nhwc(y)
    return y if bias is None else y + bias


def pool(kind, x, size, stride=None, padding="valid"):
    dims = x.dim() - 2
    stride = stride or size
    p = window_sides(padding, x.shape[1:-1], size, stride)
    f = ((F.max_pool1d, F.max_pool2d, F.max_pool3d), (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d))[kind == "avg"][dims - 1]
    x = channels_first(x)
    if kind == "max":
        return channels_last(f(pad_window(x, p, -math.inf), size, stride))
    return channels_last(f(pad_window(x, p, 0.0), size, stride) / f(pad_window(torch.ones_like(x), p, 0.0), size, stride))


def window_cases():
    def conv_case(op, label, attrs, x, kernels, f, bias=None, leaf=0, **options):
        params = [real(*k) for k in kernels] + ([real(bias)] if bias else [])
        case(op + " " + label, op, attrs, [real(*x)], params, lambda *t: f(*t, **options), leaf=leaf)

    def one(label, attrs, x, kernel, bias=True, **options):
        conv_case("conv%dd" % (len(x) - 2), label, attrs, x, [kernel], conv, kernel[-1] if bias else None, **options)

    one("valid", "filters=4 kernel=3", (3, 7, 2), (3, 2, 4), leaf=2)
    one("one sample, one channel", "filters=1 kernel=2 bias=false", (1, 3, 1), (2, 1, 1), bias=False)
    one("as long as the sequence", "filters=3 kernel=5", (2, 5, 2), (5, 2, 3))
    one("longer than the sequence", "filters=2 kernel=5 padding=[3,1]", (2, 3, 2), (5, 2, 2), padding=[3, 1])
    one("same, stride 2", "filters=3 kernel=4 stride=2 padding=same", (2, 9, 2), (4, 2, 3), padding="same", stride=[2])
    one("causal", "filters=3 kernel=3 padding=causal", (2, 6, 2), (3, 2, 3), padding="causal")
    one("causal, dilation 2, stride 2", "filters=2 kernel=3 padding=causal dilation=2 stride=2", (2, 7, 3), (3, 3, 2),
        padding="causal", dilation=[2], stride=[2])
    one("groups", "filters=6 kernel=3 groups=3 padding=1", (2, 5, 6), (3, 2, 6), groups=3, padding=[1, 1])
    one("stride larger than kernel", "filters=2 kernel=2 stride=5", (2, 13, 3), (2, 3, 2), stride=[5])
    one("stride larger than kernel", "filters=2 kernel=2 stride=[3,4]", (2, 8, 7, 3), (2, 2, 3, 2), stride=[3, 4])
    one("larger than the image", "filters=2 kernel=[5,4] padding=[2,2,3,1]", (1, 3, 2, 2), (5, 4, 2, 2),
        padding=[2, 2, 3, 1])
    one("groups 3, dilation 2, same, stride 2", "filters=6 kernel=3 groups=3 dilation=2 padding=same stride=2",
        (2, 7, 6, 9), (3, 3, 3, 6), groups=3, dilation=[2, 2], padding="same", stride=[2, 2], leaf=1)
    one("dilation 3 x 1, explicit", "filters=3 kernel=[2,3] dilation=[3,1] padding=[2,1,0,1] bias=false", (3, 4, 5, 2),
        (2, 3, 2, 3), bias=False, dilation=[3, 1], padding=[2, 1, 0, 1])
    one("one pixel", "filters=2 kernel=3 padding=same", (1, 1, 1, 1), (3, 3, 1, 2), padding="same")
    one("valid", "filters=4 kernel=2", (3, 3, 4, 3, 2), (2, 2, 2, 2, 4), leaf=2)
    one("same, stride 2", "filters=2 kernel=3 stride=2 padding=same", (2, 3, 4, 5, 2), (3, 3, 3, 2, 2), padding="same",
        stride=[2, 2, 2])
    one("explicit, dilation, groups", "filters=4 kernel=[2,1,3] dilation=[2,1,1] stride=[1,2,1] padding=[1,2,0,0,2,1] groups=2",
        (2, 3, 3, 2, 4), (2, 1, 3, 2, 4), padding=[1, 2, 0, 0, 2, 1], dilation=[2, 1, 1], stride=[1, 2, 1], groups=2)
    one("one voxel", "filters=1 kernel=1 bias=false", (1, 1, 1, 1, 1), (1, 1, 1, 1, 1), bias=False)
    one("stride larger than kernel", "filters=2 kernel=1 stride=[3,2,2]", (1, 4, 3, 5, 2), (1, 1, 1, 2, 2), stride=[3, 2, 2])

    def deep(label, attrs, x, kernel, bias=True, **options):
        conv_case("depthwise_conv2d", label, attrs, x, [kernel], depthwise, kernel[2] * kernel[3] if bias else None, **options)

    deep("valid", "kernel=3", (3, 5, 6, 3), (3, 3, 3, 1), leaf=2)
    deep("same, stride 2, more channels than a vector", "kernel=3 stride=2 padding=same", (2, 6, 5, 19), (3, 3, 19, 1),
         padding="same", stride=[2, 2])
    deep("multiplier 2", "kernel=[2,3] multiplier=2 padding=same", (2, 4, 5, 3), (2, 3, 3, 2), padding="same")
    deep("multiplier 3, dilation 2, explicit", "kernel=2 multiplier=3 dilation=2 padding=[1,0,2,1] bias=false", (2, 4, 3, 17),
         (2, 2, 17, 3), bias=False, dilation=[2, 2], padding=[1, 0, 2, 1], leaf=1)
    deep("multiplier 20", "kernel=2 multiplier=20", (1, 3, 3, 2), (2, 2, 2, 20))
    deep("one channel", "kernel=3 padding=1", (2, 3, 3, 1), (3, 3, 1, 1), padding=[1, 1, 1, 1])
    deep("larger than the image", "kernel=5 padding=same", (1, 2, 3, 2), (5, 5, 2, 1), padding="same")
    deep("stride larger than kernel", "kernel=1 stride=3", (2, 7, 5, 2), (1, 1, 2, 1), stride=[3, 3])

    def sep(label, attrs, x, deep_kernel, point, bias=True, **options):
        conv_case("separable_conv2d", label, attrs, x, [deep_kernel, point], separable, point[3] if bias else None, **options)

    sep("valid", "filters=4 kernel=3", (3, 5, 4, 2), (3, 3, 2, 1), (1, 1, 2, 4), leaf=2)
    sep("same, stride 2, multiplier 2", "filters=3 kernel=3 stride=2 padding=same multiplier=2", (2, 5, 6, 3), (3, 3, 3, 2),
        (1, 1, 6, 3), padding="same", stride=[2, 2])
    sep("dilation 2, no bias", "filters=17 kernel=2 dilation=2 padding=1 bias=false", (1, 3, 3, 18), (2, 2, 18, 1),
        (1, 1, 18, 17), bias=False, dilation=[2, 2], padding=[1, 1, 1, 1])
    sep("one pixel, one channel", "filters=1 kernel=1", (1, 1, 1, 1), (1, 1, 1, 1), (1, 1, 1, 1))

    def up(label, attrs, x, kernel, bias=True, f=transposed, **options):
        groups = options.get("groups", 1)
        conv_case("conv2d_transpose", label, attrs, x, [kernel], f, kernel[2] * groups if bias else None, **options)

    up("valid", "filters=3 kernel=3", (3, 3, 4, 2), (3, 3, 3, 2), leaf=2)
    up("valid, stride 2", "filters=2 kernel=3 stride=2", (2, 3, 2, 3), (3, 3, 2, 3), stride=(2, 2))
    up("valid, stride larger than kernel", "filters=2 kernel=[1,2] stride=3", (2, 3, 2, 2), (1, 2, 2, 2), stride=(3, 3))
    up("valid, output padding", "filters=2 kernel=2 stride=3 output_padding=[0,2]", (2, 2, 3, 2), (2, 2, 2, 2), stride=(3, 3),
       output_padding=(0, 2))
    up("same, stride 1", "filters=3 kernel=3 padding=same", (2, 4, 3, 2), (3, 3, 3, 2), padding="same")
    up("same, stride 2", "filters=3 kernel=3 stride=2 padding=same", (2, 3, 4, 2), (3, 3, 3, 2), padding="same", stride=(2, 2))
    up("same, stride 2, even kernel", "filters=3 kernel=4 stride=2 padding=same", (1, 3, 4, 17), (4, 4, 3, 17), padding="same",
       stride=(2, 2))
    up("same, stride 3 x 2, kernel 2 x 5", "filters=2 kernel=[2,5] stride=[3,2] padding=same", (2, 2, 3, 1), (2, 5, 2, 1),
       padding="same", stride=(3, 2))
    up("same, output padding", "filters=2 kernel=[3,4] stride=2 padding=same output_padding=[0,1]", (2, 3, 3, 2), (3, 4, 2, 2),
       padding="same", stride=(2, 2), output_padding=(0, 1))
    up("explicit, dilation 2", "filters=2 kernel=[3,2] stride=2 padding=[1,2,0,1] dilation=[1,2] bias=false", (2, 3, 4, 3),
       (3, 2, 2, 3), bias=False, padding=[1, 2, 0, 1], stride=(2, 2), dilation=(1, 2))
    up("groups", "filters=6 kernel=3 stride=2 padding=1 output_padding=1 groups=2", (2, 3, 3, 4), (3, 3, 3, 4), groups=2,
       padding=[1, 1, 1, 1], stride=(2, 2), output_padding=(1, 1))
    up("as PyTorch's", "filters=2 kernel=3 stride=2 padding=1 output_padding=1 dilation=2", (2, 3, 4, 3), (3, 3, 2, 3),
       f=lambda x, k, b: nhwc(F.conv_transpose2d(nchw(x), k.permute(3, 2, 0, 1), b, 2, 1, 1, 1, 2)))
    up("output padding below the dilation", "filters=2 kernel=2 padding=1 output_padding=1 dilation=2", (1, 3, 2, 2), (2, 2, 2, 2),
       f=lambda x, k, b: nhwc(F.conv_transpose2d(nchw(x), k.permute(3, 2, 0, 1).contiguous(), b, 1, 1, 1, 1, 2)))
    up("one pixel", "filters=1 kernel=2", (1, 1, 1, 1), (2, 2, 1, 1))

    def larger(label, attrs, x, **options):
        if options["mode"] == "bilinear":
            options["align_corners"] = False
        case("upsample2d " + label, "upsample2d", attrs, [real(*x)], [], lambda t: nhwc(F.interpolate(nchw(t), **options)))

    larger("nearest", "", (2, 3, 4, 3), scale_factor=2, mode="nearest")
    larger("nearest 3 x 1", "size=[3,1]", (1, 2, 3, 17), scale_factor=(3, 1), mode="nearest")
    larger("bilinear", "size=2 mode=bilinear", (2, 3, 4, 3), scale_factor=2, mode="bilinear")
    larger("bilinear 3 x 4", "size=[3,4] mode=bilinear", (1, 4, 3, 1), scale_factor=(3, 4), mode="bilinear")
    larger("bilinear of one pixel", "size=5 mode=bilinear", (2, 1, 1, 2), scale_factor=5, mode="bilinear")
    larger("bilinear 1 x 2", "size=[1,2] mode=bilinear", (1, 2, 5, 18), scale_factor=(1, 2), mode="bilinear")

    for kind in ("max", "avg"):
        def pooled(label, attrs, x, *options):
            op = "%spool%dd" % (kind, len(x) - 2)
            case(op + " " + label, op, attrs, [real(*x)], [], lambda t: pool(kind, t, *options))

        pooled("2 with a rest", "size=2", (2, 7, 3), [2])
        pooled("one sample, one channel", "size=3 stride=1", (1, 5, 1), [3], [1])
        pooled("same, stride 2", "size=3 stride=2 padding=same", (2, 6, 17), [3], [2], "same")
        pooled("causal", "size=3 stride=1 padding=causal", (2, 5, 2), [3], [1], "causal")
        pooled("stride larger than size", "size=2 stride=4", (2, 11, 2), [2], [4])
        pooled("larger than the image", "size=4 stride=3 padding=[2,2,3,1]", (2, 2, 3, 2), [4, 4], [3, 3], [2, 2, 3, 1])
        pooled("2", "size=2", (2, 4, 5, 2, 3), [2, 2, 2])
        pooled("one voxel", "size=1", (1, 1, 1, 1, 1), [1, 1, 1])
        pooled("same, stride 2 x 1 x 2", "size=[3,2,2] stride=[2,1,2] padding=same", (2, 4, 3, 5, 2), [3, 2, 2], [2, 1, 2], "same")
        pooled("explicit", "size=3 stride=2 padding=[1,0,1,1,2,1]", (1, 3, 4, 3, 2), [3, 3, 3], [2, 2, 2], [1, 0, 1, 1, 2, 1])
    for x in ((2, 3, 4, 5), (1, 1, 1, 1), (3, 7, 2, 18)):
        case("global_avgpool2d %d x %d" % x[1:3], "global_avgpool2d", "", [real(*x)], [], lambda t: t.mean((1, 2)))
        case("global_maxpool2d %d x %d" % x[1:3], "global_maxpool2d", "", [real(*x)], [], lambda t: t.amax((1, 2)))
    for x, size in (((2, 4, 6, 3), (2, 3)), ((2, 7, 5, 2), (3, 4)), ((1, 3, 2, 17), (5, 2)), ((2, 1, 1, 1), (2, 2)),
                    ((1, 10, 13, 2), (7, 7))):
        case("adaptive_avgpool2d %d x %d" % size, "adaptive_avgpool2d", "size=[%d,%d]" % size, [real(*x)], [],
             lambda t: nhwc(F.adaptive_avg_pool2d(nchw(t), size)))


def fused_cases():
    def norm(label, op, attrs, x, leaf=0, train=True, epsilon=1e-5):
        c, residual = x[-1], [real(*x)] if "add" in op else []
        mean = torch.tensor(rng.uniform(-1, 1, c).astype(np.float32).astype(np.float64))
        variance = torch.tensor(rng.uniform(0.5, 2, c).astype(np.float32).astype(np.float64))

        def f(t, *rest):
            y, sums = batchnorm(t, *rest[-4:], leaf=leaf or x[0], train=train, epsilon=epsilon)
            return F.relu(y + rest[0] if residual else y), sums

        case(op + " " + label, op, attrs, [real(*x)] + residual, [real(c), real(c), mean, variance], f, leaf=leaf,
             train=train)

    f = lambda x, w, b=None: F.relu(x @ w + (0 if b is None else b))
    case("dense+relu", "dense+relu", "units=5", [real(6, 7)], [real(7, 5), real(5)], f)
    case("dense+relu on a sequence", "dense+relu", "units=4 bias=false", [real(3, 5, 6)], [real(6, 4)], f, leaf=2)
    f = lambda *t: F.relu(conv2d(*t, padding="same"))
    case("conv2d+relu", "conv2d+relu", "filters=3 kernel=3 padding=same", [real(3, 5, 7, 2)],
         [real(3, 3, 2, 3), real(3)], f, leaf=2)
    case("conv2d+relu without bias", "conv2d+relu", "filters=5 kernel=1 bias=false padding=same", [real(2, 3, 4, 6)],
         [real(1, 1, 6, 5)], f)
    for op in "batchnorm+relu", "batchnorm+add+relu":
        norm("of features", op, "", (6, 5))
        norm("of images", op, "epsilon=0.001", (3, 4, 3, 5), leaf=2, epsilon=1e-3)
        norm("running", op, "epsilon=0.01", (3, 2, 3, 4), leaf=2, train=False, epsilon=1e-2)


# --- recurrent layers

def gru_of_keras(kernel, recurrent, bias):
    """PyTorch's weights, gates r z n, of Keras's, gates z r h."""
    def swap(w):
        z, r, h = w.chunk(3, -1)
        return torch.cat((r, z, h), -1)
    return [swap(kernel).T, swap(recurrent).T] + ([swap(bias[0]), swap(bias[1])] if bias is not None else [])


def sweep(op, units, x, state, w):
    """All outputs, and the last state, of PyTorch's own layer."""
    args = (w, len(w) == 4, 1, 0.0, False, False, True)
    state = [s[None] for s in state]
    if op == "lstm":
        y, h, c = torch.lstm(x, state, *args)
        return y, (h[0], c[0])
    f = {"gru": torch.gru, "tanh": torch.rnn_tanh, "relu": torch.rnn_relu}[op]
    y, h = f(x, state[0], *args)
    return y, (h[0],)


def recurrent(cell, units, x, mask, state, params, reverse):
    """y of all steps and the last state; where mask <= 0 the state stays."""
    kernel, r, bias = params if len(params) == 3 else (*params, None)
    if cell == "gru":
        w = gru_of_keras(kernel, r, bias)
    else:
        w = [kernel.T, r.T] + ([bias, torch.zeros_like(bias)] if bias is not None else [])
    x = x.flip(1) if reverse else x
    if not state:
        state = [torch.zeros(x.shape[0], units, dtype=torch.float64)] * (2 if cell == "lstm" else 1)
    if mask is None:
        y, state = sweep(cell, units, x, state, w)
    else:
        mask, ys = mask.flip(1) if reverse else mask, []
        for t in range(x.shape[1]):
            new = sweep(cell, units, x[:, t:t + 1], state, w)[1]
            state = [torch.where(mask[:, t:t + 1] > 0, n, s) for n, s in zip(new, state)]
            ys.append(state[0])
        y = torch.stack(ys, 1)
    return (y.flip(1) if reverse else y), state


def recurrent_cases():
    def layer(label, op, units, x, options="", mask=None, states=False, bias=True, leaf=0):
        cell = "relu" if "relu" in options else "tanh" if op == "rnn" else op
        gates, n_states = {"gru": 3, "lstm": 4}.get(op, 1), 2 if op == "lstm" else 1
        inputs = [real(*x)] + ([torch.tensor(mask, dtype=torch.float64)] if mask else [])
        inputs += [real(x[0], units) for _ in range(n_states if states else 0)]
        params = [real(x[2], gates * units, low=-1, high=1), real(units, gates * units, low=-1, high=1)]
        if bias:
            params.append(real(*((2, 3 * units) if op == "gru" else (gates * units,))))
        attrs = "units=%d" % units + ("" if bias else " bias=false") + (" initial_state=true" if states else "")
        attrs += " " + options if options else ""

        def f(x, *rest):
            p, rest = rest[len(rest) - len(params):], rest[:len(rest) - len(params)]
            m, rest = (rest[0], rest[1:]) if mask else (None, rest)
            y, state = recurrent(cell, units, x, m, list(rest), p, "reverse" in options)
            return y if "sequences" in options else torch.cat(state, 1) if "return_state" in options else state[0]

        case(op + " " + label, op, attrs, inputs, params, f, leaf=leaf)

    every = "return_sequences=true"
    for op in ("rnn", "gru", "lstm"):
        layer("of sequences", op, 7, (5, 6, 3), every, leaf=2)
        layer("last step", op, 18, (3, 4, 5))
        layer("reverse, no bias", op, 5, (2, 7, 4), every + " reverse=true", bias=False)
        layer("reverse, last step", op, 3, (4, 3, 2), "reverse=true", leaf=3)
        layer("one step, one unit, one sample", op, 1, (1, 1, 1))
        layer("lengths 0 to 4", op, 6, (5, 4, 3), every,
              mask=[[1.0] * n + [0.0] * (4 - n) for n in (0, 1, 2, 3, 4)], leaf=2)
        layer("lengths 0 to 3, last step", op, 4, (4, 3, 2), mask=[[1.0] * n + [0.0] * (3 - n) for n in (3, 1, 0, 2)])
        layer("mask with holes, reverse", op, 4, (2, 5, 3), every + " reverse=true",
              mask=[[0.0, 1.0, 0.0, 1.0, 1.0], [1.0, -1.0, 0.5, 0.0, 0.0]])
        layer("from a state", op, 5, (3, 4, 2), every, states=True)
        layer("from state to state", op, 17, (3, 2, 4), "return_state=true", states=True, leaf=2)
    layer("relu", "rnn", 9, (4, 5, 3), every + " nonlinearity=relu", leaf=3)


dense_cases()
conv_cases()
pool_cases()
batchnorm_cases()
elementwise_cases()
loss_cases()
seeded(2, weighted_loss_cases)
seeded(101, activation_cases)
seeded(102, merge_cases)
seeded(103, shape_cases)
seeded(104, norm_cases)
seeded(105, embedding_cases)
seeded(40, window_cases)
seeded(106, attention_cases)
seeded(107, winograd_cases)
seeded(108, fused_cases)
seeded(109, recurrent_cases)
print("/* SPDX-License-Identifier: Apache-2.0 */\n/* Made by tests/golden/make_ops.py. Reference values of the ops. */")
print("\n".join(arrays))
print("static const golden golden_cases[] = {\n%s\n};" % "\n".join(cases))
print("%d cases" % len(cases), file=sys.stderr)

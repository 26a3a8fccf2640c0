#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Matrix products and convolutions beside PyTorch's, one thread, in one process, call by call in turn.

    products.py LIBRARY [LIBRARY ...] [--only WORD] [--seconds S]

A LIBRARY is the target bench_products, or an older one of it; the first is the one that is compared. Times are the
thread's own (CLOCK_THREAD_CPUTIME_ID), the shortest of many. GFLOP/s; the last column is ours over the best other.
"""
import argparse
import ctypes
import ctypes.util
import os
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
import torch  # noqa: E402

# m, n, k, a transposed, b transposed, b packed, count
PRODUCTS = [
    ("mlp", 128, 512, 784, 0, 0, 1, 1),
    ("mlp dw", 784, 512, 128, 1, 0, 0, 1),
    ("mlp dx", 128, 512, 512, 0, 1, 1, 1),
    ("mlp out", 128, 10, 512, 0, 0, 1, 1),
    ("mlp out dw", 512, 10, 128, 1, 0, 0, 1),
    ("1x1", 3136, 256, 64, 0, 0, 1, 1),
    ("1x1", 3136, 64, 256, 0, 0, 1, 1),
    ("1x1", 784, 512, 128, 0, 0, 1, 1),
    ("1x1", 784, 128, 512, 0, 0, 1, 1),
    ("1x1", 196, 256, 1024, 0, 0, 1, 1),
    ("1x1", 49, 512, 2048, 0, 0, 1, 1),
    ("1x1 dw", 64, 256, 3136, 1, 0, 0, 1),
    ("1x1 dx", 784, 128, 512, 0, 1, 1, 1),
    ("gpt", 4096, 1536, 384, 0, 0, 1, 1),
    ("gpt", 4096, 384, 1536, 0, 0, 1, 1),
    ("gpt dw", 384, 1536, 4096, 1, 0, 0, 1),
    ("gpt dx", 4096, 384, 1536, 0, 1, 1, 1),
    ("attention qk", 256, 256, 64, 0, 1, 0, 24),
    ("attention av", 256, 64, 256, 0, 0, 0, 24),
    ("lstm step", 20, 2600, 650, 0, 0, 1, 1),
    ("lstm step dx", 20, 650, 2600, 0, 1, 1, 1),
    ("lstm step, not packed", 20, 2600, 1300, 0, 0, 0, 1),
    ("lstm x", 700, 2600, 650, 0, 0, 1, 1),
    ("lstm dw", 650, 2600, 700, 1, 0, 0, 1),
    ("vocabulary", 700, 10000, 650, 0, 0, 1, 1),
    ("vocabulary dw", 650, 10000, 700, 1, 0, 0, 1),
    ("vocabulary dx", 700, 650, 10000, 0, 1, 1, 1),
]
# images, height and width, channels, filters, window, stride, padding
CONVOLUTIONS = [
    ("lenet 1", 128, 28, 1, 6, 5, 1, 2),
    ("lenet 2", 128, 14, 6, 16, 5, 1, 0),
    ("resnet20 first", 32, 32, 3, 16, 3, 1, 1),
    ("resnet20 16", 32, 32, 16, 16, 3, 1, 1),
    ("resnet20 16 to 32", 32, 32, 16, 32, 3, 2, 1),
    ("resnet20 32", 32, 16, 32, 32, 3, 1, 1),
    ("stem", 2, 224, 3, 64, 7, 2, 3),
    ("vgg first", 1, 224, 3, 64, 3, 1, 1),
    ("64 at 56", 2, 56, 64, 64, 3, 1, 1),
    ("256 at 14", 4, 14, 256, 256, 3, 1, 1),
    ("strided 128", 2, 56, 128, 128, 3, 2, 1),
    ("strided 256", 2, 28, 256, 256, 3, 2, 1),
    ("strided 512", 4, 14, 512, 512, 3, 2, 1),
    ("1x1", 2, 56, 64, 64, 1, 1, 0),
    ("1x1", 2, 56, 64, 256, 1, 1, 0),
    ("1x1", 2, 56, 256, 64, 1, 1, 0),
    ("1x1", 2, 28, 512, 128, 1, 1, 0),
    ("1x1", 4, 14, 256, 1024, 1, 1, 0),
    ("1x1", 8, 7, 2048, 512, 1, 1, 0),
    ("1x1 strided", 2, 56, 256, 512, 1, 2, 0),
    ("1x1 strided", 4, 14, 1024, 2048, 1, 2, 0),
    ("2x2 strided (transposed: data is forward)", 2, 64, 32, 64, 2, 2, 0),
]


def pointer(t):
    return ctypes.c_void_p(t.data_ptr())


def openblas():
    name = ctypes.util.find_library("openblas")
    if not name:
        return None
    lib = ctypes.CDLL(name)
    lib.openblas_set_num_threads(1)
    return lib.cblas_sgemm


def product_runs(libraries, sgemm, shape):
    """Pairs (name, function) and the fma count."""
    m, n, k, a_t, b_t, packed, count = shape
    s = (ctypes.c_int64 * 7)(*shape)
    a = torch.randn(count, *((k, m) if a_t else (m, k)))
    b = torch.randn(count, *((n, k) if b_t else (k, n)))
    c = torch.zeros(count, m, n)
    left = (a.transpose(1, 2) if a_t else a) if count > 1 else (a[0].t() if a_t else a[0])
    right = (b.transpose(1, 2) if b_t else b) if count > 1 else (b[0].t() if b_t else b[0])
    want = left @ right
    runs, keep = [], []
    for lib in libraries:
        ours = b
        if packed:
            ours = torch.zeros(k * (n + 31) // 32 * 32 + 32 * k + 16)
            ours = ours[(-ours.data_ptr() // 4) % 16:]
            lib.bench_pack(s, pointer(b), pointer(ours))
        keep.append(ours)
        runs.append(("yoke", lambda lib=lib, ours=ours: lib.bench_matmul(s, pointer(a), pointer(ours), pointer(c))))
        runs[-1][1]()
        assert (c - want).abs().max() <= 1e-4 * k ** 0.5 * 10, "wrong product"
    out = torch.zeros_like(want)
    runs.append(("torch", lambda: torch.matmul(left, right, out=out)))
    if sgemm:
        one = ctypes.c_float(1)
        zero = ctypes.c_float(0)

        def blas():
            for g in range(count):
                sgemm(101, 112 if a_t else 111, 112 if b_t else 111, m, n, k, one, pointer(a[g]), m if a_t else k,
                      pointer(b[g]), k if b_t else n, zero, pointer(c[g]), n)
        runs.append(("openblas", blas))
    runs.append(("", lambda: keep))
    return runs[:-1], m * n * k * count


def conv_runs(libraries, shape, way):
    images, size, c, oc, taps, stride, padding = shape
    s = (ctypes.c_int64 * 7)(*shape)
    nhwc = torch.channels_last
    x = torch.randn(images, c, size, size).to(memory_format=nhwc)
    w = torch.randn(oc, c, taps, taps).to(memory_format=nhwc)
    y = torch.conv2d(x, w, None, stride, padding).to(memory_format=nhwc)
    dy = torch.randn(y.shape).to(memory_format=nhwc)
    ours = w.permute(2, 3, 1, 0).contiguous()  # kh, kw, c, oc
    mask = [way == 1, way == 2, False]

    def backward():
        return torch.ops.aten.convolution_backward(dy, x, w, None, [stride] * 2, [padding] * 2, [1, 1], False, [0, 0],
                                                   1, mask)[way - 1]
    want = y if way == 0 else backward()
    got = torch.zeros_like(ours) if way == 2 else torch.empty_like(want, memory_format=nhwc)
    at = [(x, ours, got), (got, ours, dy), (x, got, dy)][way]
    runs = []
    for lib in libraries:
        runs.append(("yoke", lambda lib=lib: lib.bench_conv(s, way, pointer(at[0]), pointer(at[1]), pointer(at[2]))))
        got.fill_(float("nan"))
        runs[-1][1]()
        result = got.permute(3, 2, 0, 1) if way == 2 else got
        assert (result - want).abs().max() <= 1e-4 * want.abs().max(), "wrong convolution"
    runs.append(("torch", (lambda: torch.conv2d(x, w, None, stride, padding)) if way == 0 else backward))
    return runs, y.numel() * c * taps * taps


def measure(label, shape, runs, fma, seconds):
    best = [float("inf")] * len(runs)
    spent = turns = 0
    while spent < seconds or turns < 3:
        for i, (_, run) in enumerate(runs):
            start = time.thread_time()
            run()
            t = time.thread_time() - start
            best[i] = min(best[i], t)
            spent += t
        turns += 1
    others = [b for b, (name, _) in zip(best, runs) if name != "yoke"]
    speeds = " ".join("%s %6.1f" % (name, 2 * fma / b / 1e9) for b, (name, _) in zip(best, runs))
    print("%-24s %-36s %s  %.2f" % (label, " ".join(map(str, shape)), speeds, min(others) / best[0]), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", nargs="+")
    parser.add_argument("--only", default="", help="rows whose label has this in it")
    parser.add_argument("--seconds", type=float, default=0.5, help="of a row")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    libraries = [ctypes.CDLL(os.path.abspath(path)) for path in args.library]
    for lib in libraries:
        lib.bench_choose(None, 1)
    sgemm = openblas()
    for label, *shape in PRODUCTS:
        if args.only in "product " + label:
            measure(label, shape, *product_runs(libraries, sgemm, shape), args.seconds)
    for label, *shape in CONVOLUTIONS:
        for way, name in enumerate(["forward", "data", "weights"]):
            full = "conv %s %s" % (label, name)
            if args.only in full:
                measure(full, shape, *conv_runs(libraries, shape, way), args.seconds)


if __name__ == "__main__":
    main()

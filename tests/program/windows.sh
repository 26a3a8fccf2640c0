#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Layers with windows over sequences, images and volumes: they learn, their gradients are right, and contract R holds.
. "$(dirname "$0")/lib.sh"
"$PYTHON" -c 'import h5py' 2>/dev/null || { echo "no h5py: skipped"; exit 77; }

# Three classes, each a pattern of its own in noise.
cat >make.py <<'P'
import h5py, numpy as np
rng = np.random.default_rng(1)
for name, shape in ("sequences", (24, 3)), ("images", (11, 10, 3)), ("volumes", (6, 7, 5, 2)):
    patterns = rng.normal(size=(3, *shape))
    y = np.arange(90) % 3
    x = (patterns[y] + 0.7 * rng.normal(size=(90, *shape))).astype("f4")
    with h5py.File(name + ".h5", "w") as f:
        f["x"], f["y"] = x, y.astype("i4")
P
check "make data" "$PYTHON" make.py
recipe() { # NAME: the layers come from stdin
    cat >"$1.yaml" <<Y
seed: 5
data: {train: $1.h5}
model:
$(cat)
  - dense: 3
loss: softmax_cross_entropy
metrics: [accuracy]
optimizer: {adam: {lr: 5e-3}}
train: {steps: 25, batch: 24, micro_batch: 4}
checkpoint: {every: none}
log: {every: 1 steps}
Y
}
recipe sequences <<'Y'
  - conv1d: {filters: 8, kernel: 3, padding: causal, dilation: 2, activation: relu}
  - maxpool1d: 2
  - conv1d: {filters: 12, kernel: 3, padding: same, groups: 2, activation: relu}
  - avgpool1d: {size: 3, stride: 2, padding: 1}
  - flatten
Y
recipe images <<'Y'
  - conv2d: {filters: 6, kernel: 3, padding: same, dilation: [2, 1], groups: 3, activation: relu}
  - depthwise_conv2d: {kernel: 3, multiplier: 2, padding: same, init: he_normal}
  - separable_conv2d: {filters: 8, kernel: 3, stride: 2, padding: same, activation: relu, init: he_normal, l1: 1e-3, l2: 1e-2}
  - conv2d_transpose: {filters: 5, kernel: 3, stride: 2, padding: same, activation: relu}
  - maxpool2d: 2
  - upsample2d: {size: 2, mode: bilinear}
  - adaptive_avgpool2d: [4, 5]
  - upsample2d: [1, 2]
  - conv2d: {filters: 12, kernel: 2, name: top}
  - global_avgpool2d
  - global_maxpool2d: {from: top}
  - add: {from: [global_avgpool2d_1, global_maxpool2d_1]}
Y
recipe volumes <<'Y'
  - conv3d: {filters: 6, kernel: 3, padding: same, activation: relu}
  - maxpool3d: [2, 2, 1]
  - conv3d: {filters: 8, kernel: [1, 2, 3], stride: [1, 1, 2], padding: [0, 0, 1, 0, 1, 1]}
  - avgpool3d: {size: 2, stride: 1}
  - flatten
Y

loss_of() { sed -n "$1" "runs/$2/log.csv" | cut -d, -f4; }
for net in sequences images volumes; do
    check "$net: gradients" "$YOKE" check $net.yaml
    check "$net: train on 1x1" ranks 1 1 train $net.yaml --run runs/$net
    want=$(digest runs/$net)
    check "$net: it learns" "$PYTHON" -c 'import sys; first, last = map(float, sys.argv[1:]); assert last < 0.8 * first, sys.argv' \
        "$(loss_of 2p $net)" "$(loss_of '$p' $net)"
    for layout in "1 2" "2 1" "3 1"; do
        # shellcheck disable=SC2086 # two numbers
        set -- $layout
        ranks "$1" "$2" train $net.yaml --run "runs/$net-$1x$2" >"$T/out" 2>"$T/err" || fail "$net on $1x$2" "$(tail -n 2 "$T/err")"
        same "$net: same bits on $1 ranks x $2 threads" "$(digest "runs/$net-$1x$2")" "$want"
    done
    for family in portable avx2 avx512; do
        [ $family = portable ] || grep -qw "${family/avx512/avx512f}" /proc/cpuinfo || continue
        YOKE_KERNELS=$family "$YOKE" train $net.yaml --run "runs/$net-$family" >"$T/out" 2>"$T/err"
        same "$net: same bits with YOKE_KERNELS=$family" "$(digest "runs/$net-$family")" "$want"
    done
done

# A layer with two kernels: both have init, l1 and l2.
cat >kernels.py <<'P'
import csv, glob, h5py, numpy as np
with h5py.File(glob.glob("runs/images/checkpoints/step-*00000.h5")[0]) as f:
    layer = {k: v[:].astype("f8") for k, v in f["params/separable_conv2d_1"].items()}
deep, point = layer["depthwise_kernel"], layer["pointwise_kernel"]
assert deep.shape == (3, 3, 12, 1) and point.shape == (1, 1, 12, 8) and not layer["bias"].any(), layer
for kernel, fan_in in (deep, 9 * 12), (point, 12):
    assert 0.7 < kernel.std() / np.sqrt(2 / fan_in) < 1.3, (kernel.std(), fan_in)
penalty = sum(1e-3 * abs(k).sum() + 1e-2 / 2 * (k * k).sum() for k in (deep, point))
row = next(csv.DictReader(open("runs/images/log.csv")))
assert abs(float(row["penalty"]) / penalty - 1) < 1e-4, (row, penalty)
P
check "two kernels in a layer: init, l1, l2" "$PYTHON" kernels.py

sed 's/padding: causal/padding: cusal/' sequences.yaml >bad.yaml
fails "a padding that there is not" 2 'bad.yaml:4:.*"cusal" is not valid, same, causal' "$YOKE" check bad.yaml
sed 's/kernel: 3, padding: causal, dilation: 2/kernel: 30/' sequences.yaml >bad.yaml
fails "a kernel longer than the sequence" 2 'bad.yaml:4:.*kernel 30 does not fit the sequence 24' "$YOKE" check bad.yaml
sed '/transpose/s/padding: same/output_padding: 2/' images.yaml >bad.yaml
fails "an output padding as large as the stride" 2 'bad.yaml:7:.*output_padding does not go with stride 2 x 2' "$YOKE" check bad.yaml
summary

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Layers without windows in whole recipes: gradients as `yoke check` sees them, and the same bits on any number of ranks.
. "$(dirname "$0")/lib.sh"
"$YOKE" data make digits -n 240 -o digits.h5 --seed 1 >"$T/out" 2>"$T/err" || fail "make digits" "$(cat "$T/err")"
"$PYTHON" -c '
import h5py, numpy as np
rng = np.random.default_rng(1)
def split(name, n, top):
    x = rng.integers(0, top, (n, 9))
    g = h5py.File("tokens.h5", "a").create_group(name)
    g["x"], g["y"] = x.astype("u1"), (x[:, 0] + x[:, 4]) % 3
split("train", 100, 11)
split("wrong", 40, 14)' || fail "make tokens"

cat >images.yaml <<'Y'
seed: 3
data: {train: digits.h5:/train, dev: digits.h5:/dev}
blocks:
  squeeze:                                  # one weight a channel
    layers:
      - avgpool2d: 14
      - flatten
      - dense: {units: 3, activation: {elu: 0.7}}
      - dense: {units: 6, activation: hard_sigmoid, name: weights}
      - multiply: {from: [in, weights]}
model:
  - pad2d: {sides: [1, 0, 0, 1], mode: reflect}
  - crop2d: [0, 1, 1, 0]
  - conv2d: {filters: 6, kernel: 3, stride: 2, padding: same, name: stem}
  - groupnorm: 2
  - prelu
  - squeeze
  - dropout2d: {rate: 0.2, name: left}
  - slice: {begin: [0, 0, 1], size: [-1, -1, 4], from: stem}
  - local_response_norm: {size: 3, alpha: 0.1}
  - hard_swish: {name: right}
  - concat: {from: [left, right]}
  - maxpool2d: 2
  - permute: [3, 1, 2]
  - reshape: [10, -1]
  - dense: {units: 7, activation: gelu, name: a}
  - layernorm
  - dense: {units: 7, activation: {leaky_relu: 0.1}, name: b}
  - subtract: {from: [a, b], name: c}
  - maximum: {from: [a, b, c], name: d}
  - average: {from: [c, d]}
  - dense: {units: 1, activation: softplus, name: column}
  - tile: [1, 7]
  - add: {from: [average_1, tile_1, column]}
  - flatten
  - dense: {units: 16, activation: selu}
  - dense: {units: 16, activation: swish}
  - dense: {units: 10, activation: {gelu: tanh}}
  - dense: 10
loss: softmax_cross_entropy
metrics: [accuracy]
optimizer: {adam: {lr: 3e-3}}
train: {epochs: 1, batch: 24, micro_batch: 4}
Y
cat >tokens.yaml <<'Y'
seed: 3
data: {train: tokens.h5:/train}
model:
  - embedding: {vocabulary: 11, units: 6, padding: 0, l2: 1e-3}
  - layernorm
  - dense: {units: 5, activation: swish}
  - flatten
  - dense: 3
loss: softmax_cross_entropy
metrics: [accuracy]
optimizer: {adam: {lr: 2e-2}}
train: {epochs: 8, batch: 24, micro_batch: 4}
Y
for recipe in images tokens; do
    { cat $recipe.yaml; [ $recipe = tokens ] && echo 'input: {x: [9], y: {classes: 3}}' || echo 'input: {x: [28, 28, 1], y: {classes: 10}}'; } |
        grep -v '^data' >checked.yaml
    check "check $recipe" "$YOKE" check checked.yaml
    check "plan $recipe" "$YOKE" plan $recipe.yaml
    check "train $recipe on 1x1" ranks 1 1 train $recipe.yaml --run runs/$recipe
    for layout in "2 1" "3 2"; do
        # shellcheck disable=SC2086 # two numbers
        set -- $layout
        ranks "$1" "$2" train $recipe.yaml --run "runs/$recipe-$1" >"$T/out" 2>"$T/err" || fail "train $recipe on $1x$2" "$(tail -n 2 "$T/err")"
        same "$recipe: same bits on $1 ranks x $2 threads" "$(digest "runs/$recipe-$1")" "$(digest runs/$recipe)"
    done
    YOKE_KERNELS=portable ranks 1 1 train $recipe.yaml --run "runs/$recipe-portable" >"$T/out" 2>"$T/err"
    same "$recipe: same bits in plain C" "$(digest "runs/$recipe-portable")" "$(digest runs/$recipe)"
    check "the kept recipe of $recipe" "$YOKE" train "runs/$recipe/recipe.yaml" --run "runs/$recipe-again"
    same "it gives the same bits" "$(digest "runs/$recipe-again")" "$(digest runs/$recipe)"
done

accuracy=$("$YOKE" eval runs/tokens --data tokens.h5:/train --json 2>"$T/err" | json metrics.accuracy)
"$PYTHON" -c "exit(not ${accuracy:-0} > 0.6)" && pass "tokens are learnt: accuracy $accuracy" || fail "tokens are learnt" "accuracy ${accuracy:-none}"
fails "a token beyond the vocabulary" 3 'tokens.h5:/wrong: x of sample [0-9]+ holds the token 1[123], but the model.s vocabulary is 11' \
    "$YOKE" train tokens.yaml --run runs/wrong -o data.train=tokens.h5:/wrong
fails "so on 2 ranks" - 'tokens.h5:/wrong: x of sample [0-9]+ holds the token' mpirun -n 2 "$YOKE" train tokens.yaml --run runs/wrong2 -o data.train=tokens.h5:/wrong
fails "eval of such" 3 'holds the token' "$YOKE" eval runs/tokens --data tokens.h5:/wrong
fails "tokens are not normalised" 2 'normalize: layer embedding_1 \(embedding\) takes the input as tokens' "$YOKE" train tokens.yaml --run runs/normal -o data.normalize=true
sed 's/- dense: 3/- dense: {units: 3, from: input}/' tokens.yaml >both.yaml
sed 's/tokens.h5:.train}/tokens.h5:\/train, normalize: true}/' tokens.yaml >normal.yaml
fails "with its place in the recipe" 2 'normal.yaml:2:44: normalize: layer embedding_1' "$YOKE" train normal.yaml --run runs/normal
fails "an input of both kinds" 2 'both.yaml:8:5: layer embedding_1 \(embedding\) takes the input as whole numbers, layer dense_2' \
    "$YOKE" train both.yaml --run runs/both
sed 's/- multiply: {from: \[in, weights\]}/- multiply: {from: [in, dense_1]}/' images.yaml >bad.yaml
fails "shapes that cannot be repeated" 2 'bad.yaml:10:9: layer squeeze_1/multiply_1 \(multiply\): input 2 has shape \(3\), the others \(14, 14, 6\)' \
    "$YOKE" train bad.yaml --run runs/bad
for op in leaky_relu prelu elu selu gelu swish softplus hard_sigmoid hard_swish subtract multiply maximum average reshape \
    permute concat slice tile pad2d crop2d dropout2d layernorm groupnorm local_response_norm embedding; do
    "$YOKE" ops $op >"$T/out" 2>"$T/err" && grep -q "^$op (layer)" "$T/out" || fail "ops $op" "$(cat "$T/err")"
done
summary

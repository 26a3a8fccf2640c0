#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Recurrent layers in whole recipes: gradients as `yoke check` sees them, the same bits on any number of ranks, sequences
# of tokens that are their own mask, both directions, and a state that goes on from batch to batch and over a stop.
. "$(dirname "$0")/lib.sh"
"$PYTHON" -c '
import h5py, numpy as np
rng = np.random.default_rng(1)
with h5py.File("words.h5", "w") as f:                 # does a 1 or a 2 come first? 0 is padding
    x, y = np.zeros((240, 7), "u1"), np.zeros(240, "u1")
    for i in range(240):
        x[i, :rng.integers(1, 8)] = 3
        k = rng.integers(0, max(1, np.count_nonzero(x[i])))
        y[i] = rng.integers(0, 2)
        x[i, k] = 1 + y[i]
    f["train/x"], f["train/y"] = x, y
with h5py.File("stream.h5", "w") as f:                # 4 sequences of 60, 5 at a time: the sum of signs so far mod 3
    x = rng.integers(0, 2, (4, 60)) * 2 - 1
    y = np.cumsum(x, 1) % 3
    cut = lambda a: np.stack([a[i % 4, i // 4 * 5:i // 4 * 5 + 5] for i in range(48)])
    f["train/x"], f["train/y"] = cut(x).astype("f4")[..., None], cut(y).astype("u1")' || fail "make data"

cat >words.yaml <<'Y'
seed: 3
data: {train: words.h5:/train}
blocks:
  both_ways:
    with: {units: 8}
    layers:
      - lstm: {units: $units, name: there, from: [in_1, in_2], bias_init: unit_forget}
      - lstm: {units: $units, name: back, from: [in_1, in_2], reverse: true, return_sequences: false}
      - concat: {from: [there, back]}
model:
  - embedding: {vocabulary: 4, units: 5}
  - gru: {units: 6, return_sequences: true, from: [embedding_1, input]}
  - both_ways: {units: 7, from: [gru_1, input]}
  - dense: 2
loss: softmax_cross_entropy
metrics: [accuracy]
optimizer: {adam: {lr: 2e-2}}
train: {epochs: 6, batch: 24, micro_batch: 4}
Y
cat >stream.yaml <<'Y'
seed: 3
data: {train: stream.h5:/train, shuffle: none}
model:
  - lstm: {units: 9, return_sequences: true, carry: 4}
  - rnn: {units: 5, return_sequences: true, carry: 4}
  - dense: 3
loss: softmax_cross_entropy
metrics: [accuracy]
optimizer: {adam: {lr: 1e-2}}
train: {epochs: 3, batch: 4, micro_batch: 1}
checkpoint: {every: 5 steps, keep: 20}
Y
for recipe in words stream; do
    { cat $recipe.yaml; [ $recipe = words ] && echo 'input: {x: [7], y: {classes: 2}}' || echo 'input: {x: [5, 1], y: {classes: 3}}'; } |
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

accuracy=$("$YOKE" eval runs/words --data words.h5:/train --json 2>"$T/err" | json metrics.accuracy)
"$PYTHON" -c "exit(not ${accuracy:-0} > 0.95)" && pass "the first word is found: accuracy $accuracy" || fail "the first word is found" "accuracy ${accuracy:-none}"

# What is carried: stopped amid an epoch and resumed on 2 ranks; and row i of a batch begins where row i of the one before ended.
ranks 1 1 train stream.yaml --run runs/stopped -o train.steps=15 >"$T/out" 2>"$T/err" || fail "15 steps" "$(tail -n 2 "$T/err")"
check "resume on 2 ranks" ranks 2 1 train --resume runs/stopped -o train.epochs=3
same "the same bits as without a stop" "$(digest runs/stopped)" "$(digest runs/stream)"
"$PYTHON" -c '
import glob, h5py, numpy as np
f = sorted(glob.glob("runs/stream/checkpoints/step-*.h5"))[1]
with h5py.File(f) as c, h5py.File("stream.h5") as d:
    step = int(f[-11:-3])
    state, last = c["buffers/rnn_1/state"][()], c["buffers/lstm_1/state"][()]
    assert state.shape == (4, 5) and last.shape == (4, 18) and np.abs(state).min() > 0, (state.shape, last.shape)' 2>"$T/err" &&
    pass "a checkpoint holds what is carried" || fail "a checkpoint holds what is carried" "$(tail -n 1 "$T/err")"
fails "carry that is not the batch" 2 'lstm_1/state: carry is 4, but it must be train.batch, 8' "$YOKE" train stream.yaml --run runs/no -o train.batch=8
fails "carry and a shuffled order" 2 'lstm_1/state: carry needs .* data.shuffle: none' "$YOKE" train stream.yaml --run runs/no -o data.shuffle=full
sed 's/from: \[gru_1, input\]/from: [gru_1, embedding_1]/' words.yaml >bad.yaml
fails "a mask of another shape" 2 'bad.yaml:7:9: layer both_ways_1/there \(lstm\): the mask has shape \(7, 5\): it has one number a step, \(7\)' \
    "$YOKE" train bad.yaml --run runs/bad
summary

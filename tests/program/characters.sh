#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# launch/recipes/char-lstm.yaml and char-gpt.yaml, some steps on a small text: the losses of each step and of the test part are
# PyTorch's. By hand, on the recipes' own data and for all of their steps:
#     yoke train launch/recipes/char-gpt.yaml --run RUN -o log.every="1 steps" && characters.py RUN data/tinyshakespeare.h5
. "$(dirname "$0")/lib.sh"
"$PYTHON" -c 'import torch, yaml, h5py' 2>/dev/null || {
    echo "SKIP  no PyTorch, PyYAML or h5py: the comparison is NOT RUN"
    [ "${CI:-}" != true ] || exit 1 # there it is always installed
    exit 77
}
"$PYTHON" -c '
import random, string
random.seed(4)
words = ["".join(random.choices(string.ascii_lowercase, k=random.randint(1, 9))) for _ in range(300)]
print(*(random.choice(words) for _ in range(6000)))' >text
check "import the text" "$YOKE" data import text text -o text.h5 --length 64 --split train=0.9,test=0.1
for name in char-lstm char-gpt; do
    check "$name: 30 steps" "$YOKE" train "$TOP/launch/recipes/$name.yaml" --run "runs/$name" -o data.train=text.h5:/train \
        -o train.steps=30 -o "log.every=1 steps"
    "$PYTHON" "$HERE/characters.py" "runs/$name" text.h5 --tolerance 1e-3 >"$T/out" 2>"$T/err" && pass "$name: $(tail -n 1 "$T/out")" ||
        fail "$name: the losses are PyTorch's" "$(tail -n 5 "$T/out" "$T/err")"
done
summary

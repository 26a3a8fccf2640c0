#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The losses of 50 steps of launch/recipes/{mlp,lenet}-mnist.yaml follow PyTorch's (parity.py), dropout off. On MNIST
# where its files are, else on digits that yoke makes.
. "$(dirname "$0")/lib.sh"
"$PYTHON" -c 'import torch, yaml' 2>/dev/null || {
    echo "SKIP  no PyTorch or PyYAML: the comparison is NOT RUN"
    [ "${CI:-}" != true ] || exit 1 # there it is always installed
    exit 77
}

raw=$(realpath -m "${YOKE_DATA:-$TOP/../shared/data}")/mnist
if [ -e "$raw/train-images-idx3-ubyte.gz" ]; then
    check "import mnist" "$YOKE" data import idx "$raw/train-images-idx3-ubyte.gz" "$raw/train-labels-idx1-ubyte.gz" -o data.h5:/train
else
    check "make digits" "$YOKE" data make digits -n 12000 -o data.h5 --seed 1
fi
for name in mlp-mnist lenet-mnist; do
    recipe=$TOP/launch/recipes/$name.yaml
    [ -e "$recipe" ] || { fail "$name" "no $recipe"; continue; }
    # no dropout, no dev split: only what the comparison needs
    "$PYTHON" "$HERE/parity.py" prepare "$recipe" $name.yaml || fail "$name: prepare"
    check "$name: 50 steps" "$YOKE" train $name.yaml --run runs/$name -o train.steps=50 -o log.every="1 steps"
    seed=$("$PYTHON" -c 'import sys, yaml; print(yaml.safe_load(open(sys.argv[1])).get("seed", 1))' runs/$name/recipe.yaml)
    "$YOKE" data order data.h5:/train --seed "$seed" --epoch 0 >order
    "$PYTHON" "$HERE/parity.py" follow runs/$name data.h5 order >"$T/out" 2>"$T/err" && pass "$name: $(tail -n 1 "$T/out")" ||
        fail "$name: the loss follows PyTorch's" "$(tail -n 5 "$T/out" "$T/err")"
done
summary

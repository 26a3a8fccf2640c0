# SPDX-License-Identifier: Apache-2.0
# Makes: mnist.h5
set -e
"$YOKE" data import idx raw/train-images-idx3-ubyte.gz raw/train-labels-idx1-ubyte.gz -o mnist.h5:/train
"$YOKE" data import idx raw/t10k-images-idx3-ubyte.gz raw/t10k-labels-idx1-ubyte.gz -o mnist.h5:/test
"$YOKE" data split mnist.h5:/train dev=5000 --seed 1

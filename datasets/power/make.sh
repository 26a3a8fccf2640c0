# SPDX-License-Identifier: Apache-2.0
# Makes: power.h5
set -e
split=${YOKE_SPLIT:-0}
from=UCI_Datasets/power-plant/data
tar -xzf raw/uci_regression_20splits.tar.gz $from
"$YOKE" data import csv $from/data.txt --target LAST --rows $from/index_train_$split.txt -o power.h5:/train
"$YOKE" data import csv $from/data.txt --target LAST --rows $from/index_test_$split.txt -o power.h5:/test
"$YOKE" data split power.h5:/train dev=10% --seed 1

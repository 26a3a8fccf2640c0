# SPDX-License-Identifier: Apache-2.0
# Makes: concrete.h5
set -e
split=${YOKE_SPLIT:-0}
from=UCI_Datasets/concrete/data
tar -xzf raw/uci_regression_20splits.tar.gz $from
"$YOKE" data import csv $from/data.txt --target LAST --rows $from/index_train_$split.txt -o concrete.h5:/train
"$YOKE" data import csv $from/data.txt --target LAST --rows $from/index_test_$split.txt -o concrete.h5:/test
"$YOKE" data split concrete.h5:/train dev=10% --seed 1

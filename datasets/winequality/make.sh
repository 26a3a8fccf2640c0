# SPDX-License-Identifier: Apache-2.0
# Makes: winequality-red.h5 winequality-white.h5
set -e
"$YOKE" data import csv raw/winequality-red.csv -o winequality-red.h5 --target LAST --split 0.6,0.2,0.2 --seed 1
"$YOKE" data import csv raw/winequality-white.csv -o winequality-white.h5 --target LAST --split 0.6,0.2,0.2 --seed 1

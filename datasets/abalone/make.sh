# SPDX-License-Identifier: Apache-2.0
# Makes: abalone.h5
set -e
"$YOKE" data import csv raw/abalone.csv -o abalone.h5 --target LAST --split 0.6,0.2,0.2 --seed 1

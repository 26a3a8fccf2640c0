# SPDX-License-Identifier: Apache-2.0
# Makes: wine.h5
set -e
"$YOKE" data import csv raw/wine.csv -o wine.h5 --label LAST --split 0.6,0.2,0.2 --seed 1

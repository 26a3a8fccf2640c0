# SPDX-License-Identifier: Apache-2.0
# Makes: wdbc.h5
set -e
"$YOKE" data import csv raw/wdbc.data -o wdbc.h5 --label 2 --drop 1 --split 0.6,0.2,0.2 --seed 1

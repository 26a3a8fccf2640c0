# SPDX-License-Identifier: Apache-2.0
# Makes: banknote.h5
set -e
"$YOKE" data import csv raw/banknote_authentication.csv -o banknote.h5 --label LAST --split 0.6,0.2,0.2 --seed 1

# SPDX-License-Identifier: Apache-2.0
# Makes: sonar.h5
set -e
"$YOKE" data import csv raw/sonar.csv -o sonar.h5 --label LAST --split 0.6,0.2,0.2 --seed 1

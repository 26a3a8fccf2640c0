# SPDX-License-Identifier: Apache-2.0
# Makes: housing.h5
set -e
tar -xzf raw/california_housing.tgz housing.csv
"$YOKE" data import csv housing.csv -o housing.h5 --target median_house_value --missing mean --split 0.6,0.2,0.2 --seed 1

# SPDX-License-Identifier: Apache-2.0
# Makes: planar-2d.h5
set -e
"$YOKE" data import csv raw/train.csv --label label -o planar-2d.h5:/train
"$YOKE" data import csv raw/test.csv --label label -o planar-2d.h5:/test

# SPDX-License-Identifier: Apache-2.0
# Makes: membrane.h5
set -e
"$YOKE" data import pairs raw --gray -o membrane.h5:/train
"$YOKE" data split membrane.h5:/train test=6 --seed 1

# SPDX-License-Identifier: Apache-2.0
# Makes: sentiment.h5
set -e
"$YOKE" data import sentences raw/stsa.binary.train -o sentiment.h5:/train
for split in dev test; do
    "$YOKE" data import sentences raw/stsa.binary.$split -o sentiment.h5:/$split --vocabulary sentiment.h5:/train
done

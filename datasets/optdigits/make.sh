# SPDX-License-Identifier: Apache-2.0
# Makes: optdigits.h5
set -e
"$YOKE" data import csv raw/optdigits.tra --label LAST -o optdigits.h5:/train
"$YOKE" data import csv raw/optdigits.tes --label LAST -o optdigits.h5:/test
"$YOKE" data split optdigits.h5:/train dev=500 --seed 1

# SPDX-License-Identifier: Apache-2.0
# Makes: digits.h5
set -e
"$YOKE" data make digits -n 12000 -o digits.h5 --seed 1

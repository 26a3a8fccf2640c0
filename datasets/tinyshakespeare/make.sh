# SPDX-License-Identifier: Apache-2.0
# Makes: tinyshakespeare.h5
set -e
"$YOKE" data import text raw/input.txt -o tinyshakespeare.h5 --length 64 --split train=0.9,test=0.1

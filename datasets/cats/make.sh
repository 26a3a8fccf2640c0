# SPDX-License-Identifier: Apache-2.0
# Makes: cats-train.h5 cats-test.h5
set -e
cp raw/train_catvnoncat.h5 cats-train.h5
cp raw/test_catvnoncat.h5 cats-test.h5

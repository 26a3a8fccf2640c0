# SPDX-License-Identifier: Apache-2.0
# Makes: cifar10.h5
set -e
"$YOKE" data import images raw/cifar10_jpeg_train25000_test10000.tar.gz --below train -o cifar10.h5:/train
"$YOKE" data import images raw/cifar10_jpeg_train25000_test10000.tar.gz --below test -o cifar10.h5:/test
"$YOKE" data split cifar10.h5:/train dev=1000 --seed 1

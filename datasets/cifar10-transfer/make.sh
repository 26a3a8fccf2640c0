# SPDX-License-Identifier: Apache-2.0
# Makes: cifar10-transfer.h5
set -e
photographs=raw/cifar10_jpeg_train25000_test10000.tar.gz
"$YOKE" data import images $photographs --below train -o all.h5:/train
"$YOKE" data import images $photographs --below test -o all.h5:/test
first=airplane,automobile,bird,cat,deer
others=dog,frog,horse,ship,truck
out=cifar10-transfer.h5
"$YOKE" data sample all.h5:/train --classes $first -o $out:/base
"$YOKE" data sample all.h5:/test --classes $first -o $out:/base_test
"$YOKE" data sample all.h5:/train --classes $others --per-class 50 --seed 1 -o $out:/few
"$YOKE" data sample all.h5:/test --classes $others -o $out:/test

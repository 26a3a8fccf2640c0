#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the program says of itself.
. "$(dirname "$0")/lib.sh"

commands="train eval predict plan check digest info ops"
check "--help" "$YOKE" --help
for c in $commands data; do has "--help lists $c" "^ *(yoke )?$c\b" "$T/out"; done
check "--version" "$YOKE" --version
for word in "yoke [0-9]+\.[0-9]+\.[0-9]+" MPI OpenBLAS HDF5 "portable|avx2|avx512" numerics; do has "--version: $word" "$word" "$T/out"; done
for c in $commands "data make" "data make digits" "data import" "data import idx" "data import csv" "data split" "data join" "data sample" "data stats" "data show" "data order" "data preview" report plot curve "bench train" "bench ops" "bench allreduce" "bench data" doctor; do
    # shellcheck disable=SC2086 # words on purpose
    check "$c --help" "$YOKE" $c --help
    [ -s "$T/out" ] && [ ! -s "$T/err" ] && pass "$c --help: on stdout" || fail "$c --help: on stdout" "$(head -n 2 "$T/err")"
done
check "data --help" "$YOKE" data --help
has "data --help lists its commands" "^ *data preview " "$T/out"
fails "help for what is no command" 2 "dat" "$YOKE" dat --help
check "ops" "$YOKE" ops
names="dense conv2d maxpool2d avgpool2d batchnorm dropout relu sigmoid tanh softmax add flatten
    softmax_cross_entropy binary_cross_entropy mean_squared_error
    sgd adam adamw constant step cosine accuracy
    zeros normal uniform glorot_uniform glorot_normal he_uniform he_normal"
cp "$T/out" all
for o in $names; do
    has "ops lists $o" "\b$o\b" all
    check "ops $o" "$YOKE" ops "$o"
done
for c in train eval; do
    start=$(date +%s%N)
    "$YOKE" $c --help >/dev/null
    took=$((($(date +%s%N) - start) / 1000000))
    [ $took -lt 2000 ] && pass "$c --help answers without MPI ($took ms)" || fail "$c --help answers without MPI" "$took ms"
done

"$YOKE" >"$T/out"; same "no command: exit code" $? 2
has "no command: the commands" train "$T/out"
fails "unknown command" 2 "tran.*train|train" "$YOKE" tran
fails "unknown option" 2 "bogus" "$YOKE" digest --bogus
fails "unknown op" 2 "conv2.*conv2d" "$YOKE" ops conv2
fails "unknown kernel family" 2 "avx1024.*portable" env YOKE_KERNELS=avx1024 "$YOKE" train r.yaml --run r
fails "no run named" 2 "run" "$YOKE" eval
summary

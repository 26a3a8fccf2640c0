#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The same bits from every compiler and build: digest_builds.sh PROGRAM PROGRAM... (called by CI after the builds)
cd "$(dirname "$0")/../.." || exit 2
builds=$(realpath "$@")
. tests/program/lib.sh
make_data 600
make_recipe
want=
for build in $builds; do
    YOKE=$build
    name=$(basename "$(dirname "$build")")
    rm -rf digits.h5; make_data 600 # made by this build, too
    ranks 2 2 train net.yaml --run "runs/$name" -o train.steps=12 >"$T/out" 2>"$T/err" || fail "$name trains" "$(tail -n 3 "$T/err")"
    got=$(digest "runs/$name")
    want=${want:-$got}
    same "$name: $got" "$got" "$want"
done
summary

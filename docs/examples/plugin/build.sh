#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds libmine.so in the current folder: build.sh (pkg-config finds the installed yoke). An op's file is compiled
# twice, the second time for double, in which gradients are checked.
set -eu
here=$(dirname "$0")
compile="${CC:-cc} -std=c11 -O3 -Wall -Wextra $(pkg-config --cflags yoke-plugin)"
$compile -c "$here/bent.c" -o bent.o
$compile -DYK_REAL_DOUBLE -c "$here/bent.c" -o bent-double.o
$compile -c "$here/mine.c" -o mine.o
${CC:-cc} -shared -o libmine.so bent.o bent-double.o mine.o -lm

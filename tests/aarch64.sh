#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 64-bit ARM: the rooms that compute are cross-compiled, their tests run in qemu-aarch64 (families `neon` and
# `portable`), and what kernels, ops and small trainings give has the bits that this machine gives (build/release).
# Needs aarch64-linux-gnu-gcc, qemu-aarch64 and apt-get (Debian: launch/setup.sh ci installs them); exits with 77
# without. CUnit for ARM comes from the distribution's archive into build/aarch64-root; nothing is installed.
set -eu -o pipefail
cd "$(dirname "$0")/.."
for tool in aarch64-linux-gnu-gcc qemu-aarch64 apt-get dpkg; do
    command -v $tool >/dev/null || { echo "aarch64: no $tool: skipped"; exit 77; }
done
root=$PWD/build/aarch64-root libs=usr/lib/aarch64-linux-gnu

fetch() { # PACKAGE: unpacks it below $root; apt-get looks at arm64's lists of its own
    local state=$root/apt
    mkdir -p "$state/lists/partial" "$state/archives/partial"
    local apt=(apt-get -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State::Lists="$state/lists"
        -o Dir::Cache="$state" -o APT::Sandbox::User=)
    "${apt[@]}" update >"$root/log" 2>&1 && (cd "$root" && "${apt[@]}" download "$1") >>"$root/log" 2>&1 &&
        dpkg -x "$root/$1"_*.deb "$root" && rm -rf "$state" "$root/$1"_*.deb "$root/$libs"/*.so && return
    echo "aarch64: no package $1 for arm64: skipped"; tail -n 3 "$root/log"
    exit 77
}
[ -e "$root/$libs/libcunit.a" ] || fetch libcunit1-dev

export PKG_CONFIG_LIBDIR=$root/$libs/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
cmake --preset aarch64 -DYK_WERROR=ON >build/aarch64.log || { tail -n 20 build/aarch64.log; exit 1; }
cmake --build --preset aarch64 >build/aarch64.log || { tail -n 40 build/aarch64.log; exit 1; }
unset PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR
# Gradients are those of the double build, which is the same C everywhere; the emulator has no bounds of memory to test; the last two come below.
ctest --test-dir build/aarch64 --output-on-failure -j "$(nproc)" -R '^(core|kernels|ops|graph)/' -E 'gradients|core/test_parallel|test_families|test_digest'

cmake --build --preset release --target kernels_test_families graph_test_digest >build/aarch64.log
for test in kernels_test_families graph_test_digest; do
    here=$(build/release/tests/$test | grep '^  digest')
    qemu-aarch64 -L /usr/aarch64-linux-gnu build/aarch64/tests/$test >build/aarch64.log || { cat build/aarch64.log; exit 1; }
    there=$(grep '^  digest' build/aarch64.log)
    [ "$here" = "$there" ] || { printf 'aarch64: %s: other bits\nhere:\n%s\nARM:\n%s\n' $test "$here" "$there"; exit 1; }
    echo "aarch64: $test: the same bits:"; echo "$here"
done

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, runs every test: tests/run.sh [PRESET] [CTEST ARGUMENT...]
# PRESET: release (default), debug (sanitizers), clang. The last lines are ctest's summary.
set -eu
cd "$(dirname "$0")/.."
preset=${1:-release}
[ $# = 0 ] || shift

launch/setup.sh tests
export PKG_CONFIG_PATH="${PKG_CONFIG_PATH:+$PKG_CONFIG_PATH:}/usr/local/lib/pkgconfig:/usr/local/lib64/pkgconfig"
if command -v ninja >/dev/null; then export CMAKE_GENERATOR=Ninja; fi
python=$PWD/build/venv/bin/python3
[ -x "$python" ] || python=$(command -v python3)

echo "== build ($preset)"
cmake --preset "$preset" -DYK_WERROR=ON -DYK_PYTHON="$python" >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
cmake --build --preset "$preset" -j "$(nproc)"
echo "== tests ($preset)"
exec ctest --test-dir "build/$preset" -j 2 --output-on-failure --no-tests=error "$@" </dev/null

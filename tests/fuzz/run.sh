#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes: tests/fuzz/run.sh [SECONDS [NAME...]]: each target for SECONDS (20), one a core, with what corpus/NAME/ and
# corpus/NAME.tar.gz hold and what earlier runs have found (build/fuzz-corpus/NAME). Needs clang with libFuzzer. A finding
# is a file below build/fuzz-found/; put it into corpus/NAME/ when it is mended. To renew a .tar.gz after a long run:
#   mkdir NAME && build/fuzz/tests/fuzz_NAME -merge=1 -max_len=2048 NAME tests/fuzz/corpus/NAME build/fuzz-corpus/NAME &&
#   tar --sort=name --mtime=@0 --owner=0 --group=0 -cf - NAME | gzip -9n >tests/fuzz/corpus/NAME.tar.gz
# No input of up to 64 KB may make a reader need 1 GB or take 20 s, nor, where HDF5 does not read it, allocate more than
# 256 MB at once.
set -u
cd "$(dirname "$0")/../.." || exit 2
seconds=${1:-20}
[ $# = 0 ] || shift
cmake --preset fuzz -DYK_WERROR=ON >build/fuzz.log 2>&1 || { cat build/fuzz.log; exit 1; }
cmake --build --preset fuzz -j "$(nproc)" --target fuzzers || exit 1
[ $# -gt 0 ] || set -- $(cd tests/fuzz/corpus && echo */ | tr -d /)
export ASAN_OPTIONS=allocator_may_return_null=1 LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
limit() { case $1 in dataset | checkpoint) ;; *) echo -malloc_limit_mb=256 ;; esac; }

# fuzz NAME: its line goes to build/fuzz-NAME.line
fuzz() {
    local name=$1 verdict=FAIL
    mkdir -p "build/fuzz-corpus/$name" build/fuzz-found
    local inputs=("$PWD/build/fuzz-corpus/$name" "$PWD/tests/fuzz/corpus/$name" "$PWD/build/fuzz/tests/fuzz-corpus/$name")
    "build/fuzz/tests/fuzz_$name" -max_total_time="$seconds" -max_len=65536 -timeout=20 -rss_limit_mb=1024 \
        $(limit "$name") -print_final_stats=1 -artifact_prefix="$PWD/build/fuzz-found/$name-" -verbosity=0 \
        "${inputs[@]}" >"build/fuzz-$name.log" 2>&1 </dev/null && verdict=ok
    printf '%-5s %s: %s inputs in %s s\n' $verdict "$name" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz-$name.log")" "$seconds" >"build/fuzz-$name.line"
}

rm -f build/fuzz-*.line
for name in "$@"; do
    while [ "$(jobs -r | wc -l)" -ge "$(nproc)" ]; do wait -n; done
    fuzz "$name" &
done
wait
passed=0 failed=0
for name in "$@"; do
    cat "build/fuzz-$name.line"
    if grep -q ^ok "build/fuzz-$name.line"; then passed=$((passed + 1)); else failed=$((failed + 1)); tail -n 40 "build/fuzz-$name.log"; fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# datasets/make.sh with a mirror of small files, right and wrong ones, in a copy of datasets/.
. "$(dirname "$0")/lib.sh"
export YOKE
mkdir top && cp -r "$TOP/datasets" top/ || exit 2
make() { YOKE_DATA=$T/local YOKE_MIRROR=file://$T/mirror bash top/datasets/make.sh "$@"; }
sum() { sha256sum "$1" | cut -d ' ' -f 1; }

# idx FILE N SIDE: N images, or labels with SIDE 0; the contents do not matter, the counts do
idx() {
    local hex; hex=$(printf '%08x' "$2")
    hex=$(echo "$hex" | sed 's/../\\x&/g')
    if [ "$3" = 0 ]; then printf "\\x00\\x00\\x08\\x01$hex"; head -c "$2" /dev/zero
    else printf "\\x00\\x00\\x08\\x03$hex\\x00\\x00\\x00\\x0$3\\x00\\x00\\x00\\x0$3"; head -c $(($2 * $3 * $3)) /dev/zero; fi | gzip -9n >"$1"
}
mkdir -p mirror/mnist local
idx mirror/mnist/train-images-idx3-ubyte.gz 6000 2
idx mirror/mnist/train-labels-idx1-ubyte.gz 6000 0
idx mirror/mnist/t10k-images-idx3-ubyte.gz 100 2
idx mirror/mnist/t10k-labels-idx1-ubyte.gz 100 0
for f in mirror/mnist/*; do
    printf 'mnist\tmnist/%s\t%s\t%s\thttps://localhost:9/%s\n' "$(basename "$f")" "$(wc -c <"$f")" "$(sum "$f")" "$(basename "$f")"
done >small.tsv
cp small.tsv top/datasets/files.tsv

check "mnist from a mirror" make mnist
has "the licence is shown" "^mnist: licence: .*CC BY-SA" "$T/out"
[ "$(grep -n licence "$T/out" | cut -d : -f 1)" = 1 ] && pass "before the first file is fetched" || fail "before the first file is fetched" "$(cat "$T/out")"
check "yoke reads it" "$YOKE" info top/data/mnist.h5
check "a second time" make mnist
has "nothing is made that is there" "mnist.h5 is there" "$T/out"
same "nothing is left behind" "$(cd top/data && echo *)" "mnist.h5 raw"

rm top/data/mnist.h5
check "raw files are kept" env YOKE_DATA="$T/local" YOKE_MIRROR=file:///nowhere bash top/datasets/make.sh mnist
rm -rf top/data && cp -r mirror/mnist local/
check "raw files of YOKE_DATA, without a network" env YOKE_DATA="$T/local" YOKE_MIRROR=file:///nowhere bash top/datasets/make.sh mnist
[ -e top/data/raw ] && fail "nothing is fetched then" || pass "nothing is fetched then"

# wrong WHAT PATTERN: makes mnist, which must fail, say PATTERN and leave nothing
wrong() {
    if make mnist >out 2>err; then fail "$1" "it went through"; return; fi
    has "$1" "$2" err
    [ -z "$(find top/data -name '*.h5' -o -name '*.part' -o -name 'making*' 2>/dev/null)" ] || fail "$1: nothing is left" "$(find top/data)"
}
rm -rf top/data local/mnist
printf x >>mirror/mnist/t10k-labels-idx1-ubyte.gz
wrong "a wrong file from the mirror" "t10k-labels-idx1-ubyte.gz is not the right file: [0-9]+ bytes, SHA-256 $(sum mirror/mnist/t10k-labels-idx1-ubyte.gz)"
[ -e top/data/raw/mnist/t10k-labels-idx1-ubyte.gz ] && fail "it is not kept" || pass "it is not kept"
rm -rf top/data; cp -r mirror/mnist local/
wrong "a wrong file in YOKE_DATA" "local/mnist/t10k-labels-idx1-ubyte.gz has .* are right; remove it"
rm -rf top/data local/mnist mirror/mnist/t10k-labels-idx1-ubyte.gz
wrong "a file that the mirror has not" "Without a network"
has "it says what to do" "mnist/t10k-labels-idx1-ubyte.gz, [0-9]+ bytes, SHA-256 [0-9a-f]{64}" err
has "and where to get it" "https://localhost:9/t10k-labels-idx1-ubyte.gz" err

cp "$TOP/datasets/files.tsv" top/datasets/files.tsv
if YOKE_DATA=$T/local bash top/datasets/make.sh cats >out 2>err; then fail "files without a public address" "it went through"
else has "files without a public address" "no public address is known" err; fi
if make mnist nosuch >out 2>err; then fail "a name that there is not" "it went through"
else has "a name that there is not" "no dataset \"nosuch\" \(.*cats .*digits .*mnist" err; fi
if YOKE=/nowhere/yoke make digits >out 2>err; then fail "without the program" "it went through"
else has "without the program" "/nowhere/yoke is not there; build it" err; fi
# a small table, and one of several files
mkdir -p mirror/tabular mirror/coursera-2d
for i in 1 2 3 4 5; do printf '%d.5,2,3,4,Iris-a\n%d.25,1,2,3,Iris-b\n' $i $i; done >mirror/tabular/iris.csv
printf 'x1,x2,label\n0.5,1,0\n2,3,1\n' | tee mirror/coursera-2d/train.csv >mirror/coursera-2d/test.csv
for f in iris:tabular/iris.csv planar-2d:coursera-2d/train.csv planar-2d:coursera-2d/test.csv; do
    printf '%s\t%s\t%s\t%s\thttps://localhost:9/x\n' "${f%%:*}" "${f#*:}" "$(wc -c <"mirror/${f#*:}")" "$(sum "mirror/${f#*:}")"
done >top/datasets/files.tsv
check "tables from a mirror" make iris planar-2d
check "yoke reads them" "$YOKE" data stats top/data/iris.h5:/train
has "shares of the samples" "float32 *\(6, 4\)" "$T/out"
has "classes" "Iris-b" "$T/out"
check "both splits" "$YOKE" data stats top/data/planar-2d.h5:/test
awk -F '\t' '!/^#/ && (NF != 5 || $3 !~ /^[0-9]+$/ || length($4) != 64)' "$TOP/datasets/files.tsv" >bad.tsv
[ -s bad.tsv ] && fail "files.tsv has five columns" "$(cat bad.tsv)" || pass "files.tsv has five columns"
for d in "$TOP"/datasets/*/; do has "$(basename "$d") names its licence" "^Licence: ." "$d/README.md"; done
summary

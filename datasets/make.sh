#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes datasets: datasets/make.sh NAME... writes data/NAME.h5 (see README.md for the names).
#   YOKE         the program                            (build/release/yoke)
#   YOKE_DATA    folder with raw files                  (../shared/data)
#   YOKE_MIRROR  fetch from here instead of the address of files.tsv; file:// works, too
# Raw files that are not in YOKE_DATA are fetched into data/raw. Size and SHA-256 are always checked.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
here=$top/datasets
out=$top/data
YOKE=${YOKE:-$top/build/release/yoke}
export YOKE=$(command -v "$YOKE" || echo "$YOKE")
case $YOKE in /*) ;; *) YOKE=$PWD/$YOKE ;; esac
local_files=${YOKE_DATA:-$top/../shared/data}

say() { echo "$name: $*"; }
die() { echo "make.sh: $*" >&2; exit 1; }

sha256() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1; }

# variants FILE: "bytes sha256" of every version of it that is known
variants() { awk -F '\t' -v n="$name" -v f="$1" '$1 == n && $2 == f { print $3, $4 }' "$here/files.tsv"; }

# is_right PATH FILE: the contents are one of the known versions
is_right() { variants "$2" | grep -qx "$(wc -c <"$1" | tr -d ' ') $(sha256 "$1")"; }

# must_be_right PATH FILE
must_be_right() {
    is_right "$1" "$2" || die "$name: $1 has $(wc -c <"$1" | tr -d ' ') bytes and SHA-256 $(sha256 "$1")," \
        "but $(variants "$2" | head -n 1 | sed 's/ / bytes and /') are right; remove it and try again"
}

# What to do without a network: every file of the dataset that is missing.
by_hand() {
    echo "make.sh: $name: $1"
    echo "Without a network: put these files into $local_files (or name their folder with YOKE_DATA, or a mirror with"
    echo "YOKE_MIRROR=http://... or file:///...):"
    awk -F '\t' -v n="$name" '$1 == n && $5 != "=" { print "  " $2 ", " $3 " bytes, SHA-256 " $4 (($5 == "-") ? "" : "\n    from " $5) }' \
        "$here/files.tsv"
}

# download ADDRESS TARGET
download() {
    case $1 in
    file://*) cp "${1#file://}" "$2" ;;
    *)
        if command -v curl >/dev/null; then curl -fsSL --retry 2 --connect-timeout 15 -o "$2" "$1"
        elif command -v wget >/dev/null; then wget -q --tries 2 --timeout 15 -O "$2" "$1"
        else echo "neither curl nor wget is installed" >&2; return 1; fi
        ;;
    esac
}

# fetch FILE: into data/raw, and only what is right
fetch() {
    local address target=$out/raw/$1
    address=$(awk -F '\t' -v n="$name" -v f="$1" '$1 == n && $2 == f && $5 != "=" { print $5; exit }' "$here/files.tsv")
    [ -n "${YOKE_MIRROR:-}" ] && address=${YOKE_MIRROR%/}/$1
    if [ "$address" = - ]; then by_hand "$1 is not there, and no public address is known" >&2; exit 1; fi
    [ -n "$licence_shown" ] || say "licence: $(sed -n 's/^Licence: //p' "$here/$name/README.md")"
    licence_shown=yes
    say "fetching $address"
    mkdir -p "$(dirname "$target")"
    if ! download "$address" "$target.part"; then
        rm -f "$target.part"
        by_hand "$address could not be fetched" >&2
        exit 1
    fi
    if ! is_right "$target.part" "$1"; then
        local got; got="$(wc -c <"$target.part" | tr -d ' ') bytes, SHA-256 $(sha256 "$target.part")"
        rm -f "$target.part"
        die "$name: $address is not the right file: $got; right are $(variants "$1" | head -n 1 | sed 's/ / bytes, SHA-256 /')"
    fi
    mv "$target.part" "$target"
}

# Links every raw file of the dataset into $work/raw, wherever it comes from.
gather() {
    local file path
    licence_shown=
    for file in $(awk -F '\t' -v n="$name" '$1 == n { print $2 }' "$here/files.tsv" | sort -u); do
        path=$local_files/$file
        [ -e "$path" ] || path=$out/raw/$file
        if [ -e "$path" ]; then must_be_right "$path" "$file"; else fetch "$file"; fi
        mkdir -p "$(dirname "$work/raw/${file#*/}")" # without the folder of the source
        ln -s "$(cd "$(dirname "$path")" && pwd)/$(basename "$path")" "$work/raw/${file#*/}"
    done
}

[ $# -gt 0 ] || die "usage: datasets/make.sh NAME... ($(cd "$here" && echo */ | tr -d /))"
for name in "$@"; do
    [ -f "$here/$name/make.sh" ] || die "there is no dataset \"$name\" ($(cd "$here" && echo */ | tr -d /))"
done
for name in "$@"; do
    made=$(sed -n 's/^# Makes: //p' "$here/$name/make.sh")
    missing=
    for file in $made; do [ -e "$out/$file" ] || missing=$file; done
    if [ -z "$missing" ]; then say "data/${made// /, data/} is there; remove it to make it again"; continue; fi
    if grep -q YOKE "$here/$name/make.sh" && ! [ -x "$YOKE" ]; then
        die "$name: $YOKE is not there; build it (cmake --preset release && cmake --build --preset release) or name it with YOKE"
    fi
    mkdir -p "$out"
    work=$(mktemp -d "$out/making-$name.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    mkdir "$work/raw"
    gather
    (cd "$work" && bash "$here/$name/make.sh") || die "$name: could not be made"
    for file in $made; do mv "$work/$file" "$out/$file"; done
    rm -rf "$work"
    say "wrote data/${made// /, data/}"
done

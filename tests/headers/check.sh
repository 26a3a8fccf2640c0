#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every public header alone is good C11 and C++11: check.sh HEADER-FOLDER C-COMPILER [MPI-INCLUDE-FOLDER...]
# Of MPI's own headers only errors count.
set -u
folder=$1 cc=$2; shift 2
mpi=(); for f in "$@"; do mpi+=(-isystem "$f"); done
count=0 failed=0
cxx=
for c in c++ g++ clang++ clang; do command -v "$c" >/dev/null && { cxx=$c; break; }; done
try() { # COMPILER LANGUAGE STANDARD HEADER
    count=$((count + 1))
    printf '#include "%s"\ntypedef int not_empty;\n' "$4" | "$1" -x "$2" -std="$3" -pedantic -Wall -Wextra -Werror -fsyntax-only -I "$folder" "${mpi[@]}" - && return
    failed=$((failed + 1)); echo "FAIL  $4 as $3"
}
for header in $(cd "$folder" && find . -name '*.h' | sort); do
    try "$cc" c c11 "${header#./}"
    [ -z "$cxx" ] || try "$cxx" c++ c++11 "${header#./}"
done
[ -n "$cxx" ] || echo "SKIP  no C++ compiler here: C++11 NOT TESTED"
echo "$count compilations, $failed failed"
[ $failed = 0 ] && [ $count -gt 0 ]

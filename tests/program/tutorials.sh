#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tutorials do what they say. A block "# NAME.yaml" is written to that file, a line "    $ COMMAND" is run, and each
# line that is shown beneath it must be one of its output, in which "..." stands for anything. Where the commands take
# long (images), only those that look are run.
. "$(dirname "$0")/lib.sh"
DATA=${YOKE_DATA:-$TOP/../shared/data}
PATH=$(dirname "$YOKE"):$PATH
export OMP_NUM_THREADS=1

# shown LINE: it is a line of the output
shown() {
    local line=$1 pattern="" out
    case $line in ...) return 0 ;; esac
    while [[ $line == *...* ]]; do pattern+="${line%%...*}"$'\001'; line=${line#*...}; done
    pattern+=$line
    while IFS= read -r out; do
        # shellcheck disable=SC2053 # a pattern: what is between the stars is quoted
        [[ $out == $(printf '%s' "$pattern" | sed -e 's/[][\\*?]/\\&/g' -e $'s/\001/*/g') ]] && return 0
    done <"$T/out"
    return 1
}

# follow FILE RUN: RUN is a pattern of the commands that are run
follow() {
    local line file="" ran="" bad=0 n=0
    while IFS= read -r line; do
        if [ -n "$file" ]; then
            if [ "$line" = '```' ]; then file=; else echo "$line" >>"$file"; fi
        elif [[ $line == '# '*.yaml ]] && [ "$before" = '```yaml' ]; then
            file=${line#\# }
            : >"$file"
        elif [[ $line == '    $ '* ]]; then
            ran=
            if [[ ${line#    $ } =~ $2 ]]; then
                ran=${line#    $ } n=$((n + 1))
                bash -c "$ran" >"$T/out" 2>&1 </dev/null && pass "$ran" || fail "$ran" "$(tail -n 2 "$T/out")"
            fi
        elif [[ $line == '    '* ]] && [ -n "$ran" ]; then
            shown "${line#    }" || { bad=1; fail "$(basename "$1"): $ran" "does not print: ${line#    }"; }
        else
            ran=
        fi
        before=$line
    done <"$1"
    [ $bad = 0 ] && [ $n -gt 5 ] && pass "$(basename "$1"): the output of $n commands" || fail "$(basename "$1"): $n commands"
}

if ! [ -e "$DATA/tabular/wine.csv" ]; then
    echo "SKIP  tutorials: $DATA/tabular/wine.csv is not there (YOKE_DATA names the folder of raw data)"
    exit 77
fi
cp "$DATA/tabular/wine.csv" .
tar -xzOf "$DATA/surrogate-regression/uci_regression_20splits.tar.gz" UCI_Datasets/concrete/data/data.txt >concrete.txt
follow "$TOP/docs/tutorial-tables.md" .
summary

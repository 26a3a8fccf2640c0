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
    local line=$1 pattern
    [ "$line" = ... ] && return 0
    pattern=$(printf '%s' "$line" | sed -e 's/[].[^$*+?(){}|\\]/\\&/g' -e 's/\\\.\\\.\\\./.*/g')
    grep -Eqx -e "$pattern" "$T/out"
}

# can COMMAND: this build has what it needs
can() {
    case $1 in *" plot "*) [ -n "$PLOTS" ] ;; *) true ;; esac
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
            if [[ ${line#    $ } =~ $2 ]] && can "$line"; then
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
PLOTS=$("$YOKE" plot none -o none.svg 2>&1 | grep -v "without cairo")
cp "$DATA/tabular/wine.csv" .
tar -xzOf "$DATA/surrogate-regression/uci_regression_20splits.tar.gz" UCI_Datasets/concrete/data/data.txt >concrete.txt
follow "$TOP/docs/tutorial-tables.md" .

cp "$DATA"/cifar10-jpeg/*.tar.gz .
cp "$DATA/coursera-cats/train_catvnoncat.h5" cats-train.h5
cp "$DATA/coursera-cats/test_catvnoncat.h5" cats-test.h5
if "$YOKE" data import images ./*.tar.gz --below test -o can.h5 >"$T/out" 2>"$T/err"; then
    follow "$TOP/docs/tutorial-images.md" "^yoke (data|plan) "
    check "its second recipe" "$YOKE" plan cats.yaml
    has "the preview knows the classes" "^ +classes: airplane, automobile" <("$YOKE" info look.h5)
else
    skip "tutorial-images.md" "$(cat "$T/err")"
fi
summary

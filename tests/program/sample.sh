#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# yoke sample: text from a small GPT of characters, the same on any family and number of threads; a vocabulary stays in the
# checkpoint.
. "$(dirname "$0")/lib.sh"

for i in $(seq 200); do echo "the cat sat on the mat; the höhle's \"dog\" \$ate #it, [all]: '' {$((i % 10))}"; done >text.txt
check "import characters" "$YOKE" data import text text.txt -o t.h5 --length 16 --split train=0.9,test=0.1
check "import bytes" "$YOKE" data import text text.txt -o b.h5 --length 16 --unit bytes
cat >gpt.yaml <<'R'
data: {train: t.h5:/train}
model:
  - embedding: {vocabulary: 64, units: 32, init: {normal: 0.3}}
  - position_embedding: {name: tokens}
  - dense: 96
  - attention: {heads: 2, causal: true}
  - dense: {units: 32, name: attended}
  - add: {from: [tokens, attended]}
  - dense: {units: 64, activation: gelu}
  - dense: {units: 64, name: out}
loss: softmax_cross_entropy
optimizer: {adam: {lr: 1e-2}}
train: {steps: 60, batch: 16}
R
words=$("$PYTHON" -c 'import sys; print(len(set(open("text.txt", encoding="utf-8").read())))')
sed -i "s/vocabulary: 64/vocabulary: $words/; s/units: 64, name: out/units: $words, name: out/" gpt.yaml
check "train" "$YOKE" train gpt.yaml --run runs/a
has "the recipe as run has the vocabulary" "length: 16" runs/a/recipe.yaml
rm t.h5
check "sample" "$YOKE" sample runs/a --prompt "the h" -n 40 --seed 3
cp "$T/out" first
[ "$("$PYTHON" -c 'print(len(open("first", encoding="utf-8").read()))')" = 41 ] && pass "40 characters and a line's end" ||
    fail "40 characters" "$(cat first)"
for family in portable ""; do
    for threads in 1 3; do
        YOKE_KERNELS=$family "$YOKE" sample runs/a --prompt "the h" -n 40 --seed 3 --threads $threads >second
        cmp -s first second && pass "the same text: ${family:-fastest}, $threads threads" || fail "text: $family $threads" "$(cat second)"
    done
done
"$YOKE" sample runs/a --prompt "the h" -n 40 --seed 4 >second
cmp -s first second && fail "another seed, another text" || pass "another seed, another text"
"$YOKE" sample runs/a --prompt "t" -n 30 --top-k 1 --seed 8 >first
"$YOKE" sample runs/a --prompt "t" -n 30 --temperature 0 --seed 9 >second
cmp -s first second && pass "the likeliest: --top-k 1 is --temperature 0" || fail "the likeliest" "$(cat first second)"
refuse() { # refuse LABEL MESSAGE WORDS...
    local label=$1 message=$2
    shift 2
    ! "$YOKE" sample "$@" >"$T/out" 2>"$T/err" && grep -q "$message" "$T/err" && [ "$(wc -l <"$T/err")" = 1 ] && pass "$label" ||
        fail "$label" "$(cat "$T/err")"
}
refuse "an unknown character" '"Z" in the prompt is none of the' runs/a --prompt "thZ"
refuse "no prompt" "give --prompt TEXT" runs/a
refuse "an empty prompt" "the prompt is empty" runs/a --prompt ""
refuse "a wrong temperature" "temperature" runs/a --prompt t --temperature -1
sed "s/t.h5:.train/b.h5/; s/vocabulary: $words/vocabulary: 256/; s/units: $words, name: out/units: 256, name: out/" gpt.yaml >bytes.yaml
check "train on bytes" "$YOKE" train bytes.yaml --run runs/b -o train.steps=3
check "sample bytes" "$YOKE" sample runs/b --prompt "Z" -n 9
check "digits" "$YOKE" data make digits -n 64 -o d.h5
printf 'data: {train: d.h5:/train}\nmodel: [flatten, dense: 10]\nloss: softmax_cross_entropy\noptimizer: sgd\ntrain: {steps: 1, batch: 8}\n' |
    sed 's/optimizer: sgd/optimizer: {sgd: 0.1}/; s/\[flatten, dense: 10\]/[flatten, {dense: 10}]/' >digits.yaml
check "train on digits" "$YOKE" train digits.yaml --run runs/d
refuse "a model without a vocabulary" "the model has no vocabulary" runs/d --prompt a
summary

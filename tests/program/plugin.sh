#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An op from outside (docs/examples/plugin): built with the installed headers, described, checked, trained, and missed
# where it is needed.
. "$(dirname "$0")/lib.sh"
check "install" cmake --install "$(dirname "$YOKE")" --prefix "$T/prefix"
export PKG_CONFIG_PATH=$(dirname "$(find "$T/prefix" -name yoke-plugin.pc)")
EXAMPLE=$TOP/docs/examples/plugin
check "build" "$EXAMPLE/build.sh"
make_data 300
cat >net.yaml <<'Y'
seed: 7
data: {train: digits.h5:/train, dev: digits.h5:/dev}
model: [flatten, dense: {units: 16, activation: {bent: 0.7}}, bent, dense: 10]
loss: softmax_cross_entropy
metrics: [accuracy]
optimizer: adam
train: {steps: 12, batch: 24, micro_batch: 4}
checkpoint: {every: 6 steps}
Y
PLUGIN="--plugin ./libmine.so"

check "yoke ops" "$YOKE" ops bent $PLUGIN
has "its help" "difference of the slopes" "$T/out"
"$YOKE" ops $PLUGIN >"$T/out"; has "among all" "^  bent +y = x" "$T/out"
fails "unknown without it" 2 "bent" "$YOKE" ops bent
check "yoke check" "$YOKE" check net.yaml $PLUGIN
has "its gradients agree" "all gradients agree" "$T/out"
check "yoke plan" "$YOKE" plan net.yaml $PLUGIN
has "in the plan" "bent backward" "$T/out"

# --- training; the run remembers what it needs
check "train" ranks 1 2 train net.yaml --run runs/a $PLUGIN
check "train, 3 ranks" ranks 3 1 train net.yaml --run runs/b $PLUGIN
same "3 ranks: the same bits" "$(digest runs/b)" "$(digest runs/a)"
has "the recipe as run names it" "libmine.so" runs/a/recipe.yaml
check "resume" ranks 2 1 train --resume runs/b -o train.steps=18 $PLUGIN
check "eval" "$YOKE" eval runs/a --data digits.h5:/test $PLUGIN
check "predict" "$YOKE" predict runs/a --data digits.h5:/test -o p.h5 $PLUGIN
need="recipe.yaml|step-[0-9]+.h5):.*needs the plug-in ./libmine.so.*--plugin ./libmine.so"
fails "resume without it" 2 "($need" mpirun -n 2 "$YOKE" train --resume runs/b -o train.steps=20
fails "eval without it" 2 "($need" "$YOKE" eval runs/a --data digits.h5:/test
fails "a recipe without it" 2 "no layer is called \"bent\"|no activation is called \"bent\"" "$YOKE" plan net.yaml
mkdir elsewhere && cp libmine.so elsewhere/
check "from another folder" "$YOKE" eval runs/a --data digits.h5:/test --plugin elsewhere/libmine.so
sed 's/^seed/plugins: libmine.so\nseed/' net.yaml >list.yaml
fails "plugins: no list" 2 "list.yaml:1:10: plugins: a list of files" "$YOKE" plan list.yaml $PLUGIN

# --- what is no plug-in
fails "no file" 2 "plug-in ./none.so: .*none.so" "$YOKE" plan net.yaml --plugin ./none.so
echo "text" >text.so
fails "no library" 2 "plug-in ./text.so: " "$YOKE" plan net.yaml --plugin ./text.so
FLAGS="-std=c11 -shared $(pkg-config --cflags yoke-plugin)"
echo 'int nothing;' >nothing.c && cc $FLAGS -o nothing.so nothing.c
fails "no plug-in" 2 "nothing.so is no plug-in of yoke.*yoke_plugin" "$YOKE" plan net.yaml --plugin ./nothing.so
echo 'const struct { int abi; const char *version; } yoke_plugin = { 99, "9.9" };' >abi.c && cc $FLAGS -o abi.so abi.c
fails "another interface" 2 "plug-in interface 99, but yoke .* has 1" "$YOKE" plan net.yaml --plugin ./abi.so
sed 's/YK_PLUGIN(OPS)/const yk_plugin yoke_plugin = { .abi = YK_PLUGIN_ABI, .version = "0.0.9", .op_bytes = 8 };/' \
    "$EXAMPLE/mine.c" >size.c && cc $FLAGS -o size.so size.c
fails "other structs" 2 "headers of another yoke \(0.0.9; this is" "$YOKE" plan net.yaml --plugin ./size.so
# variant NAME SED...: a plug-in of a changed example
variant() {
    local name=$1; shift
    mkdir "$name" && cp "$EXAMPLE"/* "$name/" && sed -i "$@" "$name"/*.c
    (cd "$name" && ./build.sh) || fail "build $name"
}
variant taken 's/"bent"/"relu"/'
fails "a name that is taken" 2 "its op relu is there already \(yoke's own\)" "$YOKE" plan net.yaml --plugin taken/libmine.so
fails "the same name twice" 2 "its op bent is there already \(./libmine.so\)" "$YOKE" plan net.yaml $PLUGIN --plugin elsewhere/libmine.so
variant name 's/"bent"/"Bent op"/'
fails "no name" 2 "\"Bent op\" cannot be an op's name" "$YOKE" plan net.yaml --plugin name/libmine.so
variant part 's/\.flops = flops,//'
fails "half an op" 2 "op bent needs doc, infer, forward, backward and flops" "$YOKE" plan net.yaml --plugin part/libmine.so
variant wrong 's|w->bend \* x / r|w->bend * x * r|'
fails "a wrong backward is found" 4 "a backward is wrong" "$YOKE" check net.yaml --plugin wrong/libmine.so
fails "on ranks, too: one line" 2 "plug-in ./none.so" mpirun -n 2 "$YOKE" train net.yaml --run runs/c --plugin ./none.so
summary

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The library as another program has it: installed, moved, found by pkg-config and by CMake, shared and static, from C and
# from Fortran; the examples of docs/examples on 1, 2 and 3 ranks.
. "$(dirname "$0")/lib.sh"
BUILD=$(dirname "$YOKE")
export OMP_NUM_THREADS=1

check "install" cmake --install "$BUILD" --prefix "$T/first"
mv first prefix
PREFIX=$T/prefix
LIB=$(dirname "$(find "$PREFIX" -name libyoke.so)")
export PKG_CONFIG_PATH=$LIB/pkgconfig LD_LIBRARY_PATH=$LIB${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
check "the program in its new place" "$PREFIX/bin/yoke" --version
check "recipes" test -s "$PREFIX/share/yoke/recipes/lenet-mnist.yaml"
nm -D --defined-only "$LIB/libyoke.so" | awk '$2 != "A" { print $3 }' | grep -v '^yk_' >foreign
same "exported is nothing but yk_..." "$(wc -l <foreign)" 0
nm -D --defined-only "$LIB/libyoke.so" | grep -c ' yk_\(engine\|graph\|comm\|recipe\)' >private
same "exported is nothing of the inside" "$(cat private)" 0

# (each header alone: tests/headers)
printf '#include <yoke/yoke.h>\n#include <yoke/mpi.h>\n' >h.cc
if command -v mpicxx >/dev/null; then
    check "all headers, C++11" mpicxx -std=c++11 -Wall -Wextra -pedantic -Werror -Wno-cast-function-type "-I$PREFIX/include" -c h.cc -o h.o
else
    skip "all headers, C++11" "no mpicxx"
fi

# quiet WHAT PROGRAM: on 1, 2 and 3 ranks it ends well, writes nothing to stderr, and the same to stdout but for the line
# that names the ranks
quiet() {
    local what=$1 n; shift
    for n in 1 2 3; do
        if mpirun -n $n "$@" >"out$n" 2>"err$n"; then pass "$what, $n ranks"; else fail "$what, $n ranks" "$(tail -n 3 "err$n")"; fi
        same "$what, $n ranks: nothing on stderr" "$(wc -c <"err$n")" 0
        sed 1d "out$n" >"figures$n"
    done
    has "$what: says what it learnt" "^digest [0-9a-f]{64}$" out1
    check "$what: 2 ranks, the figures of 1" cmp figures1 figures2
    check "$what: 3 ranks, the figures of 1" cmp figures1 figures3
}

# --- C
EXAMPLE=$TOP/docs/examples/in_situ.c
check "in_situ.c, pkg-config" sh -c "mpicc -O2 -Wall -Wextra -Werror -o in_situ '$EXAMPLE' \$(pkg-config --cflags --libs yoke) -lm"
quiet "in_situ.c" ./in_situ
cp figures1 figures

mkdir alone && cp -r "$PREFIX/include" alone/ && mkdir -p "alone/$(basename "$LIB")" && cp -r "$LIB/libyoke.a" "$LIB/pkgconfig" "alone/$(basename "$LIB")"
check "in_situ.c, static" sh -c "PKG_CONFIG_PATH='$T/alone/$(basename "$LIB")/pkgconfig' && export PKG_CONFIG_PATH &&
    mpicc -O2 -o in_situ_static '$EXAMPLE' \$(pkg-config --static --cflags --libs yoke) -lm"
check "in_situ.c, static, runs without the library" env -u LD_LIBRARY_PATH mpirun -n 2 ./in_situ_static
sed 1d out >figures_static
check "in_situ.c, static: the same figures" cmp figures figures_static

mkdir project
cat >project/CMakeLists.txt <<'C'
cmake_minimum_required(VERSION 3.20)
project(mine C)
find_package(MPI REQUIRED COMPONENTS C)
find_package(yoke 0.1 CONFIG REQUIRED)
foreach(kind yoke yoke_static)
  add_executable(with_${kind} ${EXAMPLE})
  target_link_libraries(with_${kind} yoke::${kind} MPI::MPI_C m)
endforeach()
C
check "find_package" sh -c "cmake -S project -B project/build -DEXAMPLE='$EXAMPLE' -DCMAKE_PREFIX_PATH='$PREFIX' && cmake --build project/build"
for kind in yoke yoke_static; do
    check "yoke::$kind runs" mpirun -n 2 project/build/with_$kind
    sed 1d out >figures_cmake
    check "yoke::$kind: the same figures" cmp figures figures_cmake
done

# --- what a program saves, the command line reads; an op from a plug-in
cat >saves.c <<'C'
#include <stdio.h>
#include <yoke/yoke.h>
static int must(yk_status s) { if (s) fprintf(stderr, "%s\n", yk_error_text()); return s != YK_OK; }
int main(int argc, char **argv)
{
    static float x[40][3], y[40][1], out[40];
    static const int64_t shape[] = { 3 };
    const yk_array fields[] = { yk_array_2d("x", YK_F32, 40, 3, x), yk_array_2d("y", YK_F32, 40, 1, y) };
    yk_context *c;
    yk_net *net, *again;
    yk_data *data;
    yk_training *t;
    char digest[65], loaded[65];
    for (int i = 0; i < 40; i++)
        y[i][0] = (x[i][0] = (float)(i % 7) / 7) - (x[i][1] = (float)(i % 5) / 5) * (x[i][2] = (float)(i % 3) / 3);
    if (argc > 2 && must(yk_plugin_load(argv[2])))
        return 1;
    if (must(yk_context_create(&c, NULL, NULL)) || must(yk_net_create(&net, c)) || must(yk_net_input(net, "x", 1, shape)) ||
        must(yk_net_layer(net, "dense", "8")) || must(yk_net_layer(net, argc > 2 ? "bent" : "tanh", NULL)) ||
        must(yk_net_layer(net, "dense", "1")) || must(yk_net_set(net, "loss", "mean_squared_error")) ||
        must(yk_net_set(net, "optimizer", "adam")) || must(yk_net_set(net, "train", "{epochs: 3, batch: 8}")) ||
        must(yk_data_create(&data, c, 2, fields, YK_COPY)) || must(yk_training_create(&t, net, data)) ||
        must(yk_training_run(t, NULL, NULL)) || must(yk_training_save(t, argv[1])) || must(yk_net_digest(net, digest)) ||
        must(yk_net_load(&again, c, argv[1])) || must(yk_net_digest(again, loaded)) || must(yk_net_predict(again, 1, fields, 40, out)))
        return 1;
    printf("%s\n%s\n%.6f\n", digest, loaded, (double)out[3]);
    yk_net_destroy(&again);
    yk_training_destroy(&t);
    yk_data_destroy(&data);
    yk_net_destroy(&net);
    yk_context_destroy(&c);
    return 0;
}
C
check "a program without MPI's start" sh -c "cc -std=c11 -o saves saves.c \$(pkg-config --cflags --libs yoke)"
check "it saves and loads" ./saves net.h5
cp out said
same "loaded: the same digest" "$(sed -n 2p said)" "$(sed -n 1p said)"
same "yoke digest reads it" "$(digest net.h5)" "$(sed -n 1p said)"
"$PYTHON" -c 'import h5py, numpy as np
i = np.arange(40); x = np.stack([i % 7 / 7, i % 5 / 5, i % 3 / 3], 1).astype("f4")
with h5py.File("d.h5", "w") as f: f["x"] = x; f["y"] = (x[:, :1] - x[:, 1:2] * x[:, 2:]).astype("f4")'
check "yoke predict reads it" "$YOKE" predict net.h5 --data d.h5 -o p.h5
same "the same prediction" "$("$PYTHON" -c 'import h5py; print("%.6f" % h5py.File("p.h5")["y"][3, 0])')" "$(sed -n 3p said)"
check "build the plug-in" "$TOP/docs/examples/plugin/build.sh"
check "a program that loads a plug-in" ./saves bent.h5 ./libmine.so
fails "its checkpoint names the plug-in" 2 "needs the plug-in ./libmine.so.*--plugin" "$YOKE" eval bent.h5 --data d.h5
check "with it, eval reads the checkpoint" "$YOKE" eval bent.h5 --data d.h5 --plugin ./libmine.so

# --- Fortran
printf 'program p\nuse mpi_f08\nend program\n' >mpi.f90
if [ ! -f "$LIB/pkgconfig/yoke-fortran.pc" ]; then
    skip "Fortran" "no Fortran compiler (launch/setup.sh tests installs gfortran): the module is NOT TESTED"
elif ! mpifort -o mpi mpi.f90 >mpi.log 2>&1; then
    skip "Fortran" "mpifort cannot use mpi_f08: the module is NOT TESTED"
else
    check "in_situ.f90, pkg-config" sh -c \
        "mpifort -O2 -Wall -Wextra -o in_situ_f '$TOP/docs/examples/in_situ.f90' \$(pkg-config --cflags --libs yoke-fortran)"
    quiet "in_situ.f90" ./in_situ_f
    check "library.f90, pkg-config" sh -c "mpifort -Wall -o rest '$HERE/library.f90' \$(pkg-config --cflags --libs yoke-fortran)"
    check "library.f90: the rest of the module" ./rest
    same "library.f90 comes to its end" "$(cat out)" ok
    check "the module's source, by hand" sh -c "mpifort -std=f2018 -Wall -Wextra -Werror -o by_hand '$PREFIX/share/yoke/fortran/yoke.f90' \
        '$TOP/docs/examples/in_situ.f90' \$(pkg-config --libs yoke)"
    check "it runs" mpirun -n 2 ./by_hand
    sed 1d out >figures_hand
    check "the same figures" cmp figures1 figures_hand
fi
summary

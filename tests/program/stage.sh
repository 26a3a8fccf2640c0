#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --stage: copies of the data on a disk of the machine: one for all its ranks, read instead of the files, made anew when a
# file changes; the same bits, and a run that names the files and not the copies. Without it: a file is open in one
# process of a machine.
. "$(dirname "$0")/lib.sh"
make_data 600
make_recipe
check "without" "$YOKE" train net.yaml --run runs/plain
want=$(digest runs/plain)
check "3 ranks, staged" ranks 3 1 train net.yaml --run runs/staged --stage local
same "the same bits" "$(digest runs/staged)" "$want"
same "one copy of the file, for train and dev and all ranks" "$(find local -name '*.h5' | wc -l)" 1
copy=$(find local -name '*.h5')
cmp -s digits.h5 "$copy" && pass "it is the file" || fail "it is the file"
has "the run's recipe names the file" "digits.h5:/train" runs/staged/recipe.yaml
grep -q local runs/staged/recipe.yaml && fail "and not the copy" || pass "and not the copy"

# the copy is what is read: the file may be away meanwhile, as far as the copy is there
start=$(stat -c %Y.%i "$copy")
check "resumed, staged" ranks 2 1 train --resume runs/staged --stage local -o train.steps=60
same "the copy was not made again" "$(stat -c %Y.%i "$copy")" "$start"
check "the same without" "$YOKE" train --resume runs/plain -o train.steps=60
same "the same bits" "$(digest runs/staged)" "$(digest runs/plain)"
sleep 0.01; touch digits.h5
check "a file that was touched" "$YOKE" train net.yaml --run runs/new --stage local
same "is copied anew" "$(find local -name '*.h5' | wc -l)" 2
same "the same bits" "$(digest runs/new)" "$want"

# many files
mkdir parts
for i in 1 2 10; do "$YOKE" data make digits -n 300 -o "parts/step_$i.h5" --seed $i >/dev/null 2>"$T/err" || fail "a part" "$(cat "$T/err")"; done
words=(-o "data.train=parts/step_*.h5:/train" -o data.dev=digits.h5:/dev)
check "many files" "$YOKE" train net.yaml --run runs/many "${words[@]}"
check "many files, staged" ranks 2 1 train net.yaml --run runs/many-staged "${words[@]}" --stage local2
same "the same bits" "$(digest runs/many-staged)" "$(digest runs/many)"

# without a copy, a sample at a time as training goes: one process of a machine has the file open, and reads for all
streamed() { ranks "$1" 1 train net.yaml --run "$2" -o data.memory=0 "${@:3}"; }
for n in 2 3; do
    check "read as it goes, $n ranks" streamed $n runs/read$n
    same "the same bits" "$(digest runs/read$n)" "$want"
done
ranks 3 1 eval runs/read3 --data digits.h5:/dev --json >"$T/three" 2>&1 && "$YOKE" eval runs/read3 --data digits.h5:/dev --json >"$T/one"
same "evaluated on 3 ranks as on one" "$(cat "$T/three")" "$(cat "$T/one")"
check "normalized, from memory" "$YOKE" train net.yaml --run runs/normal -o data.normalize=true
check "normalized, read as it goes" streamed 3 runs/read-normal -o data.normalize=true
same "the same bits" "$(digest runs/read-normal)" "$(digest runs/normal)"
check "many files, read as it goes" streamed 2 runs/read-many "${words[@]}"
same "the same bits" "$(digest runs/read-many)" "$(digest runs/many)"

"$PYTHON" - <<'P' || fail "a compressed file with a NaN in it"
import h5py, numpy
with h5py.File("digits.h5") as old, h5py.File("zipped.h5", "w") as new, h5py.File("nan.h5", "w") as bad:
    for split in old:
        for name, field in old[split].items():
            new.create_dataset(split + "/" + name, data=field[()], chunks=(7,) + field.shape[1:], compression="gzip")
            values = field[()].astype("f4") if name == "x" else field[()]
            if name == "x":
                values[len(values) - 3].flat[5] = numpy.nan
            bad[split + "/" + name] = values
P
words=(-o data.train=zipped.h5:/train -o data.dev=zipped.h5:/dev)
check "compressed" streamed 3 runs/zipped "${words[@]}"
same "the same bits" "$(digest runs/zipped)" "$want"
fails "a NaN, whoever reads it" 3 "nan.h5:/train: x of sample [0-9]+ is NaN \(element 5\)" \
    mpirun -n 3 "$YOKE" train net.yaml --run runs/nan -o data.train=nan.h5:/train -o data.memory=0

holders() { # processes below PID that have FILE open
    local p
    for p in $(family "$1"); do
        ! find "/proc/$p/fd" -lname "*/$2" 2>/dev/null | grep -q . || echo "$p"
    done
}
mpirun -n 3 "$YOKE" train net.yaml --run runs/long -o data.memory=0 -o train.steps=1000000 >"$T/out" 2>"$T/err" &
pid=$!
wait_for 60 at_least rows runs/long 5 || fail "the long run" "$(cat "$T/err")"
same "processes that have the file open" "$(holders $pid digits.h5 | wc -l)" 1
kill -TERM $pid; wait $pid
check "resumed on 2 ranks after a signal" ranks 2 1 train --resume runs/long \
    -o train.steps=$(($(rows runs/long) + 3))

# what cannot be
fails "no such file" "1|3" "gone.h5" "$YOKE" train net.yaml --run runs/x -o data.train=gone.h5:/train --stage local
touch file
fails "no folder" 1 "file" "$YOKE" train net.yaml --run runs/y --stage file/below
mkdir tiny
if mount -t tmpfs -o size=100k none tiny 2>/dev/null; then
    trap 'umount "$T/tiny"; rm -rf "$T"' EXIT
    fails "no room, 2 ranks" 1 "tiny.*(room|space)" mpirun -n 2 "$YOKE" train net.yaml --run runs/z --stage tiny
    same "nothing is left there" "$(find tiny -type f | wc -l)" 0
else
    skip "no room" "only root may mount a small tmpfs: NOT TESTED HERE"
fi
summary

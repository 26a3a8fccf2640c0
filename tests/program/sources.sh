#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Simulation output as it is: a pattern of many files, fields stacked to one input, float64 in any byte order and layout,
# NetCDF-4. A training on it has the digest of one on the merged file, on any number of ranks; bad files are one line.
. "$(dirname "$0")/lib.sh"

cat >make.py <<'P'
import os
import h5py, numpy as np
rng = np.random.default_rng(3)
N, FILES = 240, 60  # more files than yoke keeps open
u, v, p = rng.normal(size=(3, N, 8, 8))
y = (u.mean((1, 2)) > 0).astype("i4")
cut = [0, *np.sort(rng.choice(np.arange(1, N), FILES - 1, replace=False)), N]
with h5py.File("merged.h5", "w") as f:
    f["x"] = np.stack([u, v, p], -1).astype("f4")
    f["y"] = y
with h5py.File("channels.h5", "w") as f:  # u without, w with channels
    f["u"], f["w"], f["y"] = u, np.stack([v, p], -1), y
os.makedirs("sim")
for i, (a, b) in enumerate(zip(cut, cut[1:])):
    with h5py.File(f"sim/step_{i:04d}.h5", "w") as f:
        g = f.create_group("train")
        g["u"] = u[a:b]
        g.create_dataset("v", data=v[a:b], chunks=(1, 4, 8), compression="gzip")
        g["p"] = p[a:b].astype(">f8")
        g["y"] = y[a:b].astype("i8")
        g["other"] = np.zeros((b - a, i % 3 + 1))  # differs, but nobody asks for it

# As the NetCDF library lays it out: variables with dimension scales, one of which has no variable.
def netcdf(name, sel, fill=None, nan=False):
    with h5py.File(name, "w") as f:
        f.attrs["_NCProperties"] = "version=2,netcdf=4.9.0,hdf5=1.12.2"
        for d, n in (("time", len(y[sel])), ("lat", 8), ("lon", 8)):
            f[d] = np.arange(n, dtype="f8")
            f[d].make_scale("This is a netCDF dimension but not a netCDF variable.         8" if d == "lon" else d)
        for k, a in (("u", u), ("v", v), ("p", p)):
            a = a[sel].astype("f4")
            if fill is not None and k == "v":
                a[len(a) // 2, 3, 4] = fill
            if nan and k == "p":
                a[1, 0, 0] = np.nan
            f.create_dataset(k, data=a, fillvalue=np.float32(9.96921e36))
            if fill is not None:
                f[k].attrs["_FillValue"] = np.float32(fill)
            for i, d in enumerate(("time", "lat", "lon")):
                f[k].dims[i].attach_scale(f[d])
        f["y"] = y[sel]
os.makedirs("nc")
netcdf("nc/a.nc", slice(0, 100))
netcdf("nc/b.nc", slice(100, N))
netcdf("fill.nc", slice(0, 100), fill=1e20)
netcdf("nan.nc", slice(0, 100), nan=True)
with h5py.File("unwritten.nc", "w") as f:
    f.attrs["_NCProperties"] = "version=2"
    f["y"] = y
    f.create_dataset("u", shape=u.shape, dtype="f4", fillvalue=np.float32(9.96921e36))

def pair(folder, change):
    os.makedirs(folder)
    for i in range(2):
        with h5py.File(f"{folder}/{'ab'[i]}.h5", "w") as f:
            fields = dict(x=np.zeros((4, 3), "f4"), y=np.zeros(4, "i4"))
            if i:
                change(fields)
            for k, a in fields.items():
                f[k] = a
pair("type", lambda f: f.update(x=np.zeros((4, 3), "f8")))
pair("shape", lambda f: f.update(x=np.zeros((4, 2), "f4")))
pair("none", lambda f: f.pop("x"))
pair("uneven", lambda f: f.update(x=np.zeros((5, 3), "f4")))
pair("nanb", lambda f: f.update(x=np.full((4, 3), np.nan, "f4")))
P
check "make the files" "$PYTHON" make.py
cat >net.yaml <<'Y'
seed: 3
data: {train: {file: merged.h5}}
model:
  - conv2d: {filters: 4, kernel: 3, activation: relu}
  - flatten
  - dense: 2
loss: softmax_cross_entropy
metrics: [accuracy]
optimizer: {adam: {lr: 1e-3}}
train: {steps: 20, batch: 32, micro_batch: 4}
Y
sed 's|{file: merged.h5}|{file: "sim/*.h5:/train", x: [u, v, p]}|' net.yaml >many.yaml
check "train on the merged file" "$YOKE" train net.yaml --run runs/merged
want=$(digest runs/merged)
for n in 1 2 3; do
    check "on many files, $n ranks" ranks $n 1 train many.yaml --run runs/many$n
    same "many files, $n ranks: the merged file's digest" "$(digest runs/many$n)" "$want"
done
(ulimit -n 96; check "not in memory, 96 open files are enough" "$YOKE" train many.yaml --run runs/disk -o data.memory=0)
same "not in memory: the same digest" "$(digest runs/disk)" "$want"
check "blocks, not in memory" "$YOKE" train many.yaml --run runs/block -o data.memory=0 -o data.shuffle="{block: 16}"
check "blocks, merged" "$YOKE" train net.yaml --run runs/mblock -o data.shuffle="{block: 16}"
same "in blocks, too" "$(digest runs/block)" "$(digest runs/mblock)"
check "fields with and without channels" "$YOKE" train net.yaml --run runs/channels -o data.train="{file: channels.h5, x: [u, w]}"
same "(h, w) and (h, w, 2) are (h, w, 3)" "$(digest runs/channels)" "$want"
check "NetCDF-4" "$YOKE" train net.yaml --run runs/nc -o data.train="{file: nc/*.nc, x: [u, v, p]}"
same "NetCDF-4: the merged file's digest" "$(digest runs/nc)" "$want"
check "normalised, many files" "$YOKE" train many.yaml --run runs/normal -o data.normalize=true -o data.memory=0
check "normalised, merged" "$YOKE" train net.yaml --run runs/mnormal -o data.normalize=true
same "normalised the same" "$(digest runs/normal)" "$(digest runs/mnormal)"
check "a name alone is the pattern" "$YOKE" train net.yaml --run runs/alone -o data.train="sim/*.h5:/train" -o data.train.x=p -o model="[flatten, {dense: 2}]"

# --- the other commands
check "info" "$YOKE" info "nc/*.nc"
has "info counts the files" "2 files" "$T/out"
has "info adds their samples up" "u +float32 +\(240, 8, 8\)" "$T/out"
grep -q "lat" "$T/out" && fail "dimension scales are no fields" "$(cat "$T/out")" || pass "dimension scales are no fields"
check "a scale that is named is one" "$YOKE" train net.yaml --run runs/scale -o train.steps=2 -o data.train="{file: nc/a.nc, x: [u, v, p], y: time}" \
    -o model="[flatten, {dense: 1}]" -o loss=mean_squared_error -o metrics="[]"
check "info of fields that differ" "$YOKE" info "sim/*.h5"
has "it says what differs" "step_0001.h5:/train: a sample of field .other. has shape \(2\), but \(1\) in sim/step_0000" "$T/out"
same "data order is the merged file's" "$("$YOKE" data order "sim/*.h5:/train" | cksum)" "$("$YOKE" data order merged.h5 | cksum)"
eval_of() { "$YOKE" eval runs/merged "$@" --json 2>&1; }
same "eval --data --map" "$(eval_of --data "sim/*.h5:/train" --map x=u+v+p)" "$(eval_of --data merged.h5)"
check "predict --data --map" ranks 2 1 predict runs/merged --data "nc/*.nc" --map x=u+v+p -o many.h5
check "predict merged" "$YOKE" predict runs/merged --data merged.h5 -o one.h5
check "the same predictions" cmp many.h5 one.h5

# --- bad input
bad() { # WHAT CODES PATTERN SOURCE ARG...
    rm -rf runs/bad
    fails "$1" "$2" "$3" "$YOKE" train net.yaml --run runs/bad -o data.train="$4" "${@:5}"
}
bad "a pattern that matches nothing" 1 "nothing/\*.h5: no file matches" "nothing/*.h5"
bad "types differ" 3 "type/b.h5: field \"x\" is of float64, but of float32 in type/a.h5" "type/*.h5"
bad "shapes differ" 3 "shape/b.h5: a sample of field \"x\" has shape \(2\), but \(3\) in shape/a.h5" "shape/*.h5"
bad "a field is missing in one" 3 "none/b.h5: no field \"x\".* none/a.h5 has" "none/*.h5"
bad "x and y differ in one file" 3 "uneven/b.h5: field x has 5 samples, but field y has 4" "uneven/*.h5"
bad "NaN is told with its file" 3 "nanb/b.h5: x of sample [0-3] is NaN" "nanb/*.h5" -o model="[{dense: 2}]" -o train.batch=8
fails "a file of the pattern is no HDF5" 1 "sim/zz.h5: not an HDF5 file" bash -c "echo hello >sim/zz.h5; '$YOKE' train many.yaml --run runs/bad; e=\$?; rm sim/zz.h5; exit \$e"
bad "fields of other shape do not stack" 3 "u has samples of shape \(8, 8\) and y of \(\)" "{file: nc/a.nc, x: [u, y]}"
bad "a stacked field that is not there" 3 "no field \"w\"" "{file: nc/a.nc, x: [u, w]}"
bad "_FillValue" 3 "fill.nc: v of sample 50 is missing .element 28 is 1e\+20" "{file: fill.nc, x: [u, v, p]}"
bad "_FillValue, not in memory" 3 "fill.nc: v of sample 50 is missing .element 28 is 1e\+20" "{file: fill.nc, x: [u, v, p]}" -o data.memory=0
bad "NaN" 3 "nan.nc: x of sample 1 is NaN" "{file: nan.nc, x: [u, v, p]}"
bad "never written" 3 "unwritten.nc: u of sample [0-9]+ is missing" "{file: unwritten.nc, x: u}" -o model="[flatten, {dense: 2}]"
bad "an empty list" 2 "x: a name, or a list" "{file: nc/a.nc, x: []}"
fails "--map with a hole" 2 "name is missing" "$YOKE" eval runs/merged --data nc/a.nc --map x=u++v
fails "split of a pattern" 2 "is a pattern" "$YOKE" data split "sim/*.h5:/train" dev=5

# --- files that go while they are read: a long run on more files than are open at a time
gone() { # WHAT PATTERN COMMAND...: runs COMMAND once the run has begun
    local what=$1 pattern=$2 pid code=0; shift 2
    rm -rf runs/gone sim2; cp -r sim sim2
    sed 's|sim/|sim2/|' many.yaml >gone.yaml
    "$YOKE" train gone.yaml --run runs/gone -o data.memory=0 -o train.steps=1000000 -o checkpoint.every=none >"$T/out" 2>"$T/err" &
    pid=$!
    wait_for 20 at_least rows runs/gone 1
    "$@"
    wait_for 20 eval "! kill -0 $pid" || kill $pid
    wait $pid || code=$?
    same "$what: exit code" "$code" 1
    has "$what: one line" "$pattern" "$T/err"
}
gone "a file vanishes" "sim2/step_0031.h5: no such file" rm sim2/step_0031.h5
gone "a file is cut short" "sim2/step_0040.h5.*: truncated" truncate -s 3000 sim2/step_0040.h5
gone "a file is written again" "sim2/step_0005.h5: was written to after" touch sim2/step_0005.h5
summary

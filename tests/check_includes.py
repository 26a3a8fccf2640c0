#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the sources under src/ and fails where a room uses what it must not.

- #include "room/...": only what the table of rooms below allows (nothing points upwards).
- #include <mpi.h>, <hdf5.h>, <libfyaml.h>, ...: only in the room that owns the library.
- Printing, exit and abort: only in cli. The library never does.
- Threads: nobody uses OpenMP, all hand their jobs to yk_parallel() (core/parallel.h).
- libm: what it returns differs between systems, so nothing that reaches a parameter may call it (contract R). Exactly
  rounded functions (sqrt, fma, floor, ...) are fine; so are the files that say here why they may.
"""

import pathlib
import re
import sys
import tempfile

# Room: what it may include besides itself, core and the public headers.
ROOMS = {
    "core": "",
    "tensor": "",
    "kernels": "",
    "ops": "tensor kernels",
    "graph": "ops tensor kernels",
    "optim": "tensor kernels",
    "metrics": "",
    "comm": "tensor",
    "io": "tensor",
    "augment": "tensor",
    "data": "io comm kernels tensor augment",
    "model": "graph optim metrics data augment ops tensor kernels io",
    "train": "model graph optim metrics data augment ops tensor kernels io comm",
    "api": "train model graph optim metrics data augment ops tensor kernels io comm",
    "report": "train model data augment optim metrics io comm",
    "cli": "report train model graph optim metrics data augment ops tensor kernels io comm",
}

# Library header: the room that owns it.
OWNERS = {"mpi.h": "comm", "hdf5.h": "io", "hdf5_hl.h": "io", "libfyaml.h": "model", "cblas.h": "kernels", "cairo.h": "report",
          "cairo-svg.h": "report", "jpeglib.h": "data", "png.h": "data", "archive.h": "data"}

PRINTS = r"\b(?:v?printf|vf?printf|puts|fputs|putchar|putc|fputc|perror|exit|_exit|_Exit|quick_exit|abort|stdout|stderr)\b"

PRINTS_ALLOWED = {
    # file: why
    "comm/comm.c": "yk_comm_abort(), which ends the job for cli: only comm knows MPI",
    "io/probe.c": "ends the child process that looks at a file, never this one",
}
CLI_ONLY = r"\byk_comm_abort\b"
REGION = r"#\s*pragma\s+omp\b"

LIBM = (
    "acos acosh asin asinh atan atan2 atanh cbrt cos cosh erf erfc exp exp10 exp2 expm1 hypot j0 j1 jn lgamma log log10 "
    "log1p log2 pow sin sincos sinh tan tanh tgamma y0 y1 yn"
).split()
LIBM_CALL = re.compile(r"(?<![\w.>])(?:%s)[fl]?\s*\(" % "|".join(LIBM))
LIBM_ALLOWED = {
    # file: why
    "kernels/vmath.h": "the double elements of gradient checks",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code_of(text):
    """The text without comments and strings, lines kept."""
    return NOISE.sub(lambda m: "\n" * m.group().count("\n") or " ", text)


def check(file, src):
    name = file.relative_to(src).as_posix()
    room = name.split("/")[0]
    text = file.read_text()
    if room not in ROOMS:
        yield f"src/{name}: src/{room} is not in the table of rooms"
        return
    may = {room, "core", "yoke", *ROOMS[room].split()}
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        quote, header = found.groups()
        target = header.split("/")[0] if "/" in header else room
        if quote == '"' and target not in may:
            yield f'src/{name}:{number}: {room} must not include "{header}" (it may: {" ".join(sorted(may))})'
        owner = OWNERS.get(header.split("/")[-1]) if quote == "<" else None
        if owner and owner != room:
            yield f"src/{name}:{number}: only {owner} includes <{header}>"
    for number, line in enumerate(code_of(text).splitlines(), 1):
        if INCLUDE.match(line):
            continue
        if re.search(REGION, line):
            yield f"src/{name}:{number}: no regions of OpenMP: hand the jobs to yk_parallel()"
        if room not in {"cli", "comm"} and re.search(CLI_ONLY, line):
            yield f"src/{name}:{number}: only cli may end the job"
        if room != "cli" and name not in PRINTS_ALLOWED and (found := re.search(PRINTS, line)):
            yield f"src/{name}:{number}: the library never prints, exits or aborts: {found.group()}"
        if name not in LIBM_ALLOWED and (found := LIBM_CALL.search(line)):
            yield f"src/{name}:{number}: libm's {found.group().rstrip('( ')} differs between systems; see core/math.h"


PLANTED = {  # file: a line that must be found
    "tensor/a.c": '#include "ops/op.h"',
    "kernels/b.h": '#include "tensor/tensor.h"',
    "io/c.c": "#  include <mpi.h>",
    "train/d.c": "#include <hdf5.h>",
    "graph/e.c": '/* the value */ fprintf(stderr, "x");',
    "data/f.c": "if (bad) abort();",
    "optim/g.c": "y = expf(x);",
    "train/h.c": "yk_comm_abort(NULL, 1);",
    "comm/l.c": "  # pragma omp parallel for",
    "other/i.c": "int x;",
}
HARMLESS = {
    "ops/j.c": '#include "kernels/kernels.h"\n/* printf(x), exp(x) */ yk_exp(x); t->exp(x); s = "abort()"; sqrtf(x); snprintf(t, 3, f);',
    "cli/k.c": '#include "train/run.h"\nprintf("x"); exit(2);',
}


def prove(folder):
    """The check itself: finds each planted fault, and nothing in what is harmless."""
    src = pathlib.Path(folder)
    for name, line in {**PLANTED, **HARMLESS}.items():
        (src / name).parent.mkdir(exist_ok=True)
        (src / name).write_text(line + "\n")
    missed = [name for name in PLANTED if not list(check(src / name, src))]
    wrong = [fault for name in HARMLESS for fault in check(src / name, src)]
    assert not missed and not wrong, (missed, wrong)


def main():
    with tempfile.TemporaryDirectory() as folder:
        prove(folder)
    src = pathlib.Path(__file__).resolve().parent.parent / "src"
    files = sorted(f for f in src.rglob("*") if f.suffix in {".c", ".h"})
    faults = [fault for file in files for fault in check(file, src)]
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{len(files)} files, {len(faults)} faults")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main())

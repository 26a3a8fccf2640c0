#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what building yoke needs and this machine lacks: launch/setup.sh [tests | ci]
#
#   (no word)   what builds and runs the program: C compiler, CMake, MPI, HDF5, OpenBLAS, zlib, libfyaml, curl;
#               and, where it can be had, what is optional: cairo (yoke plot), libjpeg-turbo, libpng,
#               libarchive (importers)
#   tests       and what the tests need: CUnit, Python with NumPy, h5py, PyYAML and PyTorch (in build/venv unless it is there);
#               where it can be had, a Fortran compiler (else the Fortran module is neither built nor tested)
#   ci          and clang with its OpenMP and sanitizer runtimes, clang-format; on Debian and its like a cross compiler
#               and an emulator for 64-bit ARM, MPICH, iproute2 for hosts made of namespaces, and Slurm, where they can be had
#               (else what is tested with them is skipped, and says so)
#
# As root with apt-get, dnf or zypper it installs packages; anybody else gets one list of what is missing and of the
# ways to it. Asks nothing; says nothing when nothing is missing. Exit code 0: all is there.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
level=${1:-build}
case $level in build | tests | ci) ;; *) echo "setup: no such word: $level (tests or ci)" >&2; exit 2 ;; esac
export PKG_CONFIG_PATH="${PKG_CONFIG_PATH:+$PKG_CONFIG_PATH:}/usr/local/lib/pkgconfig:/usr/local/lib64/pkgconfig"

numpy=2.4.6 h5py=3.16.0 pyyaml=6.0.3 torch=2.13.0
wheels=https://download.pytorch.org/whl/cpu
fyaml=0.9 fyaml_sha256=7731edc5dfcc345d5c5c9f6ce597133991a689dabede393cd77bae89b327cd6d
fyaml_url=https://github.com/pantoniou/libfyaml/releases/download/v$fyaml/libfyaml-$fyaml.tar.gz

say() { echo "setup: $*"; }
have() { command -v "$1" >/dev/null 2>&1; }
compiler() { for c in "${CC:-cc}" gcc clang; do have "$c" && { echo "$c"; return; }; done; return 1; }
header() { c=$(compiler) && echo "#include <$1>" | "$c" -E -x c - >/dev/null 2>&1; }
library() { have pkg-config && pkg-config --exists "$1"; }
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }
links() { # COMPILER FLAG...: can it build a program with these flags?
    out=$(mktemp) && echo 'int main(void) { return 0; }' | "$@" -x c - -o "$out" >/dev/null 2>&1
    code=$?; rm -f "$out"; return $code
}

# --- what is there: one test for each thing that is needed
there() {
    case $1 in
    compiler) compiler >/dev/null && header stdio.h ;;
    cmake) have cmake && at_least 3.20 "$(cmake --version | sed -n 's/^cmake version //p')" ;;
    make) have ninja || have make ;;
    pkg-config) have pkg-config ;;
    mpi) have mpicc && have mpirun ;;
    hdf5) library hdf5 || library hdf5-serial || have h5cc || have h5pcc || header hdf5.h || [ -n "${HDF5_ROOT:-}" ] ;;
    openblas) library openblas || header cblas.h ;;
    zlib) library zlib || header zlib.h ;;
    cairo) library cairo ;;
    fyaml) library libfyaml ;;
    jpeg) library libjpeg ;;
    png) library libpng ;;
    archive) library libarchive ;;
    curl) have curl ;;
    cunit) library cunit ;;
    fortran) have gfortran || have flang-new || have flang || have ifx || have ifort || have nvfortran ;;
    python) python_with "numpy h5py yaml torch" >/dev/null ;;
    clang) have clang && links clang -fopenmp && links clang -fsanitize=address,undefined ;;
    clang-format) have clang-format ;;
    mpich) have mpicc.mpich ;;
    slurm) have slurmctld && have slurmd && have sbatch && have munged ;;
    hosts) have ip && have tc && have nsenter && have unshare ;;
    aarch64) have aarch64-linux-gnu-gcc && have qemu-aarch64 ;;
    esac
}

python_with() { # "MODULE ...": prints the first Python that has them all
    for p in "$top/build/venv/bin/python3" python3; do
        "$p" -c 'import sys, importlib.util as u
sys.exit(any(u.find_spec(m) is None for m in sys.argv[1].split()))' "$1" >/dev/null 2>&1 && { echo "$p"; return; }
    done
    return 1
}

needed="compiler cmake make pkg-config mpi hdf5 openblas zlib fyaml curl"
[ $level = build ] || needed="$needed cunit python"
[ $level != ci ] || needed="$needed clang clang-format"
optional="cairo jpeg png archive" # installed with the others; a build without one lacks a command, no more
[ $level = build ] || optional="$optional fortran"
[ $level != ci ] || ! have apt-get || optional="$optional aarch64 mpich hosts slurm"
missing() { for n in "$@"; do there "$n" || printf '%s ' "$n"; done; }

# --- what they are called
package() { # MANAGER NAME: the packages that bring it
    case $1:$2 in
    apt:compiler) echo gcc libc6-dev ;;
    apt:make | dnf:make) echo ninja-build ;;
    zypper:make) echo ninja ;;
    apt:mpi) echo openmpi-bin libopenmpi-dev ;;
    dnf:mpi) echo openmpi-devel ;;
    zypper:mpi) echo openmpi4-devel ;;
    apt:hdf5) echo libhdf5-dev ;;
    dnf:hdf5 | zypper:hdf5) echo hdf5-devel ;;
    apt:openblas) echo libopenblas-dev ;;
    dnf:openblas) echo openblas-devel ;;
    zypper:openblas) echo openblas_pthreads-devel ;;
    apt:zlib) echo zlib1g-dev ;;
    dnf:zlib | zypper:zlib) echo zlib-devel ;;
    apt:cairo) echo libcairo2-dev ;;
    dnf:cairo | zypper:cairo) echo cairo-devel ;;
    apt:fyaml) echo libfyaml-dev ;;
    dnf:fyaml | zypper:fyaml) echo libfyaml-devel ;;
    apt:jpeg) echo libjpeg-dev ;;
    dnf:jpeg) echo libjpeg-turbo-devel ;;
    zypper:jpeg) echo libjpeg8-devel ;;
    apt:png) echo libpng-dev ;;
    dnf:png) echo libpng-devel ;;
    zypper:png) echo libpng16-devel ;;
    apt:archive) echo libarchive-dev ;;
    dnf:archive | zypper:archive) echo libarchive-devel ;;
    apt:curl) echo curl ca-certificates ;;
    apt:cunit) echo libcunit1-dev ;;
    apt:fortran) echo gfortran ;;
    dnf:fortran) echo gcc-gfortran ;;
    zypper:fortran) echo gcc-fortran ;;
    dnf:cunit) echo CUnit-devel ;;
    zypper:cunit) echo cunit-devel ;;
    apt:python) echo python3 python3-venv ;;
    dnf:python | zypper:python) echo python3 python3-pip ;;
    apt:clang) echo clang libomp-dev libclang-rt-dev ;;
    apt:mpich) echo mpich libmpich-dev ;;
    apt:hosts) echo iproute2 util-linux ;;
    apt:slurm) echo slurmctld slurmd slurm-client munge ;;
    apt:aarch64) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user ;;
    dnf:clang) echo clang libomp-devel compiler-rt ;;
    zypper:clang) echo clang libomp-devel ;;
    dnf:clang-format) echo clang-tools-extra ;;
    zypper:clang-format) echo clang-tools ;;
    dnf:compiler | zypper:compiler) echo gcc ;;
    *) echo "$2" ;;
    esac
}

manager() {
    [ "$(id -u)" = 0 ] || return 1
    have apt-get && echo apt && return
    have dnf && echo dnf && return
    have zypper && echo zypper
}

one_by_one() { for p in "$@"; do quietly "$installer" "$p" || say "no package $p"; done; }
quietly() { "$@" >>"$log" 2>&1 </dev/null; }
apt_install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; }
dnf_install() { dnf install -y -q "$@"; }
zypper_install() { zypper --non-interactive --quiet install --no-recommends "$@"; }

install_packages() { # NAME...: all at once, or, where one of them does not exist, each for itself
    m=$(manager) || return 0
    packages=$(for n in "$@"; do package "$m" "$n"; done | tr '\n' ' ')
    installer=${m}_install
    say "installing with $m: $packages"
    case $m in
    apt) quietly apt-get update -q ;;
    dnf) quietly dnf_install epel-release; quietly dnf config-manager --set-enabled crb ;;
    zypper) quietly zypper --non-interactive refresh ;;
    esac
    # shellcheck disable=SC2086 # words on purpose
    quietly "$installer" $packages || one_by_one $packages
}

# MPI of dnf and zypper lies outside of PATH, as environment modules expect it.
find_mpi() {
    have mpicc || for d in /usr/lib64/openmpi /usr/lib64/mpi/gcc/openmpi4 /usr/lib64/mpich; do
        [ -x "$d/bin/mpicc" ] && for tool in mpicc mpifort mpirun; do ln -sf "$d/bin/$tool" "/usr/local/bin/$tool"; done && break
    done
}

# Few rpm distributions package libfyaml; its own release builds in half a minute.
build_fyaml() {
    have make || return 1
    work=$(mktemp -d) || return 1
    say "building libfyaml $fyaml from its release: $fyaml_url"
    (cd "$work" && curl -fsSL --retry 2 -o f.tar.gz "$fyaml_url" && echo "$fyaml_sha256  f.tar.gz" | sha256sum -c - &&
        tar -xzf f.tar.gz && cd "libfyaml-$fyaml" && ./configure --prefix=/usr/local --disable-static &&
        make -j "$(nproc)" && make install && ldconfig) >>"$log" 2>&1 </dev/null
    code=$?; rm -rf "$work"; return $code
}

build_venv() { # needs no root; PyTorch is only for the comparison with it, which is skipped without it
    venv=$top/build/venv
    have python3 || return 1
    say "making build/venv with numpy $numpy, h5py $h5py, PyYAML $pyyaml, torch $torch"
    { [ -x "$venv/bin/pip" ] || quietly python3 -m venv "$venv"; } &&
        quietly "$venv/bin/pip" install -q "numpy==$numpy" "h5py==$h5py" "pyyaml==$pyyaml" || {
        # an older Python has no wheel of these: take the newest that it has
        quietly "$venv/bin/pip" install -q numpy h5py pyyaml || return 1
    }
    quietly "$venv/bin/pip" install -q --extra-index-url "$wheels" "torch==$torch+cpu" ||
        say "no torch $torch for this Python: the comparison with PyTorch will be skipped"
}

explain() { # NAME...
    cat <<'T'

Missing on this machine:
T
    for n in "$@"; do
        case $n in
        compiler) echo "  a C compiler (gcc or clang)" ;;
        cmake) echo "  CMake 3.20 or newer" ;;
        make) echo "  Ninja or make" ;;
        mpi) echo "  MPI: mpicc and mpirun (Open MPI or MPICH)" ;;
        hdf5) echo "  HDF5 1.10 or newer, with its headers" ;;
        openblas) echo "  OpenBLAS" ;;
        fyaml) echo "  libfyaml 0.7 or newer ($fyaml_url)" ;;
        cunit) echo "  CUnit (tests)" ;;
        fortran) echo "  a Fortran compiler, such as gfortran (tests of the Fortran module)" ;;
        python) echo "  Python 3 with numpy, h5py and PyYAML (tests): python3 -m venv build/venv && build/venv/bin/pip install numpy h5py pyyaml" ;;
        clang) echo "  clang with its OpenMP and sanitizer runtimes (CI)" ;;
        clang-format) echo "  clang-format (CI)" ;;
        *) echo "  $n" ;;
        esac
    done
    cat <<'T'

Ways to them:
  as root       run this script again; it knows apt-get, dnf and zypper
  modules       module avail; module load gcc cmake openmpi hdf5 openblas        (most clusters have these)
  Spack         spack install cmake openmpi hdf5~mpi openblas libfyaml cairo libjpeg-turbo libpng libarchive cunit; spack load cmake openmpi hdf5 openblas libfyaml cunit
  conda         conda create -n yoke -c conda-forge c-compiler cmake ninja pkg-config openmpi hdf5 openblas zlib libfyaml cairo cunit curl libjpeg-turbo libpng libarchive
                conda activate yoke
  by hand       libfyaml: ./configure --prefix=$HOME/.local && make install, then
                export PKG_CONFIG_PATH=$HOME/.local/lib/pkgconfig LD_LIBRARY_PATH=$HOME/.local/lib
Then run this again in the same shell.
T
}

# shellcheck disable=SC2086 # words on purpose
lacking=$(missing $needed $optional)
[ -n "$lacking" ] || exit 0
say "missing: $lacking"
log=$top/build/setup.log
mkdir -p "$top/build" 2>/dev/null && true 2>/dev/null >"$log" || log=/dev/null # somebody else's folder
# shellcheck disable=SC2086 # words on purpose
install_packages $lacking
[ "$(id -u)" = 0 ] && { find_mpi; there fyaml || build_fyaml; }
case " $lacking " in *" python "*) there python || build_venv ;; esac

# shellcheck disable=SC2086 # words on purpose
without=$(missing $optional)
[ -z "$without" ] || say "without $without: it is optional (README.md, dependencies)"
# shellcheck disable=SC2086
lacking=$(missing $needed)
case $lacking in
"") say "all is there now" ;;
"python ") # without PyTorch one comparison is skipped, nothing else
    python_with "numpy h5py yaml" >/dev/null || { explain python >&2; exit 1; } ;;
*)  # shellcheck disable=SC2086
    explain $lacking >&2
    manager >/dev/null && echo "What the package manager said: $log" >&2
    exit 1 ;;
esac

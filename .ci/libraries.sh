#!/bin/sh
# Make sure that what pycddlib compiles against is there: cddlib, GMP and Python's headers, and a C compiler.
set -eu

python=${PYTHON:-python3}

# Debian keeps Python's headers and ensurepip in packages of their own; elsewhere they come with Python.
missing() {
    include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    compiles '#include <gmp.h>
#include <cddlib/cdd.h>
int main(void) { return 0; }' -lcddgmp -lgmp || echo gcc libcdd-dev libgmp-dev
    compiles '#include <Python.h>
int main(void) { return 0; }' "-I$include" || echo gcc libc6-dev "python$version-dev"
    "$python" -c 'import ensurepip' 2>/dev/null || echo "python$version-venv"
}

compiles() {
    source=$1
    shift
    # shellcheck disable=SC2086 # the flags are several words
    printf '%s\n' "$source" | ${CC:-cc} ${CPPFLAGS:-} -x c - -o /dev/null ${LDFLAGS:-} "$@" >/dev/null 2>&1
}

by_hand() {
    cat >&2 <<EOF
exactgeo needs a C compiler, Python's headers, and the C libraries cddlib (with its GMP variant) and GMP.
$1 Install them with your package manager:
    Debian, Ubuntu:  sudo apt-get install gcc python3-dev python3-venv libcdd-dev libgmp-dev
    Fedora:          sudo dnf install gcc python3-devel cddlib-devel gmp-devel
    Arch:            sudo pacman -S gcc cddlib gmp
    macOS:           brew install cddlib gmp
and run make again. Where that cannot be done, conda-forge has pycddlib ready-made: conda install pycddlib.
EOF
    exit 1
}

command -v "$python" >/dev/null 2>&1 || by_hand "There is no $python here; exactgeo needs Python 3.11 or later."
packages=$(missing | tr ' ' '\n' | sort -u | tr '\n' ' ')
if [ -z "$packages" ]; then
    exit 0
elif command -v apt-get >/dev/null 2>&1; then
    root=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || by_hand "You are not root, and there is no sudo, so they can't be installed from here."
        root=sudo
    fi
    echo "installing $packages"
    $root apt-get update -qq || echo "apt-get update failed; going on with the package lists that are there" >&2
    # shellcheck disable=SC2086 # the packages are several words
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages >/dev/null || by_hand "apt-get could not install them."
elif command -v brew >/dev/null 2>&1; then
    brew install --quiet cddlib gmp || by_hand "brew could not install them."
else
    by_hand "There is neither apt-get nor brew here."
fi

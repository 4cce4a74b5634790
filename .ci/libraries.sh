#!/bin/sh
# Make sure that the C libraries are there which pycddlib compiles against: cddlib and GMP, with their headers.
set -eu

present() {
    printf '#include <gmp.h>\n#include <cddlib/cdd.h>\nint main(void) { return 0; }\n' |
        ${CC:-cc} -x c ${CPPFLAGS:-} - -o /dev/null ${LDFLAGS:-} -lcddgmp -lgmp >/dev/null 2>&1
}

by_hand() {
    echo "exactgeo needs the C libraries cddlib (0.94 or later, with its GMP variant) and GMP, with headers, and a C compiler." >&2
    echo "$1 Install them with your package manager:" >&2
    echo "    Debian, Ubuntu:  sudo apt-get install gcc python3-dev libcdd-dev libgmp-dev" >&2
    echo "    Fedora:          sudo dnf install gcc python3-devel cddlib-devel gmp-devel" >&2
    echo "    Arch:            sudo pacman -S gcc cddlib gmp" >&2
    echo "    macOS:           brew install cddlib gmp" >&2
    echo "and run make again. Where that cannot be done, conda-forge has pycddlib ready-made: conda install pycddlib." >&2
    exit 1
}

if present; then
    exit 0
elif command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" -eq 0 ]; then
        root=
    elif command -v sudo >/dev/null 2>&1; then
        root=sudo
    else
        by_hand "They can't be installed from here: you are not root, and there is no sudo."
    fi
    $root apt-get update -qq || echo "apt-get update failed; going on with the package lists that are there" >&2
    DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq gcc libcdd-dev libgmp-dev >/dev/null ||
        by_hand "apt-get could not install them."
elif command -v brew >/dev/null 2>&1; then
    brew install --quiet cddlib gmp || by_hand "brew could not install them."
else
    by_hand "There is neither apt-get nor brew here."
fi

"""How the kernels are compiled, and what their code is made of: pointers into two buffers, and bits of integers.

Compiling takes half a minute, so numba keeps what it has compiled beside the sources, or in the user's cache. It looks
at the time of change of a function's own file, and not at what is compiled into it from others; so that no bound of an
older version survives there, everything is forgotten whenever any of the sources has changed.
"""

import hashlib
from pathlib import Path
from typing import Any

import numba
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from exactgeo.files import replacing

_STAMP = "exactgeo-kernels.sha256"


@njit(cache=True)
def _probe() -> int:
    return 0


def _forget_older_versions(folder: Path) -> bool:
    """Remove what was compiled from other sources. Returns whether what is there may be used."""
    here = Path(__file__).parent
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted([*here.glob("*.py"), here.parent / "memory.py"]):
        digest.update(source.read_bytes())
    stamp = folder / _STAMP
    try:
        if stamp.is_file() and stamp.read_text() == digest.hexdigest():
            return True
        folder.mkdir(parents=True, exist_ok=True)
        for compiled in (*folder.glob("*.nbi"), *folder.glob("*.nbc")):
            compiled.unlink(missing_ok=True)
        with replacing(stamp) as temporary:
            temporary.write_text(digest.hexdigest())
    except OSError:
        return False
    return True


_FOLDER = Path(str(_probe.stats.cache_path))
KEEP = _forget_older_versions(_FOLDER)


def is_compiled() -> bool:
    """Whether the kernels of walks were compiled before, and kept."""
    return KEEP and any(_FOLDER.glob("walk.walk-*.nbc"))


kernel = njit(cache=KEEP, nogil=True, error_model="numpy")
"""Compile a function that Python calls."""

inlined = njit(cache=KEEP, nogil=True, error_model="numpy", forceinline=True)
"""Compile a function into those that call it."""

separate = njit(cache=KEEP, nogil=True, error_model="numpy")
"""Compile a function that kernels call now and then."""


def _pointer(kind: Any) -> Any:
    """Return a compiled function from addresses to pointers to numbers of a kind.

    Pointers, unlike arrays, are handed from function to function without their references being counted.
    """

    @intrinsic
    def pointer(_context: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return types.CPointer(kind)(types.int64), generate  # type: ignore[no-untyped-call]

    return pointer


def _popcount(_context: Any, bits: Any) -> Any:
    def generate(_c: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), generate


def _lowest(_context: Any, bits: Any) -> Any:
    def generate(_c: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), generate


floats_at = _pointer(types.float64)
"""Return a pointer to the floats at an address."""

integers_at = _pointer(types.int64)
"""Return a pointer to the integers at an address."""

popcount: Any = intrinsic(_popcount)
"""Return how many of an integer's 64 bits are set."""

lowest: Any = intrinsic(_lowest)
"""Return the place of the lowest bit that is set in an integer other than 0."""

"""How the kernels are compiled, and what their code is made of: pointers into two buffers, and bits of integers.

Compiling takes half a minute, so numba keeps what it has compiled beside the sources, or in the user's cache. It looks
at the time of change of a function's own file, and not at what is compiled into it from others; so that no bound of an
older version survives there, each folder of what was compiled is emptied whenever any of the sources has changed.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from exactgeo.files import replacing

_STAMP = "exactgeo-kernels.sha256"
_PACKAGE = Path(__file__).parents[3]

F = TypeVar("F", bound=Callable[..., Any])


def sources() -> list[Path]:
    """Return all files of which compiled functions are made: those in folders of kernels, and the memory's map."""
    return sorted([*_PACKAGE.rglob("kernels/**/*.py"), Path(__file__).parents[1] / "memory.py"])


@cache
def _digest() -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sources():
        digest.update(source.read_bytes())
    return digest.hexdigest()


@cache
def _may_keep(folder: Path) -> bool:
    """Forget what a folder keeps if it was compiled from other sources. Returns whether what is there may be used."""
    stamp = folder / _STAMP
    try:
        if stamp.is_file() and stamp.read_text() == _digest():
            return True
        folder.mkdir(parents=True, exist_ok=True)
        for compiled in (*folder.glob("*.nbi"), *folder.glob("*.nbc")):
            compiled.unlink(missing_ok=True)
        with replacing(stamp) as temporary:
            temporary.write_text(_digest())
    except OSError:
        return False
    return True


def compiling(**options: Any) -> Callable[[F], F]:
    """Return a decorator that compiles with some of numba's options; every kernel is compiled by one of these."""

    def compiled(function: F) -> F:
        plainly: Callable[[F], F] = njit(nogil=True, error_model="numpy", **options)
        try:
            kept: Any = njit(cache=True, nogil=True, error_model="numpy", **options)(function)
        except RuntimeError:  # there is no folder to keep anything in
            return plainly(function)
        return kept if _may_keep(Path(str(kept.stats.cache_path))) else plainly(function)

    return compiled


kernel = compiling()
"""Compile a function that Python calls."""

inlined = compiling(forceinline=True)
"""Compile a function into those that call it."""

separate = compiling()
"""Compile a function that kernels call now and then."""


@kernel
def _probe() -> int:
    return 0


def is_compiled() -> bool:
    """Whether the kernels of walks were compiled before, and kept."""
    kept: Any = _probe
    folder = Path(str(kept.stats.cache_path or ""))
    return _may_keep(folder) and any(folder.glob("walk.walk-*.nbc"))


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

"""How kernels are compiled, and where what was compiled is kept.

Compiling takes half a minute, so numba keeps what it has compiled beside the sources, or in the user's cache. By itself
it looks at the time of change of a function's own file, and not at what is compiled into it from others. So that no
bound of an older version survives there, the names of the files say from which sources, all together, they came.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba import njit
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.event import Event, Listener, install_listener

_PACKAGE = Path(__file__).parent

F = TypeVar("F", bound=Callable[..., Any])


def sources() -> list[Path]:
    """Return all files of which compiled functions are made: those in folders of kernels, and what they take in."""
    engine = _PACKAGE / "enumeration" / "certified"
    return sorted({*_PACKAGE.rglob("kernels/**/*.py"), *engine.rglob("*.py"), Path(__file__)})


@cache
def digest() -> str:
    """Return the hash of all sources, and of numba's version."""
    result = hashlib.sha256(numba.__version__.encode())
    for source in sources():
        result.update(source.read_bytes())
    return result.hexdigest()


class _Cache(FunctionCache):
    """Keeps a function compiled from all sources as they are now."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        name = f"{self._impl.filename_base}.{digest()[:16]}"
        self._cache_file = IndexDataCacheFile(self.cache_path, name, digest())  # type: ignore[no-untyped-call]
        _forget_older_versions(Path(self.cache_path))

    def load_overload(self, *what: Any) -> Any:  # noqa: ANN401 (numba's)
        """Return what was kept; None, so that it is compiled, where nothing was, or it is damaged."""
        try:
            return super().load_overload(*what)  # type: ignore[no-untyped-call]
        except Exception:  # noqa: BLE001 (a damaged file can fail in any way)
            with suppress(Exception):
                self.flush()  # type: ignore[no-untyped-call]
            return None

    def save_overload(self, *what: Any) -> None:  # noqa: ANN401 (numba's)
        """Keep what was compiled, if that is possible."""
        with suppress(Exception):
            super().save_overload(*what)  # type: ignore[no-untyped-call]


@cache
def _forget_older_versions(folder: Path) -> None:
    """Remove, once, what was compiled from other sources."""
    for kept in (*folder.glob("*.nbi"), *folder.glob("*.nbc")):
        if digest()[:16] not in kept.name:
            try:
                kept.unlink(missing_ok=True)
            except OSError:  # it is in the way of nobody
                return


def compiling(**options: Any) -> Callable[[F], F]:  # noqa: ANN401 (numba's)
    """Return a decorator that compiles with some of numba's options; every kernel is compiled by one of these."""

    def compiled(function: F) -> F:
        dispatcher: Any = njit(nogil=True, error_model="numpy", **options)(function)
        with suppress(RuntimeError):  # there is no folder to keep anything in
            dispatcher._cache = _Cache(function)  # noqa: SLF001 (as numba's own `enable_caching` does)
        return dispatcher  # type: ignore[no-any-return]

    return compiled


kernel = compiling()
"""Compile a function."""

inlined = compiling(forceinline=True)
"""Compile a function into those that call it."""


class _Announcer(Listener):
    """Calls a function when the first function is compiled that was not kept."""

    def __init__(self, announce: Callable[[], None]) -> None:
        self._announce: Callable[[], None] | None = announce

    def on_start(self, event: Event) -> None:
        if event.data["dispatcher"].targetoptions.get("error_model") == "numpy" and self._announce:
            announce, self._announce = self._announce, None
            announce()

    def on_end(self, event: Event) -> None:
        pass


@contextmanager
def announced(announce: Callable[[], None]) -> Iterator[None]:
    """Call a function before the first kernel is compiled meanwhile, if one is."""
    with install_listener("numba:compile", _Announcer(announce)):
        yield

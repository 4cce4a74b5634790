"""Files that are never half written."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a temporary path beside `target`, which takes its place if the block ends well and vanishes if not.

    A link is followed. A device or a pipe is written to directly: there is nothing to replace. An OSError names the
    target.
    """
    final = target.resolve()
    with _naming(target):
        if final.exists() and not final.is_file():
            yield final
            return
        temporary = _temporary_beside(final)
        try:
            yield temporary
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(final)
        finally:
            temporary.unlink(missing_ok=True)


def demand_writable(target: Path) -> None:
    """Raise OSError now if a file cannot be made there, rather than after hours of work."""
    final = target.resolve()
    with _naming(target):
        if final.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not final.exists() or final.is_file():
            _temporary_beside(final).unlink()


def _temporary_beside(final: Path) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{final.name}.", suffix=".part", dir=final.parent)
    os.close(handle)
    return Path(name)


@contextmanager
def _naming(target: Path) -> Iterator[None]:
    """Let an OSError name the file that the user asked for, instead of a temporary one or none."""
    try:
        yield
    except OSError as error:
        error.filename = str(target)
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current

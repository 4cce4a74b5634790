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
    with _naming(target):
        if _is_special(target):
            yield target
            return
        final = Path(os.path.realpath(target))
        temporary = _temporary_beside(final)
        try:
            yield temporary
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(final)
        finally:
            temporary.unlink(missing_ok=True)


def demand_writable(target: Path) -> None:
    """Raise OSError now if a file cannot be made there, rather than after hours of work."""
    with _naming(target):
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not _is_special(target):
            _temporary_beside(Path(os.path.realpath(target))).unlink()


def _is_special(target: Path) -> bool:
    """Whether a path is a device, a pipe, or a process's own descriptor: nothing that could be replaced."""
    own = os.path.realpath(target.parent).startswith(("/dev", "/proc"))
    return own or (target.exists() and not target.is_file())


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

"""The version of the installed package, and the hash of its sources."""

from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

try:
    __version__ = version("exactgeo")
except PackageNotFoundError:  # a source tree that is not installed
    __version__ = "0+unknown"


@cache
def sources_digest() -> str:
    """Return the hash of the package's sources: what another version has found may be wrong."""
    digest = sha256()
    for source in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()

"""Arrays in numpy's files, whose floats are read exactly."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from exactgeo.errors import InvalidArgument

Array = npt.NDArray[Any]


def load_array(path: str, what: str) -> Array:
    """Return the array in an .npy file.

    Args:
        path: of the file.
        what: what it should hold, for messages: "the points".

    Raises:
        InvalidArgument: if it cannot be read, is a device, which may never end, or holds no array.
    """
    loaded = _loaded(path, what)
    if not isinstance(loaded, np.ndarray):
        raise InvalidArgument(f"{what} {path} holds several arrays: an .npy file was expected")
    return loaded


def load_arrays(path: str, what: str, names: Collection[str]) -> dict[str, Array]:
    """Return those arrays in an .npz file that have some names. Errors are those of `load_array`."""
    loaded = _loaded(path, what)
    if isinstance(loaded, np.ndarray):
        raise InvalidArgument(f"{what} {path} holds one array: an .npz file was expected")
    with _understanding(path, what), loaded:
        found = {name: loaded[name] for name in loaded.files if name in names}
    for name, array in found.items():
        if not isinstance(array, np.ndarray):
            raise InvalidArgument(f"'{name}' in {what} {path} is no array")
    return found


def _loaded(path: str, what: str) -> Any:  # noqa: ANN401 (an array, or several by their names)
    with _understanding(path, what):
        loaded = None if Path(path).is_char_device() else np.load(path, allow_pickle=False)
    if loaded is None:
        raise InvalidArgument(f"{what} {path} is a device, not a file")
    return loaded


@contextmanager
def _understanding(path: str, what: str) -> Iterator[None]:
    """Let whatever numpy says of a file name it."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:  # of the zip's, the compression's, the header's parser: whatever is wrong with a file
        reason = getattr(error, "strerror", None) or error
        raise InvalidArgument(f"{what} {path} cannot be read ({reason})") from error

"""Arrays in numpy's files, whose floats are read exactly."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.arrays import ExactArray, exact_array
from exactgeo.arithmetic.documents import understanding
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
    loaded = _loaded(path, what, ())
    if isinstance(loaded, dict):
        raise InvalidArgument(f"{what} {path} holds several arrays: an .npy file was expected")
    return loaded


def load_arrays(path: str, what: str, names: Collection[str]) -> dict[str, Array]:
    """Return those arrays in an .npz file that have some names. Errors are those of `load_array`."""
    loaded = _loaded(path, what, names)
    if not isinstance(loaded, dict):
        raise InvalidArgument(f"{what} {path} holds one array: an .npz file was expected")
    for name, array in loaded.items():
        if not isinstance(array, np.ndarray):
            raise InvalidArgument(f"'{name}' in {what} {path} is no array")
    return loaded


def exact_numbers(array: Array, path: str, what: str) -> ExactArray:
    """Return an array's floats or integers as the rationals that they are.

    Args:
        array: what a file holds.
        path: the file.
        what: what it should hold, for messages.

    Raises:
        InvalidArgument: for numbers that are not finite, or of another type.
    """
    if array.dtype.kind in "bUSOMmcV" and array.dtype.name != "bfloat16":
        raise InvalidArgument(f"{what} {path} has entries of the type {array.dtype}: floats or integers were expected")
    with understanding(path, what):
        return exact_array(array)


def _loaded(path: str, what: str, names: Collection[str]) -> Array | dict[str, Array]:
    """Return the array in a file, or those of several that have some names."""
    try:
        if Path(path).is_char_device():
            raise ValueError("it is a device, not a file")  # noqa: TRY301 (told like what numpy says)
        with Path(path).open("rb") as file:
            loaded: Any = np.load(file, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                return loaded
            return {name: loaded[name] for name in loaded.files if name in names}
    except MemoryError:
        raise
    except Exception as error:  # of the zip's, the compression's, the header's reader: whatever is wrong with a file
        reason = getattr(error, "strerror", None) or error
        raise InvalidArgument(f"{what} {path} cannot be read ({reason})") from error

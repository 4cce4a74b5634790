"""Data sets in numpy's files: images, whose numbers are read exactly, and their labels."""

import zipfile
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from exactgeo.arithmetic.arrays import exact_array
from exactgeo.arithmetic.rationals import Point
from exactgeo.errors import InvalidArgument

_IMAGES, _LABELS = "x", "labels"


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """Images, and what they are labelled.

    Attributes:
        array: (images, …) as the file holds them.
        images: each as a point of the network's input space.
        labels: the class of each; None if there are none.
    """

    array: npt.NDArray[Any]
    images: tuple[Point, ...]
    labels: tuple[int, ...] | None


def read_data(path: str, inputs: int, labels: str | None = None) -> DataSet:
    """Read images, and labels if there are any.

    Args:
        path: an .npz file with an array `x` of shape (images, …), and perhaps `labels` of shape (images,), or an .npy
            file with images alone.
        inputs: how many numbers an image has.
        labels: another .npy file, with the labels.

    Raises:
        InvalidArgument: if a file cannot be read, or does not hold that.

    **Exactness**: exact; a stored float is the rational number that it is.
    """
    content = _load(path, "the data")
    if isinstance(content, dict):
        if _IMAGES not in content:
            names = ", ".join(map(repr, content)) or "nothing"
            raise InvalidArgument(f"the data {path} holds {names}; an array '{_IMAGES}' with the images was expected")
        array, own = content[_IMAGES], content.get(_LABELS)
    else:
        array, own = content, None
    if array.ndim < 2 or not len(array) or prod(array.shape[1:]) != inputs:  # noqa: PLR2004 (images, and their numbers)
        raise InvalidArgument(
            f"the data {path} has the shape {array.shape}: (images, …) was expected, with one image at least and "
            f"{inputs} numbers in each, as many as the network has inputs"
        )
    if labels is not None:
        loaded = _load(labels, "the labels")
        if isinstance(loaded, dict):
            raise InvalidArgument(f"the labels {labels} are several arrays: an .npy file was expected")
        own = loaded
    try:
        exact = exact_array(array.reshape(len(array), inputs))
    except InvalidArgument as error:
        raise type(error)(f"the data {path}: {error}") from error
    images = tuple(tuple(exact[k].flat()) for k in range(len(array)))
    return DataSet(array, images, None if own is None else _checked(own, len(array), labels or path))


def _load(path: str, what: str) -> Any:  # noqa: ANN401 (an array, or several by their names)
    if Path(path).suffix.lower() not in (".npz", ".npy"):
        raise InvalidArgument(f"{what} {path}: a file of numpy's was expected, whose name ends in .npz or .npy")
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            return {name: loaded[name] for name in loaded.files if name in (_IMAGES, _LABELS)}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidArgument(f"{what} {path} cannot be read: {reason}") from error


def _checked(labels: npt.NDArray[Any], count: int, path: str) -> tuple[int, ...]:
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise InvalidArgument(
            f"the labels in {path} have the shape {labels.shape} and the type {labels.dtype}: ({count},) and integers "
            "were expected, the class of each image"
        )
    return tuple(int(label) for label in labels)

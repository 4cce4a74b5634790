"""Data sets in numpy's files: images, whose numbers are read exactly, and their labels."""

from dataclasses import dataclass
from math import prod
from pathlib import Path

from exactgeo.arithmetic.rationals import Point
from exactgeo.cli.arrays import Array, exact_numbers, load_array, load_arrays
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

    array: Array
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
    content = _arrays(path)
    if _IMAGES not in content:
        names = ", ".join(map(repr, content)) or "nothing of use"
        raise InvalidArgument(f"the data {path} holds {names}; an array '{_IMAGES}' with the images was expected")
    array, own = content[_IMAGES], content.get(_LABELS)
    if array.ndim < 2 or not len(array) or prod(array.shape[1:]) != inputs:  # noqa: PLR2004 (images, and their numbers)
        raise InvalidArgument(
            f"the data {path} has the shape {array.shape}: (images, …) was expected, with one image at least and "
            f"{inputs} numbers in each, as many as the network has inputs"
        )
    if labels is not None:
        own = load_array(labels, "the labels")
    exact = exact_numbers(array.reshape(len(array), inputs), path, "the data")
    images = tuple(tuple(exact[k].flat()) for k in range(len(array)))
    return DataSet(array, images, None if own is None else _checked(own, len(array), labels or path))


def _arrays(path: str) -> dict[str, Array]:
    """Return the images, and the labels if there are any, that a file holds."""
    ending = Path(path).suffix.lower()
    if ending == ".npz":
        return load_arrays(path, "the data", (_IMAGES, _LABELS))
    if ending == ".npy":
        return {_IMAGES: load_array(path, "the data")}
    raise InvalidArgument(f"the data {path}: a file of numpy's was expected, whose name ends in .npz or .npy")


def _checked(labels: Array, count: int, path: str) -> tuple[int, ...]:
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise InvalidArgument(
            f"the labels in {path} have the shape {labels.shape} and the type {labels.dtype}: ({count},) and integers "
            "were expected, the class of each image"
        )
    return tuple(int(label) for label in labels)

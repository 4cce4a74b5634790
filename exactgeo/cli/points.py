"""Points of the input space from files: JSON, whose numbers are read exactly, or arrays of numpy, whose floats are."""

from collections.abc import Sequence
from pathlib import Path

from exactgeo.arithmetic.documents import reading
from exactgeo.arithmetic.rationals import Point, point
from exactgeo.cli.arrays import exact_numbers, load_array
from exactgeo.errors import DimensionMismatch, InvalidArgument

FORMAT = "exactgeo-points"


def read_points(path: str, inputs: int) -> tuple[Point, ...]:
    """Return the points in a file: {"format": "exactgeo-points", "version": 1, "points": […]}, or a .npy array.

    Args:
        path: of the file; an array's first axis is that of the points.
        inputs: how many coordinates each has; an array's other axes are put one after the other.

    Raises:
        InvalidArgument: if the file cannot be read or understood, or holds no point.
        DimensionMismatch: if the points have other numbers of coordinates.
    """
    found = _from_array(path) if Path(path).suffix.lower() == ".npy" else _from_document(path)
    if not found:
        raise InvalidArgument(f"the points {path} are none")
    for number, x in enumerate(found):
        if len(x) != inputs:
            raise DimensionMismatch(
                f"point {number} of {path} has {len(x)} coordinates, but the network has {inputs} inputs"
            )
    return tuple(found)


def _from_document(path: str) -> Sequence[Point]:
    with reading(path, "the points", FORMAT) as document:
        if set(document) != {"format", "version", "points"} or not isinstance(document["points"], list):
            raise InvalidArgument('expected a list "points", and nothing else')
        return [point(x) for x in document["points"]]


def _from_array(path: str) -> Sequence[Point]:
    array = load_array(path, "the points")
    if array.ndim < 2:  # noqa: PLR2004 (points, coordinates)
        raise InvalidArgument(f"the points {path} are an array of shape {array.shape}; (points, …) was expected")
    if not len(array):
        return []
    exact = exact_numbers(array.reshape(len(array), -1), path, "the points")
    return [tuple(exact[k].flat()) for k in range(len(array))]

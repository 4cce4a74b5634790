"""The options that name a path through a model's input space."""

import functools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click

from exactgeo.arithmetic.rationals import Point, Rational, rational
from exactgeo.cli.arrays import exact_numbers, load_array
from exactgeo.cli.options import Command
from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.networks.paths import Family, Path
from exactgeo.networks.paths.families import DISKS, PULSES, SQUARED

_SHAPE = re.compile(r"([1-9][0-9]{0,8})x([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class AskedPath:
    """The path that was asked for at the command line.

    Attributes:
        pulse, disk: the name of a family.
        polyline: a file.
        between: two files, each of an array.
        radius, shape: what else is said of pulses and disks.

    Raises:
        InvalidArgument: unless one of the first four is named, with what it needs and nothing else.
    """

    pulse: str | None
    disk: str | None
    polyline: str | None
    between: tuple[str, str] | None
    radius: str | None
    shape: str | None

    def __post_init__(self) -> None:
        if sum(option is not None for option in (self.pulse, self.disk, self.polyline, self.between)) != 1:
            raise InvalidArgument("say which family: --pulse, --disk, --path or --between, one of them")
        if (self.polyline is None and self.between is None) == (self.radius is None):
            raise InvalidArgument("--radius LOW,HIGH says how far pulses and disks grow; a path has its own parameter")
        if self.shape is not None and self.disk is None:
            raise InvalidArgument("--shape is that of the image in which a disk grows")

    @property
    def files(self) -> tuple[str, ...]:
        """The files that are read."""
        return (*([] if self.polyline is None else [self.polyline]), *(self.between or ()))

    @property
    def text(self) -> str:
        """What the path is called."""
        if self.between is not None:
            return f"between {' and '.join(self.between)}"
        return self.polyline or f"{self.pulse or self.disk} {self.radius}"

    @property
    def parameter(self) -> str:
        """What the path's parameter is."""
        if self.radius is None:
            return "place"
        return "squared radius" if self.disk == SQUARED else "radius"

    def found(self, inputs: int) -> Family | Path:
        """Return the family or the polyline, for a network of so many inputs.

        Raises:
            InvalidArgument: if a file or an option cannot be understood.
        """
        if self.polyline is not None:
            return Path.read(self.polyline)
        if self.between is not None:
            return Path.between(*_images(self.between))
        low, high = _radii(self.radius or "")
        if self.pulse is not None:
            return Family(self.pulse, (inputs,), low, high)
        if self.disk == SQUARED:
            low, high = low * low, high * high
        return Family(str(self.disk), _shape(inputs, self.shape), low, high)


def path_options(command: Command) -> Command:
    """Add the options that name a path; the command gets them as one argument, `asked`."""

    @functools.wraps(command)
    def with_path(
        *,
        pulse: str | None,
        disk: str | None,
        polyline: str | None,
        between: tuple[str, str] | None,
        radius: str | None,
        shape: str | None,
        **options: object,
    ) -> object:
        return command(asked=AskedPath(pulse, disk, polyline, between, radius, shape), **options)

    for option in (
        click.option("--shape", metavar="HxW", help="Of the image; a square by default."),
        click.option("--radius", metavar="LOW,HIGH", help="From which radius to which."),
        click.option(
            "--between",
            nargs=2,
            metavar="FIRST SECOND",
            help="Or the segment from one input to another: two .npy arrays, whose floats are read exactly.",
        ),
        click.option("--path", "polyline", metavar="FILE", help="Instead, a polyline through points: a JSON file."),
        click.option("--disk", type=click.Choice(list(DISKS)), help="Disks of growing radius, in an image."),
        click.option("--pulse", type=click.Choice(list(PULSES)), help="Pulses of growing radius, in a row."),
    ):
        with_path = option(with_path)
    return with_path


def _images(paths: Sequence[str]) -> Iterator[Point]:
    """Yield the numbers in .npy files, row by row."""
    arrays = [load_array(path, "the image") for path in paths]
    if len({array.size for array in arrays}) > 1:
        shapes = " and ".join(f"{path} of shape {array.shape}" for path, array in zip(paths, arrays, strict=True))
        raise DimensionMismatch(f"there is no segment between {shapes}")
    for path, array in zip(paths, arrays, strict=True):
        yield tuple(exact_numbers(array, path, "the image").flat())


def _radii(written: str) -> tuple[Rational, Rational]:
    parts = written.split(",")
    try:
        low, high = map(rational, parts)
    except (ValueError, InvalidArgument) as error:
        raise InvalidArgument(f"--radius {written} is not LOW,HIGH, two numbers such as 3/2,19/2: {error}") from error
    if not 0 <= low < high:  # of which the squares of a binary disk would say nothing
        raise InvalidArgument(f"radii grow from 0 or more: not from {low} to {high}")
    return low, high


def _shape(inputs: int, shape: str | None) -> tuple[int, int]:
    """Return the height and the width of an image of so many pixels."""
    if shape is None:
        side = math.isqrt(inputs)
        if side * side != inputs:
            raise InvalidArgument(f"{inputs} inputs are no square image: say --shape HxW")
        return side, side
    match = _SHAPE.fullmatch(shape)
    height, width = match.groups() if match else ("0", "0")
    if int(height) * int(width) != inputs:
        raise InvalidArgument(f"--shape {shape} is not HxW with {inputs} pixels, as many as there are inputs")
    return int(height), int(width)

"""What the kernels of linear programs share: where the points are, the rows that hold, and bases of programs.

A point is given by what it is beside an origin, delta; v = L delta are its *coordinates*, in which all forms are
written: (a0, a1, …, ar) stands for a0 + a.v.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]


class Space(NamedTuple):
    """The domain's bounds, and the coordinates.

    Attributes:
        matrix: (coordinates, inputs) L, each entry rounded once; NaN if its size is out of bounds.
        columns: (inputs, coordinates) the same.
        low: (inputs,) at most the lower bounds; -inf where there is none.
        high: (inputs,) at least the upper bounds.
        least: (inputs,) floats above the lower bounds.
        most: (inputs,) floats below the upper bounds.
        middle: (inputs,) of a bounded box in which to look.
        half: (inputs,) its half sides.
    """

    matrix: Floats
    columns: Floats
    low: Floats
    high: Floats
    least: Floats
    most: Floats
    middle: Floats
    half: Floats


class Rows(NamedTuple):
    """Forms, as they are proved with, and as they are searched with.

    Attributes:
        forms: (rows, 1 + coordinates) each entry rounded once, the largest near 1; NaN if its size is out of bounds.
        slopes: (rows, inputs) what the form gains from the middle of the box to its upper ends.
        constants: (rows,) the form's value at the middle.
        scales: (rows,) powers of two near the largest absolute value in the box.
        gram: (rows, rows) the products of slopes, of the rows of a path.
    """

    forms: Floats
    slopes: Floats
    constants: Floats
    scales: Floats
    gram: Floats


class Basis(NamedTuple):
    """A basis of the program "maximise t, with row >= t scale for each row": the rows that are tight, and what varies.

    Attributes:
        size: (1,) how many rows are tight; one more than how many inputs vary.
        rows: the tight ones.
        columns: the inputs that lie between their bounds.
    """

    size: Integers
    rows: Integers
    columns: Integers


class Layer(NamedTuple):
    """What the units of a layer ask, for the pieces chosen before it.

    Attributes:
        rows: the forms that are compared.
        pieces: (units + 1,) where each unit's pieces begin; those that are chosen nowhere are left out.
        numbers: (pieces,) the number of each in its unit.
        demands: (pieces + 1,) where what each piece demands begins.
        asked: (demands,) the form that is asked for.
        senses: (demands,) 1 or -1: whether it must be positive or negative.
    """

    rows: Rows
    pieces: Integers
    numbers: Integers
    demands: Integers
    asked: Integers
    senses: Integers


class Cell(NamedTuple):
    """A non-empty cell.

    Attributes:
        signs: of the layer's forms on the cell, 0 where it is unknown, or the form has none.
        point: in the cell.
        values: its coordinates.
        radii: bounds of their errors.
        basis: of a program whose rows are among those of the cell; of size 0 if there is none yet.
    """

    signs: Bytes
    point: Floats
    values: Floats
    radii: Floats
    basis: Basis


class Found(NamedTuple):
    """What has been found out about the pieces of the current unit, each with a point and a basis if it is new.

    Attributes:
        verdicts: (pieces,) see `choices`.
        points: (pieces, inputs).
        values: (pieces, coordinates).
        radii: (pieces, coordinates).
        sizes: (pieces, 1).
        rows: (pieces, coordinates + 2).
        columns: (pieces, coordinates + 2).
        counts: (3,) programs, those undecided, and steps.
        chosen: (units,) the numbers of the chosen pieces.
    """

    verdicts: Integers
    points: Floats
    values: Floats
    radii: Floats
    sizes: Integers
    rows: Integers
    columns: Integers
    counts: Integers
    chosen: Integers


class Scratch(NamedTuple):
    """Room to work in, and what a program leaves there: `multipliers` and `point`."""

    square: Floats
    order: Integers
    vector: Floats
    other: Floats
    tight: Integers
    varies: Integers
    reduced: Floats
    tilt: Floats
    step: Floats
    position: Floats
    slacks: Floats
    rows_at: Floats
    places: Integers
    ratios: Floats
    multipliers: Floats
    point: Floats
    values: Floats
    radii: Floats
    combined: Floats
    errors: Floats
    ranges: Floats
    ends: Floats


def scratch(coordinates: int, inputs: int, rows: int) -> Scratch:
    """Return room for programs of so many rows."""
    size = coordinates + 2

    def floats(*shape: int) -> Floats:
        return np.zeros(shape)

    def integers(*shape: int) -> Integers:
        return np.zeros(shape, dtype=np.int64)

    return Scratch(
        square=floats(size, size),
        order=integers(size),
        vector=floats(size),
        other=floats(size),
        tight=integers(rows),
        varies=integers(inputs),
        reduced=floats(inputs),
        tilt=floats(inputs),
        step=floats(inputs),
        position=floats(inputs),
        slacks=floats(rows),
        rows_at=floats(rows),
        places=integers(inputs),
        ratios=floats(inputs),
        multipliers=floats(rows),
        point=floats(inputs),
        values=floats(coordinates),
        radii=floats(coordinates),
        combined=floats(coordinates + 1),
        errors=floats(coordinates + 1),
        ranges=floats(2 * inputs),
        ends=floats(2),
    )


def basis(coordinates: int) -> Basis:
    """Return room for a basis."""
    return Basis(
        np.zeros(1, dtype=np.int64),
        np.zeros(coordinates + 2, dtype=np.int64),
        np.zeros(coordinates + 2, dtype=np.int64),
    )

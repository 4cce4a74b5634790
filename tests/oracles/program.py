"""Piecewise affine programs as plain data, and their pointwise evaluation.

The environment is e = (1, x1, .., xn, y0, .., y(m-1)).  A form is a tuple of (environment index, coefficient) pairs;
a missing index means coefficient 0, a repeated one adds up.  A unit is a tuple of (selector, value) pairs, one per
piece.  y_j is the value of the piece with the largest selector, the least index among equals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .affine import Number

Form = tuple[tuple[int, Fraction], ...]
Unit = tuple[tuple[Form, Form], ...]
Pattern = tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """A program on `inputs` >= 1 variables; the forms of unit j read the environment before y_j."""

    inputs: int
    units: tuple[Unit, ...]
    outputs: tuple[Form, ...]

    def __post_init__(self) -> None:
        if self.inputs < 1:
            raise ValueError("a program has at least one input")
        for position, unit in enumerate(self.units):
            if len(unit) < 2:
                raise ValueError(f"unit {position} has fewer than two pieces")
            for piece in unit:
                _check_indices(piece, 1 + self.inputs + position, f"unit {position}")
        _check_indices(self.outputs, 1 + self.inputs + len(self.units), "an output")


def make_form(entries: Mapping[int, Number]) -> Form:
    """The form with these coefficients, sorted by index, without zeros."""
    return tuple((index, Fraction(entries[index])) for index in sorted(entries) if entries[index])


def evaluate(program: Program, point: Sequence[Number]) -> tuple[Pattern, tuple[Fraction, ...]]:
    """The pattern and the outputs at a rational point, exactly, by following the definition."""
    if len(point) != program.inputs:
        raise ValueError(f"expected {program.inputs} coordinates, got {len(point)}")
    environment = [Fraction(1), *(Fraction(value) for value in point)]
    pattern = []
    for unit in program.units:
        selectors = [_apply(selector, environment) for selector, _ in unit]
        pattern.append(selectors.index(max(selectors)))
        environment.append(_apply(unit[pattern[-1]][1], environment))
    return tuple(pattern), tuple(_apply(form, environment) for form in program.outputs)


def _apply(form: Form, environment: Sequence[Fraction]) -> Fraction:
    """The value of the form in the environment."""
    return sum((coefficient * environment[index] for index, coefficient in form), Fraction(0))


def _check_indices(forms: Sequence[Form], size: int, owner: str) -> None:
    """Raise ValueError if a form reads outside the first `size` entries of the environment."""
    for form in forms:
        for index, _ in form:
            if not 0 <= index < size:
                raise ValueError(f"{owner} reads entry {index} of an environment of size {size}")

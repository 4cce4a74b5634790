"""Programs of exactgeo as the plain data that the oracle reads: the only place where the two meet."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from exactgeo import Box, Polyhedron, Program

from . import program as oracle

Rows = list[tuple[Fraction, ...]]


def plain_program(program: Program) -> oracle.Program:
    """Copy a program, unit by unit."""
    units = []
    for index in range(program.unit_count):
        pieces = program.unit(index).pieces
        units.append(tuple((_form(piece.selector), _form(piece.value)) for piece in pieces))
    outputs = tuple(_form(program.outputs.row(index)) for index in range(program.output_count))
    return oracle.Program(program.inputs, tuple(units), outputs)


def plain_rows(domain: Box | Polyhedron) -> Rows:
    """Copy a domain's half-spaces b + a.x >= 0."""
    polyhedron = domain.polyhedron if isinstance(domain, Box) else domain
    return [tuple(Fraction(value) for value in row) for row in polyhedron.inequalities]


def fraction(value: Any) -> Fraction:
    """Return a rational with Python's own integers inside; Fraction(mpq) would keep gmpy2's, which do not mix."""
    return Fraction(int(value.numerator), int(value.denominator))


def _form(form: Mapping[int, Any]) -> oracle.Form:
    return oracle.make_form({entry: fraction(value) for entry, value in form.items()})

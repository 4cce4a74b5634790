"""A program and a domain in the coordinates that its forms depend on, beside an origin inside the bounds."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import flint

from exactgeo.arithmetic.affine import Row, primitive
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.programs import Program
from exactgeo.networks.units import UnitTable
from exactgeo.polyhedra import Polyhedron
from exactgeo.polyhedra.bounds import Bounds

_PRIME = 2**61 - 1

Linear = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reduced:
    """A program as a function of w = matrix (x - origin), and a domain as bounds of x - origin and rows in (1, w).

    *Theorem*: x has the pattern p in the given program, and lies in the interior of the given domain, exactly if w has
    the pattern p in this program, the rows are positive at w, and x - origin lies strictly between the bounds.

    Attributes:
        program: in w; it has the given one's units, and no outputs.
        matrix: (coordinates, inputs) integers.
        origin: strictly inside the domain's bounds.
        lower: the bounds of x - origin, None where there is none.
        upper: likewise.
        rows: of the domain, those that are no bounds of single inputs.
    """

    program: Program
    matrix: tuple[Linear, ...]
    origin: Point
    lower: tuple[Rational | None, ...]
    upper: tuple[Rational | None, ...]
    rows: tuple[Row, ...]


def reduce(program: Program, domain: Polyhedron) -> Reduced:
    """Return a program in a domain in few coordinates.

    The coordinates are linear parts of the program's forms and of the domain's rows, as many as are independent; or,
    if these span all, the inputs themselves.
    """
    bounds = Bounds.of(domain.dimension, domain.inequalities)
    others = [row for k, row in enumerate(domain.inequalities) if k not in bounds.rows]
    origin = bounds.inside()
    forms = list(_forms(program))
    linear = dict.fromkeys(part for part in (primitive(values) for _, values, _ in forms) if any(part))
    linear.update(dict.fromkeys(primitive(row[1:]) for row in others if any(row[1:])))
    coordinates = _Coordinates(list(linear), program.inputs)
    units, reduced = program.units, []
    shift = len(coordinates.matrix) - program.inputs
    for denominator, values, rest in forms:
        form = {0: rest.pop(0, Rational(0)) + _product(values, origin) / denominator}
        form |= {1 + i: value / denominator for i, value in coordinates.of(values).items()}
        reduced.append(form | {entry + shift: value for entry, value in rest.items()})
    table = UnitTable(SparseForms.of(reduced), units.starts, units.selectors, units.values)
    rows = []
    for row in others:
        constant, parts = row[0] + _product(row[1:], origin), coordinates.of(row[1:])
        rows.append(_row([constant, *(parts.get(i, Rational(0)) for i in range(len(coordinates.matrix)))]))
    return Reduced(
        Program(len(coordinates.matrix), table, SparseForms.of([])),
        coordinates.matrix,
        origin,
        tuple(None if b is None else b - x for b, x in zip(bounds.lower, origin, strict=True)),
        tuple(None if b is None else b - x for b, x in zip(bounds.upper, origin, strict=True)),
        tuple(rows),
    )


def independent(rows: Sequence[Linear], width: int) -> list[int]:
    """Return the places of rows that are independent: modulo a prime, and so over the rationals.

    They may span less than all rows do, if the prime is an unlucky one.
    """
    columns = flint.nmod_mat(width, len(rows), [row[k] % _PRIME for k in range(width) for row in rows], _PRIME)
    reduced, count = columns.rref()
    return pivots_of(reduced, count)


def pivots_of(reduced: flint.nmod_mat | flint.fmpz_mat, count: int) -> list[int]:
    """Return the columns of the pivots of an echelon form with so many rows that are not 0."""
    places, k = [], 0
    for i in range(count):
        while not int(reduced[i, k]):
            k += 1
        places.append(k)
    return places


class _Coordinates:
    """Linear forms as combinations of independent ones among them.

    Args:
        rows: primitive, not 0.
        inputs: how many entries they have.
    """

    def __init__(self, rows: list[Linear], inputs: int) -> None:
        chosen = independent(rows, inputs) if rows else []
        self._known: dict[Linear, dict[int, Rational]] = {}
        if len(chosen) < inputs:
            others = [row for k, row in enumerate(rows) if k not in set(chosen)]
            basis = self._spanning([rows[k] for k in chosen], others)
            self.matrix = tuple(basis) or ((1, *[0] * (inputs - 1)),)
            self._known |= {row: {i: Rational(1)} for i, row in enumerate(self.matrix)}
        self._are_inputs = len(chosen) == inputs or len(self.matrix) == inputs
        if self._are_inputs:
            self.matrix = tuple(tuple(int(i == k) for k in range(inputs)) for i in range(inputs))

    def of(self, linear: Linear) -> dict[int, Rational]:
        """Return the form's coefficients in these coordinates."""
        if self._are_inputs:
            return {k: Rational(value) for k, value in enumerate(linear) if value}
        content = math.gcd(*linear)
        return {i: value * content for i, value in self._known[primitive(linear)].items()} if content else {}

    def _spanning(self, basis: list[Linear], others: list[Linear]) -> list[Linear]:
        """Express the others by the basis, to which those are added that cannot be."""
        while others:
            matrix = flint.fmpz_mat([list(row) for row in basis])
            pivots = independent([*zip(*basis, strict=True)], len(basis))
            if len(pivots) < len(basis):
                reduced, _, count = matrix.rref()
                pivots = pivots_of(reduced, count)
            square = flint.fmpz_mat([[row[k] for row in basis] for k in pivots])
            right = flint.fmpz_mat([[row[k] for row in others] for k in pivots])
            factors = flint.fmpq_mat(square).solve(flint.fmpq_mat(right)).transpose()
            products = factors * flint.fmpq_mat(matrix)
            wrong = None
            for number, (row, line, own) in enumerate(zip(others, products.tolist(), factors.tolist(), strict=True)):
                if any(value != entry for value, entry in zip(line, row, strict=True)):
                    wrong = number
                    break
                parts = (Rational(int(f.p), int(f.q)) for f in own)
                self._known[row] = {i: value for i, value in enumerate(parts) if value}
            if wrong is None:
                break
            basis, others = [*basis, others[wrong]], [row for k, row in enumerate(others) if k != wrong]
            self._known.clear()
        return basis


def _forms(program: Program) -> Iterable[tuple[int, Linear, dict[int, Rational]]]:
    """Yield each form as a denominator, the numerators of the inputs, and its other coefficients."""
    inputs, forms = program.inputs, program.units.forms
    for record in forms.records():
        linear, rest = [0] * inputs, {}
        for entry, numerator in zip(record[1::2], record[2::2], strict=True):
            if 1 <= entry <= inputs:
                linear[entry - 1] = int(numerator)
            else:
                rest[entry] = Rational(int(numerator), int(record[0]))
        yield int(record[0]), tuple(linear), rest


def _product(linear: Linear, point: Point) -> Rational:
    return sum((a * x for a, x in zip(linear, point, strict=True) if a), Rational(0))


def _row(coefficients: Sequence[Rational]) -> Row:
    common = math.lcm(*(int(value.denominator) for value in coefficients))
    return primitive(int(value * common) for value in coefficients)

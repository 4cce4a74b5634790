"""Programs and domains that do not depend on all directions: fewer dimensions decide."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import flint
import numpy as np

from exactgeo.arithmetic.affine import primitive
from exactgeo.arithmetic.rationals import Point, Rational
from exactgeo.enumeration.certified.programs.reduction import Linear, independent, pivots_of
from exactgeo.enumeration.found import Batch
from exactgeo.enumeration.search import AnySearch, Prefix
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.programs import Program, ProgramBuilder
from exactgeo.polyhedra import Polyhedron
from exactgeo.polyhedra.bounds import Bounds


@dataclass(frozen=True, slots=True)
class Quotient:
    """A program and a domain on the points whose other inputs than some are 0.

    *Theorem*: with N the subspace on which the linear parts of all forms of the program's units, in its inputs, and of
    all rows of the domain are 0, each point x has the pattern of x + v, v in N, and lies in the domain's interior with
    it. If the columns of these linear parts that belong to the kept inputs are independent and span all columns, R^n
    is the direct sum of N and the points { x : x[k] = 0 for k not kept }. So the patterns are those of these points,
    which, filled up with zeros, are witnesses. *Proof of the sum*: a point that is 0 but for the kept inputs and lies
    in N is a relation between the kept columns, so it is 0; and the dimensions are n - rank and rank.

    Attributes:
        program: with the kept inputs only.
        domain: likewise.
        kept: the inputs, by increasing number.
    """

    program: Program
    domain: Polyhedron
    kept: tuple[int, ...]

    @classmethod
    def of(cls, program: Program, domain: Polyhedron) -> "Quotient | None":
        """Return a program in a domain in as few inputs as it depends on; None if these are all, or none."""
        kept = _kept(program, domain)
        if not 0 < len(kept) < program.inputs:
            return None
        places = {k: 1 + i for i, k in enumerate(kept)}
        builder = ProgramBuilder(len(kept))
        builder.add_program(
            program, SparseForms.of({places[k]: 1} if k in places else {} for k in range(program.inputs))
        )
        rows = [(row[0], *(row[1 + k] for k in kept)) for row in domain.inequalities]
        return cls(builder.build([]), Polyhedron(len(kept), tuple(rows)), kept)

    def lifted(self, batch: Batch, inputs: int) -> Batch:
        """Return what was found, with points of all inputs."""
        witnesses = np.zeros((len(batch.witnesses), inputs))
        witnesses[:, list(self.kept)] = batch.witnesses
        points = {place: self._filled_up(point, inputs) for place, point in batch.points.items()}
        return Batch(batch.regions, batch.patterns, witnesses, points)

    def _filled_up(self, point: Point, inputs: int) -> Point:
        coordinates = dict(zip(self.kept, point, strict=True))
        return tuple(coordinates.get(k, Rational(0)) for k in range(inputs))


class QuotientSearch:
    """A search among the points of a quotient.

    Args:
        quotient: of the program and its domain.
        search: of the quotient's.
        inputs: of the program.
    """

    def __init__(self, quotient: Quotient, search: AnySearch, inputs: int) -> None:
        self._quotient, self._search, self._inputs = quotient, search, inputs
        self.unexplored = search.unexplored

    @property
    def fraction(self) -> float:
        """How much of the tree of choices is done; for display only."""
        return self._search.fraction

    @property
    def steps(self) -> int:
        """How much work was done; the same in each run."""
        return self._search.steps

    def explore(self, prefix: Prefix) -> Iterator[Batch]:
        """Yield the regions below a prefix, by increasing pattern, an empty batch now and then too."""
        for batch in self._search.explore(prefix):
            yield self._quotient.lifted(batch, self._inputs)


def _kept(program: Program, domain: Polyhedron) -> tuple[int, ...]:
    """Return inputs whose columns are independent and span all columns.

    A bound of an input alone is a row that makes its column independent of the others.
    """
    bounds = Bounds.of(domain.dimension, domain.inequalities)
    pairs = zip(bounds.lower, bounds.upper, strict=True)
    bounded = {k for k, (low, high) in enumerate(pairs) if low is not None or high is not None}
    free = [k for k in range(program.inputs) if k not in bounded]
    parts = [primitive(row[1 + k] for k in free) for k, row in enumerate(domain.inequalities) if k not in bounds.rows]
    parts += _linear_parts(program, {k: i for i, k in enumerate(free)})
    rows = [part for part in dict.fromkeys(parts) if any(part)]
    chosen = _spanning_columns(rows, len(free)) if rows else []
    return tuple(sorted([*bounded, *(free[i] for i in chosen)]))


def _linear_parts(program: Program, places: dict[int, int]) -> list[Linear]:
    parts = []
    for record in program.units.forms.records():
        part = [0] * len(places)
        for entry, numerator in zip(record[1::2], record[2::2], strict=True):
            if entry - 1 in places:
                part[places[entry - 1]] = int(numerator)
        parts.append(primitive(part))
    return parts


def _spanning_columns(rows: Sequence[Linear], width: int) -> list[int]:
    """Return columns that are independent and span all of them."""
    found = independent([*zip(*rows, strict=True)], len(rows))
    if len(found) == width:
        return found
    reduced, _, rank = flint.fmpz_mat([list(row) for row in rows]).rref()  # modulo a prime the rank may be less
    return pivots_of(reduced, rank)

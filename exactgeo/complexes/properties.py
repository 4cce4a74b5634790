"""Safety properties: affine forms of a network's inputs and outputs that are to be at most 0, decided."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from exactgeo.arithmetic.documents import reading
from exactgeo.arithmetic.matrices import dot
from exactgeo.arithmetic.rationals import Point, Rational, point, text
from exactgeo.enumeration.arrangements import Arrangement, PartialArrangement
from exactgeo.enumeration.budgets import Budget, OnProgress, ignore_progress
from exactgeo.enumeration.engines import DEFAULT_ENGINE, enumerate_regions, is_exact
from exactgeo.errors import BudgetExhausted, DimensionMismatch, InvalidArgument
from exactgeo.networks.evaluation import evaluate
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.programs import Program, ProgramBuilder
from exactgeo.polyhedra import Domain

FORMAT = "exactgeo-property"


@dataclass(frozen=True, slots=True)
class Property:
    """The claim that b + a.x + c.y <= 0 for each of some rows, x being a network's inputs and y its outputs.

    Attributes:
        rows: (b, a1, …, an, c1, …, cq), one or more.

    Raises:
        DimensionMismatch: if rows have different lengths.
        InvalidArgument: if there is none.

    >>> Property([("-1/2", 0, 1)]).values((3,), (1,)) == point(("1/2",))  # y <= 1/2, and y = 1
    True
    """

    rows: tuple[Point, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", _points(self.rows))
        if not self.rows:
            raise InvalidArgument("a property has at least one row (b, a1, …, an, c1, …, cq)")
        if any(len(row) != len(self.rows[0]) for row in self.rows):
            raise DimensionMismatch("a property's rows (b, a1, …, an, c1, …, cq) have different lengths")

    @classmethod
    def read(cls, path: Path | str) -> "Property":
        """Read a property from a JSON file (schema: exactgeo/reports/schemas/property.schema.json).

        Raises:
            InvalidArgument: if the file cannot be read or understood.
        """
        with reading(path, "the property", FORMAT) as document:
            if set(document) != {"format", "version", "rows"}:
                raise InvalidArgument('expected "rows", and nothing else')
            return cls(document["rows"])

    def record(self) -> list[list[str]]:
        """Return the rows as JSON values, numbers as texts."""
        return [[text(value) for value in row] for row in self.rows]

    def inequalities(self, inputs: int) -> tuple[str, ...]:
        """Return what each row claims, as a text.

        Args:
            inputs: n, how many coefficients are those of inputs.

        >>> Property([("-1/2", 1, 0, -2)]).inequalities(2)
        ('-1/2 + x1 - 2 y1 <= 0',)
        """
        outputs = len(self.rows[0]) - 1 - inputs
        names = ["", *(f"x{k + 1}" for k in range(inputs)), *(f"y{k + 1}" for k in range(outputs))]
        return tuple(f"{_sum(zip(row, names, strict=True))} <= 0" for row in self.rows)

    def values(self, inputs: Iterable[Any], outputs: Iterable[Any]) -> Point:
        """Return b + a.x + c.y for each row.

        Raises:
            DimensionMismatch: if the rows have another length.

        **Exactness**: exact.
        """
        place = (Rational(1), *point(inputs), *point(outputs))
        if len(place) != len(self.rows[0]):
            raise DimensionMismatch(
                f"the property's rows have {len(self.rows[0])} entries, and there are {len(place)} with the constant"
            )
        return tuple(dot(row, place) for row in self.rows)

    def applied(self, program: Program) -> Program:
        """Return the network with one more unit, the last one: the maximum of 0 and of the rows' forms, in this order.

        Its selectors are its values, so that the network is continuous if it was.

        Raises:
            DimensionMismatch: if the rows do not fit the network's inputs and outputs.
        """
        width = 1 + program.inputs + program.output_count
        if len(self.rows[0]) != width:
            raise DimensionMismatch(
                f"the property's rows have {len(self.rows[0])} entries, but with {program.inputs} inputs and "
                f"{program.output_count} outputs there are {width}: (b, a1, …, an, c1, …, cq)"
            )
        builder = ProgramBuilder(program.inputs)
        place = SparseForms.variables(np.arange(1 + program.inputs))
        outputs = builder.add_program(program, place.take(np.arange(1, 1 + program.inputs)))
        forms = SparseForms.of(dict(enumerate(row)) for row in ((), *self.rows))
        selectors = forms.substitute(SparseForms.concatenate([place, outputs]))
        pieces = np.arange(len(selectors))
        builder.add_units(selectors, pieces, pieces, np.array([len(pieces)]))
        return builder.build(outputs)


@dataclass(frozen=True, slots=True)
class Safe:
    """A property that holds.

    No form of the property is positive in any region, and the regions are dense in the domain. So where the network is
    continuous, each form is <= 0 everywhere in the domain, its border included. Where it jumps, nothing is said of the
    points on finitely many hyperplanes, those at which it jumps among them: its value there may be neither of the
    limits from the regions around.

    Attributes:
        property: what holds.
        program: the network.
        arrangement: the regions of the network with the property's unit, in all of which its first piece is chosen.

    **Certificate**: `exactgeo.certify`.
    """

    property: Property
    program: Program
    arrangement: Arrangement

    def __post_init__(self) -> None:
        if _violating(self.arrangement) is not None:
            raise InvalidArgument("the property does not hold: in some region its unit does not choose its first piece")


@dataclass(frozen=True, slots=True)
class Violation:
    """A point at which a property does not hold.

    Attributes:
        property: what does not hold.
        program: the network.
        point: in the interior of the domain; the same row is violated all around it.
        row: the number of the row.
        value: of the row's form there, > 0.
    """

    property: Property
    program: Program
    point: Point
    row: int
    value: Rational


def decide(
    program: Program,
    domain: Domain,
    property: Property,  # noqa: A002 (what it is called)
    *,
    engine: str = DEFAULT_ENGINE,
    jobs: int = 1,
    resume: Path | str | None = None,
    budget: Budget | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Safe | Violation:
    """Decide whether a property holds in every activation region of a network in a domain.

    Args:
        program: the network, continuous or not.
        domain: where.
        property: what is to hold.
        engine: which finds the regions; an exact one.
        jobs: how many processes look for them.
        resume: a file that remembers what was found, as for `enumerate_regions`.
        budget: when to stop early.
        on_progress: called now and then.

    Returns:
        Safe, if no form of the property is positive in any region: `Safe` says what follows of other points. Else a
        violation, the first that is found in the regions' order.

    Raises:
        DimensionMismatch: if property, network and domain do not fit one another.
        BudgetExhausted: if the budget ends before a violation is found.
        InvalidArgument: for an engine that is not exact.

    **Exactness**: exact. **Complexity**: that of enumerating the regions of the network with one more unit.
    **Certificate**: `certify` proves what is safe. **Source**: proofs/RULES.md, the theorem on safety.

    >>> from exactgeo import Box, relu_network
    >>> hat = relu_network([[[1], [1]], [[1, -2]]], [[0, -1], [0]])  # x up to 1, then 2 - x
    >>> isinstance(decide(hat, Box((0,), (2,)), Property([(-1, 0, 1)])), Safe)  # y <= 1
    True
    >>> decide(hat, Box((0,), (2,)), Property([("-1/2", 0, 1)])).row
    0
    """
    if not is_exact(engine):
        raise InvalidArgument(f"the engine {engine!r} promises nothing, and so decides nothing: choose an exact one")
    found = enumerate_regions(
        property.applied(program),
        domain,
        engine=engine,
        jobs=jobs,
        resume=resume,
        budget=budget,
        on_progress=on_progress,
    )
    number = _violating(found)
    if number is not None:
        return _violation(program, property, found.regions[number].witness)
    if isinstance(found, PartialArrangement):
        raise BudgetExhausted(f"nothing is decided: {found.reason}, with no violation in {len(found):,} regions", found)
    return Safe(property, program, found)


def _violating(found: Arrangement | PartialArrangement) -> int | None:
    """Return the number of the first region whose last piece is not the first one; None if there is none."""
    places = np.flatnonzero(found.patterns[:][:, -1])
    return int(places[0]) if len(places) else None


def _violation(program: Program, violated: Property, x: Point) -> Violation:
    values = violated.values(x, evaluate(program, x).outputs)
    row = max(range(len(values)), key=lambda k: (values[k], -k))
    return Violation(violated, program, x, row, values[row])


def _sum(terms: Iterable[tuple[Rational, str]]) -> str:
    """Return a sum of multiples of names as a text; the constant's name is empty."""
    written = ""
    for value, name in terms:
        if value:
            sign = "-" if value < 0 else "+"
            size = f"{'' if abs(value) == 1 and name else text(abs(value))} {name}".strip()
            written = f"{written} {sign} {size}" if written else size if value > 0 else f"-{size}"
    return written or "0"


def _points(rows: Any) -> tuple[Point, ...]:  # noqa: ANN401 (what a caller took for rows)
    if isinstance(rows, str) or not isinstance(rows, Iterable):
        raise InvalidArgument(f"{rows!r} is no list of rows (b, a1, …, an, c1, …, cq)")
    return tuple(point(row) for row in rows)

"""What an engine returns: the activation regions of a program in a domain."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from exactgeo.arithmetic.affine import AffineForm, Row
from exactgeo.arithmetic.rationals import Point, point
from exactgeo.enumeration.patterns import Patterns, pattern_type
from exactgeo.errors import InvalidArgument
from exactgeo.networks.branches import LayeredForms, descend
from exactgeo.networks.evaluation import Pattern, evaluate
from exactgeo.networks.programs import Program
from exactgeo.polyhedra import Polyhedron


@dataclass(frozen=True, slots=True)
class ActivationRegion:
    """A non-empty cell: its pattern, and a rational point of it."""

    pattern: Pattern
    witness: Point


@dataclass(frozen=True, repr=False)
class _Regions:
    """What a complete and a partial arrangement have in common.

    Attributes:
        program: the network.
        domain: where it was looked at.
        engine: the name of the engine.
        regions: the activation regions, by increasing pattern.
    """

    program: Program
    domain: Polyhedron
    engine: str
    regions: Sequence[ActivationRegion]

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what can be computed again: flint's matrices cannot be pickled."""
        return {name: value for name, value in self.__dict__.items() if name not in ("by_pattern", "forms", "patterns")}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} regions of {self.program} by {self.engine}>"

    def __len__(self) -> int:
        return len(self.regions)

    def __iter__(self) -> Iterator[ActivationRegion]:
        return iter(self.regions)

    @cached_property
    def by_pattern(self) -> dict[Pattern, ActivationRegion]:
        """The regions by pattern."""
        return {region.pattern: region for region in self.regions}

    @cached_property
    def patterns(self) -> Patterns:
        """(regions, units) the regions' patterns, row by row."""
        own: Patterns | None = getattr(self.regions, "patterns", None)
        if own is not None:
            return own
        rows = np.array([region.pattern for region in self.regions], dtype=pattern_type(self.program))
        return Patterns(self.program, [rows.reshape(len(self.regions), self.program.unit_count)])

    @cached_property
    def forms(self) -> LayeredForms:
        """The program's forms, ready for substitution."""
        return LayeredForms(self.program)

    def locate(self, coordinates: Iterable[Any]) -> ActivationRegion | None:
        """Return the region that holds a point, or None where no region does: on a border, or outside the domain.

        Raises:
            DimensionMismatch: if the point does not have as many coordinates as the network has inputs.

        **Exactness**: exact. One evaluation of the network, and one of the cell's inequalities.
        """
        x = point(coordinates)
        found = self.by_pattern.get(evaluate(self.program, x).pattern)
        return found if found is not None and self.cell(found).contains_inside(x) else None

    def cell(self, region: ActivationRegion) -> Polyhedron:
        """Return the closure of the region's cell: the domain's rows, then those that the pattern demands."""
        return Polyhedron(self.program.inputs, self.domain.inequalities + self.rows(region))

    def rows(self, region: ActivationRegion) -> tuple[Row, ...]:
        """Return the primitive rows that are > 0 exactly on the region, within the interior of the domain."""
        return descend(self.forms, region.pattern)[1]

    def affine_map(self, region: ActivationRegion) -> tuple[AffineForm, ...]:
        """Return the affine map that the network is on a region: a form in (1, x) for each output."""
        return descend(self.forms, region.pattern)[0].outputs()

    def flat_units(self, region: ActivationRegion) -> tuple[int, ...]:
        """Return the units two of whose selectors, the chosen one among them, are the same form on the region."""
        return descend(self.forms, region.pattern)[2]


@dataclass(frozen=True, repr=False)
class Arrangement(_Regions):
    """All activation regions of a program in a domain.

    **Exactness**: as the engine says; `reference` is exact. **Certificate**: `exactgeo.certify`.
    """


@dataclass(frozen=True, repr=False)
class PartialArrangement(_Regions):
    """The activation regions found before a budget ended.

    Attributes:
        unexplored: the prefixes of patterns below which more regions may lie; each of them has a non-empty cell.
        reason: why the enumeration stopped.
    """

    unexplored: tuple[Pattern, ...]
    reason: str


def demand_complete(arrangement: Arrangement | PartialArrangement, unknown: str) -> None:
    """Raise an error for a partial arrangement: it does not tell what is asked for.

    Raises:
        InvalidArgument: if the arrangement is partial.
    """
    if isinstance(arrangement, PartialArrangement):
        raise InvalidArgument(
            f"{unknown} of a partial arrangement are not known ({arrangement.reason}): raise the limit"
        )

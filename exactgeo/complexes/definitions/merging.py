"""A polyhedral complex whose polyhedra are merged."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from exactgeo.arithmetic.affine import Row, negated
from exactgeo.complexes.definitions.closed_cells import ClosedCell
from exactgeo.complexes.facets import pattern_beside
from exactgeo.complexes.steps import Steps
from exactgeo.enumeration.arrangements import Arrangement
from exactgeo.networks.forms import Index

Part = int
"""A polyhedron of the complex, by the number of its first cell."""


class Complex:
    """The closures of cells of a continuous network, merged within sets of them.

    Every facet of a polyhedron is the whole facet of the one across, or lies on the domain's border.

    Args:
        arrangement: the cells.
        sets: (regions,) the number of the set that each belongs to.
        steps: to be reached.
    """

    def __init__(self, arrangement: Arrangement, sets: Index, steps: Steps) -> None:
        self._sets, self._steps = sets.tolist(), steps
        self._cells: dict[Part, list[ClosedCell]] = {}
        self._across: dict[Part, dict[Row, Part | None]] = {}
        places = {region.pattern: k for k, region in enumerate(arrangement)}
        domain = arrangement.domain.inequalities
        for k, region in enumerate(arrangement):
            steps.reach(k, len(arrangement))
            rows = dict.fromkeys((*domain, *arrangement.rows(region)))
            cell = ClosedCell(arrangement.program.inputs, tuple(row for row in rows if any(row[1:])))
            self._cells[k] = [cell]
            self._across[k] = {
                row: None if row in domain else places[pattern_beside(arrangement.forms, row, point)]
                for row, point in cell.facets()
            }

    @property
    def size(self) -> int:
        """How many polyhedra there are."""
        return len(self._across)

    def rows(self) -> list[tuple[Row, ...]]:
        """Return the rows of each polyhedron's facets."""
        return [tuple(facets) for facets in self._across.values()]

    def count_to_be_cut(self) -> int:
        """Return of how many sets the union is no polyhedron of any complex within the same sets.

        It may not be convex; or one of its facets may have several sets across, so that it would not be the whole facet
        of one other polyhedron.
        """
        return sum(map(self._must_be_cut, self._by_sets()))

    def _by_sets(self) -> list[list[Part]]:
        parts = defaultdict(list)
        for part in self._across:
            parts[self._sets[part]].append(part)
        return list(parts.values())

    def _must_be_cut(self, parts: list[Part]) -> bool:
        across: defaultdict[Row, set[int]] = defaultdict(set)
        for row, other in self._outer(parts):
            if other is not None:
                across[row].add(self._sets[other])
        return any(len(sets) > 1 for sets in across.values()) or not self._is_convex(parts)

    def merge_all(self) -> None:
        """Merge what can be: all of a set, or else neighbours."""
        whole = self._by_sets()
        if self._merge(whole):
            return
        for parts in whole:
            self._merge([[part for part in parts if part in self._across]])
        stack = list(self._across)
        while stack:
            part = stack.pop()
            for other in self._neighbours(part):
                if self._sets[part] == self._sets[other] and self._merge([[part, other]]):
                    stack += [min(part, other), *self._neighbours(min(part, other))]
                    break

    def _neighbours(self, part: Part) -> list[Part]:
        return sorted({other for other in self._across.get(part, {}).values() if other is not None})

    def _merge(self, wanted: Iterable[list[Part]]) -> bool:
        """Merge each list's polyhedra, and whatever must be merged with that. Returns whether it can be."""
        self._steps.reach(0)
        union = _Union()
        for first, *others in wanted:
            for other in others:
                union.join(first, other)
        while union.fresh:
            for first, other in self._forced(union, union.fresh.pop()):
                if self._sets[first] != self._sets[other]:
                    return False
                union.join(first, other)
        if not all(self._is_convex(parts) for parts in union.classes()):
            return False
        for parts in list(union.classes()):
            self._put(sorted(parts))
        return True

    def _forced(self, union: "_Union", part: Part) -> Iterator[tuple[Part, Part]]:
        """Yield pairs that must be merged for every facet to be a whole one on both sides, given those that are."""
        own = union.of(part)
        rows: dict[Row, Part] = {}
        for row, other in self._outer(own):
            if other is not None:
                yield rows.setdefault(row, other), other
                for back, beyond in self._outer(union.of(other)):
                    if back == negated(row) and beyond is not None:
                        yield part, beyond

    def _outer(self, parts: Iterable[Part]) -> list[tuple[Row, Part | None]]:
        """Return the facets of a union, each with what lies across."""
        own = set(parts)
        return [(row, other) for part in own for row, other in self._across[part].items() if other not in own]

    def _is_convex(self, parts: Iterable[Part]) -> bool:
        own = list(parts)
        rows = {row for row, _ in self._outer(own)}
        return all(cell.lies_within(row) for part in own for cell in self._cells[part] for row in rows)

    def _put(self, parts: list[Part]) -> None:
        """Put a union in the place of its parts."""
        kept, *gone = parts
        outer = self._outer(parts)
        for part in gone:
            self._cells[kept] += self._cells.pop(part)
            del self._across[part]
        self._across[kept] = dict(outer)
        for other in {other for _, other in outer if other is not None}:
            self._across[other] = {
                back: kept if beyond in gone else beyond for back, beyond in self._across[other].items()
            }


class _Union:
    """Classes of polyhedra to be merged.

    Attributes:
        fresh: those whose facets are to be looked at, after a join.
    """

    def __init__(self) -> None:
        self._classes: dict[Part, set[Part]] = {}
        self.fresh: list[Part] = []

    def of(self, part: Part) -> set[Part]:
        """Return a polyhedron's class."""
        return self._classes.get(part, {part})

    def classes(self) -> Iterator[set[Part]]:
        """Yield the classes of more than one polyhedron."""
        return (own for part, own in self._classes.items() if part == min(own))

    def join(self, first: Part, other: Part) -> None:
        """Join two classes."""
        joined = self.of(first) | self.of(other)
        if len(joined) > len(self.of(first)):
            self._classes.update(dict.fromkeys(joined, joined))
            self.fresh.append(first)

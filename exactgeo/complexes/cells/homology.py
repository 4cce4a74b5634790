"""Integer homology of complexes of bounded polyhedra, of which only is known which are whose facets."""

import heapq
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import flint

from exactgeo.errors import InternalError

Facets = Sequence[tuple[int, ...]]
"""For each face of a dimension, the numbers of its facets among those of one less."""


@dataclass(frozen=True, slots=True)
class HomologyGroup:
    """The group Z^rank + Z/t1 + Z/t2 + ...

    Attributes:
        rank: the Betti number.
        torsion: t1, t2, ..., each more than 1 and a divisor of the next.
    """

    rank: int
    torsion: tuple[int, ...] = ()


def homology(levels: Sequence[Facets]) -> tuple[HomologyGroup, ...]:
    """Return the homology groups of a complex, from dimension 0 on.

    Args:
        levels: for each dimension, from 0 on, the facets of each face. (Where the least faces are lines or planes, all
            dimensions count from theirs.)

    **Exactness**: exact. Pairs of faces whose incidence is 1 or -1 are cancelled as long as there are some (algebraic
    Morse theory); of what is left, Smith's normal forms tell.
    **Source**: D. Kozlov, Discrete Morse theory for free chain complexes, 2005, theorem 2.1.
    """
    if not levels:
        return ()
    chains = _Chains(_incidences(levels))
    chains.cancel()
    return chains.groups()


def _incidences(levels: Sequence[Facets]) -> list[list[dict[int, int]]]:
    """Return, for each dimension and face, its boundary: the facets' numbers with signs; boundaries have none.

    The two ends of an edge have opposite signs. Of a face of more dimensions each ridge lies on two facets, whose signs
    must cancel there: the sign of one facet tells those of the others.
    """
    result: list[list[dict[int, int]]] = [[{} for _ in levels[0]]]
    for dimension, level in enumerate(levels[1:], start=1):
        result.append([_signed(facets, result[-1], dimension) for facets in level])
    return result


def _signed(facets: tuple[int, ...], boundaries: Sequence[dict[int, int]], dimension: int) -> dict[int, int]:
    if dimension == 1:
        first, last = facets
        return {first: -1, last: 1}
    sharing: defaultdict[int, list[int]] = defaultdict(list)
    for facet in facets:
        for ridge in boundaries[facet]:
            sharing[ridge].append(facet)
    signs, waiting = {facets[0]: 1}, [facets[0]]
    while waiting:
        facet = waiting.pop()
        for ridge, sign in boundaries[facet].items():
            one, other = sharing[ridge]
            neighbour = other if one == facet else one
            wanted = -signs[facet] * sign * boundaries[neighbour][ridge]
            if neighbour not in signs:
                signs[neighbour] = wanted
                waiting.append(neighbour)
            elif signs[neighbour] != wanted:
                raise InternalError(f"the facets {facets} are not those of a polyhedron: no signs suit them all")
    if len(signs) != len(facets):
        raise InternalError(f"the facets {facets} are not those of a polyhedron: they do not hang together")
    return signs


class _Chains:
    """A free chain complex.

    Args:
        boundaries: for each dimension and generator, the boundary as numbers with coefficients that are not 0.
    """

    def __init__(self, boundaries: Sequence[Sequence[dict[int, int]]]) -> None:
        self._boundaries = [dict(enumerate(dict(boundary) for boundary in level)) for level in boundaries]
        self._coboundaries: list[dict[int, set[int]]] = [{k: set() for k in range(len(level))} for level in boundaries]
        for dimension, level in enumerate(self._boundaries):
            for number, boundary in level.items():
                for lower in boundary:
                    self._coboundaries[dimension - 1][lower].add(number)

    def cancel(self) -> None:
        """Cancel pairs of generators with incidence 1 or -1 until there are none, the cheapest ones first."""
        for dimension in range(len(self._boundaries) - 1, 0, -1):
            below = self._coboundaries[dimension - 1]
            queue = [(len(above), lower) for lower, above in below.items()]
            heapq.heapify(queue)
            while queue:
                size, lower = heapq.heappop(queue)
                if lower not in below or not below[lower]:
                    continue
                if size != len(below[lower]):
                    heapq.heappush(queue, (len(below[lower]), lower))
                    continue
                upper = self._partner(dimension, lower)
                if upper is not None:
                    touched = self._cancel(dimension, upper, lower)
                    for face in touched:
                        heapq.heappush(queue, (len(below[face]), face))

    def _partner(self, dimension: int, lower: int) -> int | None:
        """Return the generator above another with incidence 1 or -1 that has the shortest boundary."""
        level = self._boundaries[dimension]
        units = [upper for upper in self._coboundaries[dimension - 1][lower] if abs(level[upper][lower]) == 1]
        return min(units, key=lambda upper: (len(level[upper]), upper), default=None)

    def _cancel(self, dimension: int, upper: int, lower: int) -> list[int]:
        """Take a pair out of the complex; return the generators whose coboundaries have changed."""
        level, below = self._boundaries[dimension], self._coboundaries[dimension - 1]
        gone = level.pop(upper)
        for face in gone:
            below[face].discard(upper)
        for other in below.pop(lower):
            factor = level[other][lower] * gone[lower]
            for face, coefficient in gone.items():
                value = level[other].get(face, 0) - factor * coefficient
                if value:
                    level[other][face] = value
                    if face != lower:
                        below[face].add(other)
                else:
                    level[other].pop(face, None)
                    if face != lower:
                        below[face].discard(other)
        for above in self._coboundaries[dimension].pop(upper):
            del self._boundaries[dimension + 1][above][upper]
        for face in self._boundaries[dimension - 1].pop(lower):
            self._coboundaries[dimension - 2][face].discard(lower)
        return [face for face in gone if face != lower]

    def groups(self) -> tuple[HomologyGroup, ...]:
        """Return the homology of what is left."""
        divisors = [self._divisors(dimension) for dimension in range(1, len(self._boundaries))]
        ranks = [0, *map(len, divisors), 0]
        result = []
        for dimension, level in enumerate(self._boundaries):
            torsion = divisors[dimension] if dimension < len(divisors) else []
            rank = len(level) - ranks[dimension] - ranks[dimension + 1]
            result.append(HomologyGroup(rank, tuple(value for value in torsion if value > 1)))
        return tuple(result)

    def _divisors(self, dimension: int) -> list[int]:
        """Return the elementary divisors of a boundary map that are not 0."""
        columns, rows = self._boundaries[dimension], self._boundaries[dimension - 1]
        places = {number: place for place, number in enumerate(rows)}
        matrix = flint.fmpz_mat(len(rows), len(columns))
        for column, boundary in enumerate(columns.values()):
            for number, value in boundary.items():
                matrix[places[number], column] = value
        normal = matrix.snf()
        return [abs(int(normal[k, k])) for k in range(min(len(rows), len(columns))) if normal[k, k]]

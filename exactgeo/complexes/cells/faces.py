"""Complexes of faces: polyhedra of all dimensions, any two of which meet in a face of both or not at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from exactgeo.complexes.cells.facets import Facet
from exactgeo.complexes.cells.homology import HomologyGroup, homology
from exactgeo.complexes.cells.sides import side_of
from exactgeo.complexes.cells.strata import Level
from exactgeo.complexes.disjoint_sets import DisjointSets
from exactgeo.polyhedra.shapes import Flat, Shape


@dataclass(frozen=True)
class FaceComplex:
    """Closed polyhedra that, with each of them, hold all its faces, and meet in common faces only.

    Where the cells of a discontinuous network meet in parts of their sides, the sides count as what these parts make
    of them: the faces are the largest sets of points that lie in the closures of the same cells.

    Attributes:
        faces: for each dimension the polyhedra, sorted.
        facets: for each dimension and each polyhedron of it, the places of its facets among those of one less.
    """

    faces: tuple[tuple[Flat, ...], ...]
    facets: tuple[tuple[tuple[int, ...], ...], ...]

    @property
    def dimension(self) -> int:
        """The greatest dimension of a face; -1 if there is none."""
        return max((k for k, flats in enumerate(self.faces) if flats), default=-1)

    @property
    def f_vector(self) -> tuple[int, ...]:
        """How many faces of each dimension there are, unbounded ones among them."""
        return tuple(map(len, self.faces))

    @property
    def euler_characteristic(self) -> int:
        """The alternating sum of the f-vector.

        Where all faces are bounded this is that of the union, as a topological space. An unbounded face counts as the
        open cell that it is, so that the value of R^n is (-1)^n, that of a closed half-space 0.
        """
        return sum((-1) ** k * count for k, count in enumerate(self.f_vector))

    @cached_property
    def homology(self) -> tuple[HomologyGroup, ...]:
        """The integer homology groups of the union, from dimension 0 on.

        *Proof that unbounded faces may be left out, if all faces have the same lines*: an unbounded polyhedron modulo
        its lines is a half-space, up to a homeomorphism, with the border for border; it retracts onto that. So the
        unbounded faces can be taken away, those of greatest dimension first: each is then on no other one's border.
        (Otherwise, which happens in discontinuous networks only, the order complex itself is taken.)

        **Exactness**: exact, by Smith's normal form.
        """
        if len({flat.lines for flats in self.faces for flat in flats}) > 1:
            return homology(_order_complex(self.facets))
        kept = [[k for k, flat in enumerate(flats) if not flat.has_rays] for flats in self.faces]
        places = [{face: place for place, face in enumerate(level)} for level in kept]
        levels: list[list[tuple[int, ...]]] = []
        for dimension, level in enumerate(kept):
            lower = places[dimension - 1] if dimension else {}
            levels.append([tuple(lower[f] for f in self.facets[dimension][face] if f in lower) for face in level])
        return homology([level for level in levels if level])

    @property
    def betti_numbers(self) -> tuple[int, ...]:
        """The ranks of the homology groups: components, tunnels, voids, ..."""
        return tuple(group.rank for group in self.homology)

    def components(self) -> tuple[tuple[int, ...], ...]:
        """Return the connected components of the union, as the places of their faces of greatest dimension.

        Components without such a face are left out; in the closure of some facets there are none.
        """
        starts = list(accumulate(self.f_vector, initial=0))
        together = DisjointSets(starts[-1])
        for k, level in enumerate(self.facets):
            for place, own in enumerate(level):
                for facet in own:
                    together.join(starts[k - 1] + facet, starts[k] + place)
        first = starts[self.dimension] if self.dimension >= 0 else 0
        sets = (tuple(face - first for face in faces if face >= first) for faces in together.sets())
        return tuple(sorted(faces for faces in sets if faces))


def face_complex(shapes: Sequence[Shape]) -> FaceComplex:
    """Return all faces of cells that fill a domain and meet in faces of both."""
    return _closure(((shape, shape.whole) for shape in shapes), shapes[0].dimension)


def facet_complex(shapes: Sequence[Shape], facets: Iterable[Facet]) -> FaceComplex:
    """Return some facets of such cells with all their faces."""
    return _closure((side_of(shapes, facet) for facet in facets), shapes[0].dimension - 1)


def strata_complex(shapes: Sequence[Shape], facets: Sequence[Facet], levels: Sequence[Level]) -> FaceComplex:
    """Return all faces of cells that fill a domain, and need not meet face to face.

    Args:
        shapes: of the cells.
        facets: in which they meet, and those on the border.
        levels: their strata.
    """
    sides: list[list[Flat]] = [[] for _ in shapes]
    for facet in facets:
        for cell in facet.cells:
            sides[cell].append(facet.flat)
    cells = {shape.flat(): tuple(own) for shape, own in zip(shapes, sides, strict=True)}
    return _sorted([*levels, cells])


def strata_below(facets: Iterable[Facet], levels: Sequence[Level]) -> FaceComplex:
    """Return some facets of such cells with all strata on them."""
    kept: list[Level] = []
    wanted: Iterable[Flat] = [facet.flat for facet in facets]
    for level in reversed(levels):
        kept.insert(0, {flat: level[flat] for flat in wanted})
        wanted = [part for parts in kept[0].values() for part in parts]
    return _sorted(kept)


def _closure(polyhedra: Iterable[tuple[Shape, int]], dimension: int) -> FaceComplex:
    """Return faces of shapes, all of one dimension, with all their own faces."""
    levels: list[Level] = [{} for _ in range(dimension + 1)]
    for shape, face in polyhedra:
        own = [face]
        for level in reversed(levels):
            below = []
            for part in own:
                facets = shape.facets_of(part)
                below += facets
                flat = shape.flat(part)
                if flat not in level:
                    level[flat] = tuple(map(shape.flat, facets))
            own = list(dict.fromkeys(below))
    return _sorted(levels)


def _order_complex(facets: Sequence[Sequence[tuple[int, ...]]]) -> list[list[tuple[int, ...]]]:
    """Return the simplicial complex of all chains of faces: for each dimension, the facets of each simplex."""
    below: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for k, level in enumerate(facets):
        for place, own in enumerate(level):
            direct = {(k - 1, facet) for facet in own}
            below[k, place] = direct.union(*(below[facet] for facet in direct))
    chains: list[tuple[tuple[int, int], ...]] = [(face,) for face in below]
    levels: list[list[tuple[int, ...]]] = []
    numbers: dict[tuple[tuple[int, int], ...], int] = {}
    while chains:
        shorter, numbers = numbers, {chain: number for number, chain in enumerate(chains)}
        omitting = [[chain[:k] + chain[k + 1 :] for k in range(len(chain))] for chain in chains]
        levels.append([tuple(shorter[part] for part in parts if part) for parts in omitting])
        chains = [(*chain, face) for chain in chains for face in sorted(below[chain[-1]])]
    return levels


def _sorted(levels: Sequence[Level]) -> FaceComplex:
    faces = tuple(tuple(sorted(level)) for level in levels)
    places = [{flat: place for place, flat in enumerate(level)} for level in faces]
    facets = tuple(
        tuple(tuple(sorted(places[k - 1][facet] for facet in levels[k][flat])) for flat in level)
        for k, level in enumerate(faces)
    )
    return FaceComplex(faces, facets)

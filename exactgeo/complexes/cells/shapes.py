"""The shapes of an arrangement's cells, one after the other."""

from collections.abc import Iterator

from exactgeo.complexes.steps import Steps
from exactgeo.enumeration.arrangements import Arrangement
from exactgeo.enumeration.search import Prefix, Search
from exactgeo.enumeration.traversal.tasks import REFERENCE
from exactgeo.errors import InternalError
from exactgeo.polyhedra.shapes import Shape


def cell_shapes(arrangement: Arrangement, steps: Steps) -> Iterator[Shape]:
    """Yield the closure of each region's cell, in the order of the regions.

    Those of the reference engine come from the double description method, others from the kernels: these walk once
    more through all cells, whose facets and vertices they know by which hyperplanes meet where.

    **Exactness**: exact: the coordinates are computed from the hyperplanes as integers.
    """
    steps.begin()
    shapes = _by_kernels(arrangement) if arrangement.engine != REFERENCE else _by_double_description(arrangement)
    for number, shape in enumerate(shapes):
        steps.reach(number, len(arrangement))
        yield shape


def _by_double_description(arrangement: Arrangement) -> Iterator[Shape]:
    for number in range(len(arrangement)):
        yield _described(arrangement, number)


def _by_kernels(arrangement: Arrangement) -> Iterator[Shape]:
    from exactgeo.enumeration.certified.vertices.walks import Walker  # noqa: PLC0415 (numba is slow to load)

    forms, domain = arrangement.forms, arrangement.domain
    patterns = arrangement.patterns[:]
    number = 0
    for batch in Search(forms, domain, Walker(forms, shows=True), keeps=True).explore(Prefix()):
        for place, pattern in enumerate(batch.patterns):
            if number == len(patterns) or (patterns[number] != pattern).any():
                raise InternalError(f"the arrangement's region {number} is not that of the kernels, {pattern.tolist()}")
            shape = batch.shapes.get(place)
            yield shape or _described(arrangement, number)
            number += 1
    if number < len(patterns):
        raise InternalError(f"the kernels do not find the arrangement's region {number}")


def _described(arrangement: Arrangement, number: int) -> Shape:
    rows = arrangement.domain.inequalities + arrangement.rows(arrangement.regions[number])
    return Shape.of(arrangement.program.inputs, rows)

"""How much a linearly gated network jumps across the facets between its cells, and what it is on them."""

from collections.abc import Iterator
from dataclasses import dataclass

from exactgeo.analyses.gated.geometry.hyperplanes import gate_hyperplanes
from exactgeo.complexes import InteriorFacet, interior_facets
from exactgeo.complexes.descents import Descents
from exactgeo.complexes.linear_regions import AffineMap
from exactgeo.enumeration import Arrangement, is_exact
from exactgeo.errors import InvalidArgument
from exactgeo.networks import evaluate
from exactgeo.polyhedra.charts import Chart


@dataclass(frozen=True, slots=True)
class Jump:
    """A facet between two cells, with what the network is on either side and on the facet itself.

    Maps are given for each output as a form in (1, x); on the facet forms without the last variable of the hyperplane's
    row count, so that two are equal if and only if their values on the facet are.

    Attributes:
        facet: the hyperplane h = 0, the cells beside it, and a point of the facet's relative interior.
        positive: the network on the cell where h > 0.
        negative: the network on the cell where h < 0.
        limit_from_positive: the values on the facet that the network comes close to from where h > 0.
        limit_from_negative: likewise from where h < 0.
        value: the network on the facet's relative interior.
    """

    facet: InteriorFacet
    positive: AffineMap
    negative: AffineMap
    limit_from_positive: AffineMap
    limit_from_negative: AffineMap
    value: AffineMap

    @property
    def sizes(self) -> AffineMap:
        """By how much each output gains on the way from the negative side to the positive one, on the facet."""
        return tuple(a - b for a, b in zip(self.limit_from_positive, self.limit_from_negative, strict=True))

    @property
    def agrees_with_positive(self) -> bool:
        """Whether the network is on the whole facet what it comes close to from the positive side."""
        return self.value == self.limit_from_positive

    @property
    def agrees_with_negative(self) -> bool:
        """Whether the network is on the whole facet what it comes close to from the negative side."""
        return self.value == self.limit_from_negative

    @property
    def is_continuous(self) -> bool:
        """Whether the network does not jump at any point of the facet's relative interior."""
        return self.agrees_with_positive and self.agrees_with_negative

    @property
    def is_isolated(self) -> bool:
        """Whether the network is on the facet neither what it is close to on one side nor on the other."""
        return not (self.agrees_with_positive or self.agrees_with_negative)


def jumps(regions: Arrangement) -> Iterator[Jump]:
    """Yield every facet between two cells of a linearly gated network, with its jump; those without a jump, too.

    *Definition*: the facets are those of `interior_facets`. *Proof that the network is one affine map on a facet's
    relative interior*: there, of each unit, the selectors that are largest beside the facet are larger than all others,
    but for those that tie on the whole hyperplane; so the piece that is chosen is the same at all points.

    Args:
        regions: complete, of an exact engine, of a network whose gates are affine in its input.

    Raises:
        InvalidArgument: for a network that is not linearly gated, a partial arrangement, or one from floats.

    **Exactness**: exact. **Complexity**: that of `interior_facets`.

    >>> from exactgeo import Box, enumerate_regions, gated_network
    >>> step = enumerate_regions(gated_network([[[1]]], [[[2]], [[1]]], biases=[[3], None]), Box.cube(1))
    >>> (jump,) = jumps(step)
    >>> [str(size.coefficients[0]) for size in jump.sizes], jump.agrees_with_negative
    (['3'], True)
    """
    if not is_exact(regions.engine):
        raise InvalidArgument(f"the engine {regions.engine!r} promises nothing: enumerate with 'certified'")
    gate_hyperplanes(regions.program)
    descents = Descents(regions.forms)
    for facet in interior_facets(regions):
        chart = Chart([facet.hyperplane])
        patterns = facet.positive.pattern, facet.negative.pattern, evaluate(regions.program, facet.point).pattern
        maps = [descents.affine_map(pattern) for pattern in patterns]
        yield Jump(facet, maps[0], maps[1], *(tuple(map(chart.normal_form, forms)) for forms in maps))

"""Linear regions by one exact linear program for each row of each cell, written to be obviously right."""

from collections import defaultdict

from exactgeo.arithmetic.affine import multiple_of, primitive
from exactgeo.complexes.facets import interior_facets
from exactgeo.enumeration.reference import Germ, walk


def affine_pieces_by_maps(found):
    """Return the regions' patterns by their affine maps, each computed in rationals."""
    groups = defaultdict(list)
    for region in found:
        groups[found.affine_map(region)].append(region.pattern)
    return dict(groups)


def linear_regions_by_facets(found):
    """Return the linear regions, as sets of patterns: cells of one map, joined over every facet on which it holds."""
    maps = {region.pattern: found.affine_map(region) for region in found}
    parts = {pattern: {pattern} for pattern in maps}
    for facet in interior_facets(found):
        one, other = facet.positive.pattern, facet.negative.pattern
        if parts[one] is not parts[other] and maps[one] == maps[other] and _holds_on(found, facet, maps[one]):
            parts[one] |= parts[other]
            parts.update(dict.fromkeys(parts[one], parts[one]))
    return {frozenset(part) for part in parts.values()}


def _holds_on(found, facet, affine_map):
    on_facet = walk(found.forms, facet.rows, Germ(facet.hyperplane, 0))
    return found.program.is_continuous or any(
        _agree(cell.branch.outputs(), affine_map, facet.hyperplane) for cell in on_facet
    )


def _agree(first, second, hyperplane):
    differences = (primitive((a - b).numerators) for a, b in zip(first, second, strict=True))
    return all(not any(row) or multiple_of(row, hyperplane) for row in differences)

"""The JSON documents that exactgeo writes. Rationals are strings "p/q"; each kind has a JSON Schema in `schemas`."""

from collections.abc import Mapping
from typing import Any

from exactgeo.arithmetic.affine import Row
from exactgeo.arithmetic.rationals import Rational, text
from exactgeo.complexes import RegionCounts
from exactgeo.enumeration.arrangements import ActivationRegion, Arrangement, PartialArrangement
from exactgeo.networks.programs import Program
from exactgeo.polyhedra import Polyhedron

Document = dict[str, Any]


def program_document(program: Program) -> Document:
    """Return a program's name and size."""
    return {
        "sha256": program.sha256,
        "inputs": program.inputs,
        "units": program.unit_count,
        "outputs": program.output_count,
    }


def domain_document(written: str, domain: Polyhedron) -> Document:
    """Return a domain as it was asked for, and its size."""
    return {"text": written, "dimension": domain.dimension, "half_spaces": len(domain.inequalities)}


def counts_document(
    regions: int, linear_regions: int | None, affine_pieces: int | None, others: RegionCounts | None = None
) -> Document:
    """Return the counts, None standing for what was not counted; those of other definitions only if there are any."""
    document: Document = {
        "activation_regions": regions,
        "linear_regions": linear_regions,
        "affine_pieces": affine_pieces,
    }
    if others is not None:
        convex = others.convex_regions
        document["activation_patterns"] = others.activation_patterns
        document["convex_regions"] = convex.exactly if convex else None
        document["convex_regions_between"] = [convex.least, convex.most] if convex else None
        document["closed_connected_regions"] = others.closed_connected_regions
    return document


def cells_document(arrangement: Arrangement | PartialArrangement, summary: Mapping[str, Any]) -> Document:
    """Return the summary of `exactgeo regions` together with every region found: pattern, witness and affine map.

    The regions come last, as an iterator: they become text one by one.
    """
    document: Document = {
        "format": "exactgeo-regions",
        "version": 1,
        **summary,
        "half_spaces": [row_document(row) for row in arrangement.domain.inequalities],
    }
    if isinstance(arrangement, PartialArrangement):
        document["unexplored"] = [list(prefix) for prefix in arrangement.unexplored]
    document["regions"] = (_region(arrangement, region) for region in arrangement)
    return document


def _region(arrangement: Arrangement | PartialArrangement, region: ActivationRegion) -> Document:
    return {
        "pattern": list(region.pattern),
        "witness": [text(value) for value in region.witness],
        "affine_map": [[text(value) for value in form.coefficients] for form in arrangement.affine_map(region)],
    }


def row_document(row: Row) -> list[str]:
    """Return a row of integers."""
    return [text(Rational(value)) for value in row]

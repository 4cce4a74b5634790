"""The JSON documents of skeletons and decision boundaries."""

from collections.abc import Mapping, Sequence
from typing import Any

from exactgeo.arithmetic.affine import AffineForm
from exactgeo.arithmetic.enclosures import Enclosure
from exactgeo.arithmetic.rationals import text
from exactgeo.complexes import Crease, DecisionBoundary, Extremum, FaceComplex, Skeleton
from exactgeo.complexes.boundaries.boundary import BoundaryComponent, Piece
from exactgeo.polyhedra.shapes import Flat, Vector, point_of
from exactgeo.reports.documents import Document, row_document

Groups = Sequence[Sequence[int]]
"""Creases that make one face together, by their numbers."""


def skeleton_summary(
    skeleton: Skeleton, name: Document, extrema: Sequence[Extremum] | None, groups: Groups | None = None
) -> Document:
    """Return how large a skeleton is, and the extrema if they are known.

    Args:
        skeleton: of one function.
        name: {"output": k} or {"unit": k}.
        extrema: None where there are none to be told of.
        groups: the creases coarsened, if that was asked for.
    """
    convex = sum((crease.bends[0] or 0) > 0 for crease in skeleton.creases)
    concave = sum((crease.bends[0] or 0) < 0 for crease in skeleton.creases)
    return {
        **name,
        "facets": len(skeleton.creases),
        "vertices": len(skeleton.vertices),
        "convex": convex,
        "concave": concave,
        "jumps": len(skeleton.creases) - convex - concave,
        "extrema": None if extrema is None else [_extremum(extremum) for extremum in extrema],
        **({} if groups is None else {"coarsened": len(groups)}),
    }


def skeleton_document(
    summary: Mapping[str, Any], skeletons: Sequence[Skeleton], groups: Sequence[Groups | None]
) -> Document:
    """Return the summary of `exactgeo skeleton` together with every facet and vertex, as iterators.

    Args:
        summary: by `skeleton_summary`, under "outputs" for each skeleton.
        skeletons: of one function each.
        groups: for each of them the creases coarsened; None where that was not asked for.
    """
    return {
        "format": "exactgeo-skeleton",
        "version": 1,
        **summary,
        "skeletons": (
            {
                **outline,
                "creases": [_crease(crease) for crease in skeleton.creases],
                "values": [
                    {"point": _point(vector), "values": [text(value[0]) for value in values]}
                    for vector, values in skeleton.values.items()
                ],
                **({} if own is None else {"groups": [list(group) for group in own]}),
            }
            for outline, skeleton, own in zip(summary["outputs"], skeletons, groups, strict=True)
        ),
    }


def boundary_summary(boundary: DecisionBoundary, measure: Enclosure | None) -> Document:
    """Return how large a boundary is.

    Args:
        boundary: whose.
        measure: its length, area, ..., if it has one.
    """
    rule, program = boundary.rule, boundary.cells.arrangement.program
    return {
        "rule": {"output": rule.output, "threshold": None if rule.threshold is None else text(rule.threshold)},
        "classes": [
            {"class": label, "name": name, "regions": sum(region.label == label for region in boundary.regions())}
            for label, name in enumerate(rule.names(program))
        ],
        "pieces": len(boundary.pieces),
        "components": [_component(component) for component in boundary.components()],
        "ties": len(boundary.ties),
        "f_vector": list(boundary.faces.f_vector),
        "betti_numbers": list(boundary.faces.betti_numbers) if boundary.pieces else None,
        "measure": None if measure is None else _enclosure(measure),
    }


def boundary_document(summary: Mapping[str, Any], boundary: DecisionBoundary) -> Document:
    """Return the summary of `exactgeo boundary` together with every piece and tie, as iterators."""
    return {
        "format": "exactgeo-boundary",
        "version": 1,
        **summary,
        "facets": (_piece(piece) for piece in boundary.pieces),
        "tied_cells": (
            {"pattern": list(boundary.cells.arrangement.regions[tie.cell].pattern), "classes": list(tie.classes)}
            for tie in boundary.ties
        ),
    }


def faces_document(faces: FaceComplex) -> Document:
    """Return the numbers that describe a complex."""
    return {
        "f_vector": list(faces.f_vector),
        "euler_characteristic": faces.euler_characteristic,
        "betti_numbers": list(faces.betti_numbers),
    }


def _crease(crease: Crease) -> Document:
    (bend,) = crease.bends
    return {
        "hyperplane": row_document(crease.facet.hyperplane),
        **_flat(crease.facet.flat),
        "units": list(crease.units),
        "bend": None if bend is None else text(bend),
        "positive": _form(crease.positive[0]),
        "negative": _form(crease.negative[0]),
    }


def _piece(piece: Piece) -> Document:
    return {
        "hyperplane": row_document(piece.facet.hyperplane),
        **_flat(piece.facet.flat),
        "classes": list(piece.classes),
    }


def _component(component: BoundaryComponent) -> Document:
    return {
        "pieces": len(component.pieces),
        "classes": list(component.classes),
        "closed": component.is_closed,
        "bounded": component.is_bounded,
        "touches_border": component.touches_border,
    }


def _extremum(extremum: Extremum) -> Document:
    kind = (
        "constant" if extremum.is_minimum and extremum.is_maximum else "minimum" if extremum.is_minimum else "maximum"
    )
    return {
        "kind": kind,
        "value": text(extremum.value),
        "dimension": extremum.dimension,
        "faces": [_flat(flat) for _, flat in extremum.faces],
    }


def _flat(flat: Flat) -> Document:
    """Return what generates a polyhedron; rays and lines only where there are some."""
    document: Document = {"points": [_point(vector) for vector in flat.generators if vector[0]]}
    rays = [row_document(vector[1:]) for vector in flat.generators if not vector[0]]
    if rays:
        document["rays"] = rays
    if flat.lines:
        document["lines"] = [row_document(line[1:]) for line in flat.lines]
    return document


def _point(vector: Vector) -> list[str]:
    return [text(value) for value in point_of(vector)]


def _form(form: AffineForm) -> list[str]:
    return [text(value) for value in form.coefficients]


def _enclosure(measure: Enclosure) -> list[str]:
    return [text(measure.lower), text(measure.upper)]

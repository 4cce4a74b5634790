"""What is known of a classifier's last layer, as JSON documents. Numbers are texts of rationals."""

from collections.abc import Iterable
from typing import Any

from exactgeo.analyses.features import (
    Agreed,
    ClassFeatures,
    ClassSubspace,
    Comparison,
    DataAgreement,
    Differing,
    Lead,
    Study,
    SufficientSubset,
    overlaps,
)
from exactgeo.arithmetic.rationals import Rational, text
from exactgeo.polyhedra.systems import Contradiction

Document = dict[str, Any]


def study_document(found: Study) -> Document:
    """Return what a data set tells: frequent features, overlaps, agreement, sufficient subsets."""
    return {
        "top": found.top,
        "classes": [_class(number, own) for number, own in enumerate(found.classes)],
        "overlaps": overlaps([own.chosen for own in found.classes]),
        "agreement_on_data": _agreement(found.agreement),
        "greatest_values": _texts(found.upper),
        "sufficient_subsets": [_subset(number, own) for number, own in enumerate(found.subsets)],
    }


def subspace_document(found: ClassSubspace) -> Document:
    """Return the rank of the differences of weights, and what it cannot exceed."""
    return {"rank": found.rank, "greatest_rank": found.greatest_rank, "lineality": found.lineality}


def boundaries_document(dimensions: Iterable[tuple[int, int, int, int]]) -> list[Document]:
    """Return the dimensions of the boundary of each two classes, in all of space and within h >= 0; -1: it is empty."""
    return [
        {"classes": [first, second], "dimension": whole, "dimension_nonnegative": part}
        for first, second, whole, part in dimensions
    ]


def comparison_document(found: Comparison) -> Document:
    """Return whether two layers agree, with the evidence for each class and each rival.

    The contradictions' multipliers are those of the systems' rows (`Comparison.differing`), in order: pairs of an index
    and an integer.
    """
    return {
        "agrees": found.agrees,
        "agrees_but_for_ties": found.agrees_but_for_ties,
        "pairs": [_verdict(found, own) for own in found.verdicts],
    }


def lead_document(found: Lead, image: int) -> Document:
    """Return what was certified of a sufficient subset."""
    return {
        "image": image,
        "class": found.subset.situation.label,
        "subset": list(found.subset.subset),
        "free": list(found.free),
        "margins": _margins(found.subset),
    }


def _class(number: int, own: ClassFeatures) -> Document:
    masses = sorted(own.masses)
    middle = masses[(len(masses) - 1) // 2] if masses else None
    return {
        "class": number,
        "images": own.images,
        "without_shares": own.without_shares,
        "counts": list(own.counts),
        "chosen": list(own.chosen),
        "mass": None
        if middle is None
        else {"least": text(masses[0]), "median": text(middle), "greatest": text(masses[-1])},
    }


def _agreement(found: DataAgreement) -> Document:
    return {
        "images": found.images,
        "agreed": found.agreed,
        "by_class": [{"images": images, "agreed": agreed} for images, agreed in found.by_class],
        "confusion": found.confusion,
        "differing": list(found.differing),
        "tied": list(found.tied),
    }


def _subset(number: int, found: SufficientSubset | None) -> Document:
    if found is None:
        return {"image": number, "class": None}
    return {
        "image": number,
        "class": found.situation.label,
        "features": _texts(found.situation.features),
        "subset": list(found.subset),
        "margins": _margins(found),
        "needed": [{"feature": feature, "rival": rival} for feature, rival in found.needed],
        "bound": {
            "size": found.bound.size,
            "rival": found.bound.rival,
            "greatest_gains": list(found.bound.greatest),
        },
        "is_least": found.is_least,
    }


def _verdict(comparison: Comparison, found: Agreed | Differing) -> Document:
    pair: Document = {"class": found.label, "rival": found.rival}
    if isinstance(found, Agreed):
        return {**pair, "verdict": "agreed", "contradiction": _contradiction(found.contradiction)}
    point = {
        "point": _texts(found.point),
        "classes": [comparison.original.classify(found.point), comparison.decomposed.classify(found.point)],
    }
    if found.contradiction is None:
        return {**pair, "verdict": "different", **point}
    return {
        **pair,
        "verdict": "different at ties",
        **point,
        "contradiction": _contradiction(found.contradiction),
        "equal_logits": comparison.has_equal_logits(found.label, found.rival),
    }


def _contradiction(found: Contradiction) -> Document:
    return {
        kind: [[index, text(Rational(multiplier))] for index, multiplier in multipliers]
        for kind, multipliers in (("strict", found.strict), ("closed", found.closed))
    }


def _margins(found: SufficientSubset) -> list[Document]:
    return [{"rival": rival, "margin": text(margin)} for rival, margin in found.margins]


def _texts(values: Iterable[Rational]) -> list[str]:
    return [text(value) for value in values]

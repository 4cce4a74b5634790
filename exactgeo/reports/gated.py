"""Gated networks as JSON documents: their layers, kernels and definiteness, and the geometry of linear gates."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from exactgeo.analyses.gated import HyperplaneArrangement, Jump, Semidefinite, count_ways
from exactgeo.analyses.gated.geometry.polynomials import Polynomial, region_count
from exactgeo.analyses.gated.kernels.definiteness import Indefinite
from exactgeo.arithmetic.affine import AffineForm
from exactgeo.arithmetic.rationals import Point, Rational, text
from exactgeo.enumeration.budgets import Budget
from exactgeo.networks.gated import GatedNetwork, Weighted
from exactgeo.polyhedra import Domain
from exactgeo.reports.documents import row_document

Document = dict[str, Any]

_KINDS = {
    (False, False): "ReLU network",
    (True, False): "deep gated network",
    (True, True): "deep linearly gated network",
}


def kind_of(network: GatedNetwork) -> str:
    """Return what a network is called: by whether its gates look elsewhere, and whether that is affine."""
    if not network.gate_sizes:
        return "network without gates"
    return _KINDS[network.features is not None, network.is_linearly_gated]


def layers_document(network: GatedNetwork) -> Document:
    """Return what a gated network is made of."""
    return {
        "kind": kind_of(network),
        "gates": list(network.gate_sizes),
        "weights": sum(layer.weights.shape[0] for layer in network.layers if isinstance(layer, Weighted)),
        "ways": [text(Rational(count_ways(network, output=k))) for k in range(network.output_count)],
    }


def gram_document(matrix: Sequence[Point], found: Semidefinite | Indefinite) -> Document:
    """Return a Gram matrix with the evidence that proofs/check_gram.py checks."""
    document: Document = {"matrix": _rows(matrix)}
    if isinstance(found, Indefinite):
        return {**document, "vector": _row(found.vector)}
    return {
        **document,
        "lower": _rows(found.lower),
        "diagonal": _row(found.diagonal),
        "null_space": _rows(found.kernel),
        "rank": found.rank,
    }


def arrangement_document(
    arrangement: HyperplaneArrangement, domain: Domain | None, budget: Budget | None = None
) -> Document:
    """Return into how many regions and faces the gates' hyperplanes cut space, or a domain's interior.

    Raises:
        BudgetExhausted: if the budget ends first.
    """
    polynomial = arrangement.characteristic_polynomial(domain, budget)
    return {
        "hyperplanes": len(arrangement),
        "rank": arrangement.rank,
        "is_central": arrangement.is_central,
        "characteristic_polynomial": [text(Rational(value)) for value in polynomial],
        "regions": region_count(polynomial),
        "bounded_regions": _bounded(arrangement, polynomial) if domain is None else None,
        "face_counts": list(arrangement.face_counts(domain, budget)),
    }


def _bounded(arrangement: HyperplaneArrangement, polynomial: Polynomial) -> int:
    """Return the number of bounded regions of R^n: |chi(1)|, if the arrangement is essential."""
    return abs(sum(polynomial)) if arrangement.is_essential else 0


def jumps_document(jumps: Iterable[Jump]) -> Iterator[Document]:
    """Yield facets between cells, each with the network on either side and on the facet itself."""
    for jump in jumps:
        yield {
            "hyperplane": row_document(jump.facet.hyperplane),
            "point": _row(jump.facet.point),
            "is_continuous": jump.is_continuous,
            "negative": _forms(jump.negative),
            "positive": _forms(jump.positive),
            "on_the_facet": _forms(jump.value),
            "agrees_with_negative": jump.agrees_with_negative,
            "agrees_with_positive": jump.agrees_with_positive,
        }


def _forms(forms: Iterable[AffineForm]) -> list[list[str]]:
    return [_row(form.coefficients) for form in forms]


def _rows(rows: Iterable[Point]) -> list[list[str]]:
    return [_row(row) for row in rows]


def _row(values: Iterable[Rational]) -> list[str]:
    return [text(value) for value in values]

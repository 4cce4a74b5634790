"""Combinations of rows that are constant: they refute rows whatever the bounds, at apexes or where some are missing."""

from collections.abc import Sequence

import flint

from exactgeo.arithmetic.affine import Row
from exactgeo.enumeration.certified.programs.reduction import pivots_of


def refutation(rows: Sequence[Row], multipliers: Sequence[float]) -> dict[int, int] | None:
    """Return factors > 0 of some rows, by their numbers, whose sum is then a constant <= 0; or None.

    The first dependence among the linear parts is looked at, from the largest multiplier down; no other one, so that
    None says nothing.

    **Exactness**: exact. The multipliers only say where to look.
    """
    support = [k for k in range(len(rows)) if multipliers[k] > 0]
    support.sort(key=lambda k: -multipliers[k])
    if not support:
        return None
    columns = flint.fmpz_mat([list(line) for line in zip(*(rows[k][1:] for k in support), strict=True)])
    reduced, _, rank = columns.rref()
    pivots = pivots_of(reduced, rank)
    dependent = next((c for c in range(len(support)) if c not in pivots), None)
    if dependent is None:
        return None
    # rref keeps one denominator: every pivot is the same integer p, and p column = sum of entry times pivot's column.
    scale = int(reduced[0, pivots[0]]) if rank else 1
    combination = {support[dependent]: scale}
    for line, pivot in enumerate(pivots):
        if pivot < dependent and int(reduced[line, dependent]):
            combination[support[pivot]] = -int(reduced[line, dependent])
    sense = 1 if scale > 0 else -1
    factors = {k: sense * factor for k, factor in combination.items()}
    return factors if _is_proof(rows, factors) else None


def _is_proof(rows: Sequence[Row], factors: dict[int, int]) -> bool:
    if min(factors.values()) <= 0:
        return False
    total = [sum(factor * rows[k][i] for k, factor in factors.items()) for i in range(len(rows[0]))]
    return not any(total[1:]) and total[0] <= 0

"""Combinations of rows that are constant: they refute rows whatever the bounds, at apexes or where some are missing."""

from collections.abc import Sequence

import flint

from exactgeo.arithmetic.affine import Row
from exactgeo.enumeration.certified.programs.reduction import pivots_of


def is_refuted(rows: Sequence[Row], multipliers: Sequence[float]) -> bool:
    """Whether some non-negative combination of rows is a constant <= 0, and not all of it 0.

    The first dependence among the linear parts is looked at, from the largest multiplier down; no other one, so that
    the answer no says nothing.

    **Exactness**: the answer yes is exact. The multipliers only say where to look.
    """
    support = [k for k in range(len(rows)) if multipliers[k] > 0]
    support.sort(key=lambda k: -multipliers[k])
    if not support:
        return False
    columns = flint.fmpz_mat([list(line) for line in zip(*(rows[k][1:] for k in support), strict=True)])
    reduced, _, rank = columns.rref()
    pivots = pivots_of(reduced, rank)
    dependent = next((c for c in range(len(support)) if c not in pivots), None)
    if dependent is None:
        return False
    # rref keeps one denominator: every pivot is the same integer p, and p column = sum of entry times pivot's column.
    scale = int(reduced[0, pivots[0]]) if rank else 1
    combination = {support[dependent]: scale}
    for line, pivot in enumerate(pivots):
        if pivot < dependent and int(reduced[line, dependent]):
            combination[support[pivot]] = -int(reduced[line, dependent])
    return _is_proof(rows, combination)


def _is_proof(rows: Sequence[Row], combination: dict[int, int]) -> bool:
    sense = 1 if next(iter(combination.values())) > 0 else -1
    if any(sense * factor <= 0 for factor in combination.values()):
        return False
    total = [sum(factor * rows[k][i] for k, factor in combination.items()) for i in range(len(rows[0]))]
    return not any(total[1:]) and sense * total[0] <= 0

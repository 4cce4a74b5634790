"""Characteristic polynomials of hyperplane arrangements, by deletion and restriction."""

from collections.abc import Sequence

from exactgeo.analyses.gated.geometry.intersections import demand_time, part_within, traces
from exactgeo.arithmetic.affine import Row
from exactgeo.enumeration.budgets import Budget
from exactgeo.polyhedra.charts import Chart

Polynomial = tuple[int, ...]
"""The integer coefficients of t^0, t^1, …"""


class CharacteristicPolynomials:
    """Computes characteristic polynomials, and remembers those of restrictions, of which many are the same.

    Args:
        budget: when to stop: BudgetExhausted is raised then.

    **Exactness**: exact, on integers. **Complexity**: a step for each restriction that has not come before; with rows
    that say where to look, a linear program for each.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self._known: dict[tuple[int, frozenset[Row], frozenset[Row]], Polynomial] = {}
        self._budget = budget

    def of(self, dimension: int, hyperplanes: Sequence[Row], inside: Sequence[Row] = ()) -> Polynomial:
        """Return the sum of mu(F) t^dim F over the flats F that meet the open set { inside > 0 }.

        Here mu is the Möbius function of the flats, ordered by reverse inclusion, the whole space first.

        *Proof of the recursion* chi(H1, …, Hm) = t^n - sum over i of chi(the traces of H1, …, H(i-1) on Hi), over the
        Hi that meet the set: for i = m, mu(F) is the sum of (-1)^|B| over the sets B of hyperplanes whose intersection
        is F (Whitney). Those without Hm make up chi of the others. Of those with it, the sets C of traces on Hm whose
        intersection is F gather: to each C belong the choices of one or more hyperplanes for each of its traces, whose
        signs sum up to (-1)^|C|, times -1 for Hm.

        Args:
            dimension: n, of the space.
            hyperplanes: none twice, each with a variable, sorted.
            inside: rows with variables; some point has all of them > 0.
        """
        if dimension == 0:
            return (1,)
        key = dimension, frozenset(hyperplanes), frozenset(inside)
        if key not in self._known:
            self._known[key] = self._computed(dimension, hyperplanes, inside)
        return self._known[key]

    def _computed(self, dimension: int, hyperplanes: Sequence[Row], inside: Sequence[Row]) -> Polynomial:
        if dimension == 1 and not inside:
            return (-len(hyperplanes), 1)
        result = [*[0] * dimension, 1]
        for number, hyperplane in enumerate(hyperplanes):
            demand_time(self._budget)
            chart = Chart([hyperplane])
            part = part_within(inside, chart)
            if part is None:
                continue
            before = traces(hyperplanes[:number], chart) if dimension > 1 else ()
            for k, coefficient in enumerate(self.of(dimension - 1, before, part)):
                result[k] -= coefficient
        return tuple(result)


def region_count(polynomial: Polynomial) -> int:
    """Return |chi(-1)|: the coefficients' signs alternate, so that it is the sum of their absolute values."""
    return sum(map(abs, polynomial))

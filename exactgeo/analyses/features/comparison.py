"""Whether two layers agree on all features of a domain: integers that prove it, or features for which they do not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations

from exactgeo.analyses.features.agreement import demand_same_shape
from exactgeo.analyses.features.layer import LastLayer
from exactgeo.arithmetic.affine import Row, negated
from exactgeo.arithmetic.rationals import Point
from exactgeo.enumeration import DEFAULT_ENGINE, Budget, PartialArrangement, enumerate_regions, is_exact
from exactgeo.errors import BudgetExhausted, DimensionMismatch, InvalidArgument
from exactgeo.networks import Program
from exactgeo.polyhedra import Box, Domain, Polyhedron
from exactgeo.polyhedra.systems import Contradiction, System, both_ways


@dataclass(frozen=True, slots=True)
class Agreed:
    """Nowhere in the domain does the original give `label` while the other layer prefers `rival` to it.

    Attributes:
        label, rival: two classes.
        contradiction: why; it refutes the system of `Comparison.differing`.
    """

    label: int
    rival: int
    contradiction: Contradiction


@dataclass(frozen=True, slots=True)
class Differing:
    """Somewhere in the domain the original gives `label`, and the other layer prefers `rival` to it.

    Attributes:
        label, rival: two classes.
        point: where.
        contradiction: None if, at the point, the original's greatest logit is alone the greatest, and the other layer's
            logit of `rival` is greater than that of `label`: then the classes differ around the point, too. Otherwise
            why there is no such point: wherever these two differ, two logits of one layer are equal.
    """

    label: int
    rival: int
    point: Point
    contradiction: Contradiction | None

    @property
    def is_strict(self) -> bool:
        """Whether the difference is no matter of ties."""
        return self.contradiction is None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The classes of two layers on a domain, which may be unbounded.

    The class is the least number among those with the greatest logit, in both layers. They agree on the domain, ties
    included, exactly if all verdicts are `Agreed`: at h the second layer's class is another than the first's, c, if
    and only if for some c' the second layer has z_c' > z_c, or z_c' = z_c with c' < c.

    Attributes:
        original, decomposed: the layers.
        domain: closed, in the space of the features.
        verdicts: for each class and each rival, in order.
    """

    original: LastLayer
    decomposed: LastLayer
    domain: Polyhedron
    verdicts: tuple[Agreed | Differing, ...]

    @property
    def agrees(self) -> bool:
        """Whether the classes are the same everywhere in the domain, ties included."""
        return all(isinstance(verdict, Agreed) for verdict in self.verdicts)

    @property
    def agrees_but_for_ties(self) -> bool:
        """Whether no verdict is a strict difference."""
        return all(isinstance(verdict, Agreed) or not verdict.is_strict for verdict in self.verdicts)

    @property
    def counterexamples(self) -> tuple[Differing, ...]:
        """Where the classes differ: strict differences first."""
        found = [verdict for verdict in self.verdicts if isinstance(verdict, Differing)]
        return tuple(sorted(found, key=lambda verdict: not verdict.is_strict))

    def differing(self, label: int, rival: int) -> System:
        """Return the system of all h in the domain with class `label` at which the other layer prefers `rival`.

        A logit that must exceed another one of a lesser number must be greater, otherwise at least as great.
        """
        strict: list[Row] = []
        closed = list(_rows(self.domain))
        for own, row in self._leads(label):
            (strict if own < label else closed).append(row)
        (strict if rival > label else closed).append(self._preference(label, rival))
        return System(self.domain.dimension, tuple(strict), tuple(closed))

    def strictly_differing(self, label: int, rival: int) -> System:
        """Return the system of all h in the domain where it does so with no tie in sight."""
        rows = [row for _, row in self._leads(label)]
        return System(self.domain.dimension, (*rows, self._preference(label, rival)), _rows(self.domain))

    def has_equal_logits(self, label: int, rival: int) -> bool:
        """Whether the original's logit of `label` is the same form as another one, or the other layer's two are.

        If so, ties may fill the domain. If not, they lie on finitely many hyperplanes, one of which may hold a domain
        that is not full-dimensional, such as a box of features one of which is always 0.
        """
        rows = [row for _, row in self._leads(label)]
        return not all(map(any, (*rows, self._preference(label, rival))))

    def verify(self) -> bool:
        """Return whether all evidence holds.

        Contradictions are replayed in integers; at the points both layers are evaluated.
        """
        pairs = [(verdict.label, verdict.rival) for verdict in self.verdicts]
        return pairs == list(permutations(range(self.original.classes), 2)) and all(map(self._holds, self.verdicts))

    def _holds(self, verdict: Agreed | Differing) -> bool:
        if isinstance(verdict, Agreed):
            return self.differing(verdict.label, verdict.rival).is_refuted_by(verdict.contradiction)
        if not self.domain.contains(verdict.point) or self.original.classify(verdict.point) != verdict.label:
            return False
        second = self.decomposed.logits(verdict.point)
        own, other = second[verdict.label], second[verdict.rival]
        strictly = self.strictly_differing(verdict.label, verdict.rival)
        if verdict.contradiction is not None:
            prefers = other > own or (other == own and verdict.rival < verdict.label)
            return prefers and strictly.is_refuted_by(verdict.contradiction)
        return other > own and not self.original.is_tied(verdict.point)

    def _leads(self, label: int) -> Iterator[tuple[int, Row]]:
        """Yield each other class, and the row that is > 0 where the original's logit of `label` exceeds its own."""
        for own in range(self.original.classes):
            if own != label:
                yield own, self.original.advantage(label, own).numerators

    def _preference(self, label: int, rival: int) -> Row:
        return negated(self.decomposed.advantage(label, rival).numerators)


def compare(
    original: LastLayer,
    decomposed: LastLayer,
    domain: Domain,
    *,
    budget: Budget | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Decide, for every class and every rival, whether two layers agree on a domain.

    Args:
        original: the layer.
        decomposed: another one with as many classes, that reads the same features.
        domain: closed; a box of features, a linear region's polyhedron, all of h >= 0 (`orthant`), …
        budget: when to stop.
        on_progress: told after each pair of classes how many are done, and how many there are.

    Raises:
        DimensionMismatch: if layers or domain do not fit one another.
        BudgetExhausted: if the budget ends first.

    **Exactness**: exact, ties included. **Complexity**: a linear program in as many variables as there are features
    for each pair of classes; a second where they differ.

    >>> from exactgeo.analyses.features import orthant
    >>> comparison = compare(LastLayer.of([[1, 0], [0, 1]]), LastLayer.of([[2, 0], [0, 1]]), orthant(2))
    >>> comparison.agrees, comparison.verify()
    (False, True)
    """
    demand_same_shape(original, decomposed)
    polyhedron = domain.polyhedron if isinstance(domain, Box) else domain
    if polyhedron.dimension != original.features:
        raise DimensionMismatch(f"a domain of {polyhedron.dimension} dimensions for {original.features} features")
    undecided = Comparison(original, decomposed, polyhedron, ())
    verdicts: list[Agreed | Differing] = []
    pairs = list(permutations(range(original.classes), 2))
    for label, rival in pairs:
        if budget is not None and (reason := budget.exhausted()):
            raise BudgetExhausted(f"{len(verdicts)} of {len(pairs)} pairs of classes are compared: {reason}", verdicts)
        verdicts.append(_verdict(undecided, label, rival))
        if on_progress is not None:
            on_progress(len(verdicts), len(pairs))
    return Comparison(original, decomposed, polyhedron, tuple(verdicts))


def compare_networks(
    body: Program,
    original: LastLayer,
    decomposed: LastLayer,
    domain: Domain,
    *,
    engine: str = DEFAULT_ENGINE,
    budget: Budget | None = None,
) -> tuple[Comparison, ...]:
    """Decide whether two layers agree behind the same body: a comparison for each activation region, in the input x.

    On the closure of a region h is an affine map of x, as the body is continuous; these closures cover the domain.

    Args:
        body: x -> h, continuous and small enough for its regions to be counted.
        original: the layer that reads h.
        decomposed: the other one.
        domain: in the body's input space.
        engine: which finds the regions; an exact one.
        budget: when to stop.

    Raises:
        InvalidArgument: for a discontinuous body, or an engine that is not exact.
        DimensionMismatch: if body, layers and domain do not fit one another.
        BudgetExhausted: if the budget ends first.

    **Exactness**: exact, ties included.
    """
    if not body.is_continuous:
        raise InvalidArgument("the body is discontinuous: on the borders of its regions it is not what it is inside")
    demand_same_shape(original, decomposed)
    if not is_exact(engine):
        raise InvalidArgument(f"the engine {engine} may miss regions: one that is exact was expected")
    found = enumerate_regions(body, domain, engine=engine, budget=budget)
    if isinstance(found, PartialArrangement):
        raise BudgetExhausted(f"the regions are not all known: {found.reason}", found)
    comparisons = []
    for region in found:
        forms = found.affine_map(region)
        layers = original.after(forms), decomposed.after(forms)
        comparisons.append(compare(*layers, found.cell(region), budget=budget))
    return tuple(comparisons)


def _verdict(comparison: Comparison, label: int, rival: int) -> Agreed | Differing:
    found = comparison.differing(label, rival).solve()
    if isinstance(found, Contradiction):
        return Agreed(label, rival, found)
    strictly = comparison.strictly_differing(label, rival)
    if strictly.contains(found):
        return Differing(label, rival, found, None)
    clear = strictly.solve()
    return (
        Differing(label, rival, found, clear)
        if isinstance(clear, Contradiction)
        else Differing(label, rival, clear, None)
    )


def _rows(domain: Polyhedron) -> tuple[Row, ...]:
    return domain.inequalities + both_ways(domain.equations)

"""Hyperplane arrangements: into how many regions and faces hyperplanes cut space, without looking at one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from exactgeo.analyses.gated.geometry.intersections import (
    IntersectionFlat,
    hyperplanes_among,
    intersections,
)
from exactgeo.analyses.gated.geometry.polynomials import CharacteristicPolynomials, Polynomial, region_count
from exactgeo.arithmetic.affine import Row, primitive_row
from exactgeo.arithmetic.arrays import exact_array
from exactgeo.arithmetic.matrices import echelon, rank
from exactgeo.arithmetic.rationals import shown
from exactgeo.enumeration.budgets import Budget
from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.polyhedra import Domain
from exactgeo.polyhedra.boxes import domain_polyhedron


@dataclass(frozen=True, slots=True)
class HyperplaneArrangement:
    """Finitely many hyperplanes { x in R^n : b + a.x = 0 }.

    Equal arrangements are equal objects.

    Args:
        dimension: n >= 0.
        hyperplanes: rows (b, a1, …, an) of anything `rational` accepts. They are kept as primitive integer rows whose
            first non-zero entry is positive, sorted, none twice. Rows without a variable are left out: they are no
            hyperplanes (a gate that looks at a constant is open everywhere, or nowhere).

    Raises:
        DimensionMismatch: if a row does not have n + 1 entries.

    **Exactness**: every method is exact.
    **Source**: T. Zaslavsky, Facing up to arrangements, Memoirs of the AMS 154, 1975; R. P. Stanley, An introduction to
    hyperplane arrangements, 2004.

    >>> lines = HyperplaneArrangement(2, ((0, 1, 0), (0, 0, 1), ("1/2", "-1/2", "-1/2")))
    >>> lines.characteristic_polynomial(), lines.region_count(), lines.bounded_region_count()
    ((3, -3, 1), 7, 1)
    >>> lines.face_counts()
    (3, 9, 7)
    """

    dimension: int
    hyperplanes: tuple[Row, ...]

    def __post_init__(self) -> None:
        if self.dimension < 0:
            raise InvalidArgument(f"there is no space of {self.dimension} dimensions")
        rows = [primitive_row(row) for row in self.hyperplanes]
        for row in rows:
            if len(row) != self.dimension + 1:
                raise DimensionMismatch(
                    f"row {shown(row)} has {len(row)} entries; in {self.dimension} dimensions it takes "
                    f"{self.dimension + 1}"
                )
        object.__setattr__(self, "hyperplanes", hyperplanes_among(rows))

    @classmethod
    def of_gates(cls, gates: Sequence[Any], biases: Sequence[Any] | None = None) -> "HyperplaneArrangement":
        """Return the hyperplanes { G x + c = 0 } at which the gates of a deep linearly gated network close.

        Args:
            gates: matrices G of shape (out, inputs), one or more, each whatever `exact_array` accepts.
            biases: as many vectors c of shape (out,), or None for zeros.

        Raises:
            DimensionMismatch: if the shapes do not fit.
        """
        matrices = [exact_array(matrix) for matrix in gates]
        if not matrices:
            raise InvalidArgument("a gated network has at least one layer of gates")
        offsets = (
            [exact_array([0] * m.shape[0]) for m in matrices] if biases is None else list(map(exact_array, biases))
        )
        if len(offsets) != len(matrices):
            raise DimensionMismatch(f"{len(offsets)} biases for {len(matrices)} layers of gates")
        rows: list[tuple[Any, ...]] = []
        for k, (matrix, offset) in enumerate(zip(matrices, offsets, strict=True)):
            if len(matrix.shape) != 2 or offset.shape != matrix.shape[:1]:  # noqa: PLR2004 (a matrix)
                raise DimensionMismatch(
                    f"gates[{k}] has shape {matrix.shape} and its bias {offset.shape}; (out, inputs) and (out,) fit"
                )
            rows += [(c, *row) for c, row in zip(offset.tolist(), matrix.tolist(), strict=True)]
        return cls(matrices[0].shape[1], tuple(rows))

    def __len__(self) -> int:
        return len(self.hyperplanes)

    @property
    def rank(self) -> int:
        """The rank of the hyperplanes' normals: n less the least dimension of a flat."""
        return rank([row[1:] for row in self.hyperplanes])

    @property
    def is_essential(self) -> bool:
        """Whether the normals span the space, so that some flat is a point."""
        return self.rank == self.dimension

    @property
    def is_central(self) -> bool:
        """Whether all hyperplanes have a point in common."""
        _, pivots = echelon(self.hyperplanes)
        return 0 not in pivots

    def characteristic_polynomial(self, domain: Domain | None = None, budget: Budget | None = None) -> Polynomial:
        """Return the coefficients of t^0, …, t^n of the characteristic polynomial, by deletion and restriction.

        *Definition*: the sum of mu(F) t^dim F over all flats F, or those that meet the interior of a domain; mu is the
        Möbius function of the flats, ordered by reverse inclusion. (All flats that hold one which meets the interior
        meet it, too, so that mu is the same.)

        Args:
            domain: of which only the interior counts; None for all of R^n.
            budget: when to stop.

        Raises:
            BudgetExhausted: if the budget ends first.

        **Complexity**: where the hyperplanes are in general position, as many steps as there are flats, each of which
        takes as many eliminations as there are hyperplanes; fewer where restrictions repeat. In a domain, a linear
        program for each step at most.
        """
        return CharacteristicPolynomials(budget).of(self.dimension, self.hyperplanes, self._inside(domain))

    def region_count(self, domain: Domain | None = None) -> int:
        """Return the number of regions of R^n without the hyperplanes, or of the interior of a domain: |chi(-1)|.

        *Proof*, for any open convex set D: the last hyperplane H cuts in two just the regions of the others that it
        meets, since these are open. Their parts in H are open and convex in H, and so are the regions of the traces on
        D n H, one for each. So r(all; D) = r(others; D) + r(traces; D n H), the same recursion as that of the
        polynomial at -1 but for signs; and with no hyperplane both are 1.
        """
        return region_count(self.characteristic_polynomial(domain))

    def bounded_region_count(self) -> int:
        """Return the number of bounded regions: |chi(1)| if the arrangement is essential, otherwise none is bounded."""
        return self.relatively_bounded_region_count() if self.is_essential else 0

    def relatively_bounded_region_count(self) -> int:
        """Return |chi(1)|: how many regions are bounded but for lines that all regions have in common.

        These are the bounded regions within the space that the normals span, where the polynomial is chi / t^(n - r).
        """
        return abs(sum(self.characteristic_polynomial()))

    def flats(self, domain: Domain | None = None) -> tuple[IntersectionFlat, ...]:
        """Return all non-empty intersections of hyperplanes, or those that meet the interior of a domain.

        The whole space is the first of them; they are sorted by decreasing dimension, then by what holds them.
        """
        found = intersections(self.dimension, self.hyperplanes, self._inside(domain))
        return tuple(sorted(found, key=lambda flat: (-flat.dimension, flat.hyperplanes)))

    def face_counts(self, domain: Domain | None = None, budget: Budget | None = None) -> tuple[int, ...]:
        """Return how many relatively open faces of each dimension 0, …, n there are, in the interior of a domain.

        *Definition*: a face is a non-empty set of the points that lie in the same hyperplanes, and on the same sides
        of the others. *Proof*: the faces whose affine hull is a flat F are the regions of the traces on F.
        """
        polynomials = CharacteristicPolynomials(budget)
        counts = [0] * (self.dimension + 1)
        for flat in intersections(self.dimension, self.hyperplanes, self._inside(domain), budget):
            counts[flat.dimension] += region_count(polynomials.of(flat.dimension, flat.traces, flat.inside))
        return tuple(counts)

    def _inside(self, domain: Domain | None) -> tuple[Row, ...]:
        return () if domain is None else domain_polyhedron(domain, self.dimension).inequalities

"""What patterns compare, and what maps they lead to, one after the other: they share much."""

from collections.abc import Sequence

from exactgeo.arithmetic.affine import AffineForm, Row
from exactgeo.networks.branches import Branch, LayeredForms

Comparison = tuple[int, int, Row]
"""A unit, a rival of its chosen piece, and the primitive row of their selectors' difference (0: the same form)."""


class Descents:
    """Follows patterns from where they first differ from the one before.

    Args:
        forms: the program.
    """

    def __init__(self, forms: LayeredForms) -> None:
        self._branches: list[Branch] = [forms.root]  # of each prefix of the pattern
        self._comparisons: list[tuple[Comparison, ...]] = []  # of the first units, as far as they were asked for

    def affine_map(self, pattern: Sequence[int]) -> tuple[AffineForm, ...]:
        """Return the map of a pattern's cell: a form in (1, x) for each output."""
        return self._followed(pattern).outputs()

    def value(self, pattern: Sequence[int], unit: int) -> AffineForm:
        """Return the value that a pattern chooses of a unit, a form in (1, x)."""
        self._followed(pattern)
        return self._branches[unit].unit.values[pattern[unit]]

    def equals(self, pattern: Sequence[int], unit: int) -> list[int]:
        """Return the pieces of a unit whose selectors are, on a pattern's cell, the same form as the chosen one's."""
        self._followed(pattern)
        compared = self._branches[unit].unit.comparisons(pattern[unit])
        return [rival for rival, row in compared if not any(row)]

    def comparisons(self, pattern: Sequence[int]) -> list[Comparison]:
        """Return all that a pattern's cell demands to be > 0, and where it is flat."""
        self._followed(pattern)
        for unit in range(len(self._comparisons), len(pattern)):
            compared = self._branches[unit].unit.comparisons(pattern[unit])
            self._comparisons.append(tuple((unit, rival, row) for rival, row in compared))
        return [comparison for unit in self._comparisons for comparison in unit]

    def _followed(self, pattern: Sequence[int]) -> Branch:
        before = self._branches[-1].pattern
        shared = 0
        while shared < len(before) and before[shared] == pattern[shared]:
            shared += 1
        del self._branches[shared + 1 :], self._comparisons[shared:]
        for piece in pattern[shared:]:
            self._branches[-1] = self._branches[-1].entered()
            self._branches.append(self._branches[-1].choose(piece))
        return self._branches[-1]

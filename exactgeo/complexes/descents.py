"""What a pattern compares, unit by unit, for patterns one after the other that share much."""

from collections.abc import Sequence

from exactgeo.arithmetic.affine import Row
from exactgeo.networks.branches import Branch, LayeredForms

Comparison = tuple[int, int, Row]
"""A unit, a rival of its chosen piece, and the primitive row of their selectors' difference (0: the same form)."""


class Descents:
    """Follows patterns from where they first differ from the one before.

    Args:
        forms: the program.
    """

    def __init__(self, forms: LayeredForms) -> None:
        self._branches: list[Branch] = [forms.root]
        self._comparisons: list[tuple[Comparison, ...]] = []
        self._pattern: tuple[int, ...] = ()

    def comparisons(self, pattern: Sequence[int]) -> list[Comparison]:
        """Return all that a pattern's cell demands to be > 0, and where it is flat."""
        shared = 0
        while shared < len(self._pattern) and self._pattern[shared] == pattern[shared]:
            shared += 1
        del self._branches[shared + 1 :], self._comparisons[shared:]
        for unit in range(shared, len(pattern)):
            branch = self._branches[-1].entered()
            self._branches[-1] = branch
            piece = pattern[unit]
            self._comparisons.append(tuple((unit, rival, row) for rival, row in branch.unit.comparisons(piece)))
            self._branches.append(branch.choose(piece))
        self._pattern = tuple(pattern)
        return [comparison for unit in self._comparisons for comparison in unit]

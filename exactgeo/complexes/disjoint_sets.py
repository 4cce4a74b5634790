"""Things that are joined one to another, and the sets that come of it."""

from collections import defaultdict


class DisjointSets:
    """The numbers 0, …, size - 1, at first each in a set of its own.

    Args:
        size: how many.
    """

    def __init__(self, size: int) -> None:
        self._leaders = list(range(size))

    def leader(self, member: int) -> int:
        """Return the least member of a number's set."""
        leaders = self._leaders
        while leaders[member] != member:
            leaders[member] = leaders[leaders[member]]
            member = leaders[member]
        return member

    def join(self, first: int, second: int) -> None:
        """Make one set of two numbers' sets."""
        one, other = self.leader(first), self.leader(second)
        self._leaders[max(one, other)] = min(one, other)

    def sets(self) -> tuple[tuple[int, ...], ...]:
        """Return the sets, by their least members."""
        groups: defaultdict[int, list[int]] = defaultdict(list)
        for member in range(len(self._leaders)):
            groups[self.leader(member)].append(member)
        return tuple(map(tuple, groups.values()))

"""Paths for tests: polylines, paths that jump, pulses and disks."""

from itertools import pairwise

from hypothesis import strategies as st

from exactgeo.networks.paths import Family, Path
from exactgeo.strategies import points, rationals


@st.composite
def jumping_paths(draw, dimension):
    """Draw a path with up to four segments, which may meet or not, and corners that may be anywhere."""
    breaks = sorted(draw(st.sets(rationals(), min_size=2, max_size=5)))
    lines = [(draw(points(dimension)), draw(points(dimension))) for _ in breaks[1:]]
    lines = [lines[0] if draw(st.booleans()) else line for line in lines]
    corners = dict(
        zip(breaks, draw(st.lists(points(dimension), min_size=len(breaks), max_size=len(breaks))), strict=True)
    )

    def at(r):
        if r in corners:
            return corners[r]
        start, step = next(line for line, (low, high) in zip(lines, pairwise(breaks), strict=True) if low < r < high)
        return tuple(a + r * b for a, b in zip(start, step, strict=True))

    return Path.of(breaks, at)


@st.composite
def polylines(draw, dimension):
    """Draw a polyline with up to four segments."""
    breaks = sorted(draw(st.sets(rationals(), min_size=2, max_size=5)))
    return Path.through([draw(points(dimension)) for _ in breaks], breaks)


FAMILIES = st.sampled_from(
    [
        Family("area-pulse", (6,), 0, 4),
        Family("area-pulse", (5,), "1/3", "7/2"),
        Family("binary-pulse", (6,), 0, 4),
        Family("binary-pulse", (5,), "1/2", 3),
        Family("binary-disk", (3, 4), 0, 5),
        Family("smooth-disk", (3, 4), "1/2", 2),
    ]
)

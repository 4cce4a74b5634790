"""Layers, and what is known of them by brute force."""

from fractions import Fraction
from itertools import combinations, product

from hypothesis import strategies as st

from exactgeo.analyses.features import LastLayer
from exactgeo.strategies import rationals


@st.composite
def last_layers(draw, *, classes=(2, 4), features=(1, 4), biases=True):
    """Draw a layer; equal, proportional and zero rows are likely."""
    number, width = draw(st.integers(*classes)), draw(st.integers(*features))
    small = draw(st.sampled_from([st.integers(-1, 1), st.integers(-3, 3), rationals()]))
    rows = draw(st.lists(st.lists(small, min_size=width, max_size=width), min_size=number, max_size=number))
    offsets = draw(st.lists(small, min_size=number, max_size=number)) if biases else [0] * number
    if number > 2 and draw(st.booleans()):
        rows[-1], offsets[-1] = rows[0], offsets[0]
    return LastLayer.of(rows, offsets)


def plain(values):
    """Return numbers as Fractions."""
    return [Fraction(int(value.numerator), int(value.denominator)) for value in values]


def logits_of(layer, h):
    """Return the logits by plain sums of Fractions."""
    return [
        offset + sum(w * x for w, x in zip(plain(row), h, strict=True))
        for row, offset in zip(layer.weights, plain(layer.bias), strict=True)
    ]


def class_of(logits):
    """Return the least number of the greatest ones."""
    return next(c for c, value in enumerate(logits) if value == max(logits))


def faces_of_the_plane(lines, corners):
    """Return a point of every relatively open face of an arrangement of lines in a rectangle, and some more points.

    A face is the interior of the hull of its vertices, so that of the simplices that these make some are of its
    dimension, with their centroids in it.

    Args:
        lines: rows (b, a1, a2) for b + a.x = 0, those of the rectangle's sides among them.
        corners: ((low, high), (low, high)), the rectangle's extent.
    """
    vertices = set()
    for (b, p, q), (c, r, s) in combinations(lines, 2):
        determinant = p * s - q * r
        if determinant:
            x, y = Fraction(q * c - s * b) / determinant, Fraction(r * b - p * c) / determinant
            if corners[0][0] <= x <= corners[0][1] and corners[1][0] <= y <= corners[1][1]:
                vertices.add((x, y))
    for count in (1, 2, 3):
        for chosen in combinations(sorted(vertices), count):
            yield tuple(sum(values) / count for values in zip(*chosen, strict=True))


def corners_of(intervals):
    """Return the corners of a box."""
    return product(*intervals)

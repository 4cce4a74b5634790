"""Linearly gated networks whose gates coincide, are parallel, or concurrent, more often than not."""

from itertools import pairwise

from hypothesis import strategies as st

from exactgeo import ProgramBuilder, gated_network
from exactgeo.arithmetic.rationals import Rational

SMALL = st.integers(-2, 2)
FACTORS = st.sampled_from([Rational(-3), Rational(-1), Rational(1, 2), Rational(2)])


def sizes(least, most):
    """Return a strategy for a size, in the upper half of its range more often than not."""
    upper = st.integers((least + most + 1) // 2, most)
    return upper | upper | st.integers(least, most)


@st.composite
def gate_rows(draw, dimension, most):
    """Draw rows (b, a1, …, an): new ones, multiples and parallels of others, and constants; perhaps all central."""
    central = draw(st.booleans())
    rows = []
    for _ in range(draw(sizes(0, most))):
        kind = draw(st.sampled_from(["new"] * 5 + ["multiple", "parallel", "constant"]))
        row = [Rational(draw(SMALL)) for _ in range(dimension + 1)]
        if rows and kind == "multiple":
            factor = draw(FACTORS)
            row = [factor * value for value in draw(st.sampled_from(rows))]
        elif rows and kind == "parallel":
            row[1:] = draw(st.sampled_from(rows))[1:]
        elif kind == "constant":
            row[1:] = [Rational(0)] * dimension
        if central:
            row[0] = Rational(0)
        rows.append(row)
    return rows


@st.composite
def spaces(draw, max_dimension=4, most=8):
    """Draw a dimension, and rows."""
    dimension = draw(st.integers(1, max_dimension))
    return dimension, draw(gate_rows(dimension, most))


@st.composite
def gatings(draw, max_dimension=4, most=8, max_outputs=2):
    """Draw a linearly gated network of one or two layers of gates, and the rows of its gates."""
    dimension = draw(st.integers(1, max_dimension))
    rows = draw(gate_rows(dimension, most).filter(bool))
    cut = draw(st.sampled_from([0, len(rows) // 2])) or len(rows)
    layers = [layer for layer in (rows[:cut], rows[cut:]) if layer]
    widths = [dimension, *map(len, layers), draw(st.integers(1, max_outputs))]
    values = [[[draw(SMALL) for _ in range(size)] for _ in range(after)] for size, after in pairwise(widths)]
    biases = [[draw(SMALL) for _ in range(size)] for size in widths[1:]]
    gates = [[row[1:] for row in layer] for layer in layers]
    return gated_network(gates, values, [[row[0] for row in layer] for layer in layers], biases), rows


@st.composite
def selections(draw, max_dimension=3, most=4):
    """Draw a network whose units choose among two pieces or more by affine forms in its input, ties among them."""
    dimension = draw(st.integers(1, max_dimension))
    builder = ProgramBuilder(dimension)
    for _ in range(draw(sizes(1, most))):
        rows = [dict(enumerate(row)) for row in draw(gate_rows(dimension, 3))]
        selectors = draw(st.permutations([*rows, {}, {0: draw(SMALL)}]))
        entries = st.integers(0, builder.environment_size - 1)
        builder.add_unit([(form, draw(st.just(form) | st.dictionaries(entries, SMALL))) for form in selectors])
    entries = st.integers(0, builder.environment_size - 1)
    return builder.build([{builder.environment_size - 1: 1, **draw(st.dictionaries(entries, SMALL))}])

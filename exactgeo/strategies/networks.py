"""Programs: ReLU networks and networks of general selection units, degenerate ones often."""

from itertools import pairwise

from hypothesis import strategies as st

from exactgeo.arithmetic.rationals import Rational
from exactgeo.networks import Program, ProgramBuilder, relu_network
from exactgeo.strategies.numbers import rationals, weights

Matrix = list[list[Rational]]
Form = dict[int, Rational]


@st.composite
def relu_networks(
    draw: st.DrawFn,
    *,
    min_inputs: int = 1,
    max_inputs: int = 3,
    max_units: int = 8,
    max_depth: int = 3,
    max_outputs: int = 2,
) -> Program:
    """Draw a fully connected ReLU network.

    Its weights come from one of the kinds of `weights`. Biases may all be zero; neurons may be dead, copies or
    multiples of others, or have parallel or concurrent hyperplanes.
    """
    inputs = draw(st.integers(min_inputs, max_inputs))
    widths = draw(_widths(max_units, max_depth))
    sizes = [inputs, *widths, draw(st.integers(1, max_outputs))]
    numbers = draw(weights())
    zero_biases = draw(st.booleans())
    layers = [draw(_layer(rows, columns, numbers, zero_biases=zero_biases)) for columns, rows in pairwise(sizes)]
    return relu_network(
        [[row[1:] for row in layer] for layer in layers], [[row[0] for row in layer] for layer in layers]
    )


@st.composite
def programs(
    draw: st.DrawFn,
    *,
    min_inputs: int = 1,
    max_inputs: int = 3,
    max_units: int = 6,
    max_pieces: int = 4,
    max_outputs: int = 2,
) -> Program:
    """Draw a program of general selection units, discontinuous more often than not.

    Each unit has up to `max_pieces` pieces, with sparse selectors and values in the whole environment before it;
    equal and proportional forms are likely.
    """
    inputs = draw(st.integers(min_inputs, max_inputs))
    builder = ProgramBuilder(inputs)
    for _ in range(draw(_size(0, max_units))):
        builder.add_unit(draw(_unit(builder.environment_size, max_pieces)))
    return builder.build(draw(st.lists(_form(builder.environment_size), min_size=1, max_size=max_outputs)))


def _size(least: int, most: int) -> st.SearchStrategy[int]:
    """Return a strategy for a size, in the upper half of its range more often than not."""
    return st.integers((least + most + 1) // 2, most) | st.integers(least, most)


@st.composite
def _widths(draw: st.DrawFn, max_units: int, max_depth: int) -> list[int]:
    widths: list[int] = []
    while len(widths) < max_depth and sum(widths) < max_units and (not widths or draw(st.booleans())):
        widths.append(draw(_size(1, max_units - sum(widths))))
    return widths


@st.composite
def _layer(
    draw: st.DrawFn, rows: int, columns: int, numbers: st.SearchStrategy[Rational], *, zero_biases: bool
) -> Matrix:
    """Draw a layer's rows (bias, weights)."""
    layer: Matrix = []
    for _ in range(rows):
        kind = draw(st.sampled_from(("new",) * 6 + ("multiple", "parallel", "dead")))
        row = [draw(numbers) for _ in range(columns + 1)]
        if layer and kind == "multiple":
            factor = draw(rationals(max_numerator=3))
            row = [factor * value for value in draw(st.sampled_from(layer))]
        elif layer and kind == "parallel":
            row = [row[0], *draw(st.sampled_from(layer))[1:]]
        elif kind == "dead":
            row = [-abs(row[0]), *[Rational(0)] * columns]
        layer.append([Rational(0), *row[1:]] if zero_biases else row)
    return layer


@st.composite
def _unit(draw: st.DrawFn, entries: int, max_pieces: int) -> list[tuple[Form, Form]]:
    kind = draw(st.sampled_from(("relu", "gate", "maximum", "free")))
    if kind == "relu":
        form = draw(_form(entries))
        return [({}, {}), (form, form)]
    if kind == "gate":
        return [({}, draw(st.just({}) | _form(entries))), (draw(_form(entries)), draw(_form(entries)))]
    count = draw(st.integers(2, max_pieces))
    selectors: list[Form] = []
    for _ in range(count):
        known = st.sampled_from(selectors) if selectors else st.nothing()
        selectors.append(draw(known | _form(entries)))
    if kind == "maximum":
        return [(form, form) for form in selectors]
    return [(form, draw(_form(entries))) for form in selectors]


def _form(entries: int) -> st.SearchStrategy[Form]:
    """Return a strategy for sparse forms with small coefficients; the zero form is among them."""
    coefficients = rationals(max_numerator=3).filter(bool)
    terms = st.dictionaries(st.integers(0, entries - 1), coefficients, min_size=1, max_size=4)
    with_input = st.builds(
        lambda form, k, c: {**form, k: c}, terms, st.integers(min(1, entries - 1), entries - 1), coefficients
    )
    return with_input | with_input | with_input | terms | st.just({})

"""Networks in which gates move the hyperplanes of what comes behind them."""

from hypothesis import strategies as st

from exactgeo import ProgramBuilder
from exactgeo.strategies import rationals

SMALL = rationals(max_numerator=2).filter(bool)


@st.composite
def behind_gates(draw, min_inputs=1, max_inputs=3, number=SMALL):
    """Draw a network in which gates move the hyperplanes of what comes behind them.

    Then cells do not meet face to face, and what lies across a facet branches. Few different forms are used, so that
    several units change across one hyperplane.
    """
    inputs = draw(st.integers(min_inputs, max_inputs))
    builder = ProgramBuilder(inputs)
    variable = st.integers(1, inputs)
    lines = [{draw(variable): draw(number)} for _ in range(draw(st.integers(1, 2)))]
    lines += [{**draw(st.sampled_from(lines)), 0: draw(number)} for _ in range(draw(st.integers(0, 2)))]
    lines += [{**lines[0], draw(variable): draw(number)}]
    line = st.sampled_from(lines)
    for _ in range(draw(st.integers(1, 2))):
        form, factor = draw(line), draw(number)
        multiple = {entry: factor * value for entry, value in form.items()}
        builder.add_unit([({}, {}), (multiple, draw(st.just({0: factor}) | line))])
    gate = st.integers(inputs + 1, builder.environment_size - 1)
    for _ in range(draw(st.integers(1, 3))):
        moved = [{**draw(line), draw(gate): draw(number)} for _ in range(draw(st.integers(1, 2)))]
        pieces = [(form, draw(st.just(form) | st.just({0: draw(number)}) | line)) for form in moved]
        builder.add_unit([({}, {}), *pieces] if draw(st.booleans()) else [*pieces, (draw(line), {})])
    last = st.integers(inputs + 1, builder.environment_size - 1)
    return builder.build([{draw(last): draw(number), draw(last): draw(number)} for _ in range(2)])

"""The canonical text, read by a parser written from the format's description alone."""

import math
import re
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import program as oracle
from oracles.translation import fraction

from exactgeo import ProgramBuilder, evaluate
from exactgeo.strategies import points, programs, relu_networks

NATURAL = re.compile(r"0|[1-9a-f][0-9a-f]*", re.ASCII)
INTEGER = re.compile(r"0|-?[1-9a-f][0-9a-f]*", re.ASCII)
LONG = st.sampled_from([2**62, -(2**64), Fraction(3**50, 2**70), Fraction(-1, 2**200), 10**6000])


@st.composite
def _long_programs(draw):
    """Draw a program with long numbers in it."""
    builder = ProgramBuilder(draw(st.integers(1, 20)))
    for _ in range(draw(st.integers(0, 3))):
        forms = st.dictionaries(st.integers(0, builder.environment_size - 1), LONG, max_size=3)
        builder.add_unit(draw(st.lists(st.tuples(forms, forms), min_size=2, max_size=4)))
    return builder.build(
        draw(st.lists(st.dictionaries(st.integers(0, builder.environment_size - 1), LONG), max_size=2))
    )


FEWER = settings(max_examples=settings().max_examples // 4)
ANY_PROGRAM = programs() | relu_networks() | _long_programs()


def _natural(token):
    assert NATURAL.fullmatch(token)
    return int(token, 16)


def _form(tokens, size):
    """Read the tokens of a form, demanding its one spelling."""
    denominator = _natural(tokens[0])
    assert denominator > 0 and len(tokens) % 2 == 1
    entries = [_natural(token) for token in tokens[1::2]]
    assert all(INTEGER.fullmatch(token) for token in tokens[2::2])
    numerators = [int(token, 16) for token in tokens[2::2]]
    assert entries == sorted(set(entries)) and all(entry < size for entry in entries)
    assert all(numerators) and math.gcd(denominator, *numerators) == 1
    return tuple((entry, Fraction(value, denominator)) for entry, value in zip(entries, numerators, strict=True))


def _parsed(text):
    """Read a program's text as plain data."""
    assert text.isascii() and text.endswith("\n") and "  " not in text and "\r" not in text
    lines = iter(text[:-1].split("\n"))

    def rest(keyword):
        word, *tokens = next(lines).split(" ")
        assert word == keyword
        return tokens

    assert next(lines) == "exactgeo-program 1"
    (inputs,) = map(_natural, rest("inputs"))
    (count,) = map(_natural, rest("units"))
    units = []
    for j in range(count):
        (pieces,) = map(_natural, rest("unit"))
        assert pieces >= 2
        units.append(tuple(_piece(rest("piece"), 1 + inputs + j) for _ in range(pieces)))
    (number,) = map(_natural, rest("outputs"))
    outputs = tuple(_form(rest("output"), 1 + inputs + count) for _ in range(number))
    assert next(lines) == "end" and next(lines, None) is None
    return oracle.Program(inputs, tuple(units), outputs)


def _piece(tokens, size):
    if "|" not in tokens:
        return _form(tokens, size), _form(tokens, size)
    place = tokens.index("|")
    selector, value = _form(tokens[:place], size), _form(tokens[place + 1 :], size)
    assert selector != value
    return selector, value


def _plain(form):
    return tuple((entry, fraction(form[entry])) for entry in sorted(form))


@FEWER
@given(ANY_PROGRAM)
def test_the_text_says_what_the_program_holds(program):
    read = _parsed(program.text)
    units = [program.unit(k).pieces for k in range(program.unit_count)]
    assert read.inputs == program.inputs
    assert read.units == tuple(tuple((_plain(p.selector), _plain(p.value)) for p in pieces) for pieces in units)
    assert read.outputs == tuple(_plain(program.outputs.row(k)) for k in range(program.output_count))


@FEWER
@given(ANY_PROGRAM)
def test_a_program_made_from_its_text_is_the_same(program):
    read = _parsed(program.text)
    builder = ProgramBuilder(read.inputs)
    for unit in read.units:
        builder.add_unit([(dict(selector), dict(value)) for selector, value in unit])
    assert builder.build([dict(form) for form in read.outputs]) == program


@FEWER
@given(programs() | relu_networks(), st.data())
def test_the_text_computes_what_the_program_computes(program, data):
    x = data.draw(points(program.inputs))
    pattern, outputs = oracle.evaluate(_parsed(program.text), [fraction(value) for value in x])
    found = evaluate(program, x)
    assert (found.pattern, found.outputs) == (pattern, outputs)


def test_a_small_program_has_the_text_that_the_format_says():
    builder = ProgramBuilder(inputs=15)
    y = builder.add_unit([({}, {}), ({1: "1/2", 15: -26}, {1: "1/2", 15: -26})])
    builder.add_unit([({0: 1}, {y: 16}), ({y: "2/3", 2: "-1/6"}, {})])
    assert builder.build([{17: 1}, {}, {0: "-10/3"}]).text.split("\n") == [
        "exactgeo-program 1",
        "inputs f",
        "units 2",
        "unit 2",
        "piece 1",
        "piece 2 1 1 f -34",
        "unit 2",
        "piece 1 0 1 | 1 10 10",
        "piece 6 2 -1 10 4 | 1",
        "outputs 3",
        "output 1 11 1",
        "output 1",
        "output 3 0 -a",
        "end",
        "",
    ]


def test_a_program_without_units_and_outputs_has_a_text():
    assert ProgramBuilder(1).build([]).text == "exactgeo-program 1\ninputs 1\nunits 0\noutputs 0\nend\n"

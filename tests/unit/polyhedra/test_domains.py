"""Domains as text and as files."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo import Box, Polyhedron, parse_domain
from exactgeo.errors import DimensionMismatch, EmptyDomain, ExactGeoError, InvalidArgument
from exactgeo.polyhedra.domains import describe_domain

HEADER = {"format": "exactgeo-domain", "version": 1}
SQUARE = Box.cube(2)

TEXTS = {
    "all": ("all", 2, Polyhedron(2)),
    "all of a line": ("all", 1, Polyhedron(1)),
    "one interval": ("box:-1,1", 1, Box((-1,), (1,))),
    "one interval for all inputs": ("box:-1,1", 3, Box.cube(3)),
    "an interval for each": ("box:-1,1;0,1/2", 2, Box((-1, 0), (1, "1/2"))),
    "decimals": ("box:-0.1,0.1", 1, Box(("-1/10",), ("1/10",))),
    "exponents": ("box:-1e-3,2.5E2", 1, Box(("-1/1000",), (250,))),
    "signs": ("box:+1,+2", 1, Box((1,), (2,))),
    "no lower bound": ("box:-inf,1", 1, Box((None,), (1,))),
    "no upper bound": ("box:0,inf", 2, Box((0, 0), (None, None))),
    "no bounds": ("box:-inf,inf;0,1", 2, Box((None, 0), (None, 1))),
    "spaces": ("box: -1 , 1 ; -inf , 2 ", 2, Box((-1, None), (1, 2))),
    "twenty digits": ("box:0,0.12345678901234567891", 1, Box((0,), (Fraction(12345678901234567891, 10**20),))),
}


@pytest.mark.parametrize("written, dimension, expected", TEXTS.values(), ids=TEXTS.keys())
def test_a_text_describes_a_domain(written, dimension, expected):
    assert parse_domain(written, dimension) == expected


MALFORMED = {
    "nothing": "box:",
    "one end": "box:1",
    "three ends": "box:0,1,2",
    "an empty end": "box:,1",
    "an empty interval": "box:0,1;",
    "no number": "box:a,b",
    "infinities swapped": "box:inf,-inf",
    "a lower bound of inf": "box:inf,1",
    "an upper bound of -inf": "box:0,-inf",
    "a positive infinity with a sign": "box:0,+inf",
    "not a number": "box:nan,1",
    "a division by zero": "box:0,1/0",
    "underscores": "box:0,1_000",
    "a decimal comma": "box:0,5;0,1,5",
    "nothing at all": "",
    "no such form": "cube:1",
    "a capital letter": "All",
    "a directory": "/",
    "no such file": "no/such/file.json",
    "no such .ine file": "nosuchfile.ine",
}


@pytest.mark.parametrize("written", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_text_is_refused(written):
    with pytest.raises(InvalidArgument):
        parse_domain(written, written.count(";") + 1)


def test_a_name_that_no_file_can_have_is_refused():
    with pytest.raises(InvalidArgument):
        parse_domain("a\0b", 1)


@pytest.mark.parametrize("written, dimension", [("box:0,1;0,1", 1), ("box:0,1;0,1", 3), ("box:0,1;0,1;0,1", 2)])
def test_intervals_for_another_number_of_inputs_are_refused(written, dimension):
    with pytest.raises(DimensionMismatch, match=f"the network has {dimension} inputs"):
        parse_domain(written, dimension)


@pytest.mark.parametrize("written", ["box:1,1", "box:1,0", "box:1/3,0.3"])
def test_an_interval_without_interior_is_refused(written):
    with pytest.raises(EmptyDomain):
        parse_domain(written, 1)


def _written(directory, document, name="domain.json"):
    path = directory / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return str(path)


JSON = {
    "box": ({"box": [[-1, 1], [0, "1/2"]]}, Box((-1, 0), (1, "1/2"))),
    "box without a bound": ({"box": [[None, 1], [0, None]]}, Box((None, 0), (1, None))),
    "half-spaces": ({"inequalities": [[0, 1, 0], ["1/2", "-0.25", 3]]}, Polyhedron(2, [(0, 1, 0), (2, -1, 12)])),
    "half-spaces and their dimension": ({"inequalities": [[0, 1, 0]], "dimension": 2}, Polyhedron(2, [(0, 1, 0)])),
    "all of the plane": ({"inequalities": [], "dimension": 2}, Polyhedron(2)),
}


@pytest.mark.parametrize("document, expected", JSON.values(), ids=JSON.keys())
def test_a_json_file_describes_a_domain(tmp_path, document, expected):
    assert parse_domain(_written(tmp_path, {**HEADER, **document}), 2) == expected


@pytest.mark.parametrize("number", ["0.1", "1e-1", "0.10000000000000000000", "1.0E-1"])
def test_a_json_number_means_the_decimal_number(tmp_path, number):
    path = _written(tmp_path, f'{{"format": "exactgeo-domain", "version": 1, "box": [[0, {number}]]}}')
    assert parse_domain(path, 1) == Box((0,), ("1/10",))


def test_a_json_integer_beyond_53_bits_is_exact(tmp_path):
    assert parse_domain(_written(tmp_path, {**HEADER, "box": [[0, 2**63 + 1]]}), 1).upper == (2**63 + 1,)


BAD_JSON = {
    "no json": "box:0,1",
    "nothing": "",
    "cut off": '{"format": "exactgeo-domain"',
    "a list": [1],
    "a number": 5,
    "null": None,
    "no header": {"box": [[0, 1]]},
    "another format": {**HEADER, "format": "x", "box": [[0, 1]]},
    "another version": {**HEADER, "version": 2, "box": [[0, 1]]},
    "a version in text": {**HEADER, "version": "1", "box": [[0, 1]]},
    "neither box nor half-spaces": HEADER,
    "both": {**HEADER, "box": [[0, 1]], "inequalities": [[0, 1]]},
    "an unknown key": {**HEADER, "box": [[0, 1]], "boxes": 1},
    "an interval of one end": {**HEADER, "box": [[0]]},
    "an interval of three ends": {**HEADER, "box": [[0, 1, 2]]},
    "an interval that is no list": {**HEADER, "box": [5]},
    "a box that is no list": {**HEADER, "box": 5},
    "a box of nothing": {**HEADER, "box": None},
    "a truth value": {**HEADER, "box": [[False, True]]},
    "an infinity": f'{{"format": "exactgeo-domain", "version": 1, "box": [[0, {"Infinity"}]]}}',
    "not a number": f'{{"format": "exactgeo-domain", "version": 1, "box": [[{"NaN"}, 1]]}}',
    "an infinity in text": {**HEADER, "box": [["-inf", 1]]},
    "a huge exponent": '{"format": "exactgeo-domain", "version": 1, "box": [[0, 1e999999999]]}',
    "ragged half-spaces": {**HEADER, "inequalities": [[0, 1], [0, 1, 2]]},
    "a half-space that is no list": {**HEADER, "inequalities": [5]},
    "a half-space of nothing": {**HEADER, "inequalities": [[]]},
    "no half-space and no dimension": {**HEADER, "inequalities": []},
    "dimension 0": {**HEADER, "inequalities": [], "dimension": 0},
    "a negative dimension": {**HEADER, "inequalities": [], "dimension": -1},
    "a dimension in text": {**HEADER, "inequalities": [], "dimension": "1"},
    "a truth value for a dimension": {**HEADER, "inequalities": [[0, 1]], "dimension": True},
    "another dimension": {**HEADER, "inequalities": [[0, 1]], "dimension": 2},
    "texts for intervals": {**HEADER, "box": ["01"]},
    "an object for the box": {**HEADER, "box": {"01": 5}},
    "texts for half-spaces": {**HEADER, "inequalities": ["01"]},
    "an object for the half-spaces": {**HEADER, "inequalities": {"01": 5}},
    "a box of another dimension than it says": {**HEADER, "box": [[0, 1]], "dimension": 7},
    "nested too deeply": "[" * 100_000,
}


@pytest.mark.parametrize("document", BAD_JSON.values(), ids=BAD_JSON.keys())
def test_a_malformed_json_file_is_refused_by_name(tmp_path, document):
    path = _written(tmp_path, document)
    with pytest.raises(InvalidArgument, match=r"domain\.json cannot be understood"):
        parse_domain(path, 1)


def test_a_truth_value_is_no_version(tmp_path):
    path = _written(tmp_path, {**HEADER, "version": True, "box": [[0, 1]]})
    with pytest.raises(InvalidArgument):
        parse_domain(path, 1)


def test_a_json_integer_of_5_000_digits_is_exact(tmp_path):
    path = _written(tmp_path, f'{{"format": "exactgeo-domain", "version": 1, "box": [[0, {"9" * 5000}]]}}')
    assert parse_domain(path, 1).upper == (10**5000 - 1,)


def test_a_json_object_with_a_key_twice_is_refused(tmp_path):
    path = _written(tmp_path, '{"format": "exactgeo-domain", "version": 1, "box": [[0, 1]], "box": [[0, 2]]}')
    with pytest.raises(InvalidArgument, match="a key stands twice"):
        parse_domain(path, 1)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x80", '{"format": 1}'.encode("utf-16")])
def test_a_file_that_is_not_text_is_refused(tmp_path, content):
    path = tmp_path / "domain.json"
    path.write_bytes(content)
    with pytest.raises(InvalidArgument):
        parse_domain(str(path), 1)


@pytest.mark.parametrize("document", [{"box": [[0, 1]]}, {"inequalities": [[0, 1]]}], ids=["box", "half-spaces"])
def test_a_file_of_another_dimension_is_refused(tmp_path, document):
    with pytest.raises(DimensionMismatch, match="1 coordinates, but the network has 2 inputs"):
        parse_domain(_written(tmp_path, {**HEADER, **document}), 2)


@pytest.mark.parametrize("interval", [[1, 1], [2, 1]])
def test_a_file_with_an_interval_without_interior_is_refused(tmp_path, interval):
    with pytest.raises(EmptyDomain):
        parse_domain(_written(tmp_path, {**HEADER, "box": [interval]}), 1)


INE = {
    "integers": "H-representation\nbegin\n2 3 integer\n0 1 0\n5 -1 -2\nend\n",
    "rationals": "H-representation\nbegin\n2 3 rational\n0 1/3 0\n5/2 -1/2 -1\nend\n",
    "comments and names": "* a\nsquare.ine\n  * x\nH-representation\nbegin\n2 3 integer\n* y\n0 1 0\n5 -1 -2\nend\n",
    "no representation named": "begin\n2 3 integer\n0 1 0\n5 -1 -2\nend",
    "options after the end": "H-representation\nbegin\n2 3 integer\n0 1 0\n5 -1 -2\nend\nmaximize 0 1 1\nincidence\n",
    "blank lines and tabs": "\n\nH-representation\nbegin\n\n 2\t3  integer\n0 1 0\n\n  5 -1 -2  \nend\n",
    "carriage returns": "H-representation\r\nbegin\r\n2 3 integer\r\n0 1 0\r\n5 -1 -2\r\nend\r\n",
}


@pytest.mark.parametrize("content", INE.values(), ids=INE.keys())
def test_an_ine_file_describes_a_domain(tmp_path, content):
    domain = parse_domain(_written(tmp_path, content, "domain.ine"), 2)
    assert domain == Polyhedron(2, [(0, 1, 0), (5, -1, -2)])


def test_an_ine_file_without_rows_is_all_of_space(tmp_path):
    content = "H-representation\nbegin\n0 3 integer\nend\n"
    assert parse_domain(_written(tmp_path, content, "domain.ine"), 2) == Polyhedron(2)


BAD_INE = {
    "nothing": "",
    "a V-representation": "V-representation\nbegin\n1 3 integer\n1 0 0\nend\n",
    "no beginning": "H-representation\n1 3 integer\n0 1 0\nend\n",
    "no end": "H-representation\nbegin\n1 3 integer\n0 1 0\n",
    "the end before the beginning": "end\nbegin\n1 3 integer\n0 1 0\n",
    "two blocks": "begin\n1 3 integer\n0 1 0\nend\nbegin\n1 3 integer\n0 0 1\nend\n",
    "no size": "begin\nend\n",
    "a size of two words": "begin\n1 3\n0 1 0\nend\n",
    "a size in words": "begin\none 3 integer\n0 1 0\nend\n",
    "real numbers": "begin\n1 3 real\n0 1 0\nend\n",
    "too few rows": "begin\n2 3 integer\n0 1 0\nend\n",
    "too many rows": "begin\n1 3 integer\n0 1 0\n0 0 1\nend\n",
    "a short row": "begin\n1 3 integer\n0 1\nend\n",
    "a long row": "begin\n1 3 integer\n0 1 0 0\nend\n",
    "no number": "begin\n1 3 integer\n0 x 0\nend\n",
    "an infinity": "begin\n1 3 rational\n0 inf 0\nend\n",
}


@pytest.mark.parametrize("content", BAD_INE.values(), ids=BAD_INE.keys())
def test_a_malformed_ine_file_is_refused_by_name(tmp_path, content):
    with pytest.raises(InvalidArgument, match=r"domain\.ine cannot be understood"):
        parse_domain(_written(tmp_path, content, "domain.ine"), 2)


LINEARITIES = {
    "before": "H-representation\n{} 1 1\nbegin\n1 3 integer\n0 1 0\nend\n",
    "after": "H-representation\nbegin\n1 3 integer\n0 1 0\nend\n{} 1 1\n",
}


@pytest.mark.parametrize("content", LINEARITIES.values(), ids=LINEARITIES.keys())
@pytest.mark.parametrize("word", ["linearity", "strict_inequality"])
def test_an_ine_file_with_linearities_has_no_interior(tmp_path, content, word):
    with pytest.raises(EmptyDomain, match="full-dimensional"):
        parse_domain(_written(tmp_path, content.format(word), "domain.ine"), 2)


@pytest.mark.parametrize("content", LINEARITIES.values(), ids=LINEARITIES.keys())
@pytest.mark.parametrize("word", ["equality", "partial_enum", "partial_enumeration", "hull"])
def test_cddlib_s_other_words_for_linearities_and_generators_are_heeded(tmp_path, content, word):
    path = _written(tmp_path, content.format(word), "domain.ine")
    with pytest.raises(ExactGeoError):
        parse_domain(path, 2)


NUMBERS = st.fractions(-5, 5, max_denominator=9)


@st.composite
def _boxes(draw):
    lower = draw(st.lists(st.none() | NUMBERS, min_size=1, max_size=3))
    widths = [draw(st.none() | st.fractions(Fraction(1, 9), 5, max_denominator=9)) for _ in lower]
    return Box(lower, [w if w is None or low is None else low + w for low, w in zip(lower, widths, strict=True)])


@given(_boxes())
def test_the_description_of_a_box_is_read_as_the_same_set(box):
    polyhedron = box.polyhedron
    again = parse_domain(describe_domain(polyhedron), box.dimension)
    assert (again.polyhedron if isinstance(again, Box) else again).is_same_set(polyhedron)


DESCRIBED = {
    "all": (Polyhedron(3), "all"),
    "equal intervals once": (Box.cube(3).polyhedron, "box:-1,1"),
    "different intervals": (Box((-1, 0), (1, "1/2")).polyhedron, "box:-1,1;0,1/2"),
    "a missing bound": (Box((None, 0), (1, None)).polyhedron, "box:-inf,1;0,inf"),
    "the tightest of several bounds": (Polyhedron(1, [(0, 1), (1, 1), (3, -1), (5, -2)]), "box:0,5/2"),
    "half-spaces": (Polyhedron(2, [(0, 1, 1), (1, -1, 0)]), "2 half-spaces in 2 dimensions"),
}


@pytest.mark.parametrize("polyhedron, expected", DESCRIBED.values(), ids=DESCRIBED.keys())
def test_a_domain_is_described(polyhedron, expected):
    assert describe_domain(polyhedron) == expected

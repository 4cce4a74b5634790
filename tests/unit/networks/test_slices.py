"""Slices of the input space."""

import json
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo import evaluate, relu_network
from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.networks.slices import Slice
from exactgeo.strategies import points, relu_networks

SCHEMA = Path(__file__).parents[3] / "exactgeo" / "reports" / "schemas" / "slice.schema.json"


@st.composite
def _slices(draw, inputs):
    origin = draw(points(inputs))
    axes = draw(st.permutations(range(inputs)))[: draw(st.integers(1, inputs))]
    directions = [tuple(Fraction(int(k == axis)) for k in range(inputs)) for axis in axes]
    bent = [tuple(a + 2 * b for a, b in zip(d, directions[-1], strict=True)) for d in directions[:-1]]
    return Slice(origin, (*bent, directions[-1]))


@given(relu_networks(max_inputs=4, max_units=5), st.data())
def test_the_restricted_network_is_the_network_at_the_slices_points(program, data):
    cut = data.draw(_slices(program.inputs))
    u = data.draw(points(cut.dimension))
    assert evaluate(cut.applied(program), u).outputs == evaluate(program, cut.point(u)).outputs


@given(st.integers(1, 4).flatmap(_slices), st.data())
def test_coordinates_map_both_ways(cut, data):
    u = data.draw(points(cut.dimension))
    assert cut.coordinates(cut.point(u)) == u
    x = data.draw(points(len(cut.origin)))
    found = cut.coordinates(x)
    assert found is None or cut.point(found) == x
    assert found is not None or cut.dimension < len(cut.origin)


def test_a_slice_goes_through_its_points():
    given_points = [(0, 0, 1), (1, "1/3", 1), (2, 0, 5)]
    cut = Slice.through(given_points)
    for u, x in zip([(0, 0), (1, 0), (0, 1)], given_points, strict=True):
        assert cut.point(u) == tuple(map(Fraction, x))
    assert cut.coordinates((0, 0, 0)) is None


@pytest.mark.parametrize(
    "document",
    [{"points": [[0, 0.5], ["1/3", "1"]]}, {"origin": [0, 0.5], "directions": [["1/3", 0.5]]}],
    ids=["points", "origin and directions"],
)
def test_files_hold_exact_numbers(tmp_path, document):
    whole = {"format": "exactgeo-slice", "version": 1, **document}
    jsonschema.validate(whole, json.loads(SCHEMA.read_text()))
    (tmp_path / "s.json").write_text(json.dumps(whole))
    assert Slice.read(tmp_path / "s.json") == Slice((0, "1/2"), (("1/3", "1/2"),))


@pytest.mark.parametrize(
    "content, message",
    [
        ("{", "cannot be understood"),
        ("[]", "expected an object"),
        ('{"format": "exactgeo-slice", "version": 2}', "expected an object"),
        ('{"format": "exactgeo-slice", "version": true, "points": [[0], [1]]}', "expected an object"),
        ('{"format": "exactgeo-slice", "version": 1, "points": [[0], [1]], "points": [[0], [2]]}', "stands twice"),
        ('{"format": "exactgeo-slice", "version": 1}', 'either "points" or "origin"'),
        ('{"format": "exactgeo-slice", "version": 1, "points": []}', "at least two points"),
        ('{"format": "exactgeo-slice", "version": 1, "points": [[0, 1]]}', "at least one direction"),
        ('{"format": "exactgeo-slice", "version": 1, "points": [[0, 1], [0, 1]]}', "depend on one another"),
        ('{"format": "exactgeo-slice", "version": 1, "points": [[0, 1], [0]]}', "different numbers of coordinates"),
        ('{"format": "exactgeo-slice", "version": 1, "points": [[0, NaN], [0, 1]]}', "NaN"),
        ('{"format": "exactgeo-slice", "version": 1, "points": 5}', "cannot be understood"),
        ('{"format": "exactgeo-slice", "version": 1, "points": [0, 1]}', "cannot be understood"),
    ],
)
def test_files_that_hold_no_slice_are_refused(tmp_path, content, message):
    (tmp_path / "s.json").write_text(content)
    with pytest.raises(InvalidArgument, match=message):
        Slice.read(tmp_path / "s.json")


def test_files_that_cannot_be_read_and_spaces_that_do_not_fit(tmp_path):
    with pytest.raises(InvalidArgument, match="cannot be read"):
        Slice.read(tmp_path / "none.json")
    with pytest.raises(InvalidArgument, match="is a device"):
        Slice.read("/dev/zero")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidArgument, match="is not text"):
        Slice.read(tmp_path / "binary")
    cut = Slice((0, 0), ((1, 0),))
    with pytest.raises(DimensionMismatch, match="3 coordinates in a slice of 1"):
        cut.point((1, 2, 3))
    with pytest.raises(DimensionMismatch, match="the slice lies in 2 dimensions, but the network has 3 inputs"):
        cut.applied(relu_network([[[1, 1, 1]]]))


@pytest.mark.parametrize("x", [(1,), (1, 2, 3)])
def test_points_of_other_spaces_have_no_coordinates(x):
    with pytest.raises(DimensionMismatch, match=f"{len(x)} coordinates"):
        Slice.through([(0, 0), (1, 1)]).coordinates(x)

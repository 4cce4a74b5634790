"""Paths as networks, and as what a certificate says of them."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.networks.drawn_paths import FAMILIES, jumping_paths, polylines

import exactgeo as eg
from exactgeo.arithmetic.rationals import Rational, point
from exactgeo.errors import DimensionMismatch, InvalidArgument
from exactgeo.networks.paths import Family, Path, binary_disk, binary_pulse, path_of, path_program, smooth_disk


def _inner_points(path):
    return [low + (high - low) * k / 7 for low, high in pairwise(path.breaks) for k in (1, 3, 6)]


@given(
    st.integers(1, 3).flatmap(lambda n: jumping_paths(n) | polylines(n)) | FAMILIES.map(lambda family: family.path())
)
def test_between_its_breaks_a_path_is_its_program(path):
    program = path_program(path)
    for r in _inner_points(path):
        assert eg.evaluate(program, (r,)).outputs == path.at(r)
    for before, place in zip(path.segments, path.breaks[1:], strict=True):
        assert eg.evaluate(program, (place,)).outputs == before(place)
    meets = all(before(after.low) == after(after.low) for before, after in pairwise(path.segments))
    assert program.is_continuous == meets
    assert program.unit_count <= 2 * (len(path.segments) - 1)


@given(st.integers(1, 3).flatmap(polylines))
def test_a_polyline_is_what_its_record_says(path):
    assert path_of(path.record(), path.dimension) == path


@given(FAMILIES)
def test_a_family_is_what_its_record_says(family):
    assert path_of(family.record(), family.dimension) == family.path()


def test_families_are_those_that_their_names_say():
    assert Family("binary-pulse", (7,), "1/2", 3).path() == binary_pulse(7, "1/2", 3)
    assert Family("binary-disk", (3, 5), 1, 4).path() == binary_disk(3, 5, 1, 4)
    assert Family("smooth-disk", (3, 5), 1, 2).path() == smooth_disk(3, 5, 1, 2)
    assert Family("smooth-disk", (3, 5), 1, 2).record() == {
        "family": "smooth-disk",
        "height": 3,
        "width": 5,
        "low": "1",
        "high": "2",
    }


def test_paths_that_are_no_polylines_have_no_points():
    for path in (binary_pulse(5, 0, 2), smooth_disk(3, 3, 1, 2)):
        with pytest.raises(InvalidArgument, match="no polyline"):
            path.record()


def test_a_segment_goes_from_one_point_to_another():
    path = Path.between((0, 1), ("1/3", -1))
    assert path.breaks == (0, 1) and path.at("1/2") == point(("1/6", 0))
    assert path.at(0) == point((0, 1)) and path.at(1) == point(("1/3", -1))
    with pytest.raises(DimensionMismatch, match="lie in one space"):
        Path.between((0, 1), (1,))


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("pulse", (5,), 0, 1), "there is no family 'pulse'"),
        (("area-pulse", (5, 5), 0, 1), "has the sizes size"),
        (("smooth-disk", (5,), 0, 1), "has the sizes height, width"),
        (("area-pulse", (0,), 0, 1), "above 0"),
        (("area-pulse", (True,), 0, 1), "above 0"),
        (("area-pulse", (5,), 0.5, 1), "binary float"),
    ],
)
def test_families_that_are_none_are_refused(arguments, message):
    with pytest.raises(InvalidArgument, match=message):
        Family(*arguments)


PULSE = {"family": "area-pulse", "size": 5, "low": "0", "high": "1"}


@pytest.mark.parametrize(
    "record, message",
    [
        (5, "is a family, or has points"),
        ({}, "is a family, or has points"),
        ({"points": [["0"], ["1"]]}, "is a family, or has points"),
        ({"points": "01", "breaks": ["0", "1"]}, "is a family, or has points"),
        ({"points": [["0"] * 5, ["1"] * 5], "breaks": ["1", "0"]}, "greater than the last"),
        ({**PULSE, "more": 1}, "cannot be understood"),
        ({**PULSE, "family": ["area-pulse"]}, "cannot be understood"),
        ({**PULSE, "family": "area-disk"}, "cannot be understood"),
        ({**PULSE, "size": "5"}, "has the sizes size"),
        ({**PULSE, "size": 10**12}, "lies in 1000000000000 dimensions"),
        ({**PULSE, "low": "-1"}, "not from -1 to 1"),
        ({**PULSE, "high": None}, "not a rational number"),
        ({"points": [["0"], ["1"]], "breaks": ["0", "1"]}, "lies in 1 dimensions"),
    ],
)
def test_records_of_no_path_are_refused(record, message):
    with pytest.raises(InvalidArgument, match=message):
        path_of(record, 5)


def test_a_family_is_not_worked_out_for_another_space():
    # A path of so many pixels would take hours.
    with pytest.raises(DimensionMismatch):
        path_of({"family": "smooth-disk", "height": 10**6, "width": 10**6, "low": "0", "high": "1"}, 25)


def test_parameters_are_exact():
    assert Family("area-pulse", (5,), Fraction(1, 3), "0.5").low == Rational(1, 3)

"""A thread whose floats are not those that the bounds are proved for is refused."""

import ctypes
import ctypes.util
import platform
from contextlib import contextmanager
from fractions import Fraction

import pytest

from exactgeo import Box, Budget, ProgramBuilder, enumerate_regions, hyperplane_arrangement
from exactgeo.enumeration.certified.floats import demand_ieee_floats
from exactgeo.enumeration.certified.programs.search import ProgramSearch
from exactgeo.enumeration.certified.vertices import walks
from exactgeo.enumeration.search import Prefix
from exactgeo.errors import ExactGeoError

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64" or platform.system() != "Linux", reason="the modes are set as glibc does on x86-64"
)
MODES = {"upwards": 0x4000, "downwards": 0x2000, "to zero": 0x6000, "results to zero": 0x8000, "operands to zero": 0x40}
ROUNDING = list(MODES)[:3]


@contextmanager
def _mode(bits):
    library = ctypes.CDLL(ctypes.util.find_library("m"))
    state = (ctypes.c_uint32 * 8)()  # its last word is the register of the vector unit
    library.fegetenv(state)
    before = state[7]
    try:
        state[7] = before | bits
        library.fesetenv(state)
        yield
    finally:
        state[7] = before
        library.fesetenv(state)


@pytest.mark.parametrize("mode", MODES)
def test_another_mode_is_refused(mode):
    demand_ieee_floats()
    with _mode(MODES[mode]), pytest.raises(ExactGeoError, match="nearest" if mode in ROUNDING else "subnormal"):
        demand_ieee_floats()
    demand_ieee_floats()


def test_no_region_is_invented_where_subnormals_are_taken_for_zero():
    """The interval from 0 to the least float, cut in its middle: taken for 0, its upper end is on neither side."""
    least = Fraction(1, 2**1074)
    builder = ProgramBuilder(1)
    for constant in (0, -least / 2):
        builder.add_unit([({}, {}), ({0: constant, 1: 1}, {1: 1})])
    program, interval = builder.build([{2: 1}]), Box([0], [least])
    with _mode(MODES["operands to zero"]), pytest.raises(ExactGeoError, match="subnormal"):
        enumerate_regions(program, interval, engine="certified")
    found = enumerate_regions(program, interval, engine="certified")
    assert [region.pattern for region in found] == [(1, 0), (1, 1)]


def test_a_mode_that_changes_during_a_walk_is_refused(monkeypatch):
    monkeypatch.setattr(walks, "_REST", 1)
    builder = ProgramBuilder(1)
    for k in range(4):
        builder.add_unit([({}, {}), ({0: Fraction(k, 5), 1: 1}, {1: 1})])
    with _mode(0):
        library = ctypes.CDLL(ctypes.util.find_library("m"))
        with pytest.raises(ExactGeoError, match="nearest"):
            enumerate_regions(
                builder.build([{2: 1}]),
                Box.cube(1),
                engine="certified",
                budget=Budget(max_seconds=60),
                on_progress=lambda _: library.fesetround(0x800),
            )


@pytest.mark.parametrize("mode", MODES)
def test_linear_programs_are_refused_in_another_mode(mode):
    forms = [[k % 5 - 2, *((k * j) % 7 - 3 for j in range(2, 13))] for k in range(1, 4)]
    arrangement = hyperplane_arrangement(forms)
    assert len(enumerate_regions(arrangement, Box.cube(11))) == len(
        enumerate_regions(arrangement, Box.cube(11), engine="reference")
    )
    with _mode(MODES[mode]), pytest.raises(ExactGeoError, match="the bounds of the kernels need"):
        enumerate_regions(arrangement, Box.cube(11))


def test_linear_programs_whose_mode_changes_are_refused():
    forms = [[k % 5 - 2, *((k * j) % 7 - 3 for j in range(2, 13))] for k in range(1, 10)]
    search = ProgramSearch(hyperplane_arrangement(forms), Box.cube(11).polyhedron)
    batches = search.explore(Prefix())
    next(batches)
    with _mode(MODES["upwards"]), pytest.raises(ExactGeoError, match="nearest"):
        next(batches)

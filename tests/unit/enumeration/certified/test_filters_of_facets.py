"""What is called sure of a point beyond a facet is true of the exact numbers; and half of each bound would not do."""

from fractions import Fraction

import numpy as np
import pytest
from unit.enumeration.certified.filters import fractions

from exactgeo.complexes.kernels import crossings as kernels
from exactgeo.complexes.kernels.crossings import Place, Table

ULP = 2.0**-53
MANY = 60


NO_ROWS = np.zeros((1, 0))


def _table(rows, errors, starts=(0,), domain=NO_ROWS[:0], domain_errors=NO_ROWS[:0]):
    """Return a table of rows of the whole environment, each the selector of a piece and its value."""
    rows, errors = np.array(rows, dtype=float), np.array(errors, dtype=float)
    count, width = rows.shape
    own = np.arange(count)
    entries = np.tile(np.arange(width), count)
    parts = (np.arange(count + 1) * width, entries, rows.ravel(), errors.ravel())
    half_spaces = (np.array(part, dtype=float) for part in (domain, domain_errors))
    return Table(np.array(starts), own, own, *parts, *half_spaces)


def _place(environment, bounds, rows):
    return Place(np.array(environment, dtype=float), np.array(bounds, dtype=float), np.zeros((rows, 2)))


def _value(row, errors, environment, bounds):
    place = _place(environment, bounds, 1)
    kernels._put_row(0, _table([row], [errors]), place)
    return place.sums[0]


def _worst_case(row, errors, environment, bounds, sense):
    """Return the exact value where each number, which is not negative, is larger or smaller by its error."""
    parts = (fractions(part) for part in (row, errors, environment, bounds))
    return sum((a + sense * e) * (x + sense * b) for a, e, x, b in zip(*parts, strict=True))


LOST = ULP * (1 + 2.0**-20)
DOMINATED = {
    "coefficients": ([1, 2, 3], [0.25, 0.5, 0.125], [1, 5, 7], [0, 0, 0]),
    "entries": ([1, 2, 3], [0, 0, 0], [1, 5, 7], [0.25, 0.5, 0.125]),
    "both": ([0, 0, 0], [0.25, 0.5, 0.125], [0, 0, 0], [0.25, 0.5, 0.125]),
    "all": ([1, 2, 3], [0.25, 0.5, 0.125], [1, 5, 7], [0.5, 0.25, 0.5]),
    "roundings": ([1] * MANY, [0] * MANY, [1, *[LOST] * (MANY - 1)], [0] * MANY),
    "underflow": ([2.0**-537] * 3, [0] * 3, [0.49 * 2.0**-537] * 3, [0] * 3),
}


@pytest.mark.parametrize("kind", DOMINATED)
@pytest.mark.parametrize("of_row", [1, -1])
def test_values_err_by_much_of_their_bounds_and_never_by_more_than_them(kind, of_row):
    row, errors, environment, bounds = DOMINATED[kind]
    value, bound = fractions(_value([of_row * a for a in row], errors, environment, bounds))
    gap = abs(of_row * _worst_case(row, errors, environment, bounds, 1) - value)
    assert 0 < gap <= bound
    assert kind == "underflow" or gap > Fraction(9, 10) * bound


def test_negative_entries_of_the_environment_have_errors_as_large():
    numbers = [1, 2], [0.25, 0.5], [3, 5], [0.5, 0.25]
    sizes = [_value(numbers[0], numbers[1], sense * np.array(numbers[2]), numbers[3])[1] for sense in (1, -1)]
    assert sizes[0] == sizes[1] > 0


def test_the_roundings_of_a_bound_are_counted():
    """Errors that are rounded away as they are added up, and as many terms that are rounded up."""
    count = 10
    row, environment = [1.0, *[1 + 2.0**-19] * (count - 1)], [1.0, *[ULP * (1 - 2.0**-20)] * (count - 1)]
    errors = [1 + 4 * ULP] * count
    value, bound = _value(row, errors, environment, [0.0] * count)
    assert _worst_case(row, errors, environment, [0.0] * count, -1) < 0 and not value > bound


def test_a_row_without_coefficients_is_exactly_zero():
    place = _place([1.0], [0.0], 1)
    kernels._put_row(0, _table(NO_ROWS, NO_ROWS), place)
    assert place.sums.tolist() == [[0.0, 0.0]]


def test_differences_err_by_no_more_than_their_bounds():
    rng = np.random.default_rng(1)
    worst = Fraction(0)
    for scale in (2.0**-60, 2.0**-30, 1.0):
        for _ in range(200):
            place = _place([1.0], [0.0], 2)
            place.sums[:, 0] = rng.uniform(1, 2, 2) * (1, 2.0 ** -int(rng.integers(0, 40)))
            place.sums[:, 1] = rng.uniform(0, scale, 2)
            value, bound = fractions(kernels._difference(0, 1, place))
            (first, of_first), (second, of_second) = fractions(place.sums)
            gap = abs(first - second - value) + of_first + of_second
            assert gap <= bound
            worst = max(worst, gap / bound)
    assert worst > Fraction(99, 100)


def _is_inside(row, errors, point):
    environment = [1.0, *point]
    domain = {"domain": [row], "domain_errors": [errors]}
    return kernels._is_inside(_table(NO_ROWS, NO_ROWS, **domain), _place(environment, environment, 1))


@pytest.mark.parametrize(
    "row, errors", [([0, 1, 0], [0.5, 0, 0]), ([0, 1, 0], [0, 0.25, 0]), ([0, 1, 1], [0, 0, 0.125])]
)
@pytest.mark.parametrize("sense", [1, -1])
def test_a_point_is_inside_only_if_it_is_so_whatever_the_errors(row, errors, sense):
    point = np.array([2.0, 4.0]) * sense
    row = [row[0], *(sense * np.array(row[1:]))]
    most = errors[0] + errors[1] * 2 + errors[2] * 4
    value = row[1] * point[0] + row[2] * point[1]
    for beyond, is_inside in ((0.99 * most, False), (most, False), (1.01 * most, True)):
        assert _is_inside([beyond - value, *row[1:]], errors, point) == is_inside


@pytest.mark.parametrize("row, point", [
    ([1.0, *[1.0] * 7, -1 - 10 * ULP], [*[LOST] * 7, 1.0]),
    ([0.0, *[2.0**-537] * 3], [0.75 * 2.0**-537, *[-0.49 * 2.0**-537] * 2]),
])  # fmt: skip
def test_roundings_bring_no_point_inside(row, point):
    """As floats the value is positive; the exact one is negative."""
    assert sum(a * x for a, x in zip(fractions(row), fractions([1.0, *point]), strict=True)) < 0
    assert not _is_inside(row, [0.0] * len(row), point)


@pytest.mark.parametrize("row", [[np.nan, 1.0], [np.inf, 1.0], [1.0, np.nan], [1.0, np.inf]])
def test_no_point_is_inside_where_a_number_is_lost(row):
    assert not _is_inside(row, [0.0, 0.0], [1.0])
    assert not _is_inside([5.0, 1.0], [0.0 if a == 1.0 else abs(a) for a in row], [1.0])


def test_a_point_on_either_of_two_bounds_is_not_inside():
    for place in range(2):
        rows = np.array([[1.0, 1.0], [1.0, 1.0]])
        rows[place] = 0.0, 0.0
        table = _table(NO_ROWS, NO_ROWS, domain=rows, domain_errors=np.zeros((2, 2)))
        assert not kernels._is_inside(table, _place([1.0, 1.0], [0.0, 0.0], 1))


def _is_beside(leads, pattern, other, error=0.25):
    """Whether a point is beside a cell of one unit, the pieces' selectors being some numbers known up to an error."""
    rows, errors = [[lead, 0.0] for lead in leads], [[error, 0.0]] * len(leads)
    table = _table(rows, errors, starts=(0, len(leads)))
    return kernels._is_beside(np.array([pattern]), np.array([other]), table, _place([1.0, 0.0], [0.0, 0.0], len(leads)))


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_a_point_is_beside_a_cell_only_if_all_comparisons_are_sure(order):
    """Two selectors may be nearer by 1/2 than they are in floats."""
    ours, theirs, third = order
    for lead_of_theirs, lead_of_ours, is_beside in [
        (0.6, 0.6, True), (0.4, 0.6, False), (0.6, 0.4, False), (-0.6, 0.6, False), (0.6, -0.6, False),
    ]:  # fmt: skip
        leads = np.zeros(3)
        leads[theirs], leads[third] = lead_of_theirs, -lead_of_ours
        assert _is_beside(leads, ours, theirs) == is_beside


def test_errors_of_values_are_handed_on_to_the_units_behind():
    """The first unit's value is 1, known up to 1/2; of the second, one selector is that value."""
    for lead, is_beside in ((0.4, False), (0.6, True)):
        rows = [[1, 0, 0, 0], [0, 0, 0, 0], [lead - 1, 0, 1, 0], [0, 0, 0, 0]]
        errors = np.zeros((4, 4))
        errors[0, 0] = 0.5
        place = _place([1.0, 0.0, 0.0, 0.0], np.zeros(4), 4)
        table = _table(rows, errors, starts=(0, 2, 4))
        assert kernels._is_beside(np.array([0, 0]), np.array([0, 2]), table, place) == is_beside


@pytest.mark.parametrize("least, is_found", [(-0.125, True), (0.125, False)])
def test_a_point_beyond_the_domain_is_not_taken(least, is_found):
    """The first cell's piece is preferred left of 0; given a point at its right, one looks there for the facet."""
    domain = {"domain": [[-least, 1.0]], "domain_errors": [[0.0, 0.0]]}
    table = _table([[0, -1, 0], [0, 0, 0]], np.zeros((2, 3)), starts=(0, 2), **domain)
    place, found = _place([1.0, 0.0, 0.0], np.zeros(3), 2), np.zeros(1, dtype=bool)
    pairs, patterns, points = np.array([[0, 1, 0]]), np.array([[0], [1]]), np.array([[0.25], [0.5]])
    kernels.find_crossings(pairs, patterns, points, np.array([0.125]), table, place, found)
    assert found[0] == is_found

"""The error analysis of programs, against computations in float32 and float16 in many orders."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.precisions import PRECISIONS
from oracles.rounding import Rounding, RoundingAnalysis
from oracles.translation import fraction

import exactgeo as eg
from exactgeo.networks.programs import ProgramBuilder

SINGLE = Rounding(PRECISIONS["float32"])
SEEDS = st.integers(0, 10**6)


def _network(rng, widths, dtype):
    """Layers of rectifiers with random weights: as arrays, and as a program."""
    layers = [(rng.normal(size=(a, b)).astype(dtype), rng.normal(size=b).astype(dtype)) for a, b in pairwise(widths)]
    return layers, eg.relu_network([weights.T for weights, _ in layers], [biases for _, biases in layers])


def _computed(rng, layers, x):
    """The outputs, every sum in a random order, every number rounded to the arrays' type."""
    values = x
    for k, (weights, bias) in enumerate(layers):
        products = np.concatenate([values[:, None] * weights, bias[None, :]])
        rng.shuffle(products)
        total = products[0]
        for row in products[1:]:
            total = (total + row).astype(x.dtype)
        values = total if k == len(layers) - 1 else np.maximum(total, x.dtype.type(0))
    return values


@pytest.mark.parametrize("name", ["float16", "float32"])
@given(seed=SEEDS)
def test_a_computation_in_any_order_is_within_the_errors(name, seed):
    rng = np.random.default_rng(seed)
    layers, program = _network(rng, [3, 6, 6, 2], name)
    x = rng.uniform(-1, 1, 3).astype(name)
    exact = eg.evaluate(program, [Fraction(float(value)) for value in x])
    bounds = RoundingAnalysis(program, Rounding(PRECISIONS[name])).at(x, exact.pattern)
    computed = _computed(rng, layers, x)
    for value, found, error in zip(exact.outputs, computed, bounds.errors, strict=True):
        assert abs(Fraction(float(found)) - fraction(value)) <= Fraction(error)


@pytest.mark.parametrize("knows_the_pattern", [False, True])
@given(seed=SEEDS)
def test_the_exact_outputs_lie_in_their_enclosures(seed, knows_the_pattern):
    rng = np.random.default_rng(seed)
    _, program = _network(rng, [3, 6, 6, 2], "float64")
    x = rng.uniform(-1, 1, 3)
    exact = eg.evaluate(program, [Fraction(float(value)) for value in x])
    bounds = RoundingAnalysis(program, SINGLE).at(x, exact.pattern if knows_the_pattern else None)
    for value, middle, radius in zip(exact.outputs, bounds.values, bounds.radii, strict=True):
        assert abs(Fraction(float(middle)) - fraction(value)) <= Fraction(radius)


def _bounds(units, outputs, x, rounding=SINGLE, *, exact=True):
    builder = ProgramBuilder(inputs=len(x))
    for unit in units:
        builder.add_unit(unit)
    program = builder.build(outputs)
    point = [Fraction(float(value)) for value in x]
    pattern = eg.evaluate(program, point).pattern if exact else None
    return RoundingAnalysis(program, rounding).at(np.array(x, dtype=np.float64), pattern)


THIRD = Fraction(1, 3)


def test_a_moved_entry_has_no_error_and_a_scaled_one_has():
    bounds = _bounds([], [{1: 1}, {1: -1}, {1: THIRD}], [0.7])
    assert bounds.errors[0] == bounds.errors[1] == 0
    assert 0 < bounds.errors[2] < 1e-6


def test_casts_round_what_is_moved():
    assert _bounds([], [{1: 1}], [0.7], Rounding(PRECISIONS["float16"], moves_round=True)).errors[0] > 0.7 * 2.0**-11


def test_integers_are_added_without_error_as_long_as_the_format_holds_the_sums():
    small, large = _bounds([], [{1: 3, 2: 5}], [2.0, 4.0]), _bounds([], [{1: 3, 2: 5}], [2.0**23, 2.0**23])
    assert small.errors[0] == 0 < large.errors[0]


def test_a_rectifier_far_below_zero_has_no_error():
    off, on = ([({}, {}), ({0: sign, 1: THIRD}, {0: sign, 1: THIRD})] for sign in (-1, 1))
    assert _bounds([off], [{2: 1}], [0.3]).errors[0] == 0
    assert _bounds([on], [{2: 1}], [0.3]).errors[0] > 0


def test_a_rectifier_near_zero_has_the_error_of_both_pieces():
    near = [({}, {}), ({0: Fraction(-1, 10), 1: THIRD}, {0: Fraction(-1, 10), 1: THIRD})]
    bounds = _bounds([near], [{2: 1}], [0.3 - 1e-9])
    assert bounds.errors[0] > 0
    assert bounds.undecided == ()


STEP = [({}, {}), ({0: -THIRD, 1: 1}, {0: 1})]


@pytest.mark.parametrize("exact", [False, True])
def test_a_step_far_away_is_decided_and_its_value_has_no_error(exact):
    bounds = _bounds([STEP], [{2: 1}], [0.7], exact=exact)
    assert bounds.undecided == ()
    assert bounds.errors[0] == 0


@pytest.mark.parametrize("exact", [False, True])
def test_a_step_nearer_than_its_errors_is_undecided_and_may_jump(exact):
    bounds = _bounds([STEP], [{2: 1}], [float(np.float32(1 / 3))], exact=exact)
    assert bounds.undecided == (0,)
    assert bounds.errors[0] >= 1


@pytest.mark.parametrize("x", [0.25, 0.25 + 2.0**-26, 0.25 - 2.0**-26])
def test_a_step_at_a_number_of_the_format_is_decided_at_and_beside_it(x):
    step = [({}, {}), ({0: Fraction(-1, 4), 1: 1}, {0: 1})]
    bounds = _bounds([step], [{2: 1}], [x])
    assert bounds.undecided == ()
    assert bounds.errors[0] == 0


def test_a_comparison_of_two_inputs_is_decided_and_of_computed_numbers_is_not():
    by_inputs = [({1: 1}, {0: 1}), ({2: 1}, {0: 2})]
    assert _bounds([by_inputs], [{3: 1}], [0.1, 0.1]).undecided == ()
    scaled = [[({1: f}, {1: f}), ({1: f}, {1: f})] for f in (THIRD,)] + [[({2: THIRD}, {2: THIRD})] * 2]
    by_results = [({3: 1}, {0: 1}), ({4: 1}, {0: 2})]
    assert _bounds([*scaled, by_results], [{5: 1}], [0.1, 0.1]).undecided == (2,)


def test_terms_that_cancel_behind_an_identity_still_count():
    shown = [({0: 1000, 1: 1}, {0: 1000, 1: 1})] * 2
    assert _bounds([shown], [{0: -1000, 2: 1}], [0.1]).errors[0] > 1000 * 2.0**-24
    assert _bounds([], [{1: 1}], [0.1]).errors[0] == 0

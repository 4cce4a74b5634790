"""Batches of sparse forms, operation by operation against dictionaries of Fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactgeo.arithmetic.integers import integer_array
from exactgeo.errors import InexactNumber, InvalidArgument
from exactgeo.networks.forms import SparseForms

EDGES = st.sampled_from([2**k + d for k in (31, 61, 62, 63, 64, 90) for d in (-1, 0, 1)])
NUMERATORS = st.integers(-4, 4) | EDGES | EDGES.map(lambda value: -value)
DENOMINATORS = st.sampled_from([1, 1, 1, 2, 3, 4, 6, 2**40, 2**62 + 1, 2**70])
NUMBERS = st.builds(Fraction, NUMERATORS, DENOMINATORS)
WIDTH = 5
FORMS = st.dictionaries(st.integers(0, WIDTH - 1), NUMBERS, max_size=WIDTH) | st.just({})
BATCHES = st.integers(0, 4).flatmap(lambda rows: st.lists(FORMS, min_size=rows, max_size=rows))


def _clean(form):
    return {entry: value for entry, value in form.items() if value}


def _rows(forms):
    return [forms.row(k) for k in range(len(forms))]


def _objects(values):
    array = np.empty(len(values), dtype=object)
    array[:] = [int(value) for value in values]
    return integer_array(array)


def _sum(*parts):
    """Return the sum of multiples of forms, given as (factor, form)."""
    total = {}
    for factor, form in parts:
        for entry, value in form.items():
            total[entry] = total.get(entry, Fraction(0)) + factor * value
    return _clean(total)


def _is_canonical(forms):
    """Whether each row is in lowest terms and by increasing entry, and the arrays fit one another."""
    starts = forms.starts.tolist()
    fits = starts[0] == 0 and starts[-1] == len(forms.entries) == len(forms.numerators) == forms.nonzeros
    for low, high, denominator in zip(starts, starts[1:], forms.denominators.tolist(), strict=False):
        entries, numerators = forms.entries[low:high].tolist(), forms.numerators[low:high].tolist()
        fits &= entries == sorted(set(entries)) and all(numerators) and denominator > 0
        fits &= math.gcd(denominator, *numerators) == 1
    return fits and len(starts) == len(forms) + 1


@given(BATCHES)
def test_the_forms_are_the_dictionaries_that_they_were_made_of(batch):
    forms = SparseForms.of(batch)
    assert _rows(forms) == [_clean(form) for form in batch] and _is_canonical(forms)


@given(BATCHES, st.lists(st.integers(0, 10), max_size=6))
def test_any_rows_may_be_taken_in_any_order(batch, chosen):
    rows = [row for row in chosen if row < len(batch)]
    taken = SparseForms.of(batch).take(np.array(rows, dtype=np.int64))
    assert _rows(taken) == [_clean(batch[row]) for row in rows] and _is_canonical(taken)


@given(BATCHES)
def test_the_negative_has_the_negative_coefficients(batch):
    negative = -SparseForms.of(batch)
    assert _rows(negative) == [_sum((-1, form)) for form in batch] and _is_canonical(negative)


@given(st.lists(st.tuples(FORMS, FORMS), max_size=4))
def test_forms_are_added_row_by_row(pairs):
    total = SparseForms.of(a for a, _ in pairs) + SparseForms.of(b for _, b in pairs)
    assert _rows(total) == [_sum((1, a), (1, b)) for a, b in pairs] and _is_canonical(total)


@given(BATCHES)
def test_a_batch_and_its_negative_add_up_to_zero_forms_over_1(batch):
    forms = SparseForms.of(batch)
    assert list((forms + -forms).records()) == [(1,)] * len(batch)


@given(st.lists(st.tuples(FORMS, NUMBERS), max_size=4))
def test_each_row_is_scaled_by_its_own_number(pairs):
    numbers = [number for _, number in pairs]
    numerators, denominators = (
        _objects([getattr(number, name) for number in numbers]) for name in ("numerator", "denominator")
    )
    scaled = SparseForms.of(form for form, _ in pairs).scaled(numerators, denominators)
    assert _rows(scaled) == [_sum((number, form)) for form, number in pairs] and _is_canonical(scaled)


@given(st.lists(BATCHES, max_size=4))
def test_batches_are_put_one_after_the_other(batches):
    together = SparseForms.concatenate([SparseForms.of(batch) for batch in batches])
    assert _rows(together) == [_clean(form) for batch in batches for form in batch] and _is_canonical(together)


@given(BATCHES, st.lists(FORMS, min_size=WIDTH, max_size=WIDTH))
def test_substitution_replaces_each_entry_by_its_form(outer, inner):
    result = SparseForms.of(outer).substitute(SparseForms.of(inner))
    expected = [_sum(*((value, inner[entry]) for entry, value in form.items())) for form in outer]
    assert _rows(result) == expected and _is_canonical(result)


@given(BATCHES, st.lists(NUMBERS, min_size=WIDTH, max_size=WIDTH))
def test_the_values_in_an_environment_are_those_of_fractions(batch, environment):
    common = math.lcm(*(value.denominator for value in environment))
    scaled = _objects([value * common for value in environment])
    expected = [sum((c * environment[entry] for entry, c in form.items()), Fraction(0)) for form in batch]
    assert SparseForms.of(batch).values(scaled, common) == expected


@given(BATCHES)
def test_a_record_is_the_denominator_and_the_pairs_in_lowest_terms(batch):
    expected = []
    for form in map(_clean, batch):
        common = math.lcm(*(value.denominator for value in form.values()))
        pairs = [number for entry in sorted(form) for number in (entry, int(form[entry] * common))]
        expected.append((common, *pairs))
    assert list(SparseForms.of(batch).records()) == expected


@given(BATCHES)
def test_the_width_is_one_more_than_the_largest_entry_used(batch):
    used = [entry for form in batch for entry in _clean(form)]
    forms = SparseForms.of(batch)
    assert forms.width == max(used, default=-1) + 1 and forms.nonzeros == len(used)


@given(BATCHES)
def test_every_nonzero_knows_its_row(batch):
    expected = [k for k, form in enumerate(batch) for _ in _clean(form)]
    assert SparseForms.of(batch).row_numbers.tolist() == expected


TRIPLETS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, WIDTH - 1), NUMERATORS), max_size=12)


@given(TRIPLETS, st.lists(st.sampled_from([1, 2, 3, 6, 2**40, 2**70]), min_size=4, max_size=4))
def test_triplets_at_equal_places_are_added(triplets, denominators):
    forms = SparseForms.from_triplets(
        np.array([row for row, _, _ in triplets], dtype=np.int64),
        np.array([entry for _, entry, _ in triplets], dtype=np.int64),
        _objects([value for _, _, value in triplets]),
        _objects(denominators),
    )
    expected = [
        _sum(*((Fraction(value, denominators[k]), {entry: 1}) for row, entry, value in triplets if row == k))
        for k in range(4)
    ]
    assert _rows(forms) == expected and _is_canonical(forms)


@given(st.lists(st.integers(0, 10), max_size=5))
def test_variables_are_single_entries(entries):
    forms = SparseForms.variables(np.array(entries, dtype=np.int64))
    assert _rows(forms) == [{entry: 1} for entry in entries] and _is_canonical(forms)


@given(BATCHES)
def test_equal_batches_have_equal_records_however_they_were_made(batch):
    forms = SparseForms.of(batch)
    doubled = forms + forms
    halved = doubled.scaled(np.ones(len(batch), dtype=np.int64), np.full(len(batch), 2, dtype=np.int64))
    assert list(halved.records()) == list(forms.records())


def test_rows_of_machine_integers_and_of_long_ones_live_together():
    small, large = SparseForms.of([{0: 1}, {}]), SparseForms.of([{1: 2**80}, {0: Fraction(1, 2**80)}])
    together = SparseForms.concatenate([small, large])
    assert _rows(together) == [{0: 1}, {}, {1: 2**80}, {0: Fraction(1, 2**80)}]
    assert _rows(together + together) == [{0: 2}, {}, {1: 2**81}, {0: Fraction(1, 2**79)}]


@pytest.mark.parametrize("value", [-(2**63), 2**63 - 1])
def test_the_extreme_machine_integers_are_summed_without_overflow(value):
    forms = SparseForms.from_triplets(
        np.array([0, 0, 1], dtype=np.int64),
        np.array([1, 1, 0], dtype=np.int64),
        np.array([value, value, value], dtype=np.int64),
        np.array([1, 3], dtype=np.int64),
    )
    assert _rows(forms) == [{1: 2 * value}, {0: Fraction(value, 3)}]


@pytest.mark.parametrize("value", [0.5, float("nan"), np.float32(1)])
def test_a_float_is_no_coefficient(value):
    with pytest.raises(InexactNumber):
        SparseForms.of([{0: value}])


def test_a_substitution_needs_a_form_for_every_entry_used():
    with pytest.raises(IndexError):
        SparseForms.of([{3: 1}]).substitute(SparseForms.of([{0: 1}]))


NO_ENTRIES = {
    "negative": [{0: 1}, {-1: 5, 2: 1}],
    "negative alone": [{-1: 5}],
    "a fraction": [{1.5: 1}],
    "a text": [{"1": 1}],
    "so large that places overflow": [{0: 1}, {0: 1}, {0: 1}, {0: 1}, {2**62: 1}],
}


@pytest.mark.parametrize("batch", NO_ENTRIES.values(), ids=NO_ENTRIES.keys())
def test_what_is_no_environment_entry_is_refused(batch):
    with pytest.raises(InvalidArgument):
        SparseForms.of(batch)


@pytest.mark.parametrize("others", [[{1: 1}, {2: 1}], []], ids=["two", "none"])
def test_batches_of_different_lengths_do_not_add(others):
    one, more = SparseForms.of([{0: 1}]), SparseForms.of(others)
    with pytest.raises(InvalidArgument):
        one + more


def _proportional(first, second):
    if not first:
        return True
    return first.keys() == second.keys() and len({first[k] / second[k] for k in first}) == 1


@given(st.lists(st.tuples(FORMS, FORMS, st.sampled_from([0, 1, -2, Fraction(3, 7), 2**70])), max_size=6))
def test_multiples_are_told_row_by_row(triples):
    """Each form against a multiple of itself, and against another form."""
    pairs = [(a, _sum((factor, a))) for a, _, factor in triples] + [(a, b) for a, b, _ in triples]
    others, forms = SparseForms.of(_clean(a) for a, _ in pairs), SparseForms.of(_clean(b) for _, b in pairs)
    expected = [_proportional(b, a) for a, b in zip(_rows(others), _rows(forms), strict=True)]
    assert forms.are_multiples_of(others).tolist() == expected

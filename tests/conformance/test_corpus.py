"""Networks of many authors: what is imported computes what onnxruntime computes, and the rest is on a reviewed list."""

import pytest
from conformance.corpus import (
    EXACT_POINTS,
    LARGE,
    ONLY_BY_NIGHT,
    POINTS,
    name_of,
    networks,
    refusal,
    reviewed,
    subject,
)

ADVICE = "run `PYTHONPATH=tests python -m conformance.corpus --write`, and review what it changes in the list"


@pytest.fixture(params=[pytest.param(path, id=name_of(path)) for path in networks()])
def path(request):
    return request.param


def _subject(path):
    found = subject(path)
    if found is None:
        assert name_of(path) in reviewed()
        pytest.skip("it is on the list of those that are refused")
    return found


def test_a_network_is_imported_or_refused_as_reviewed(path):
    assert refusal(path) == reviewed().get(name_of(path)), ADVICE


def test_an_imported_network_computes_what_runtimes_compute_up_to_their_rounding(path):
    if name_of(path) in ONLY_BY_NIGHT:
        pytest.skip("it is compared by night only")
    one = _subject(path)
    large = one.network.nonzeros > LARGE
    assert not list(one.disagreements(most=3 if large else POINTS, exact=0 if large else EXACT_POINTS))


@pytest.mark.nightly
def test_an_imported_network_computes_what_runtimes_compute_at_all_points(path):
    one = _subject(path)
    assert not list(one.disagreements(most=POINTS, exact=1 if one.network.nonzeros > LARGE else POINTS))


def test_the_reviewed_list_names_networks_of_the_corpus():
    if not networks():
        pytest.skip("there is no corpus of networks beside the checkout")
    assert reviewed().keys() <= {name_of(path) for path in networks()}

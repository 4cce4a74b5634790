"""Networks of many authors: what is imported computes what onnxruntime computes, and the rest is on a reviewed list."""

import onnx
import pytest
from conformance.agreement import Network
from conformance.corpus import (
    EXACT_POINTS,
    LARGE,
    POINTS,
    disagreements,
    name_of,
    networks,
    refusal,
    reviewed,
)
from conformance.running import ordered

ADVICE = "run `PYTHONPATH=tests python -m conformance.corpus --write`, and review what it changes in the list"
ONLY_BY_NIGHT = {"dnnv_tests/dronet.onnx"}
"""Networks with more than 100,000 units."""


@pytest.fixture(params=[pytest.param(path, id=name_of(path)) for path in networks()])
def path(request):
    return request.param


def _network(path):
    if name_of(path) in reviewed():
        pytest.skip("it is on the list of those that are refused")
    model = ordered(onnx.load(path))
    return Network.of(model), model


def test_a_network_is_imported_or_refused_as_reviewed(path):
    if name_of(path) in ONLY_BY_NIGHT and name_of(path) not in reviewed():
        pytest.skip("it is imported by night only")
    assert refusal(path) == reviewed().get(name_of(path)), ADVICE


def test_an_imported_network_computes_what_runtimes_compute_up_to_their_rounding(path):
    if name_of(path) in ONLY_BY_NIGHT:
        pytest.skip("it is compared by night only")
    network, model = _network(path)
    large = network.nonzeros > LARGE
    assert not list(disagreements(network, model, most=3 if large else POINTS, exact=0 if large else EXACT_POINTS))


@pytest.mark.nightly
def test_an_imported_network_computes_what_runtimes_compute_at_all_points(path):
    network, model = _network(path)
    large = network.nonzeros > LARGE
    assert not list(disagreements(network, model, most=POINTS, exact=1 if large else POINTS))


def test_the_reviewed_list_names_networks_of_the_corpus():
    if not networks():
        pytest.skip("there is no corpus of networks beside the checkout")
    assert reviewed().keys() <= {name_of(path) for path in networks()}

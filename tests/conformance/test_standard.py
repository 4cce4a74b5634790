"""The standard's own tests: what is imported computes what they demand, and what is refused is on a reviewed list."""

import onnx
import pytest
from conformance.cases import BY_NIGHT, standard_cases
from conformance.standard import exceptions, reviewed, verdicts
from conformance.verdicts import EQUAL, REFUSED, WRONG, verdict

CHUNKS = 16
ADVICE = "run `PYTHONPATH=tests python -m conformance.standard --write`, and review what it changes in the list"


@pytest.fixture(scope="module", params=range(CHUNKS))
def found(request):
    return verdicts(standard_cases()[request.param :: CHUNKS])


@pytest.fixture(scope="module")
def listed():
    version, tests = reviewed()
    if version != onnx.__version__:
        pytest.skip(f"the reviewed list is about the tests of onnx {version}, not {onnx.__version__}")
    return tests


def test_nothing_is_wrong(found):
    wrong = {case.name: one.reason for case, one in found.items() if one.outcome == WRONG}
    assert not wrong


def test_what_is_not_equal_is_on_the_reviewed_list_for_the_same_reason(found, listed):
    actual = exceptions(found)
    expected = {case.name: listed[case.name] for case in found if case.name in listed}
    news = {name: reason for name, reason in actual.items() if expected.get(name) != reason}
    assert not news, f"not on the reviewed list like this: {ADVICE}"
    gone = sorted(expected.keys() - actual.keys())
    assert not gone, f"on the reviewed list, but equal now: {ADVICE}"


@pytest.mark.nightly
@pytest.mark.parametrize("name", sorted(BY_NIGHT))
def test_a_large_one_is_not_wrong(name, tmp_path):
    (case,) = (case for case in standard_cases() if case.name == name)
    assert verdict(case, tmp_path, by_night=True).outcome in {EQUAL, REFUSED}


def test_the_reviewed_list_names_tests_of_the_standard(listed):
    assert listed.keys() <= {case.name for case in standard_cases()}


def test_plain_operators_are_equal_not_only_not_wrong():
    names = {"test_abs", "test_relu", "test_matmul_2d", "test_gemm_all_attributes", "test_transpose_default"}
    cases = [case for case in standard_cases() if case.name in names]
    outcomes = {case.name: one.outcome for case, one in verdicts(cases).items()}
    assert outcomes == dict.fromkeys(names, EQUAL)

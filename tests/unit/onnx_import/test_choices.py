"""What a caller may choose at import."""

import json

import pytest

from exactgeo.errors import InvalidArgument
from onnx_import.choices import IRRATIONAL_POLICIES, Choices


def test_nothing_is_chosen_unless_said():
    assert Choices() == Choices(cut_at=None, irrational="exact-if-square", staircases=False)
    assert Choices().remarks() == ""


@pytest.mark.parametrize("policy", ["", "round", "fold", "FOLD-FLOAT32", None, 32])
def test_unknown_policies_are_refused_with_those_that_are_known(policy):
    with pytest.raises(InvalidArgument, match="exact-if-square, fold-float32, fold-float64"):
        Choices(irrational=policy)


@pytest.mark.parametrize("cut", [None, "", "last", "a'b"])
@pytest.mark.parametrize("policy", IRRATIONAL_POLICIES)
@pytest.mark.parametrize("staircases", [False, True])
def test_choices_survive_json(cut, policy, staircases):
    choices = Choices(cut, policy, staircases)
    assert Choices.of(json.loads(json.dumps(choices.record()))) == choices


def test_choices_that_are_left_out_are_as_they_stand():
    assert Choices.of({}) == Choices()
    assert Choices.of({"cut_at": "last"}) == Choices(cut_at="last")


@pytest.mark.parametrize(
    "record",
    [
        {"cut": "last"},
        {"cut_at": 1},
        {"cut_at": ["last"]},
        {"irrational": None},
        {"irrational": True},
        {"irrational": "round"},
        {"staircases": 1},
        {"staircases": "yes"},
        {"staircases": None},
        {"cut_at": "last", "seed": 0},
    ],
    ids=str,
)
def test_records_that_are_no_choices_are_refused(record):
    with pytest.raises(InvalidArgument):
        Choices.of(record)


def test_remarks_name_each_choice():
    assert "cut before the node 'last'" in Choices("last").remarks()
    assert "fold-float64" in Choices(irrational="fold-float64").remarks()
    assert "staircases" in Choices(staircases=True).remarks()
    all_three = Choices("last", "fold-float32", staircases=True).remarks()
    assert all(word in all_three for word in ("'last'", "fold-float32", "staircases")) and all_three.startswith(", ")


def test_choices_do_not_change():
    with pytest.raises(AttributeError):
        Choices().staircases = True

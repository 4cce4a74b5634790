"""Programs: what is refused, how units fall into layers, and when two programs are equal."""

import copy
import hashlib
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactgeo import Program, ProgramBuilder
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import InexactNumber, InvalidArgument
from exactgeo.networks import Piece, Unit
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.units import UnitTable
from exactgeo.strategies import programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 6)
ANY_PROGRAM = programs() | relu_networks()


def _relu(form):
    return [({}, {}), (form, form)]


def _units(program):
    return [program.unit(k) for k in range(program.unit_count)]


def _pieces(unit):
    return [(dict(piece.selector), dict(piece.value)) for piece in unit.pieces]


def _outputs(program):
    return [program.outputs.row(k) for k in range(program.output_count)]


def _rebuilt(program):
    """Return the program put together again, unit by unit."""
    builder = ProgramBuilder(program.inputs)
    for unit in _units(program):
        builder.add_unit(_pieces(unit))
    return builder.build(_outputs(program))


@pytest.mark.parametrize("inputs", [0, -1])
def test_a_program_has_at_least_one_input(inputs):
    with pytest.raises(InvalidArgument, match=f"at least one input, not {inputs}"):
        ProgramBuilder(inputs).build([{}])


@pytest.mark.parametrize("pieces", [[], [({}, {})], [({1: 1}, {1: 1})]], ids=["none", "zero", "one"])
def test_a_unit_has_at_least_two_pieces(pieces):
    builder = ProgramBuilder(1)
    builder.add_unit(_relu({1: 1}))
    builder.add_unit(pieces)
    with pytest.raises(InvalidArgument, match="unit 1 has fewer than two pieces"):
        builder.build([{}])


@pytest.mark.parametrize("entry", [3, 4, 10**6])
@pytest.mark.parametrize("place", ["selector", "value"])
def test_a_unit_uses_only_entries_before_its_own(entry, place):
    builder = ProgramBuilder(1)
    builder.add_unit(_relu({1: 1}))
    late = {entry: 1}
    builder.add_unit([({}, {}), (late, {})] if place == "selector" else [({}, {}), ({}, late)])
    with pytest.raises(InvalidArgument, match="unit 1 uses an environment entry"):
        builder.build([{}])


def test_a_later_unit_does_not_excuse_an_early_use_of_it():
    builder = ProgramBuilder(1)
    builder.add_unit(_relu({3: 1}))
    builder.add_unit(_relu({1: 1}))
    with pytest.raises(InvalidArgument, match="unit 0 uses"):
        builder.build([{}])


@pytest.mark.parametrize("entry", [3, 4, 10**6])
def test_an_output_uses_only_entries_that_exist(entry):
    builder = ProgramBuilder(1)
    builder.add_unit(_relu({1: 1}))
    with pytest.raises(InvalidArgument, match="an output uses"):
        builder.build([{0: 1}, {entry: 1}])


def test_the_last_entry_before_a_unit_and_the_last_of_all_may_be_used():
    builder = ProgramBuilder(1)
    first = builder.add_unit(_relu({1: 1}))
    second = builder.add_unit(_relu({first: 1}))
    assert builder.build([{second: 1}]).unit_count == 2


@pytest.mark.parametrize("form", [{1: 0.5}, {0: float("inf")}])
def test_a_float_in_a_unit_is_refused(form):
    with pytest.raises(InexactNumber):
        ProgramBuilder(1).add_unit(_relu(form))


def test_a_negative_entry_is_refused():
    with pytest.raises(InvalidArgument, match="-1 is not an environment entry"):
        ProgramBuilder(2).add_unit([({0: 1}, {0: 1}), ({-1: 5, 2: 1}, {1: 1})])


@FEWER
@given(ANY_PROGRAM)
def test_a_program_counts_what_it_holds(program):
    assert program.unit_count == len(_units(program)) == len(program.units)
    assert program.output_count == len(_outputs(program))
    assert program.environment_size == 1 + program.inputs + program.unit_count


@FEWER
@given(ANY_PROGRAM)
def test_the_layers_are_the_units_in_order(program):
    assert [unit for layer in program.layers for unit in layer] == list(range(program.unit_count))
    assert all(program.layers)


@FEWER
@given(ANY_PROGRAM)
def test_the_units_of_a_layer_do_not_use_one_another(program):
    for layer in program.layers:
        own = {1 + program.inputs + unit for unit in layer}
        assert not any(own & set(_used(program.unit(unit))) for unit in layer)


@FEWER
@given(ANY_PROGRAM)
def test_a_layer_ends_only_where_the_next_unit_uses_it(program):
    for layer, following in zip(program.layers, program.layers[1:], strict=False):
        own = {1 + program.inputs + unit for unit in layer}
        assert own & set(_used(program.unit(following.start)))


def _used(unit):
    return [entry for piece in unit.pieces for form in (piece.selector, piece.value) for entry in form]


def test_a_fully_connected_network_has_its_own_layers():
    builder = ProgramBuilder(2)
    first = [builder.add_unit(_relu({1: 1, 2: k})) for k in range(3)]
    second = [builder.add_unit(_relu(dict.fromkeys(first, k + 1))) for k in range(2)]
    builder.add_unit(_relu({second[-1]: 1}))
    assert builder.build([{}]).layers == (range(3), range(3, 5), range(5, 6))


@FEWER
@given(ANY_PROGRAM)
def test_a_program_put_together_again_unit_by_unit_is_the_same(program):
    again = _rebuilt(program)
    assert again == program and hash(again) == hash(program) and again.text == program.text


@given(st.integers(1, 4), st.data())
def test_units_added_at_once_and_one_by_one_make_the_same_program(inputs, data):
    coefficients = st.sampled_from([Rational(k, d) for k in (-2, -1, 1, 3) for d in (1, 2)])
    forms = data.draw(st.lists(st.dictionaries(st.integers(0, inputs), coefficients), min_size=1, max_size=4))
    at_once, one_by_one, shared = (ProgramBuilder(inputs) for _ in range(3))
    entries = at_once.add_relus(SparseForms.of(forms))
    assert [one_by_one.add_unit(_relu(form)) for form in forms] == list(entries)
    table = SparseForms.of([{}, *dict.fromkeys(map(_Frozen, forms))])
    places = [0, *(1 + list(dict.fromkeys(map(_Frozen, forms))).index(_Frozen(form)) for form in forms)]
    rows = np.array([row for place in places[1:] for row in (0, place)])
    shared.add_units(table, rows, rows, np.full(len(forms), 2))
    outputs = [{int(entry): 1} for entry in entries]
    made = [builder.build(outputs) for builder in (at_once, one_by_one, shared)]
    assert made[0] == made[1] == made[2] and len({program.text for program in made}) == 1


class _Frozen(dict):
    """A dictionary that can be a key."""

    def __hash__(self):
        return hash(frozenset(self.items()))


def test_maxima_added_at_once_are_units_with_the_batches_as_pieces():
    batches = [[{0: 1}, {1: 1}], [{1: 2}, {}], [{1: -1}, {0: 5, 1: 1}]]
    at_once, one_by_one = ProgramBuilder(1), ProgramBuilder(1)
    entries = at_once.add_maxima([SparseForms.of(batch) for batch in batches])
    for unit in range(2):
        one_by_one.add_unit([(batch[unit], batch[unit]) for batch in batches])
    assert at_once.build([{int(entries[1]): 1}]) == one_by_one.build([{3: 1}])


def test_the_order_of_coefficients_and_zeros_among_them_do_not_matter():
    first, second = ProgramBuilder(2), ProgramBuilder(2)
    first.add_unit(_relu({0: 1, 1: 2, 2: 3}))
    second.add_unit(_relu({2: "6/2", 0: 1, 1: "2.0"}))
    assert first.build([{3: 1}]) == second.build([{3: 1, 1: 0, 0: "0/7"}])


def test_a_table_with_forms_that_no_piece_uses_is_the_same_program():
    forms = SparseForms.of([{5: 7}, {}, {1: 1}, {9: 1}])
    starts, rows = np.array([0, 2]), np.array([1, 2])
    program = Program(1, UnitTable(forms, starts, rows, rows), SparseForms.of([{2: 1}]))
    builder = ProgramBuilder(1)
    builder.add_unit(_relu({1: 1}))
    assert program == builder.build([{2: 1}])


DIFFERENT = {
    "the number of inputs": (2, [_relu({1: 1})], [{3: 1}]),
    "a coefficient": (1, [_relu({1: 2})], [{2: 1}]),
    "a selector only": (1, [[({}, {}), ({1: 2}, {1: 1})]], [{2: 1}]),
    "a value only": (1, [[({}, {}), ({1: 1}, {1: 2})]], [{2: 1}]),
    "the order of pieces": (1, [[({1: 1}, {1: 1}), ({}, {})]], [{2: 1}]),
    "another piece": (1, [[*_relu({1: 1}), ({}, {})]], [{2: 1}]),
    "another unit": (1, [_relu({1: 1}), _relu({1: 1})], [{2: 1}]),
    "an output's coefficient": (1, [_relu({1: 1})], [{2: 2}]),
    "an output's constant": (1, [_relu({1: 1})], [{0: 1, 2: 1}]),
    "another output": (1, [_relu({1: 1})], [{2: 1}, {2: 1}]),
    "no output": (1, [_relu({1: 1})], []),
}


@pytest.mark.parametrize("inputs, units, outputs", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_programs_differ_in(inputs, units, outputs):
    builder, other = ProgramBuilder(1), ProgramBuilder(inputs)
    builder.add_unit(_relu({1: 1}))
    for unit in units:
        other.add_unit(unit)
    assert builder.build([{2: 1}]) != other.build(outputs)


def test_a_program_is_not_equal_to_other_things():
    program = ProgramBuilder(1).build([{1: 1}])
    assert program not in [program.text, program.sha256]


@FEWER
@given(ANY_PROGRAM)
def test_the_hash_is_that_of_the_text(program):
    assert program.sha256 == hashlib.sha256(program.text.encode("ascii")).hexdigest()


def test_a_program_shows_its_name_and_its_size():
    program = ProgramBuilder(2).build([{1: 1}])
    assert repr(program) == f"<Program {program.sha256[:12]}: 2 inputs, 0 units, 1 outputs>"


def test_a_unit_is_read_back_as_it_was_added():
    builder = ProgramBuilder(2)
    builder.add_unit([({0: 1}, {1: "1/2"}), ({2: 3}, {}), ({}, {0: -1})])
    pieces = Piece({0: 1}, {1: Rational(1, 2)}), Piece({2: 3}, {}), Piece({}, {0: -1})
    assert builder.build([{}]).unit(0) == Unit(pieces)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_program_within_another_needs_a_form_for_each_input(count):
    program = ProgramBuilder(2).build([{1: 1}])
    with pytest.raises(InvalidArgument, match=f"{count} forms given for 2 inputs"):
        ProgramBuilder(1).add_program(program, SparseForms.of([{0: 1}] * count))


@FEWER
@given(ANY_PROGRAM)
def test_a_program_within_an_empty_one_is_itself(program):
    builder = ProgramBuilder(program.inputs)
    outputs = builder.add_program(program, SparseForms.variables(np.arange(1, 1 + program.inputs)))
    assert builder.build(outputs) == program


def test_a_builder_goes_on_after_building():
    builder = ProgramBuilder(1)
    y = builder.add_unit(_relu({1: 1}))
    first = builder.build([{y: 1}])
    z = builder.add_unit(_relu({y: -1}))
    second = builder.build([{z: 1}])
    assert (first.unit_count, second.unit_count) == (1, 2)
    assert first.text.splitlines()[3:6] == second.text.splitlines()[3:6]


@pytest.mark.parametrize("name", ["inputs", "units", "outputs", "sha256", "anything"])
def test_the_parts_of_a_program_cannot_be_set(name):
    program = ProgramBuilder(1).build([{1: 1}])
    with pytest.raises(AttributeError, match="programs are immutable"):
        setattr(program, name, None)


@given(programs(max_units=2))
@settings(max_examples=settings().max_examples // 10)
def test_the_arrays_of_a_program_cannot_be_written_to(program):
    arrays = [*program.units.arrays(), *program.outputs.arrays()]
    assert not any(array.flags.writeable for array in arrays)


@FEWER
@given(ANY_PROGRAM)
def test_a_program_survives_pickling_and_copying(program):
    again = [pickle.loads(pickle.dumps(program)), copy.copy(program), copy.deepcopy(program)]
    assert all(other == program and other.text == program.text for other in again)


def test_a_program_does_not_change_with_the_arrays_that_it_was_made_from():
    entries = np.array([1, 0])
    program = ProgramBuilder(1).build(SparseForms.variables(entries[:1]))
    before = program.text
    entries[0] = 0
    assert program.text == before


def test_the_arrays_that_a_program_was_made_from_stay_the_caller_s():
    entries = np.array([1, 0])
    ProgramBuilder(1).build(SparseForms.variables(entries))
    entries[0] = 0
    assert entries.tolist() == [0, 0]


def test_a_negative_entry_in_an_array_is_refused():
    with pytest.raises(InvalidArgument):
        ProgramBuilder(1).build(SparseForms.variables(np.array([-1])))

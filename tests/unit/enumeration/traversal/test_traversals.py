"""Traversals in tasks: nothing missing, nothing twice, the same whoever does them and wherever they are interrupted."""

from contextlib import closing
from dataclasses import replace
from itertools import islice
from random import Random

import numpy as np
import pytest
from conformance.degenerate_networks import KINDS
from hypothesis import given, note, reject, settings
from hypothesis import strategies as st

from exactgeo import Box, Polyhedron, ProgramBuilder, enumerate_regions, hyperplane_arrangement
from exactgeo.enumeration.engines import ENGINES
from exactgeo.enumeration.found import Batch
from exactgeo.enumeration.traversal.tasks import Performance, Request, Task
from exactgeo.enumeration.traversal.traverse import Traversal
from exactgeo.enumeration.traversal.workers import Workers
from exactgeo.errors import ExactGeoError, InvalidArgument
from exactgeo.polyhedra.boxes import domain_polyhedron
from exactgeo.strategies import domains, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 4)
EACH_ENGINE = pytest.mark.parametrize("engine", ENGINES)
BRAID = hyperplane_arrangement(
    [[0, *np.eye(5, dtype=int)[i] - np.eye(5, dtype=int)[k]] for i in range(5) for k in range(i)]
)
POLYGON = Polyhedron(2, tuple((40_000, *(round(400 * f) for f in (np.cos(t), np.sin(t)))) for t in np.arange(59) / 9.4))


@st.composite
def _questions(draw):
    program = draw(relu_networks(max_inputs=3, max_units=8) | programs(max_inputs=3, max_pieces=5))
    return program, draw(domains(program.inputs))


def _request(program, domain, engine, steps, keeps=True):
    return Request(program, domain_polyhedron(domain, program.inputs), engine, keeps, steps)


def _found(request, jobs=1, resume=None):
    with closing(Traversal(request, jobs, resume)) as traversal:
        found = Batch.joined(request.program, traversal.batches())
        assert traversal.unexplored() == []
        assert traversal.fraction == pytest.approx(1)
    return found


def _patterns(batch):
    return [tuple(pattern) for pattern in batch.patterns.tolist()]


def _demand_equal(first, second):
    assert first.regions == second.regions
    assert first.patterns.tobytes() == second.patterns.tobytes()
    assert first.witnesses.tobytes() == second.witnesses.tobytes()
    assert first.points == second.points


def _whole(question, engine):
    """Return all patterns; questions in which floats contradict one another are left out."""
    try:
        return [region.pattern for region in enumerate_regions(*question, engine=engine)]
    except ExactGeoError:
        assert engine == "float"
        reject()


def _starts(pattern, prefix):
    return pattern[: len(prefix)] == prefix


@EACH_ENGINE
@pytest.mark.parametrize("steps", [1, 2**10, 2**12])
@FEWER
@given(question=_questions())
def test_small_tasks_find_what_one_large_task_finds(engine, steps, question):
    note(question[0].text)
    request = _request(*question, engine, steps)
    expected = _whole(question, engine)
    assert _patterns(_found(request)) == expected
    assert _found(replace(request, keeps=False)).regions == len(expected)


def _slabs(inputs, chance):
    """Return a discontinuous network in whose first slab no cell but the last ones is without lines.

    For a positive first coordinate the others pass; for a negative one they do not, and cells keep lines.
    """
    builder = ProgramBuilder(inputs)
    for slab in range(2):
        builder.add_unit([({}, {}), ({2: 1, 0: -slab}, {})])
    gated = [builder.add_unit([({1: 1}, {k: 1}), ({}, {})]) for k in range(3, inputs + 1)]
    for entry in gated:
        builder.add_unit([({}, {}), ({entry: 1, 0: -1}, {})])
    for entries in ([1, 2, *gated], [1, 2, *gated], [1, 2]):
        form = {0: chance.randint(-300, 300)} | {entry: chance.randint(-99, 99) for entry in entries}
        builder.add_unit([({}, {}), (form, {})])
    return builder.build([{gated[0]: 1}])


def _patterns_in_any_order(request, chance):
    """Return what one search finds that is given the tasks in any order."""
    search, waiting, found = request.search(), [Task()], []
    while waiting:
        performance = Performance(search, waiting.pop(chance.randrange(len(waiting))), request.steps)
        found += _patterns(Batch.joined(request.program, performance.batches()))
        waiting += performance.children()
    return sorted(found)


@EACH_ENGINE
@FEWER
@given(question=_questions(), chance=st.randoms(use_true_random=False))
def test_one_search_may_do_the_tasks_in_any_order(engine, question, chance):
    note(question[0].text)
    expected = _whole(question, engine)
    assert _patterns_in_any_order(_request(*question, engine, chance.choice([1, 8, 2**11])), chance) == expected


@pytest.mark.parametrize("seed", range(4))
def test_a_search_forgets_the_walk_that_it_left(seed):
    chance = Random(seed)
    request = _request(_slabs(3, chance), Polyhedron(3), "certified", 2 ** chance.randint(4, 11))
    expected = [region.pattern for region in enumerate_regions(request.program, request.domain, engine="reference")]
    for _ in range(4):
        assert _patterns_in_any_order(request, chance) == expected


@EACH_ENGINE
@FEWER
@given(question=_questions(), data=st.data())
def test_an_interrupted_traversal_knows_what_is_left(engine, question, data):
    note(question[0].text)
    whole = _whole(question, engine)
    with closing(Traversal(_request(*question, engine, 2))) as traversal:
        number = data.draw(st.integers(0, 3 * len(whole)))
        found = _patterns(Batch.joined(question[0], islice(traversal.batches(), number)))
        left = traversal.unexplored()
    assert found == whole[: len(found)]
    for pattern in whole[len(found) :]:
        assert sum(_starts(pattern, prefix) for prefix in left) == 1
    for prefix in left:
        assert any(_starts(pattern, prefix) for pattern in whole[len(found) :])


@pytest.mark.parametrize(
    "engine, kind", [("reference", KINDS[0]), ("float", KINDS[1]), *(("certified", kind) for kind in KINDS)]
)
def test_any_number_of_processes_finds_the_same_bytes(engine, kind):
    request = _request(
        *kind(Random(f"{kind.__name__} of some processes")), engine, 2**8 if engine != "reference" else 2**13
    )
    alone = _found(request)
    _demand_equal(_found(request, jobs=2), alone)
    assert _found(replace(request, keeps=False), jobs=3).regions == alone.regions


@pytest.mark.parametrize("kind", KINDS[:3], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("number", [0, 1, 6, 9, 14])
def test_processes_that_are_interrupted_lose_nothing(kind, number):
    question = kind(Random(f"{kind.__name__} interrupted"))
    whole = [region.pattern for region in enumerate_regions(*question, engine="certified")]
    with closing(Traversal(_request(*question, "certified", 2**6), jobs=2)) as traversal:
        with closing(traversal.batches()) as batches:
            found = list(islice(batches, number))
        found += traversal.out_of_turn()
        left = traversal.unexplored()
    patterns = _patterns(Batch.joined(question[0], found))
    assert patterns == sorted(set(patterns))
    for pattern in whole:
        assert (pattern in patterns) + sum(_starts(pattern, prefix) for prefix in left) == 1


@pytest.mark.parametrize("domain", [Polyhedron(5, ()), Box.cube(5)], ids=["everywhere", "box"])
def test_processes_begin_in_cells_with_lines(domain):
    request = _request(BRAID, domain, "certified", 2**12)
    _demand_equal(_found(request, jobs=2), _found(request))


def test_tasks_end_in_cells_with_more_hyperplanes_than_slots():
    lines = hyperplane_arrangement([(7 * k, 61 + k, 97 - 5 * k) for k in range(-6, 6)])
    expected = [region.pattern for region in enumerate_regions(lines, POLYGON, engine="reference")]
    for steps in (1, 2**10, 2**11):
        assert _patterns(_found(_request(lines, POLYGON, "certified", steps))) == expected


def test_less_than_one_process_is_refused():
    with pytest.raises(InvalidArgument, match="0 jobs cannot do anything"):
        enumerate_regions(BRAID, Box.cube(5), jobs=0)


def test_a_process_that_dies_is_an_error_and_leaves_no_others():
    with closing(Workers(_request(BRAID, Box.cube(5), "reference", 2**20), 2)) as workers:
        mine = [worker._process for worker in workers._idle]
        workers.give(Task())
        for process in mine:
            process.kill()
        with pytest.raises(ExactGeoError, match="was killed by signal 9, perhaps for lack of memory: use fewer jobs"):
            list(workers.finished(60.0))
    assert all(process.poll() is not None for process in mine)

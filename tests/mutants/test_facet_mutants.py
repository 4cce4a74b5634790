"""Corrupted certificates of boundaries and skeletons: each is refused, unless what it then claims is true.

What a surviving mutant claims is read from its text by texts.py, which shares nothing with exactgeo or the checker,
and is compared with brute force: all pairs of cells, in all hyperplanes that part them.
"""

import functools
import random
from pathlib import Path

import pytest
from mutants.facet_mutations import MUTATIONS, Sketch, packed
from mutants.texts import Lines, pattern_lines, read_domain, read_program, summary
from oracles.brute_force import brute_force_cells
from oracles.checker import check_facets, facet_checker
from oracles.facets import brute_force_facets, facet_lines

import exactgeo as eg
import onnx_import

ROOT = Path(__file__).parents[2]
MUTANTS_EACH = 10 * len(MUTATIONS)


def _network(inputs, units, outputs):
    builder = eg.ProgramBuilder(inputs)
    for unit in units:
        builder.add_unit(unit)
    return builder.build(outputs)


def _stairs():
    """Two hinges, whose places depend on gates, and another gate that sees both."""
    return _network(
        2,
        [
            [({}, {}), ({1: 1}, {0: 1})],  # 3: whether x1 > 0
            [({}, {}), ({2: 1, 3: 1}, {2: 1, 3: 1})],  # 4: relu(x2 + y3)
            [({2: 1}, {1: 1}), ({1: 1}, {0: -1}), ({0: 1, 3: 2}, {4: 1})],  # 5: three pieces, all of which jump
            [({}, {}), ({1: 1, 5: 1}, {1: 1, 5: 1})],  # 6: relu(x1 + y5)
        ],
        [{4: 1, 6: -1}, {5: 1}],
    )


def _slabs():
    """Gates in space one behind the other, two of them in one hyperplane, and a unit with two equal selectors."""
    return _network(
        3,
        [
            [({}, {}), ({1: 1}, {2: 1})],
            [({}, {0: 1}), ({1: -2}, {0: -1, 3: 1})],
            [({3: 1}, {5: 1}), ({3: 1}, {4: 1}), ({4: 1, 5: -1}, {4: 1})],
        ],
        [{6: 1}, {5: 1, 1: 1}],
    )


def _steps():
    """A line with a gate in each half of the last one's."""
    return _network(
        1,
        [
            [({}, {}), ({1: 1}, {0: 1})],
            [({1: 1, 0: 1, 2: -2}, {}), ({}, {0: 3}), ({1: -1, 0: -2, 2: 1}, {1: 2})],
            [({}, {}), ({3: 1, 1: -1}, {3: 1})],
        ],
        [{2: 1, 4: 1}, {3: 1}],
    )


def _claims():
    for name, domain in {"three_classes": eg.Box.cube(2, radius="1/16"), "zero_bias": _wedge()}.items():
        regions = eg.enumerate_regions(onnx_import.load(ROOT / "examples" / "models" / f"{name}.onnx"), domain)
        yield f"boundary of {name}", eg.decision_boundary(regions)
        yield f"skeleton of {name}", eg.skeleton(regions, output=0)
    maxout = eg.maxout_network([[[[1, 0], [0, 1], [1, 0]], [[1, 1], [-1, -1], [0, 0]]], [[1, 1]]])
    yield "maxout in a triangle", eg.skeleton(eg.enumerate_regions(maxout, _triangle()))
    gated = eg.gated_network([[[1, 2], [0, 0]], [[1, -1]]], [[[1, 0], [0, 1]], [[2, 1]], [[1]]])
    yield "gated", eg.skeleton(eg.enumerate_regions(gated, eg.Box.cube(2)))
    stairs = eg.enumerate_regions(_stairs(), eg.Polyhedron(2))
    yield "boundary of stairs", eg.decision_boundary(stairs)
    yield "skeleton of stairs", eg.skeleton(stairs)
    yield "hidden unit of stairs in a square", eg.skeleton(eg.enumerate_regions(_stairs(), eg.Box.cube(2)), unit=3)
    yield "slabs", eg.skeleton(eg.enumerate_regions(_slabs(), eg.Box.cube(3)))
    yield "steps", eg.skeleton(eg.enumerate_regions(_steps(), eg.Polyhedron(1)), output=1)


def _triangle():
    return eg.Polyhedron(2, ((1, 1, 1), (1, -1, 0), (2, 1, -3)))


def _wedge():
    """Few of the cells of a network without biases."""
    return eg.Polyhedron(2, ((0, 1, 0), (0, -1, 3)))


@functools.cache
def _facets(program, rows):
    return brute_force_facets(program, rows)


def _claims_the_truth(text):
    """Whether patterns and facets that a certificate states are those of its program in its domain, by brute force."""
    lines = Lines.of(text)
    program, rows = read_program(lines), tuple(read_domain(lines))
    claim = lines.lines[1].removeprefix("claim ")
    return lines.stated("regions") == summary(pattern_lines(sorted(brute_force_cells(program, rows)))) and lines.stated(
        "facets"
    ) == summary(facet_lines(_facets(program, rows), claim))


def _is_killed(file):
    try:
        check_facets(file)
    except (facet_checker.base.Malformed, facet_checker.base.Rejected):
        return True
    return False


@pytest.mark.parametrize("name, found", [pytest.param(*entry, id=entry[0]) for entry in _claims()])
def test_no_mutant_proves_anything_false_of_facets(name, found, capsys):
    rng = random.Random(name)
    original = "".join(eg.certify(found).lines())
    sketch = Sketch.of(original)
    assert not _is_killed(packed(original))
    assert _claims_the_truth(original)
    killed, survivors = 0, []
    for number in range(MUTANTS_EACH):
        mutate = MUTATIONS[number % len(MUTATIONS)]
        text = mutate(sketch.copy(), rng)
        if text == original or _is_killed(packed(text)):
            killed += text != original
        else:
            survivors.append((mutate.__name__, text))
    false = [mutation for mutation, text in survivors if not _claims_the_truth(text)]
    nodes = len(sketch.about_facets("n"))
    with capsys.disabled():
        print(
            f"\n{name}: {killed + len(survivors)} mutants, {killed} killed, {len(survivors)} claim what is true "
            f"(of {len(sketch.ends)} steps about facets {nodes} are Nodes)",
            end="",
        )
    assert not false

"""Journals: what was found outlives the process, however it ends."""

import sqlite3
from contextlib import closing
from itertools import accumulate, islice, repeat
from random import Random

import pytest
from conformance.degenerate_networks import ternary

from exactgeo import Arrangement, Box, Budget, count_regions, enumerate_regions, relu_network
from exactgeo.enumeration.found import Batch
from exactgeo.enumeration.traversal.tasks import Request
from exactgeo.enumeration.traversal.traverse import Traversal
from exactgeo.errors import InvalidArgument
from exactgeo.polyhedra.boxes import domain_polyhedron

CHANCE = Random("a journal")
WEIGHTS = [
    [[CHANCE.randint(-99, 99) for _ in range(columns)] for _ in range(rows)] for columns, rows in ((2, 9), (9, 9))
]
PROGRAM = relu_network([*WEIGHTS, [[1] * 9]], [[CHANCE.randint(-9, 9) for _ in range(9)], [7] * 9, [0]])
DOMAIN = Box.cube(2)
OTHER = ternary(Random("another journal"))


def _request(engine="certified"):
    steps = 2**15 if engine == "reference" else 2**8
    return Request(PROGRAM, domain_polyhedron(DOMAIN, PROGRAM.inputs), engine, keeps=True, steps=steps)


def _equal(first, second):
    return all(
        getattr(first, name).tobytes() == getattr(second, name).tobytes() for name in ("patterns", "witnesses")
    ) and (first.regions, first.points) == (second.regions, second.points)


@pytest.mark.parametrize("engine", ["certified", "reference"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_work_goes_on_where_it_was_left(engine, jobs, tmp_path):
    request = _request(engine)
    expected = Batch.joined(PROGRAM, Traversal(request).batches())
    file = tmp_path / "regions.journal"
    finished = [0]
    for batches in accumulate(repeat(4 * jobs**2)):
        with closing(Traversal(request, jobs, file)) as traversal:
            with closing(traversal.batches()) as some:
                parts = list(islice(some, batches))
            again = Batch.joined(PROGRAM, [*parts, *traversal.out_of_turn()])
            if not traversal.unexplored():
                break
        finished.append(sqlite3.connect(file).execute("select count(*) from tasks").fetchone()[0])
    assert _equal(again, expected)
    assert finished == sorted(finished)
    assert finished[-1] > 0 or jobs > 1  # with several processes, how much a batch brings is a matter of time
    with closing(Traversal(request, jobs, file)) as traversal:
        assert traversal.unexplored() == []
        assert _equal(Batch.joined(PROGRAM, traversal.batches()), expected)


def test_what_is_remembered_is_not_looked_for_again(tmp_path, monkeypatch):
    file = tmp_path / "regions.journal"
    whole = enumerate_regions(PROGRAM, DOMAIN, engine="certified", resume=file)
    monkeypatch.setattr("exactgeo.enumeration.search.Search.explore", None)
    assert enumerate_regions(PROGRAM, DOMAIN, engine="certified", resume=file).regions == whole.regions


def test_a_budget_that_has_ended_already_hides_nothing_that_is_remembered(tmp_path):
    file = tmp_path / "regions.journal"
    whole = [region.pattern for region in enumerate_regions(PROGRAM, DOMAIN)]
    for batches in (0, 6, 12, 10**9):
        with closing(Traversal(_request(), 1, file)) as traversal:
            for _ in islice(traversal.batches(), batches):
                pass
        found = enumerate_regions(PROGRAM, DOMAIN, resume=file, budget=Budget(max_seconds=0))
        patterns = [region.pattern for region in found]
        unexplored = getattr(found, "unexplored", ())
        assert patterns == sorted(set(patterns)) and set(patterns) <= set(whole)
        for pattern in whole:
            below = [prefix for prefix in unexplored if pattern[: len(prefix)] == prefix]
            assert (pattern in patterns) + len(below) == 1
    assert isinstance(found, Arrangement) and patterns == whole


def test_a_count_whose_budget_has_ended_already_is_what_is_remembered(tmp_path):
    file = tmp_path / "count.journal"
    assert count_regions(PROGRAM, DOMAIN, resume=file, budget=Budget(max_seconds=0)).stopped
    whole = count_regions(PROGRAM, DOMAIN, resume=file)
    assert count_regions(PROGRAM, DOMAIN, resume=file, budget=Budget(max_seconds=0)) == whole


@pytest.mark.parametrize(
    "other, name",
    [
        (lambda file: enumerate_regions(*OTHER, engine="certified", resume=file), "program"),
        (lambda file: enumerate_regions(PROGRAM, Box.cube(2, radius=3), engine="certified", resume=file), "domain"),
        (lambda file: enumerate_regions(PROGRAM, DOMAIN, engine="reference", resume=file), "engine"),
        (lambda file: count_regions(PROGRAM, DOMAIN, engine="certified", resume=file), "found"),
    ],
)
def test_the_journal_of_other_work_is_refused_and_left_alone(other, name, tmp_path):
    file = tmp_path / "regions.journal"
    enumerate_regions(PROGRAM, DOMAIN, engine="certified", resume=file)
    before = file.read_bytes()
    with pytest.raises(InvalidArgument, match=rf"it is the journal of other work \({name}: .*name another file"):
        other(file)
    assert file.read_bytes() == before


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0 but not the rest of it" * 9])
def test_another_file_is_refused_and_left_alone(content, tmp_path):
    file = tmp_path / "notes.txt"
    file.write_bytes(content)
    with pytest.raises(InvalidArgument, match=r"notes\.txt cannot be used to resume: .*name another file"):
        enumerate_regions(PROGRAM, DOMAIN, resume=file)
    assert file.read_bytes() == content


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path):
    file = tmp_path / "other.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("create table tasks (number integer)")
    before = file.read_bytes()
    with pytest.raises(InvalidArgument, match="it is a database of something else"):
        enumerate_regions(PROGRAM, DOMAIN, resume=file)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "damage",
    [
        "update tasks set regions = regions + 1",
        "update tasks set children = x'00'",
        "update tasks set witnesses = zeroblob(length(witnesses))",
        "update tasks set patterns = x'', sha256 = ''",
        "drop table tasks",
    ],
)
def test_a_damaged_journal_is_refused(damage, tmp_path):
    file = tmp_path / "regions.journal"
    enumerate_regions(PROGRAM, DOMAIN, resume=file)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(damage)
    for _ in range(2):
        with pytest.raises(InvalidArgument, match=r"cannot be used to resume: .*(damaged|no such table)"):
            enumerate_regions(PROGRAM, DOMAIN, resume=file)


def test_bytes_that_have_changed_are_refused(tmp_path):
    file = tmp_path / "regions.journal"
    enumerate_regions(PROGRAM, DOMAIN, resume=file)
    content = file.read_bytes()
    for place in range(4096, len(content), 997):
        file.write_bytes(content[:place] + bytes(200) + content[place + 200 :])
        try:
            found = enumerate_regions(PROGRAM, DOMAIN, resume=file)
        except InvalidArgument:
            continue
        assert [region.pattern for region in found] == [region.pattern for region in enumerate_regions(PROGRAM, DOMAIN)]


def test_the_journal_of_other_sources_is_refused(tmp_path, monkeypatch):
    file = tmp_path / "regions.journal"
    enumerate_regions(PROGRAM, DOMAIN, resume=file)
    monkeypatch.setattr("exactgeo.enumeration.traversal.journal.sources_digest", lambda: "others")
    with pytest.raises(InvalidArgument, match=r"other work \(version: "):
        enumerate_regions(PROGRAM, DOMAIN, resume=file)


def test_a_domain_may_have_numbers_of_any_length(tmp_path):
    box = Box.cube(2, radius=10**5000)
    with closing(Traversal(Request(PROGRAM, box.polyhedron, "certified", keeps=False), 1, tmp_path / "a.journal")):
        pass


def test_a_journal_in_use_is_refused(tmp_path):
    file = tmp_path / "regions.journal"
    with closing(Traversal(_request(), 1, file)), pytest.raises(InvalidArgument, match="database is locked"):
        Traversal(_request(), 1, file)


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(InvalidArgument, match="unable to open"):
        enumerate_regions(PROGRAM, DOMAIN, resume=tmp_path / "nowhere" / "regions.journal")

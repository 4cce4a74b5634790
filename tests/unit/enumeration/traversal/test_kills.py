"""Whatever kills a process, nothing is lost and nothing comes twice."""

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from unit.enumeration.traversal.work import bytes_of, request

from exactgeo.enumeration.found import Batch
from exactgeo.enumeration.traversal.traverse import Traversal

EMPTY = 2**14  # bytes of a journal without tasks, or more
WORK = Path(__file__).with_name("work.py")


def _finished(journal):
    if not journal.exists():
        return 0
    try:
        with closing(sqlite3.connect(journal)) as database:
            return database.execute("select count(*) from tasks").fetchone()[0]
    except sqlite3.OperationalError:  # in use, or killed before it had tables
        return 0


def _size(journal):
    return journal.stat().st_size if journal.exists() else 0


def _killed_now_and_then(journal, output, jobs, chance, kills):
    """Let the work begin, and be killed, so many times; then let it end. Returns how much was done at each kill."""
    done = []
    for _ in range(kills):
        process = subprocess.Popen([sys.executable, WORK, journal, output, str(jobs)], start_new_session=True)
        before, size = _finished(journal), _size(journal)
        patience = time.monotonic() + chance.choice([0.0, 60.0, 60.0])
        while process.poll() is None and _size(journal) <= max(size, EMPTY) and time.monotonic() < patience:
            time.sleep(0.001)
        time.sleep(chance.uniform(0.0, 0.1))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        time.sleep(0.1)
        done.append(_finished(journal))
        assert done[-1] >= before
        if output.exists():
            break
    subprocess.run([sys.executable, WORK, journal, output, str(jobs)], check=True, timeout=120)
    return done


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.nightly)])
def test_work_that_was_killed_is_done_once(jobs, kills, tmp_path):
    asked = request()
    expected = bytes_of(Batch.joined(asked.program, Traversal(asked).batches()))
    journal, output = tmp_path / "work.journal", tmp_path / "output"
    done = _killed_now_and_then(journal, output, jobs, Random(f"{jobs} {kills}"), kills)
    assert output.read_bytes() == expected
    assert max(done) > 0
    with closing(Traversal(asked, jobs, journal)) as traversal:
        assert bytes_of(Batch.joined(asked.program, traversal.batches())) == expected

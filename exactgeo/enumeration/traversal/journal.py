"""A file that remembers which tasks were done and what they found, so that nothing is lost when a process dies.

The file is an SQLite database: a task is in it as a whole or not at all.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from exactgeo.arithmetic.rationals import rational, text
from exactgeo.enumeration.found import Batch
from exactgeo.enumeration.patterns import pattern_type
from exactgeo.enumeration.search import Prefix
from exactgeo.enumeration.traversal.tasks import Request, Result, Task
from exactgeo.errors import InvalidArgument
from exactgeo.version import __version__, sources_digest

_TABLES = (
    "create table request (name text primary key, value text not null)",
    """create table tasks (
        key blob primary key, regions integer not null, patterns blob not null, witnesses blob not null,
        points text not null, children blob not null, sha256 text not null
    )""",
)

_REMEDIES = {  # by SQLite's codes
    sqlite3.SQLITE_BUSY: "another process is using it: wait for its end, or name another file",
    sqlite3.SQLITE_FULL: "make room on the disk, and go on with the same file: what it remembers is not lost",
    sqlite3.SQLITE_IOERR: "the disk fails or is full: mend that, and go on with the same file",
    sqlite3.SQLITE_READONLY: "make it writable, or name another file",
}


class Journal:
    """The journal of a request's traversal: a new one, or one to go on with.

    Args:
        path: of the file.
        request: what is asked for.

    Raises:
        InvalidArgument: if the file is something else, damaged, the journal of another request, or in use.
    """

    def __init__(self, path: Path, request: Request) -> None:
        self._path, self._request = path, request
        try:
            self._database = sqlite3.connect(path, isolation_level=None, timeout=1)
        except sqlite3.DatabaseError as error:
            raise self._refusal(error) from error
        try:
            self._database.execute("pragma locking_mode = exclusive")
            self._database.execute("begin immediate")
            self._demand_same_request()
            self._demand_undamaged()
            self._database.execute("commit")
        except sqlite3.DatabaseError as error:
            self.close()
            raise self._refusal(error) from error
        except InvalidArgument:
            self.close()
            raise

    def close(self) -> None:
        """Let others use the file."""
        self._database.close()

    def add(self, result: Result) -> None:
        """Remember a task that was done."""
        batch = result.batch
        points = {place: [text(value) for value in point] for place, point in batch.points.items()}
        children = [[[prefix.pieces, prefix.share] for prefix in child.prefixes] for child in result.children]
        record = (
            result.task.key,
            batch.regions,
            zlib.compress(batch.patterns.tobytes(), 1),
            batch.witnesses.tobytes(),
            json.dumps(points),
            zlib.compress(json.dumps(children).encode()),
        )
        try:
            self._database.execute("insert into tasks values (?, ?, ?, ?, ?, ?, ?)", (*record, _digest(record)))
        except sqlite3.DatabaseError as error:
            raise self._refusal(error) from error

    def finished(self) -> Iterator[tuple[bytes, tuple[Task, ...]]]:
        """Yield the keys of the tasks that were done, each after its parent's, and their children."""
        for key, packed in self._database.execute("select key, children from tasks order by key"):
            children = json.loads(zlib.decompress(packed))
            parts = [tuple(Prefix(tuple(pieces), share) for pieces, share in part) for part in children]
            yield key, tuple(Task(key + bytes([number]), part) for number, part in enumerate(parts))

    def batch(self, key: bytes) -> Batch:
        """Return what a task found."""
        program = self._request.program
        query = "select regions, patterns, witnesses, points from tasks where key = ?"
        regions, patterns, witnesses, points = self._database.execute(query, (key,)).fetchone()
        return Batch(
            regions,
            np.frombuffer(zlib.decompress(patterns), pattern_type(program)).reshape(-1, program.unit_count),
            np.frombuffer(witnesses).reshape(-1, program.inputs),
            {int(place): tuple(rational(value) for value in point) for place, point in json.loads(points).items()},
        )

    def _demand_undamaged(self) -> None:
        for *record, digest in self._database.execute("select * from tasks"):
            if _digest(record) != digest:
                raise self._refusal("it is damaged")

    def _demand_same_request(self) -> None:
        mine = _description(self._request)
        tables = {name for (name,) in self._database.execute("select name from sqlite_master")}
        if not tables:
            for table in _TABLES:
                self._database.execute(table)
            self._database.executemany("insert into request values (?, ?)", mine.items())
            return
        if "request" not in tables:
            raise self._refusal("it is a database of something else")
        theirs = dict(self._database.execute("select name, value from request"))
        for name, value in mine.items():
            if theirs.get(name) != value:
                raise self._refusal(f"it is the journal of other work ({name}: {theirs.get(name)}, here {value})")

    def _refusal(self, reason: object) -> InvalidArgument:
        code = getattr(reason, "sqlite_errorcode", None)
        remedy = _REMEDIES.get(code & 0xFF if code else 0, "name another file")
        return InvalidArgument(f"{self._path} cannot be used to resume: {reason}; {remedy}")


def _digest(record: Sequence[Any]) -> str:
    """Return the hash of what is remembered of a task."""
    parts = (part if isinstance(part, bytes) else str(part).encode() for part in record)
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()


def _description(request: Request) -> dict[str, str]:
    """Return what tells requests apart."""
    rows = json.dumps([[f"{value:x}" for value in row] for row in request.domain.inequalities])
    facts: dict[str, Any] = {
        "format": "exactgeo-journal 1",
        "version": f"{__version__} {sources_digest()}",
        "program": request.program.sha256,
        "domain": sha256(rows.encode()).hexdigest(),
        "engine": request.engine,
        "found": "regions" if request.keeps else "numbers of regions",
    }
    return facts

"""A process that finds regions, slowly enough to be killed: python work.py JOURNAL OUTPUT JOBS."""

import sys
import time
from contextlib import closing
from pathlib import Path
from random import Random

from exactgeo import Box, relu_network
from exactgeo.enumeration.found import Batch
from exactgeo.enumeration.traversal.tasks import Request
from exactgeo.enumeration.traversal.traverse import Traversal
from exactgeo.polyhedra.boxes import domain_polyhedron

SHAPES = ((2, 12), (12, 12))


def request():
    """Return what is asked for: a few hundred regions in many small tasks."""
    chance = Random("a journal")
    weights = [[[chance.randint(-99, 99) for _ in range(columns)] for _ in range(rows)] for columns, rows in SHAPES]
    program = relu_network([*weights, [[1] * 12]], [[chance.randint(-9, 9) for _ in range(12)], [7] * 12, [0]])
    return Request(program, domain_polyhedron(Box.cube(2), 2), "certified", keeps=True, steps=2**7)


def bytes_of(batch):
    """Return all that was found."""
    return b"|".join([str(batch.regions).encode(), batch.patterns.tobytes(), batch.witnesses.tobytes()])


def main(journal, output, jobs):
    """Find, with a pause after each batch, and write."""
    asked = request()
    with closing(Traversal(asked, int(jobs), Path(journal))) as traversal:
        found = []
        for batch in traversal.batches():
            found.append(batch)
            time.sleep(0.01)
    Path(output).write_bytes(bytes_of(Batch.joined(asked.program, found)))


if __name__ == "__main__":
    main(*sys.argv[1:])

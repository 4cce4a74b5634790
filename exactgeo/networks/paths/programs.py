"""Paths as networks of one input."""

from itertools import pairwise

from exactgeo.arithmetic.rationals import Rational
from exactgeo.networks.paths.paths import Path
from exactgeo.networks.programs import Program, ProgramBuilder


def path_program(path: Path) -> Program:
    """Return the network r -> x(r) of a path.

    *Definition*: it is the path on its open segments, whose first and last go on for ever. At a break between two of
    them it is the end of the one before, which need not be the path's corner there. It has a unit max(0, r - b) for
    each break b at which the path bends, and a gate, 1 where r > b and 0 elsewhere, for each at which it jumps. So it
    is continuous if the segments meet.

    **Exactness**: exact.

    >>> from exactgeo import evaluate
    >>> corner = path_program(Path.through([(0, 0), (1, 0), (1, 1)]))
    >>> [str(value) for value in evaluate(corner, ("3/2",)).outputs], corner.unit_count
    (['1', '1/2'], 1)
    """
    builder = ProgramBuilder(1)
    first = path.segments[0]
    forms = [{0: a, 1: b} for a, b in zip(first.start, first.step, strict=True)]
    for before, after in pairwise(path.segments):
        beyond = {0: -after.low, 1: Rational(1)}
        for value, changes in (
            (beyond, [b - a for a, b in zip(before.step, after.step, strict=True)]),
            ({0: Rational(1)}, [b - a for a, b in zip(before(after.low), after(after.low), strict=True)]),
        ):
            if any(changes):
                entry = builder.add_unit([({}, {}), (beyond, value)])
                for form, change in zip(forms, changes, strict=True):
                    form[entry] = change
    return builder.build(forms)

"""Points at which two routes to a network may differ: at random, of small integers, and where units tie."""

import random
from itertools import islice

from exactgeo import evaluate
from exactgeo.arithmetic.rationals import Rational
from onnx_import.replay import random_points


def points(program, seed, most_ties=4):
    """Return a few points of each kind, the same ones for the same seed."""
    source = random.Random(seed)
    whole = [tuple(Rational(source.randint(-2, 2), source.choice((1, 1, 2))) for _ in range(program.inputs))]
    whole.append(tuple(Rational(source.choice((0, 1))) for _ in range(program.inputs)))
    apart = list(random_points(program.inputs, 2, seed))
    return [*whole, *apart, *islice(ties(program, apart[0], whole[0]), most_ties)]


def ties(program, start, end):
    """Yield points of a line at which a piece of some unit ties with the chosen one, the first one on the line first.

    Up to that first tie the pattern is the one at the start, so there it is a tie indeed. Behind it, it may be none.
    """
    line = [(Rational(1), Rational(0)), *((a, b - a) for a, b in zip(start, end, strict=True))]
    found = set()
    for unit, best in enumerate(evaluate(program, start).pattern):
        pieces = program.unit(unit).pieces
        top = _along(pieces[best].selector, line)
        for piece in pieces:
            other = _along(piece.selector, line)
            if top[1] != other[1]:
                found.add((other[0] - top[0]) / (top[1] - other[1]))
        line.append(_along(pieces[best].value, line))
    for time in sorted(found, key=lambda t: (t <= 0, abs(t))):
        yield tuple(a + time * (b - a) for a, b in zip(start, end, strict=True))


def _along(form, line):
    """Return a form's value and slope on a line, on which each entry has a value and a slope."""
    value = sum((Rational(c) * line[entry][0] for entry, c in form.items()), Rational(0))
    slope = sum((Rational(c) * line[entry][1] for entry, c in form.items()), Rational(0))
    return value, slope

"""Points in every face of the arrangement of all lines (of points, in one dimension) that may matter to networks."""

from fractions import Fraction
from itertools import combinations, pairwise

from oracles.affine import combine, identity_frame
from oracles.program import evaluate
from oracles.translation import plain_program


def _lines(program):
    """Every line, or point of a line, at which two selectors of a unit may be equal, whatever the pieces before it."""
    found, frames = set(), [identity_frame(program.inputs)]
    for unit in program.units:
        selectors = [[_read(selector, frame) for selector, _ in unit] for frame in frames]
        for forms in selectors:
            for a, b in combinations(forms, 2):
                line = combine(((1, a), (-1, b)), program.inputs + 1)
                if any(line[1:]):
                    found.add(_normed(line))
        frames = list(dict.fromkeys((*frame, _read(value, frame)) for frame in frames for _, value in unit))
    return found


def _read(form, frame):
    return combine(((coefficient, frame[index]) for index, coefficient in form), len(frame[0]))


def _normed(line):
    lead = next(value for value in line[1:] if value)
    return tuple(value / lead for value in line)


def _between(values):
    """The values in order, one between each two neighbours, and one beyond each end."""
    values = sorted(set(values)) or [Fraction(0)]
    middles = [(low + high) / 2 for low, high in pairwise(values)]
    return [values[0] - 1, *values, *middles, values[-1] + 1]


def _points(lines, inputs):
    """A point in each face of an arrangement of lines in the plane, or of points on the line."""
    if inputs == 1:
        return [(x,) for x in _between(-line[0] for line in lines)]
    found = []
    for line in lines:
        b, p, q = line
        start, along = ((-b / p, Fraction(0)), (-q, p)) if p else ((Fraction(0), -b / q), (-q, p))
        others = [other for other in lines if other != line]
        slopes = [(_at(other, start), other[1] * along[0] + other[2] * along[1]) for other in others]
        places = [-value / slope for value, slope in slopes if slope]
        for place in _between(places):
            x = tuple(a + place * v for a, v in zip(start, along, strict=True))
            gaps = [abs(_at(other, x)) / (2 * (abs(other[1] * p + other[2] * q) + 1)) for other in others]
            step = min([gap for gap in gaps if gap], default=Fraction(1))
            found += [x, (x[0] + step * p, x[1] + step * q), (x[0] - step * p, x[1] - step * q)]
    return found or [(Fraction(0), Fraction(0))]


def _at(line, x):
    return line[0] + line[1] * x[0] + line[2] * x[1]


def faces(first, second, domain):
    """Points in every face of the domain, cut by all lines of two programs."""
    lines = _lines(first) | _lines(second)
    rows = [tuple(map(Fraction, map(int, row))) for row in domain.inequalities]
    lines |= {_normed(row) for row in rows}
    inside = (x for x in _points(lines, first.inputs))
    return [x for x in inside if all(row[0] + sum(a * c for a, c in zip(row[1:], x, strict=True)) >= 0 for row in rows)]


def differs(first, second, domain):
    one, other = plain_program(first), plain_program(second)
    return any(evaluate(one, x)[1] != evaluate(other, x)[1] for x in faces(one, other, domain))

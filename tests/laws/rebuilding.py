"""Taking programs and domains apart and putting them together otherwise; drawing questions about them."""

from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st

from exactgeo import Box, Polyhedron, ProgramBuilder, enumerate_regions
from exactgeo.strategies import domains, programs, relu_networks

FEWER = settings(max_examples=settings().max_examples // 6)
ANY_PROGRAM = programs(max_inputs=2, max_units=4) | relu_networks(max_inputs=3, max_units=5)


@st.composite
def questions(draw, networks=ANY_PROGRAM, bounded=None):
    """Draw a program and a domain for it, as a polyhedron."""
    program = draw(networks)
    return program, as_polyhedron(draw(domains(program.inputs, bounded=bounded)))


def as_polyhedron(domain):
    """Return a domain as half-spaces."""
    return domain.polyhedron if isinstance(domain, Box) else domain


def patterns(program, domain):
    """Return the patterns in a domain, none if the domain has no interior."""
    if domain.interior_point() is None:
        return []
    return [region.pattern for region in enumerate_regions(program, domain)]


def units_of(program):
    """Return the units as lists of (selector, value), each a dictionary from entry to coefficient."""
    return [[(dict(p.selector), dict(p.value)) for p in program.unit(k).pieces] for k in range(program.unit_count)]


def outputs_of(program):
    """Return the outputs as dictionaries from entry to coefficient."""
    return [program.outputs.row(k) for k in range(program.output_count)]


def built(inputs, units, outputs):
    """Return the program with these units and outputs."""
    builder = ProgramBuilder(inputs)
    for unit in units:
        builder.add_unit(unit)
    return builder.build(outputs)


def substituted(form, replacements):
    """Return a form in which some entries are replaced by forms."""
    result = {}
    for entry, value in form.items():
        for inner, factor in replacements.get(entry, {entry: 1}).items():
            result[inner] = result.get(inner, 0) + value * factor
    return {entry: value for entry, value in result.items() if value}


def substituted_in_units(units, replacements):
    """Return units in all of whose forms some entries are replaced by forms."""
    return [[tuple(substituted(form, replacements) for form in piece) for piece in unit] for unit in units]


def scaled(form, factor):
    """Return a multiple of a form."""
    return {entry: factor * value for entry, value in form.items()}


def pulled_back(domain, directions, origin):
    """Return the domain of u for which directions * u + origin lies in the given one."""
    columns = range(len(directions[0]))
    rows = []
    for row in domain.inequalities:
        constant = row[0] + sum(a * q for a, q in zip(row[1:], origin, strict=True))
        rows.append((constant, *(sum(a * d[k] for a, d in zip(row[1:], directions, strict=True)) for k in columns)))
    return Polyhedron(len(columns), rows)


def image(directions, origin, u):
    """Return directions * u + origin."""
    return [q + sum(a * b for a, b in zip(row, u, strict=True)) for row, q in zip(directions, origin, strict=True)]


def value(row, x):
    """Return b + a.x."""
    return row[0] + sum(a * b for a, b in zip(row[1:], x, strict=True))


@st.composite
def unimodular(draw, size):
    """Draw an integer matrix of determinant 1 or -1: shears, exchanges and changes of sign of the identity."""
    matrix = [[int(i == k) for k in range(size)] for i in range(size)]
    for _ in range(draw(st.integers(0, 4))):
        i, k = draw(st.integers(0, size - 1)), draw(st.integers(0, size - 1))
        factor = draw(st.integers(-2, 2))
        if i == k:
            matrix[i] = [-a for a in matrix[i]]
        elif factor:
            matrix[i] = [a + factor * b for a, b in zip(matrix[i], matrix[k], strict=True)]
        else:
            matrix[i], matrix[k] = matrix[k], matrix[i]
    return matrix


@st.composite
def invertible(draw, size):
    """Draw an invertible rational matrix: a unimodular one with scaled rows."""
    factors = st.sampled_from([Fraction(1), Fraction(1, 3), Fraction(-5, 2), Fraction(7)])
    return [[draw(factors) * a for a in row] for row in draw(unimodular(size))]

"""Which search suits a problem: by vertices in few dimensions, by linear programs in many."""

from exactgeo.arithmetic.matrices import rank
from exactgeo.enumeration.certified.programs.quotients import Quotient, QuotientSearch
from exactgeo.enumeration.certified.programs.search import ProgramSearch
from exactgeo.enumeration.certified.vertices.walks import MOST_ROWS, Walker
from exactgeo.enumeration.search import AnySearch, Search
from exactgeo.networks.branches import LayeredForms
from exactgeo.networks.programs import Program
from exactgeo.polyhedra import Polyhedron
from exactgeo.polyhedra.shapes import MOST_DIMENSIONS


def search_of(program: Program, domain: Polyhedron, *, keeps: bool, trusting: bool, steps: int) -> AnySearch:
    """Return a search that suits a problem.

    Args:
        program: the network.
        domain: full-dimensional.
        keeps: whether patterns and witnesses are wanted; otherwise regions are only counted.
        trusting: whether floats decide all signs, without a bound.
        steps: after so many of them there is a batch, or earlier.
    """
    if program.unit_count and (program.inputs > MOST_DIMENSIONS or _has_lines(domain)):
        quotient = Quotient.of(program, domain)
        if quotient is not None:
            search = search_of(quotient.program, quotient.domain, keeps=keeps, trusting=trusting, steps=steps)
            return QuotientSearch(quotient, search, program.inputs)
    if program.unit_count and (program.inputs > MOST_DIMENSIONS or len(domain.inequalities) > MOST_ROWS):
        return ProgramSearch(program, domain, keeps=keeps, trusting=trusting)
    forms = LayeredForms(program)
    return Search(forms, domain, Walker(forms, keeps=keeps, trusting=trusting, steps=steps), keeps=keeps)


def _has_lines(domain: Polyhedron) -> bool:
    return rank(row[1:] for row in domain.inequalities) < domain.dimension

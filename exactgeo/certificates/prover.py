"""From a claim to its evidence: the tree of steps that shows a list of patterns to be exactly the realised ones.

The prover trusts nobody, the engines included: it takes the patterns as a proposal, refutes every branch that the
proposal leaves out, and looks at every witness. A proposal that is wrong leads to an error with a counterexample.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from exactgeo.arithmetic.affine import Row
from exactgeo.arithmetic.rationals import Point, text
from exactgeo.certificates.crossings import Crossings
from exactgeo.certificates.refutations import Constraints
from exactgeo.certificates.steps import Cell, Empty, Flat, Node, Step
from exactgeo.enumeration.arrangements import ActivationRegion
from exactgeo.errors import CertificateError
from exactgeo.networks.branches import Branch, LayeredForms
from exactgeo.networks.evaluation import Pattern
from exactgeo.networks.programs import Program
from exactgeo.polyhedra import Polyhedron
from exactgeo.polyhedra.boxes import domain_polyhedron
from exactgeo.polyhedra.solvers import InteriorPoint


@dataclass(frozen=True, slots=True)
class _Open:
    """A branch still to be shown.

    Attributes:
        branch: the choices.
        above: how many constraints stand above it.
        demanded: its own constraints.
        claimed: the regions below it.
        is_alone: whether there are to be none below its siblings.
        crossed: the rows by which it parts from regions that came before.
    """

    branch: Branch
    above: int
    demanded: tuple[Row, ...]
    claimed: Sequence[ActivationRegion]
    is_alone: bool = False
    crossed: tuple[Row, ...] = ()


def prove(
    program: Program,
    domain: Polyhedron,
    claimed: Sequence[ActivationRegion],
    on_cell: Callable[[int], None] = lambda _: None,
    crossings: Crossings | None = None,
) -> Iterator[Step]:
    """Yield the steps that prove the claimed regions to be exactly the activation regions of a program in a domain.

    Args:
        program: the network.
        domain: where it is looked at.
        claimed: the regions, by increasing pattern, none twice.
        on_cell: told the number of cells shown so far.
        crossings: evidence for the facets between these regions' cells, if that is wanted too.

    Raises:
        CertificateError: if the claim is false; the message has a counterexample.
        EmptyDomain: if the domain has no interior.

    **Exactness**: exact. **Complexity**: memory for one path of the tree; a linear program for each Empty.
    """
    claimed = list(claimed)
    _demand_well_formed(program, claimed)
    constraints = Constraints(domain_polyhedron(domain, program.inputs))
    stack: list[_Open | Step] = [_Open(LayeredForms(program).root, len(constraints.rows), (), claimed)]
    shown = 0
    while stack:
        task = stack.pop()
        if not isinstance(task, _Open):
            yield task
            continue
        constraints.truncate(task.above)
        constraints.extend(task.demanded, are_implied=task.is_alone)
        if not task.claimed:
            yield _empty(task, constraints)
        elif task.branch.is_complete:
            yield _cell(task.claimed, constraints)
            if crossings is not None:
                yield from crossings.steps(shown, constraints.rows, task.crossed)
            shown += 1
            on_cell(shown)
        else:
            yield Node()
            stack += reversed(_children(task, len(constraints.rows)))


def _demand_well_formed(program: Program, claimed: Sequence[ActivationRegion]) -> None:
    """Raise an error unless the regions' patterns and witnesses have the form of the program's, and are in order."""
    pieces = np.diff(program.units.starts).tolist()
    before: Pattern | None = None
    for region in claimed:
        pattern = region.pattern
        if len(pattern) != len(pieces) or not all(0 <= k < most for k, most in zip(pattern, pieces, strict=True)):
            raise CertificateError(f"the claim is false: {pattern} is no pattern of this network")
        if before is not None and pattern < before:
            raise CertificateError(f"the claim's patterns are not in increasing order: {before} before {pattern}")
        if len(region.witness) != program.inputs or not all(hasattr(x, "numerator") for x in region.witness):
            raise CertificateError(f"the witness of pattern {pattern} is no point of {program.inputs} rationals")
        before = pattern


def _children(task: _Open, above: int) -> list[_Open | Step]:
    branch = task.branch.entered()
    depth = len(branch.pattern)
    groups = {
        piece: list(regions) for piece, regions in groupby(task.claimed, key=lambda region: region.pattern[depth])
    }
    children: list[_Open | Step] = []
    for piece, comparisons in enumerate(branch.unit.all_comparisons()):
        claimed = groups.get(piece, [])
        equal = [rival for rival, row in comparisons if not any(row) and rival < piece]
        if equal and claimed:
            raise CertificateError(
                f"the claim is false: pattern {claimed[0].pattern} chooses piece {piece} of unit {depth}, "
                f"whose selector is the same form there as that of piece {equal[0]}"
            )
        if equal:
            children.append(Flat(equal[0]))
            continue
        demanded = tuple(row for _, row in comparisons if any(row))
        parting = tuple(row for rival, row in comparisons if rival < piece and rival in groups)
        is_alone = len(claimed) == len(task.claimed)
        children.append(_Open(branch.choose(piece), above, demanded, claimed, is_alone, task.crossed + parting))
    return children


def _cell(claimed: Sequence[ActivationRegion], constraints: Constraints) -> Cell:
    region = claimed[0]
    if len(claimed) > 1:
        raise CertificateError(f"the claim is false: it lists pattern {region.pattern} {len(claimed)} times")
    witness = constraints.shortened(region.witness)
    if witness is None:
        raise CertificateError(
            f"the point ({_coordinates(region.witness)}) does not lie in the cell of pattern {region.pattern}"
        )
    return Cell(witness)


def _empty(task: _Open, constraints: Constraints) -> Empty:
    answer = constraints.refute(task.above)
    if isinstance(answer, InteriorPoint):
        raise CertificateError(
            f"the claim is false: it lists no pattern that begins with {task.branch.pattern}, "
            f"but the network has one at ({_coordinates(answer.point)})"
        )
    return Empty(answer)


def _coordinates(point: Point) -> str:
    return ", ".join(map(text, point))

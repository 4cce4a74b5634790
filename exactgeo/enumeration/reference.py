"""The reference engine: one exact linear program for each open question, and nothing else.

It walks the tree of choices unit by unit, and keeps a branch if some point satisfies, strictly, all that its
choices demand. No float is looked at. Written to be read; other engines are tested against it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from exactgeo.arithmetic.affine import Row, evaluate_rows, multiple_of
from exactgeo.arithmetic.rationals import Point
from exactgeo.errors import InternalError
from exactgeo.networks.branches import Branch, LayeredForms
from exactgeo.polyhedra.bounds import Bounds
from exactgeo.polyhedra.points import shortened
from exactgeo.polyhedra.polyhedron import SOLVER
from exactgeo.polyhedra.solvers import InteriorPoint


@dataclass(frozen=True, slots=True)
class Cell:
    """A non-empty cell of a prefix of choices, { rows > 0 }, within the germ's hyperplane if there is one.

    Attributes:
        branch: the choices.
        rows: primitive rows; those that hold all over the domain's bounds are left out.
        witness: a point of the cell.
        share: its part of the search tree, for progress only.
    """

    branch: Branch
    rows: tuple[Row, ...]
    witness: Point
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Germ:
    """A hyperplane, and the side on which a network is looked at infinitely close to it.

    Attributes:
        hyperplane: the primitive row h; the hyperplane is { h = 0 }.
        side: 1 or -1 for the sides on which h is positive or negative, 0 for the hyperplane itself.
    """

    hyperplane: Row
    side: int


def walk(
    forms: LayeredForms,
    rows: Sequence[Row],
    germ: Germ | None = None,
    keep_going: Callable[[list[Cell]], bool] | None = None,
    branch: Branch | None = None,
    share: float = 1.0,
) -> Iterator[Cell]:
    """Yield the cells of all complete patterns in { rows > 0 }, by increasing pattern.

    Args:
        forms: the program.
        rows: primitive rows; the open set in which to look.
        germ: None to look at full-dimensional cells. Otherwise the patterns that the network has on relatively open
            subsets of the germ's hyperplane, or infinitely close to it on one side.
        keep_going: asked before each step with the cells still to be explored, the next one last; stops the walk by
            returning False.
        branch: below which to look; None for all patterns.
        share: the whole's part of the search tree.

    **Exactness**: exact. **Complexity**: at most one linear program for each piece of each unit in each cell of each
    prefix.
    """
    place = Place.within(forms.program.inputs, rows, germ)
    root = root_cell(branch or forms.root, rows, place)
    stack = [replace(root, share=share)] if root else []
    while stack and (keep_going is None or keep_going(stack)):
        cell = stack.pop()
        if cell.branch.is_complete:
            yield cell
        else:
            stack += reversed(children_of(cell, place))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk looks: the space's dimension, the bounds that hold there, and the germ if there is one."""

    dimension: int
    bounds: Bounds
    germ: Germ | None

    @classmethod
    def within(cls, dimension: int, rows: Sequence[Row], germ: Germ | None = None) -> "Place":
        """Return the place { rows > 0 }."""
        return cls(dimension, Bounds.of(dimension, rows), germ)


def root_cell(branch: Branch, rows: Sequence[Row], place: Place) -> Cell | None:
    """Return the cell { rows > 0 } of a branch, or None if it is empty.

    Where a point between the place's bounds is in the cell, no linear program is needed; in hundreds of dimensions it
    would take hours.
    """
    together = tuple(rows)
    if place.germ is None and place.bounds.leave_room:
        point = place.bounds.inside()
        if all(value > 0 for value in evaluate_rows(together, point)):
            return Cell(branch, together, point)
    return _child(branch, together, (), None, place)


def along(
    branch: Branch, rows: Sequence[Row], pattern: Sequence[int], place: Place
) -> Iterator[tuple[Branch, tuple[Row, ...]]]:
    """Yield the branches along a pattern whose cells are known not to be empty, and the rows of their cells."""
    together = tuple(rows)
    yield branch, together
    for piece in pattern:
        branch = branch.entered()
        demanded = _demanded(branch, piece, place.germ)
        if demanded is None:
            raise InternalError(f"there is no cell of the prefix {tuple(pattern)}")
        together = _together(together, demanded, place)
        branch = branch.choose(piece)
        yield branch, together


def children_of(cell: Cell, place: Place) -> list[Cell]:
    """Return the non-empty cells that the next unit cuts a cell into, by increasing piece."""
    branch = cell.branch.entered()
    found = []
    for piece in range(len(branch.unit.selectors)):
        demanded = _demanded(branch, piece, place.germ)
        if demanded is not None:
            child = _child(branch.choose(piece), cell.rows, demanded, cell.witness, place)
            if child:
                found.append(child)
    share = cell.share / max(len(found), 1)
    return [Cell(child.branch, child.rows, child.witness, share) for child in found]


def _demanded(branch: Branch, piece: int, germ: Germ | None) -> tuple[Row, ...] | None:
    """Return the rows that must be > 0 for a piece to be chosen, or None if it is not chosen anywhere.

    The piece's selector must be larger than each rival's; where the two are the same form, the lesser index is chosen.
    """
    demanded = []
    for rival, row in branch.unit.comparisons(piece):
        sign = _known_sign(row, germ)
        if sign is None:
            demanded.append(row)
        elif sign < 0 or (sign == 0 and rival < piece):
            return None
    return tuple(demanded)


def _known_sign(row: Row, germ: Germ | None) -> int | None:
    """Return the sign of a form that is the same all over the place where we look, or None if it depends on the point.

    The zero form is 0. Close to a hyperplane h = 0, a multiple of h has the sign of the factor times that of the side.
    """
    if not any(row):
        return 0
    if germ is not None and (factor := multiple_of(row, germ.hyperplane)):
        return factor * germ.side
    return None


def _child(
    branch: Branch, rows: tuple[Row, ...], demanded: tuple[Row, ...], witness: Point | None, place: Place
) -> Cell | None:
    """Return the cell { rows > 0, demanded > 0 }, or None if it is empty.

    Some answers need no linear program: a row that is nowhere > 0 within the bounds; rows that all hold within the
    bounds, or at the known witness of { rows > 0 }.
    """
    if any(place.bounds.refute(row) for row in demanded):
        return None
    together = _together(rows, demanded, place)
    if witness is not None and all(value > 0 for value in evaluate_rows(together[len(rows) :], witness)):
        return Cell(branch, together, witness)
    equations = () if place.germ is None else (place.germ.hyperplane,)
    answer = SOLVER.strict_feasibility(place.dimension, together, equations)
    if not isinstance(answer, InteriorPoint):
        return None
    return Cell(branch, together, answer.point if place.germ else shortened(answer.point, together))


def _together(rows: tuple[Row, ...], demanded: tuple[Row, ...], place: Place) -> tuple[Row, ...]:
    """Return rows and the demanded ones that are new."""
    known = set(rows)
    return rows + tuple(row for row in dict.fromkeys(demanded) if row not in known and not place.bounds.imply(row))

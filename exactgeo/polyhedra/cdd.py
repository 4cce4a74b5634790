"""The solver behind exactgeo's polyhedra: cddlib in exact rational arithmetic (Fukuda; pycddlib's cdd.gmp).

The only module that knows cddlib. Linear programs are put so that they always have an optimum, and every answer is
checked by substitution before it is handed out: a fault of the library shows as an InternalError, never as a wrong
answer. (cddlib looks for a basis in floats first, and proves or finds it in rationals.)

Linear programs are solved by the criss-cross method alone. The first phase of cddlib's dual simplex pivots on column 0
when its floats contradict themselves, and so writes before the beginning of its matrix (0.94m,
`dd_FindDualFeasibleBasis`): near-degenerate programs crash the process. The criss-cross method pivots only where it has
chosen a row and a column. cddlib's own removal of redundant rows uses the dual simplex, and is not used here.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain

import cdd
import cdd.gmp

from exactgeo.arithmetic.affine import Row, evaluate_row, negated, primitive_row
from exactgeo.arithmetic.rationals import Point, Rational, shown
from exactgeo.errors import InternalError
from exactgeo.polyhedra.solvers import (
    Generators,
    Infeasible,
    InteriorPoint,
    Multipliers,
    Optimum,
    Refutation,
    Unbounded,
)


@contextmanager
def _long_integers() -> Iterator[None]:
    """Lift Python's limit on the digits of integers, which pycddlib meets as it passes numbers on as text."""
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(limit)


class CddSolver:
    """Exact linear programs by cddlib's criss-cross method, conversions by its double description method.

    **Exactness**: exact. **Source**: K. Fukuda and T. Terlaky, Criss-cross methods: a fresh view on pivot algorithms,
    1997; K. Fukuda and A. Prodon, Double description method revisited, 1996.
    """

    def strict_feasibility(
        self, dimension: int, rows: Sequence[Row], equations: Sequence[Row] = ()
    ) -> InteriorPoint | Refutation:
        """Decide whether some point has every row > 0 and every equation = 0.

        Maximises t with row >= t * (a power of two near the row's largest entry) and t <= 1. If some x satisfies the
        equations at all, the program has an optimum; t > 0 there exactly if the answer is yes, and otherwise the
        optimal dual is the refutation. Without such an x, the equations refute themselves.
        """
        if len(equations) > 1 or not all(
            any(row[1:]) for row in equations
        ):  # one equation with a variable has solutions
            consistent = self.maximise(dimension, (0,) * (dimension + 1), (), equations)
            if isinstance(consistent, Infeasible):
                return Refutation((), consistent.equation_multipliers)
        lifted = [(*row, -_scale(row)) for row in rows]
        limit = (1, *[0] * dimension, -1)
        slack = (0, *[0] * dimension, 1)
        best = self._solve(slack, [*lifted, limit], [(*row, 0) for row in equations])
        if best is None:
            raise _no_optimum(rows, equations)
        value, solution, multipliers, equation_multipliers = best
        if value > 0:
            point = solution[:-1]
            _demand(all(evaluate_row(row, point) > 0 for row in rows), "interior point", rows)
            _demand(all(evaluate_row(row, point) == 0 for row in equations), "interior point", equations)
            return InteriorPoint(point)
        _demand(all(index < len(rows) for index, _ in multipliers), "refutation", rows)
        total = _combination(dimension, rows, multipliers, equations, equation_multipliers)
        _demand(bool(multipliers) and total[0] <= 0 and not any(total[1:]), "refutation", rows)
        return Refutation(multipliers, equation_multipliers)

    def maximise(
        self, dimension: int, objective: Row, rows: Sequence[Row], equations: Sequence[Row] = ()
    ) -> Optimum | Unbounded | Infeasible:
        """Maximise an affine objective over { rows >= 0, equations = 0 }: an optimum, or why there is none."""
        start = self._feasible_point(dimension, rows, equations)
        if isinstance(start, Infeasible):
            return start
        ray = self._improving_ray(objective, rows, equations)
        if ray is not None:
            return Unbounded(start, ray)
        best = self._solve(objective, rows, equations)
        if best is None:
            raise _no_optimum(rows, equations)
        value, point, multipliers, equation_multipliers = best
        _demand(all(evaluate_row(row, point) >= 0 for row in rows), "optimum", rows)
        _demand(all(evaluate_row(row, point) == 0 for row in equations), "optimum", equations)
        _demand(evaluate_row(objective, point) == value, "optimum", rows)
        total = _combination(dimension, rows, multipliers, equations, equation_multipliers)
        _demand(total[0] + objective[0] == value, "optimum", rows)
        _demand(all(t + c == 0 for t, c in zip(total[1:], objective[1:], strict=True)), "optimum", rows)
        return Optimum(value, point, multipliers, equation_multipliers)

    @_long_integers()
    def generators(self, dimension: int, rows: Sequence[Row], equations: Sequence[Row] = ()) -> Generators:
        """Convert half-spaces to vertices, rays and lines.

        cddlib leaves out the apex of a cone when every right-hand side is 0; it is put back here.
        """
        if isinstance(self._feasible_point(dimension, rows, equations), Infeasible):
            return Generators((), (), ())
        if dimension == 0:
            return Generators(((),), (), ())
        array = [*equations, *rows] or [(1, *[0] * dimension)]
        matrix = cdd.gmp.matrix_from_array(array, lin_set=range(len(equations)), rep_type=cdd.RepType.INEQUALITY)
        output = cdd.gmp.copy_generators(cdd.gmp.polyhedron_from_matrix(matrix))
        vertices, rays, lines = [], [], []
        for index, (kind, *entries) in enumerate(output.array):
            direction = _point(entries)
            if index in output.lin_set:
                lines.append(direction)
            elif kind:
                vertices.append(direction)
            else:
                rays.append(direction)
        if not vertices:
            vertices.append((Rational(0),) * dimension)
        _demand(_generate_inside(rows, equations, vertices, rays, lines), "generators", rows)
        return Generators(tuple(sorted(vertices)), tuple(sorted(rays)), tuple(sorted(lines)))

    @_long_integers()
    def half_spaces(self, dimension: int, generators: Generators) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
        """Convert generators to irredundant primitive rows and equations, each sorted."""
        if not generators.vertices:
            return ((-1, *[0] * dimension),), ()
        array = [
            *((0, *line) for line in generators.lines),
            *((1, *vertex) for vertex in generators.vertices),
            *((0, *ray) for ray in generators.rays),
        ]
        matrix = cdd.gmp.matrix_from_array(array, lin_set=range(len(generators.lines)), rep_type=cdd.RepType.GENERATOR)
        output = cdd.gmp.copy_inequalities(cdd.gmp.polyhedron_from_matrix(matrix))
        all_rows = [primitive_row(row) for row in output.array]
        equations = [row for index, row in enumerate(all_rows) if index in output.lin_set]
        rows = [row for index, row in enumerate(all_rows) if index not in output.lin_set and any(row[1:])]
        _demand(
            _generate_inside(rows, equations, generators.vertices, generators.rays, generators.lines),
            "half-spaces",
            rows,
        )
        return tuple(sorted(rows)), tuple(sorted(equations))

    def _feasible_point(self, dimension: int, rows: Sequence[Row], equations: Sequence[Row]) -> Point | Infeasible:
        """Minimise s >= 0 with row >= -s and equations = e, |e| <= s: feasible exactly if s = 0."""
        padded = [(*row, 1) for row in chain(rows, equations, map(negated, equations))]
        best = self._solve((0, *[0] * dimension, -1), [*padded, (0, *[0] * dimension, 1)], ())
        if best is None:
            raise _no_optimum(rows, equations)
        value, solution, multipliers, _ = best
        point = solution[:-1]
        if value == 0:
            _demand(all(evaluate_row(row, point) >= 0 for row in rows), "feasible point", rows)
            _demand(all(evaluate_row(row, point) == 0 for row in equations), "feasible point", equations)
            return point
        of_rows = tuple((index, value) for index, value in multipliers if index < len(rows))
        of_equations = _signed(multipliers, len(rows), len(equations))
        total = _combination(dimension, rows, of_rows, equations, of_equations)
        _demand(total[0] < 0 and not any(total[1:]), "infeasibility", rows)
        return Infeasible(of_rows, of_equations)

    def _improving_ray(self, objective: Row, rows: Sequence[Row], equations: Sequence[Row]) -> Point | None:
        """Return a direction of recession along which the objective grows, if there is one."""
        slope = (0, *objective[1:])
        capped = (1, *(-value for value in objective[1:]))
        cone = [(0, *row[1:]) for row in rows]
        best = self._solve(slope, [*cone, capped], [(0, *row[1:]) for row in equations])
        if best is None:
            raise _no_optimum(rows, equations)
        value, ray, _, _ = best
        if value == 0:
            return None
        _demand(all(evaluate_row(row, ray) >= 0 for row in cone), "ray", rows)
        _demand(all(evaluate_row((0, *row[1:]), ray) == 0 for row in equations), "ray", equations)
        return ray

    @_long_integers()
    def _solve(
        self, objective: Row, rows: Sequence[Row], equations: Sequence[Row]
    ) -> tuple[Rational, Point, Multipliers, Multipliers] | None:
        """Maximise the objective; None unless cddlib reports an optimum.

        Rows are handed over with a largest entry near 1: the floats with which cddlib looks for a basis first then go
        astray less often, and the exact pivots after them have less to mend.
        """
        given = [*rows, *equations, *map(negated, equations), objective]
        scales = [_scale(row) for row in given]
        array = [[Fraction(entry, scale) for entry in row] for row, scale in zip(given, scales, strict=True)]
        program = cdd.gmp.linprog_from_array(array, obj_type=cdd.LPObjType.MAX)
        cdd.gmp.linprog_solve(program, cdd.LPSolverType.CRISS_CROSS)
        if program.status != cdd.LPStatusType.OPTIMAL:
            return None
        whole = scales[-1]
        found = ((index, Rational(value) * whole / scales[index]) for index, value in program.dual_solution if value)
        dual = tuple(sorted(found))
        _demand(all(value > 0 for _, value in dual), "dual solution", rows)
        of_rows = tuple((index, value) for index, value in dual if index < len(rows))
        of_equations = _signed(dual, len(rows), len(equations))
        return Rational(program.obj_value) * whole, _point(program.primal_solution), of_rows, of_equations


def _signed(multipliers: Multipliers, start: int, count: int) -> Multipliers:
    """Merge the multipliers of equations (from `start`) and of their negatives (behind them) into signed ones."""
    merged: dict[int, Rational] = {}
    for index, value in multipliers:
        if start <= index < start + count:
            merged[index - start] = merged.get(index - start, Rational(0)) + value
        elif start + count <= index < start + 2 * count:
            merged[index - start - count] = merged.get(index - start - count, Rational(0)) - value
    return tuple(sorted((index, value) for index, value in merged.items() if value))


def _combination(
    dimension: int, rows: Sequence[Row], multipliers: Multipliers, equations: Sequence[Row], signed: Multipliers
) -> list[Rational]:
    total = [Rational(0)] * (dimension + 1)
    pairs = chain(((rows[i], m) for i, m in multipliers), ((equations[i], m) for i, m in signed))
    for row, multiplier in pairs:
        for k, entry in enumerate(row):
            if entry:
                total[k] += multiplier * entry
    return total


def _scale(row: Row) -> int:
    return 1 << max(abs(entry) for entry in row).bit_length()


def _point(values: Iterable[Fraction]) -> Point:
    return tuple(Rational(value) for value in values)


def _generate_inside(
    rows: Sequence[Row],
    equations: Sequence[Row],
    vertices: Sequence[Point],
    rays: Sequence[Point],
    lines: Sequence[Point],
) -> bool:
    """Whether every generator satisfies every half-space."""
    directions = [(0, *row[1:]) for row in rows]
    flats = [(0, *row[1:]) for row in equations]
    return (
        all(evaluate_row(row, v) >= 0 for row in rows for v in vertices)
        and all(evaluate_row(row, v) == 0 for row in equations for v in vertices)
        and all(evaluate_row(row, ray) >= 0 for row in directions for ray in rays)
        and all(evaluate_row(row, ray) == 0 for row in flats for ray in rays)
        and all(evaluate_row(row, line) == 0 for row in [*directions, *flats] for line in lines)
    )


def _demand(holds: bool, what: str, rows: Sequence[Row]) -> None:  # noqa: FBT001 (reads as a sentence)
    if not holds:
        raise InternalError(f"cddlib returned a wrong {what} for the rows {' '.join(map(shown, rows))}")


def _no_optimum(rows: Sequence[Row], equations: Sequence[Row]) -> InternalError:
    written = " ".join(map(shown, chain(rows, equations)))
    return InternalError(f"cddlib found no optimum of a bounded feasible program: {written}")

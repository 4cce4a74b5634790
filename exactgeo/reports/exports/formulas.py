"""Small networks as formulas of sympy."""

from collections.abc import Sequence
from typing import Any

from exactgeo.complexes import CellComplex
from exactgeo.errors import InvalidArgument, MissingDependency
from exactgeo.networks.programs import demand_number


def piecewise(cells: CellComplex, output: int = 0, names: Sequence[Any] | None = None) -> Any:  # noqa: ANN401 (sympy)
    """Return an output as a sympy.Piecewise, one piece for each closed cell; NaN outside the domain.

    On the border of two cells the first one's form stands, which in a continuous network makes no difference.

    Args:
        cells: of a continuous network; few, for sympy is not made for many.
        output: which one.
        names: sympy's symbols for the inputs; x1, x2, ... by default.

    Raises:
        InvalidArgument: for a discontinuous network, whose value on borders need not be that of a cell beside it, or
            an output that there is not, or another number of names than of inputs.
        MissingDependency: if sympy is not installed.

    **Exactness**: exact.
    """
    try:
        import sympy  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise MissingDependency("formulas need sympy: pip install 'exactgeo[exports]'") from error
    program = cells.arrangement.program
    if not program.is_continuous:
        raise InvalidArgument("on the borders of its cells a discontinuous network has other values than beside them")
    demand_number("output", output, program.output_count)
    symbols = tuple(names) if names is not None else sympy.symbols(f"x1:{program.inputs + 1}")
    if len(symbols) != program.inputs:
        raise InvalidArgument(f"{len(symbols)} names do not fit {program.inputs} inputs")
    entries = (1, *symbols)
    pieces = []
    for shape, maps in zip(cells.shapes, cells.affine_maps, strict=True):
        form = maps[output]
        rows = [sum((c * x for c, x in zip(row, entries, strict=True)), sympy.Integer(0)) for row in shape.rows]
        value = sum((c * x for c, x in zip(form.numerators, entries, strict=True)), sympy.Integer(0))
        pieces.append((value / form.denominator, sympy.And(*(row >= 0 for row in rows))))
    return sympy.Piecewise(*pieces)

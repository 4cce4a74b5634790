"""Figures: how they begin, what stands below them, and how they are written."""

from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.text import Text

from exactgeo.arithmetic.rationals import Rational
from exactgeo.complexes import CellComplex
from exactgeo.enumeration.arrangements import Arrangement
from exactgeo.errors import InvalidArgument
from exactgeo.files import replacing
from exactgeo.plots.colours import INK
from exactgeo.polyhedra.domains import describe_domain

FORMATS = ("svg", "pdf", "png")
_INCHES = (7.0, 7.0)
_MOST = 10**300  # so large, matplotlib still draws
_DOTS = 200  # an inch, of pictures in pixels


def new_figure(*, wide: bool = False) -> Figure:
    """Return an empty figure."""
    width, height = _INCHES
    return Figure(figsize=(width * (1.25 if wide else 1), height), layout="constrained")


def caption(figure: Figure, arrangement: Arrangement, what: str) -> Text:
    """Write below a figure of which network it is, in which domain, and what of it is exact."""
    program = arrangement.program
    return write_below(
        figure,
        f"{what}\nnetwork {program.sha256[:12]} ({program.inputs} inputs, {program.unit_count} units) in "
        f"{describe_domain(arrangement.domain)}, {len(arrangement):,} regions by the engine {arrangement.engine}\n"
        "computed exactly; rounded to floats for drawing alone",
    )


def write_below(figure: Figure, text: str) -> Text:
    """Write below a figure, just as it is: a dollar in a file's name begins no formula."""
    return figure.supxlabel(text, fontsize=8, color=INK, parse_math=False)


def as_float(value: Rational) -> float:
    """Return the float nearest to a number. Raises InvalidArgument for one that is too large to be drawn."""
    if abs(value) > _MOST:
        raise InvalidArgument("a number is too large for a float: nothing so large is drawn")
    return float(value)


def demand_bounded(cells: CellComplex) -> None:
    """Raise InvalidArgument if the domain is unbounded: a picture ends somewhere."""
    if not cells.is_bounded:
        raise InvalidArgument("a picture needs a bounded domain, such as box:-1,1")


def demand_format(path: Path | str) -> str:
    """Return the format that a file's ending names. Raises InvalidArgument if it names none."""
    kind = Path(path).suffix.removeprefix(".").lower()
    if kind not in FORMATS:
        raise InvalidArgument(f"{path} has no ending that names a format: end it with .{', .'.join(FORMATS)}")
    return kind


def save(figure: Figure, path: Path | str) -> None:
    """Write a figure to a file, whole or not at all; its ending says in which format.

    Raises:
        InvalidArgument: for another ending than svg, pdf or png.
    """
    target, kind = Path(path), demand_format(path)
    metadata = {"Date": None} if kind == "svg" else {"CreationDate": None} if kind == "pdf" else {}
    with replacing(target) as temporary, rc_context({"svg.hashsalt": "exactgeo"}):  # the same picture, the same bytes
        figure.savefig(temporary, format=kind, dpi=_DOTS, metadata=metadata)

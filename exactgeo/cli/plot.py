"""exactgeo plot: pictures."""

import csv
import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from exactgeo.cli.output import plural
from exactgeo.cli.questions import EXACT_ENGINES, Asked, boundary_of, cells_of, question_options
from exactgeo.cli.running import compilation_announced, stoppable
from exactgeo.complexes import skeleton
from exactgeo.errors import InvalidArgument

_LINE, _PLANE, _SPACE = 1, 2, 3
_MOST_CLASS = 10**9
_LONGEST_SHOWN = 80
_MARKS = {"$p_0$": (0, 0), "$p_1$": (1, 0), "$p_2$": (0, 1)}  # the points through which a slice goes


@click.command("plot")
@click.option(
    "--colour",
    type=click.Choice(["pattern", "gradient", "class"]),
    default="pattern",
    show_default=True,
    help="What the colours of the cells say.",
)
@click.option("--skeleton", "bones", is_flag=True, help="Draw creases in their layers' colours, not all borders.")
@click.option("--boundary", "edge", is_flag=True, help="Draw the decision boundary on top.")
@click.option("--surface", is_flag=True, help="Draw an output's graph in space, over its skeleton.")
@click.option("--output", "number", type=click.IntRange(min=0), metavar="K", help="Which output, counted from 0.")
@click.option("--threshold", metavar="T", help="Of the decision boundary; 0 by default.")
@click.option("--data", metavar="FILE", help="Points to draw on top: lines x1,x2 or x1,x2,CLASS of a CSV file.")
@question_options(EXACT_ENGINES)
@click.option("-o", "--write", "target", metavar="PICTURE", required=True, help="A file: .svg, .pdf or .png.")
def plot_command(
    asked: Asked,
    colour: str,
    bones: bool,
    edge: bool,
    surface: bool,
    number: int | None,
    threshold: str | None,
    data: str | None,
    target: str,
) -> None:
    """Draw a network: of one input its graph, of two the plane, of three its decision boundary.

    Of more inputs, a slice of them: --slice.
    """
    from exactgeo import plots  # noqa: PLC0415 (needs matplotlib, an extra)

    plots.demand_format(target)
    question = asked.question(target, data)
    is_divided = edge or colour == plots.Colouring.CLASS.value or question.program.inputs == _SPACE
    given = {
        "--colour": colour != plots.Colouring.PATTERN.value,
        "--skeleton": bones,
        "--boundary": edge,
        "--surface": surface,
        "--output": number is not None,
        "--threshold": threshold is not None,
        "--data": data is not None,
    }
    _demand_fitting(question.program.inputs, given, is_divided=is_divided)
    points, labels = _data(data) if data else ([], [])
    with stoppable() as stopper, compilation_announced():
        budget = asked.budget(stopper)
        cells = cells_of(question, asked.how, budget)
        regions = cells.arrangement
        boundary = boundary_of(regions, number, threshold, asked.how, budget) if is_divided else None
        if cells.dimension == _SPACE and boundary is not None:
            figure = plots.draw_mesh(boundary)
        elif cells.dimension == _LINE:
            figure = plots.draw_graph(cells)
        elif surface:
            figure = plots.draw_surface(skeleton(cells, output=number or 0))
        else:
            figure = plots.draw_plane(
                cells,
                colouring=plots.Colouring(colour),
                skeleton=skeleton(cells, output=number) if bones else None,
                boundary=boundary if edge or colour == "class" else None,
                data=points,
                labels=labels,
                marks={} if question.cut is None else _MARKS,
                output=number or 0,
            )
    plots.save(figure, target)
    where = f"{question.model_text} in {question.domain_text}"
    click.echo(f"drew {plural(len(cells.shapes), 'cell')} of {where}: {target}", err=True)


def _demand_fitting(inputs: int, given: Mapping[str, bool], *, is_divided: bool) -> None:
    """Raise InvalidArgument where there is no picture of so many inputs, or for an option that says nothing of it."""
    if inputs > _SPACE:
        raise InvalidArgument(
            f"a picture is of one, two or three inputs, and there are {inputs}: restrict it to a slice"
        )
    if inputs == _LINE:
        what, fitting = "the graph of a network of one input", set()
    elif inputs == _SPACE:
        what, fitting = "the boundary of a network of three inputs", {"--boundary", "--output", "--threshold"}
    elif given["--surface"]:
        what, fitting = "a surface", {"--surface", "--output", "--skeleton"}
    elif not is_divided:
        what, fitting = "a picture without classes", set(given) - {"--threshold"}
    else:
        return
    for option, is_given in given.items():
        if is_given and option not in fitting:
            raise InvalidArgument(f"{option} has no meaning for {what}")


def _data(path: str) -> tuple[list[list[float]], Sequence[int]]:
    """Return points, and their classes, from a file, whose first line may be a heading."""
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            rows = [(number, row) for number, row in enumerate(csv.reader(file), start=1) if row]
    except (OSError, ValueError, csv.Error) as error:
        raise InvalidArgument(f"the data {path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if rows and not any(map(_is_number, rows[0][1])):
        del rows[0]
    points, labels = [], []
    for number, row in rows:
        try:
            x, y, label = (*row, "0") if len(row) == _PLANE else row
            point, own = [float(x), float(y)], int(label)
        except ValueError:
            point, own = [math.nan], 0
        if not all(map(math.isfinite, point)) or abs(own) > _MOST_CLASS:
            text = textwrap.shorten(",".join(row), _LONGEST_SHOWN, placeholder="…")
            raise InvalidArgument(f"line {number} of {path} is not x1,x2 or x1,x2,CLASS: {text}")
        points.append(point)
        labels.append(own)
    return points, labels


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True

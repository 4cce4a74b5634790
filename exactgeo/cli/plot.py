"""exactgeo plot: pictures."""

import csv
from collections.abc import Sequence
from pathlib import Path

import click

from exactgeo.cli.output import plural
from exactgeo.cli.questions import EXACT_ENGINES, Asked, boundary_of, cells_of, question_options
from exactgeo.cli.running import compilation_announced, stoppable
from exactgeo.complexes import skeleton
from exactgeo.errors import InvalidArgument

_LINE, _SPACE = 1, 3
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
    points, labels = _data(data) if data else ([], [])
    with stoppable() as stopper, compilation_announced():
        budget = asked.budget(stopper)
        cells = cells_of(question, asked.how, budget)
        is_divided = edge or colour == "class" or cells.dimension == _SPACE
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


def _data(path: str) -> tuple[list[list[float]], Sequence[int]]:
    """Return points, and their classes, from a file."""
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, ValueError) as error:
        raise InvalidArgument(f"the data {path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    points, labels = [], []
    for number, row in enumerate(rows, start=1):
        try:
            x, y, *label = row
            points.append([float(x), float(y)])
            labels.append(int(label[0]) if label else 0)
        except ValueError as error:
            if number > 1:  # the first line may be a heading
                raise InvalidArgument(
                    f"line {number} of {path} is not x1,x2 or x1,x2,CLASS: {','.join(row)}"
                ) from error
    return points, labels

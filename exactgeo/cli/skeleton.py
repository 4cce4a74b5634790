"""exactgeo skeleton: where the outputs bend, and where they are least and greatest."""

import click

from exactgeo.cli.options import json_option
from exactgeo.cli.output import STREAM, print_json, print_table, write_json
from exactgeo.cli.questions import EXACT_ENGINES, Asked, Question, cells_of, question_options
from exactgeo.cli.running import compilation_announced, stoppable
from exactgeo.complexes import CellComplex, Skeleton, demand_vertices, extrema, skeleton
from exactgeo.reports.geometry import Groups, skeleton_document, skeleton_summary


@click.command("skeleton")
@click.option("--output", "number", type=click.IntRange(min=0), metavar="K", help="Of output K alone, counted from 0.")
@click.option("--unit", type=click.IntRange(min=0), metavar="J", help="Of the hidden unit J instead, counted from 0.")
@click.option("--coarsen", is_flag=True, help="Join facets that continue in one hyperplane with the same jump.")
@question_options(EXACT_ENGINES)
@click.option("-o", "--write", "target", metavar="FILE", help="Write every facet to a JSON file (- for stdout).")
@json_option
def skeleton_command(
    asked: Asked,
    number: int | None,
    unit: int | None,
    coarsen: bool,
    target: str | None,
    as_json: bool,
) -> None:
    """Find the facets across which a model's outputs bend or jump, and their minima and maxima, exactly."""
    question = asked.question(target)
    demand_vertices(question.program)
    with stoppable() as stopper, compilation_announced():
        budget = asked.budget(stopper)
        cells = cells_of(question, asked.how, budget)
        bones = _skeletons(cells, number, unit)
        groups = [found.coarsened() if coarsen else None for _, found in bones]
        outlines = [_outline(name, found, own) for (name, found), own in zip(bones, groups, strict=True)]
        summary = {**question.documents(), "engine": asked.how.engine, "certified": True, "outputs": outlines}
        summary["seconds"] = round(budget.seconds, 3)
    if target:
        write_json(target, skeleton_document(summary, [found for _, found in bones], groups))
    if not as_json:
        _print(question, asked.how.engine, outlines, budget.seconds, err=target == STREAM)
    elif target != STREAM:
        print_json(summary)


def _skeletons(cells: CellComplex, number: int | None, unit: int | None) -> list[tuple[dict[str, object], Skeleton]]:
    if unit is not None:
        return [({"unit": unit}, skeleton(cells, output=number, unit=unit))]
    wanted = range(cells.arrangement.program.output_count) if number is None else [number]
    return [({"output": k}, skeleton(cells, output=k)) for k in wanted]


def _outline(name: dict[str, object], found: Skeleton, groups: Groups | None) -> dict[str, object]:
    is_continuous = found.cells.arrangement.program.is_continuous
    return skeleton_summary(found, name, extrema(found) if is_continuous else None, groups)


def _print(question: Question, engine: str, outlines: list[dict[str, object]], seconds: float, *, err: bool) -> None:
    rows: dict[str, object] = {
        "model": question.model_text,
        "exact network": question.program.sha256,
        "domain": question.domain_text,
        "engine": f"{engine} (exact)",
    }
    for outline in outlines:
        name = next(f"{kind} {outline[kind]}" for kind in ("output", "unit") if kind in outline)
        rows[name] = (
            f"{outline['facets']:,} facets ({outline['convex']:,} convex, {outline['concave']:,} concave, "
            f"{outline['jumps']:,} jumps), {outline['vertices']:,} vertices"
        )
        if "coarsened" in outline:
            rows[name] = f"{rows[name]}, {outline['coarsened']:,} faces coarsened"
        kinds = outline["extrema"]
        if isinstance(kinds, list):
            minima, maxima = (sum(found["kind"] == kind for found in kinds) for kind in ("minimum", "maximum"))
            is_constant = bool(kinds) and not minima + maxima
            rows[f"{name}: extrema"] = "constant" if is_constant else f"local minima {minima:,}, maxima {maxima:,}"
    print_table({**rows, "seconds": f"{seconds:.2f}"}, err=err)

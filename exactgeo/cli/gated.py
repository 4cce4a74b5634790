"""exactgeo gated: gated networks, their path kernels, and the geometry of linear gates."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import click

import onnx_import
from exactgeo.analyses.gated import (
    Indefinite,
    Invariant,
    Jump,
    definiteness,
    gate_hyperplanes,
    gram_matrix,
    jumps,
    product_kernel,
    rotation_invariance,
)
from exactgeo.arithmetic.rationals import Point, text
from exactgeo.certificates import ModelSource
from exactgeo.cli.options import json_option, model_argument
from exactgeo.cli.output import STREAM, demand_target, plural, print_json, print_table, write_json
from exactgeo.cli.points import read_points
from exactgeo.cli.proving import prove
from exactgeo.cli.running import compilation_announced, progress_bar, stoppable
from exactgeo.complexes import cell_complex, skeleton
from exactgeo.enumeration import Arrangement, PartialArrangement, enumerate_regions
from exactgeo.enumeration.budgets import Budget, Progress
from exactgeo.errors import BudgetExhausted, InternalError, InvalidArgument
from exactgeo.networks import Program
from exactgeo.networks.programs import demand_number
from exactgeo.polyhedra import Domain
from exactgeo.polyhedra.boxes import domain_polyhedron
from exactgeo.polyhedra.domains import parse_domain
from exactgeo.reports.documents import domain_document, program_document
from exactgeo.reports.gated import arrangement_document, gram_document, jumps_document, kind_of, layers_document
from onnx_import import ImportedGatedNetwork
from onnx_import.choices import IRRATIONAL_POLICIES, IrrationalPolicy

_PICTURES = (".svg", ".pdf", ".png")
_DOCUMENTS = (".json", "")
_MOST_SHOWN = 12  # rows of a matrix
_PLANE = 2
_SIZE = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Geometry:
    """A linearly gated network in a domain: its regions, and what happens between them."""

    domain: Domain
    regions: Arrangement
    jumps: tuple[Jump, ...]
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Kernel:
    """The kernel of some points."""

    matrix: tuple[Point, ...]
    document: dict[str, Any]


@click.command("gated")
@model_argument
@click.option("--features", metavar="FILE", help="The network whose pre-activations open MODEL's gates: an ONNX file.")
@click.option(
    "--hard-gates", is_flag=True, help="Read a Sigmoid that gates as a hard gate: another network than MODEL."
)
@click.option("--cut-at", metavar="NODE", help="End the network before this node (a final Softmax, say).")
@click.option(
    "--irrational",
    type=click.Choice(IRRATIONAL_POLICIES),
    default=IRRATIONAL_POLICIES[0],
    show_default=True,
    help="What becomes of irrational constants: refused, or rounded.",
)
@click.option("--points", metavar="FILE", help="Inputs whose neural path kernels to compute: .json, or .npy.")
@click.option(
    "--output", "number", type=click.IntRange(min=0), default=0, help="Whose kernel, or picture.", show_default=True
)
@click.option(
    "--domain", "domain_text", metavar="D", help="Where to look at linear gates: box:LOW,HIGH, all (R^n), or a file."
)
@click.option(
    "--rotations", metavar="CxN", help="Whether rotations of an input of this shape leave the outputs the same."
)
@click.option("--certify", "certificate", metavar="CERT", help="Write a certificate of the regions in the domain.")
@click.option("--check", "is_checked", is_flag=True, help="Have the certificate checked while it is written.")
@click.option("--max-seconds", type=click.FloatRange(min=0), help="Give up after this long.")
@click.option(
    "-o",
    "--write",
    "target",
    metavar="FILE",
    help="Write all: JSON (- for stdout), or a picture of the plane or of the kernel: .svg, .pdf, .png.",
)
@json_option
def gated_command(
    model: str,
    features: str | None,
    hard_gates: bool,
    cut_at: str | None,
    irrational: IrrationalPolicy,
    points: str | None,
    number: int,
    domain_text: str | None,
    rotations: str | None,
    certificate: str | None,
    is_checked: bool,
    max_seconds: float | None,
    target: str | None,
    as_json: bool,
) -> None:
    """Read a model as a gated network: layers of weights between gates.

    With --points, their neural path kernel: the Gram matrix, exactly, with evidence of how definite it is. With
    --domain, of a network whose gates are affine in its input: into how many regions and faces they cut the domain,
    counted twice, and how it jumps across each facet. With --rotations, whether cyclic shifts along the axes of its
    positions leave its outputs the same, or an input that shows that they don't.
    """
    if is_checked and certificate is None:
        raise InvalidArgument("--check is about the certificate: say where it goes, --certify CERT")
    _demand_writable(model, features, points, domain_text, certificate, target)
    imported = onnx_import.read_gated(
        model, features=features, hard_gates=hard_gates, cut_at=cut_at, irrational=irrational
    )
    network = imported.network
    demand_number("output", number, network.output_count)
    given = None if points is None else read_points(points, network.inputs)
    domain = None if domain_text is None else parse_domain(domain_text, network.inputs)
    shape = None if rotations is None else _shape(rotations, network.inputs)
    if domain is not None and not network.gate_sizes:
        raise InvalidArgument("the network has no gates whose hyperplanes could be looked at")
    if domain is not None and not network.is_linearly_gated:
        raise InvalidArgument(
            f"the gates of a {kind_of(network)} are no hyperplanes: exactgeo regions, skeleton and boundary look at it"
        )
    with stoppable() as stopper, compilation_announced():
        budget = stopper.budget(None, max_seconds)
        kernel = None if given is None else _kernel(imported, given, number, budget)
        geometry = None if domain is None else _geometry(imported.program, domain, str(domain_text), budget)
        rotating = None if shape is None else _rotations(imported, shape, budget)
        if certificate is not None and geometry is not None:
            source = ModelSource(imported.sha256, imported.choices.record()) if imported.is_the_files else None
            prove(geometry.regions, source, budget, certificate, is_checked=is_checked)
        seconds = round(budget.seconds, 3)
    document = {
        "format": "exactgeo-gated",
        "version": 1,
        "model": {"path": model, "sha256": imported.sha256, **imported.choices.record()},
        "features": None if features is None else {"path": features, "sha256": imported.features_sha256},
        "hardened": list(imported.hardened),
        "program": program_document(imported.program),
        "network": layers_document(network),
        "kernel": None if kernel is None else kernel.document,
        "geometry": None if geometry is None else geometry.document,
        "rotations": rotating,
        "certificate": certificate,
        "seconds": seconds,
    }
    if target is not None and FilePath(target).suffix.lower() in _PICTURES:
        _draw(geometry, kernel, document, number, target)
    elif target is not None:
        listed = jumps_document(() if geometry is None else geometry.jumps)
        write_json(target, {**document, "jumps": listed})
    if not as_json:
        _print(document, err=target == STREAM)
    elif target != STREAM:
        print_json(document)


def _demand_writable(
    model: str,
    features: str | None,
    points: str | None,
    domain: str | None,
    certificate: str | None,
    target: str | None,
) -> None:
    """Raise InvalidArgument for a file that cannot be written, or a part that nothing asks for."""
    sources = [path for path in (model, features, points, domain) if path is not None]
    demand_target(target, *sources)
    demand_target(certificate, *sources, *([] if target in (None, STREAM) else [str(target)]))
    if certificate == STREAM:
        raise InvalidArgument("--certify needs a file: exactgeo certify writes to stdout")
    if certificate is not None and domain is None:
        raise InvalidArgument("--certify is about the regions in a domain: say --domain")
    if target is None or target == STREAM:
        return
    ending = FilePath(target).suffix.lower()
    if ending not in (*_PICTURES, *_DOCUMENTS):
        raise InvalidArgument(f"{target}: end it with .json, or with {', '.join(_PICTURES)} for a picture")
    if ending in _PICTURES and domain is None and points is None:
        raise InvalidArgument("there is nothing to draw: say --domain, or --points")


def _kernel(imported: ImportedGatedNetwork, points: Sequence[Point], output: int, budget: Budget) -> _Kernel:
    """Return the Gram matrix of some points, how definite it is, and whether a product formula gives it."""
    network = imported.network
    demand_number("output", output, network.output_count)
    with progress_bar("kernels", "pairs") as on_progress:

        def on_pair(count: int, total: int) -> None:
            on_progress(Progress(count, count / total, budget.seconds))
            if reason := budget.exhausted():
                raise BudgetExhausted(f"{count:,} of {total:,} kernels are known: {reason}", None)

        matrix = gram_matrix(network, points, output=output, on_pair=on_pair)
    found = definiteness(matrix)
    if isinstance(found, Indefinite):
        raise InternalError("a matrix of inner products is not positive semidefinite")
    document = {
        "output": output,
        "points": [[text(value) for value in x] for x in points],
        "gram": gram_document(matrix, found),
        "product_formula": _formula(imported, points, matrix),
    }
    return _Kernel(matrix, document)


def _formula(imported: ImportedGatedNetwork, points: Sequence[Point], matrix: Sequence[Point]) -> str | None:
    """Return why the kernel is no product of its layers' gates; None if it is."""
    try:
        if any(product_kernel(imported.network, x, points[0]) != row[0] for x, row in zip(points, matrix, strict=True)):
            raise InternalError("the product formula and the transfer give different kernels")
    except InvalidArgument as reason:
        return str(reason)
    return None


def _shape(written: str, inputs: int) -> tuple[int, ...]:
    """Return a shape (channels, n1, …) of so many inputs."""
    parts = written.split("x")
    sizes = tuple(int(part) for part in parts if _SIZE.fullmatch(part))
    if len(parts) < 2 or len(sizes) < len(parts) or math.prod(sizes) != inputs:  # noqa: PLR2004 (channels, positions)
        raise InvalidArgument(f"--rotations {written} is not CHANNELSxN or CHANNELSxHEIGHTxWIDTH of {inputs} inputs")
    return sizes


def _rotations(imported: ImportedGatedNetwork, shape: tuple[int, ...], budget: Budget) -> dict[str, Any]:
    """Return whether rotations leave the outputs the same, with a counterexample if they don't."""
    found = rotation_invariance(imported.network, shape, budget)
    document: dict[str, Any] = {"shape": list(shape), "are_invariant": isinstance(found, Invariant)}
    if isinstance(found, Invariant):
        return {**document, "shown_by": "regions" if found.equalities else "layers", "counterexample": None}
    names = {"point": found.point, "outputs": found.first, "outputs_of_rotated": found.second}
    counterexample = {name: [text(value) for value in values] for name, values in names.items()}
    return {**document, "shown_by": None, "counterexample": counterexample}


def _geometry(program: Program, domain: Domain, written: str, budget: Budget) -> _Geometry:
    """Return a linearly gated network's regions, found and counted, and its jumps."""
    hyperplanes = gate_hyperplanes(program)
    with progress_bar("enumerating") as on_progress:
        regions = enumerate_regions(program, domain, budget=budget, on_progress=on_progress)
    if isinstance(regions, PartialArrangement):
        raise BudgetExhausted(f"nothing was written: {regions.reason}, with {len(regions):,} regions found", regions)
    polyhedron = domain_polyhedron(domain, program.inputs)
    counted = arrangement_document(hyperplanes, polyhedron if polyhedron.inequalities else None, budget)
    if counted["regions"] != len(regions):
        raise InternalError(f"{len(regions)} regions were found, and {counted['regions']} counted")
    order = {region.pattern: number for number, region in enumerate(regions)}
    found = []
    with progress_bar("jumps", "facets") as on_progress:
        for jump in jumps(regions):
            found.append(jump)
            on_progress(Progress(len(found), order[jump.facet.positive.pattern] / len(regions), budget.seconds))
            if reason := budget.exhausted():
                raise BudgetExhausted(f"nothing was written: {reason}, with {len(found):,} facets looked at", regions)
    document = {
        "domain": domain_document(written, polyhedron),
        **counted,
        "facets": len(found),
        "jumping": sum(not jump.is_continuous for jump in found),
        "isolated": sum(jump.is_isolated for jump in found),
    }
    return _Geometry(domain, regions, tuple(found), document)


def _draw(
    geometry: _Geometry | None, kernel: _Kernel | None, document: Mapping[str, Any], number: int, target: str
) -> None:
    from exactgeo import plots  # noqa: PLC0415 (needs matplotlib, an extra)

    if geometry is not None and geometry.regions.program.inputs == _PLANE:
        figure = plots.draw_jumps(skeleton(cell_complex(geometry.regions), output=number))
    elif kernel is not None:
        program = document["program"]
        figure = plots.draw_matrix(
            kernel.matrix,
            f"neural path kernels of {plural(len(kernel.matrix), 'input')}; rank {kernel.document['gram']['rank']}\n"
            f"network {program['sha256'][:12]}; computed exactly; rounded to floats for drawing alone",
        )
    else:
        raise InvalidArgument("a picture of the gates is of two inputs: restrict the network to two, or say --points")
    plots.save(figure, target)


def _print(document: Mapping[str, Any], *, err: bool) -> None:
    network, kernel, geometry = document["network"], document["kernel"], document["geometry"]
    rows: dict[str, object] = {
        "model": document["model"]["path"],
        "exact network": document["program"]["sha256"],
        "kind": network["kind"],
        "gates": ", ".join(map(str, network["gates"])) or "none",
        "weights": f"{network['weights']:,}",
        "ways through it": ", ".join(f"{int(count):,}" for count in network["ways"][:_MOST_SHOWN]),
    }
    if document["hardened"]:
        rows["hard gates"] = f"in the place of {', '.join(document['hardened'])}: another network than the file's"
    if kernel is not None:
        gram = kernel["gram"]
        rows["kernel"] = f"of {plural(len(gram['matrix']), 'point')}, positive semidefinite, rank {gram['rank']}"
        for number, row in enumerate(gram["matrix"][:_MOST_SHOWN]):
            rows[f"point {number}"] = "  ".join(row[:_MOST_SHOWN])
        rows["product formula"] = kernel["product_formula"] or "holds"
    if geometry is not None:
        bounded = "" if geometry["bounded_regions"] is None else f", {geometry['bounded_regions']:,} of them bounded"
        rows["domain"] = geometry["domain"]["text"]
        rows["hyperplanes"] = f"{geometry['hyperplanes']:,}, of rank {geometry['rank']}"
        rows["polynomial"] = _polynomial(geometry["characteristic_polynomial"])
        rows["regions"] = f"{geometry['regions']:,}, by enumeration and as |chi(-1)|{bounded}"
        rows["faces"] = ", ".join(f"{count:,} of dimension {k}" for k, count in enumerate(geometry["face_counts"]))
        rows["jumps"] = (
            f"across {geometry['jumping']:,} of {plural(geometry['facets'], 'facet')}; on {geometry['isolated']:,} the "
            "value is none of the two beside"
        )
    if document["rotations"] is not None:
        rows["rotations"] = _rotations_sentence(document["rotations"])
    if document["certificate"] is not None:
        rows["certificate"] = document["certificate"]
    print_table({**rows, "seconds": f"{document['seconds']:.2f}"}, err=err)


def _rotations_sentence(found: Mapping[str, Any]) -> str:
    if found["are_invariant"]:
        why = {"layers": "as the layers show, whatever the weights are", "regions": "as all regions show"}
        return f"leave the outputs the same, {why[found['shown_by']]}"
    counterexample = found["counterexample"]
    given, before, after = ((", ".join(counterexample[k])) for k in ("point", "outputs", "outputs_of_rotated"))
    return f"change outputs: {before} at ({given}) become {after}"


def _polynomial(coefficients: Sequence[str]) -> str:
    """Return a polynomial as text, from the coefficients of t^0, t^1 and so on."""
    terms = []
    for power in reversed(range(len(coefficients))):
        value = int(coefficients[power])
        if value:
            size = "" if abs(value) == 1 and power else str(abs(value))
            terms.append(f"{'-' if value < 0 else '+'} {size}{'t' if power else ''}{f'^{power}' if power > 1 else ''}")
    return " ".join(terms).removeprefix("+ ") or "0"

"""Files for other tools, read by these tools."""

import json
from fractions import Fraction
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
import shapely
import sympy
import trimesh
from hypothesis import HealthCheck, given, settings
from laws.rebuilding import FEWER, questions
from oracles.known import DIAMOND, OCTAHEDRON

from exactgeo import (
    Box,
    Polyhedron,
    ProgramBuilder,
    cell_complex,
    decision_boundary,
    enumerate_regions,
    evaluate,
    interior_facets,
    mesh,
    parse_domain,
    relu_network,
)
from exactgeo.errors import InvalidArgument
from exactgeo.polyhedra.shapes import Shape, point_of
from exactgeo.reports import exports
from exactgeo.strategies import programs, relu_networks

PLANAR = relu_networks(min_inputs=2, max_inputs=2, max_units=5) | programs(min_inputs=2, max_inputs=2, max_units=3)
FEW = settings(FEWER, suppress_health_check=[*HealthCheck])


def _cells(program=DIAMOND, domain=None):
    return cell_complex(enumerate_regions(program, domain or Box.cube(program.inputs, radius=2)))


@pytest.mark.parametrize("ending", ["ply", "obj"])
def test_meshes_open_in_trimesh_with_the_same_euler_number(tmp_path, ending):
    found = mesh(decision_boundary(enumerate_regions(OCTAHEDRON, Box.cube(3, radius=2))))
    path = tmp_path / f"octahedron.{ending}"
    (exports.write_ply if ending == "ply" else exports.write_obj)(found, path)
    opened = trimesh.load_mesh(path)
    assert opened.is_watertight and opened.is_winding_consistent
    assert opened.euler_number == 2
    assert opened.volume == pytest.approx(4 / 3) and opened.area == pytest.approx(4 * 3**0.5)


@FEW
@given(questions(PLANAR, bounded=True))
def test_cells_as_geojson_are_shapelys_polygons(tmp_path_factory, question):
    cells = _cells(*question)
    path = tmp_path_factory.mktemp("maps") / "cells.geojson"
    exports.write_cells_geojson(cells, path)
    features = json.loads(path.read_text())["features"]
    assert [feature["properties"]["pattern"] for feature in features] == [
        list(region.pattern) for region in cells.arrangement
    ]
    for cell, feature in enumerate(features):
        polygon = shapely.geometry.shape(feature["geometry"])
        assert polygon.exterior.is_ccw and polygon.is_valid
        exact = float(cells.volume(cell))
        assert abs(polygon.area - exact) <= 1e-9 * max(1, exact)
        corners = {tuple(map(Fraction, place)) for place in feature["properties"]["exact"]}
        assert corners == {tuple(map(Fraction, map(str, point_of(v)))) for v in cells.shapes[cell].generators}


@FEW
@given(questions(PLANAR, bounded=True))
def test_decision_regions_are_shapelys_unions_of_cells(tmp_path_factory, question):
    boundary = decision_boundary(enumerate_regions(*question))
    path = tmp_path_factory.mktemp("maps") / "cells.geojson"
    exports.write_cells_geojson(boundary.cells, path)
    polygons = [shapely.geometry.shape(f["geometry"]) for f in json.loads(path.read_text())["features"]]
    for region in boundary.regions():
        union = shapely.union_all([polygons[cell] for cell in region.cells])
        exact = float(sum(boundary.cells.volume(cell) for cell in region.cells))
        assert abs(union.area - exact) <= 1e-9 * max(1, exact)


def test_a_boundary_as_geojson_is_one_closed_line(tmp_path):
    boundary = decision_boundary(enumerate_regions(DIAMOND, Box.cube(2, radius=2)))
    exports.write_boundary_geojson(boundary, tmp_path / "b.geojson")
    (feature,) = json.loads((tmp_path / "b.geojson").read_text())["features"]
    line = shapely.geometry.shape(feature["geometry"])
    assert line.is_ring and line.length == pytest.approx(4 * 2**0.5)
    inside = 0 if shapely.LinearRing(line).is_ccw else 1
    assert [feature["properties"][side] for side in ("left", "right")] == [inside, 1 - inside]


@FEW
@given(questions(relu_networks(max_inputs=3, max_units=5) | programs(max_inputs=2, max_units=3)))
def test_cddlibs_files_say_the_same_set(tmp_path_factory, question):
    folder = tmp_path_factory.mktemp("cdd")
    for shape in _cells(*question).shapes[:4]:
        exports.write_ine(shape, folder / "cell.ine")
        read = parse_domain(str(folder / "cell.ine"), shape.dimension)
        assert Shape.of(shape.dimension, read.inequalities) == shape
        exports.write_ext(shape, folder / "cell.ext")
        lines = (folder / "cell.ext").read_text().split("\n")
        begin = lines.index("begin")
        rows = [list(map(Fraction, line.split())) for line in lines[begin + 2 : lines.index("end")]]
        linear = list(map(int, lines[1].split()[2:])) if lines[1].startswith("linearity") else []
        points = [row[1:] for k, row in enumerate(rows, 1) if k not in linear and row[0]]
        rays = [row[1:] for k, row in enumerate(rows, 1) if k not in linear and not row[0]]
        rebuilt = Polyhedron.from_generators(points, rays, [rows[k - 1][1:] for k in linear])
        assert rebuilt.is_same_set(Polyhedron(shape.dimension, shape.rows))


@FEW
@given(questions(relu_networks(max_inputs=2, max_units=4)))
def test_the_adjacency_graph_has_an_edge_for_each_pair_of_neighbours(question):
    cells = _cells(*question)
    graph = exports.adjacency_graph(cells)
    facets = list(interior_facets(cells.arrangement))
    assert isinstance(graph, nx.Graph) and graph.number_of_nodes() == len(cells.shapes)
    pairs = {frozenset((f.positive.pattern, f.negative.pattern)) for f in facets}
    patterns = nx.get_node_attributes(graph, "pattern")
    assert {frozenset((patterns[a], patterns[b])) for a, b in graph.edges} == pairs
    assert nx.is_connected(graph)


@FEW
@given(questions(relu_networks(max_inputs=2, max_units=3)))
def test_sympys_formula_has_the_networks_values(question):
    program = question[0]
    cells = _cells(*question)
    formula = exports.piecewise(cells)
    symbols = sympy.symbols(f"x1:{program.inputs + 1}")
    for region in list(cells.arrangement)[:3]:
        place = dict(zip(symbols, map(sympy.Rational, map(str, region.witness)), strict=True))
        assert formula.subs(place) == sympy.Rational(str(evaluate(program, region.witness).outputs[0]))


def test_arrays_hold_the_cells(tmp_path):
    cells = _cells()
    exports.write_npz(cells, tmp_path / "cells.npz")
    with np.load(tmp_path / "cells.npz") as arrays:
        assert "rounded" in str(arrays["lossy"]) and str(arrays["program"]) == DIAMOND.sha256
        starts, corners = arrays["corner_starts"], arrays["corners"]
        assert [sorted(map(tuple, arrays["vertices"][corners[a:b]])) for a, b in pairwise(starts)] == [
            [(-2, -2), (-2, 0), (0, -2), (0, 0)],
            [(-2, 0), (-2, 2), (0, 0), (0, 2)],
            [(0, -2), (0, 0), (2, -2), (2, 0)],
            [(0, 0), (0, 2), (2, 0), (2, 2)],
        ]
        assert arrays["patterns"].tolist() == [list(region.pattern) for region in cells.arrangement]
        assert sorted(arrays["facets"].min(axis=1).tolist()).count(-1) == 8
        assert {tuple(map(abs, row[0])) for row in arrays["gradients"].tolist()} == {(1.0, 1.0)}
        assert arrays["offsets"].tolist() == [[-1.0]] * 4


def test_arrays_hold_corners_of_facets_that_are_no_cells(tmp_path):
    builder = ProgramBuilder(3)
    gate = builder.add_unit([({}, {2: 1}), ({3: 1}, {1: 1})])  # x1 above, x2 below
    builder.add_unit([({}, {}), ({gate: 1}, {gate: 1})])
    cells = _cells(builder.build([{gate + 1: 1}]), Box.cube(3))
    exports.write_npz(cells, tmp_path / "cells.npz")
    with np.load(tmp_path / "cells.npz") as arrays:
        starts, corners = arrays["facet_starts"], arrays["facet_corners"]
        level = [arrays["vertices"][corners[a:b]] for a, b in pairwise(starts)]
        middle = [sorted(map(tuple, places)) for places in level if not places[:, 2].any()]
    squares = [
        [(x, y, 0) for x in sorted((0, east)) for y in sorted((0, north))] for east in (-1, 1) for north in (-1, 1)
    ]
    assert sorted(middle) == sorted(squares)


def test_what_has_no_such_file_is_refused(tmp_path):
    unbounded = _cells(DIAMOND, Polyhedron(2))
    for write in (exports.write_npz, exports.write_cells_geojson):
        with pytest.raises(InvalidArgument, match="bounded domain"):
            write(unbounded, tmp_path / "x")
    with pytest.raises(InvalidArgument, match="of two inputs"):
        exports.write_cells_geojson(_cells(OCTAHEDRON), tmp_path / "x")
    with pytest.raises(InvalidArgument, match="there is no output 1"):
        exports.piecewise(_cells(), output=1)
    with pytest.raises(InvalidArgument, match="1 names do not fit 2 inputs"):
        exports.piecewise(_cells(), names=sympy.symbols("x,"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("write", [exports.write_npz, exports.write_cells_geojson])
def test_coordinates_too_large_for_floats_are_refused(tmp_path, write):
    with pytest.raises(InvalidArgument, match="too large for a float"):
        write(_cells(DIAMOND, Box.cube(2, radius=10**400)), tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_rows_of_very_many_digits_are_written_for_cddlib(tmp_path):
    size = 10**5000
    (shape,) = _cells(relu_network([[[1, 1]]]), Box.cube(2, radius=size)).shapes
    exports.write_ine(shape, tmp_path / "square.ine")
    assert (tmp_path / "square.ine").read_text().count("1" + "0" * 5000) == 4

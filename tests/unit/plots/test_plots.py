"""Pictures: what is in them, and what is refused."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest
from oracles.known import DIAMOND, OCTAHEDRON

from exactgeo import Box, Polyhedron, cell_complex, decision_boundary, enumerate_regions, relu_network, skeleton
from exactgeo.analyses.features import LastLayer, class_features
from exactgeo.arithmetic.rationals import point
from exactgeo.errors import InvalidArgument

pytest.importorskip("matplotlib")

from matplotlib.collections import LineCollection, PolyCollection

from exactgeo import plots
from exactgeo.plots import Colouring


@pytest.fixture
def diamond():
    return enumerate_regions(DIAMOND, Box.cube(2, radius=2))


def _collections(figure, kind):
    return [part for part in figure.axes[0].collections if isinstance(part, kind)]


def test_the_plane_has_a_polygon_for_each_cell_and_a_line_for_each_crease(diamond):
    boundary = decision_boundary(diamond)
    figure = plots.draw_plane(
        cell_complex(diamond), colouring=Colouring.CLASS, skeleton=skeleton(diamond), boundary=boundary, data=[(0, 1)]
    )
    (polygons,) = _collections(figure, PolyCollection)
    creases, border = _collections(figure, LineCollection)
    assert len(polygons.get_paths()) == len(boundary.cells.shapes) == 8
    assert (len(creases.get_segments()), len(border.get_segments())) == (4, 4)
    areas = [_area(path.vertices[:-1]) for path in polygons.get_paths()]
    assert sorted(areas) == [0.5] * 4 + [3.5] * 4
    assert len({tuple(colour) for colour in polygons.get_facecolors()}) == 2


def _area(corners):
    x, y = corners.T
    return abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2


def test_marks_are_named(diamond):
    figure = plots.draw_plane(cell_complex(diamond), marks={"here": (0.5, 0.25)})
    (name,) = figure.axes[0].texts
    assert name.get_text() == "here" and name.xy == (0.5, 0.25)


def test_neighbours_have_different_colours(diamond):
    cells = cell_complex(diamond)
    (polygons,) = _collections(plots.draw_plane(cells), PolyCollection)
    colours = [tuple(colour) for colour in polygons.get_facecolors()]
    assert all(colours[here] != colours[there] for _, here, there in cells.interior())


def test_the_caption_names_the_network_the_domain_and_the_engine(diamond):
    text = plots.draw_plane(cell_complex(diamond), colouring=Colouring.GRADIENT).get_supxlabel()
    for part in (DIAMOND.sha256[:12], "box:-2,2", "4 regions", "certified", "computed exactly"):
        assert part in text


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_files_are_written_whole_and_the_same_each_time(diamond, kind, tmp_path):
    for name in ("a", "b"):
        plots.save(plots.draw_surface(skeleton(diamond, output=0)), tmp_path / f"{name}.{kind}")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"a.{kind}", f"b.{kind}"]
    contents = [(tmp_path / f"{name}.{kind}").read_bytes() for name in ("a", "b")]
    assert contents[0] == contents[1]
    if kind == "svg":
        assert ET.fromstring(contents[0]).tag.endswith("svg")


def test_a_mesh_is_drawn():
    boundary = decision_boundary(enumerate_regions(OCTAHEDRON, Box.cube(3, radius=2)))
    figure = plots.draw_mesh(boundary)
    assert "8 polygons, a mesh that is watertight" in figure.get_supxlabel()


def test_a_graph_has_a_segment_for_each_cell():
    tent = relu_network([[[1], [1]], [[2, -4]]], [[0, "-1/2"], None])
    figure = plots.draw_graph(cell_complex(enumerate_regions(tent, Box.cube(1))))
    (line,) = _collections(figure, LineCollection)
    assert [segment.tolist() for segment in line.get_segments()] == [
        [[-1, 0], [0, 0]],
        [[0, 0], [0.5, 1]],
        [[0.5, 1], [1, 0]],
    ]


def test_what_cannot_be_drawn_is_refused(diamond, tmp_path):
    with pytest.raises(InvalidArgument, match="two inputs"):
        plots.draw_plane(cell_complex(enumerate_regions(OCTAHEDRON, Box.cube(3))))
    with pytest.raises(InvalidArgument, match="bounded domain"):
        plots.draw_plane(cell_complex(enumerate_regions(DIAMOND, Polyhedron(2))))
    with pytest.raises(InvalidArgument, match="give one"):
        plots.draw_plane(cell_complex(diamond), colouring=Colouring.CLASS)
    with pytest.raises(InvalidArgument, match=r"end it with \.svg, \.pdf, \.png"):
        plots.save(plots.draw_plane(cell_complex(diamond)), tmp_path / "picture.gif")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("output", [-1, 1])
def test_gradients_of_outputs_that_there_are_not_are_refused(diamond, output):
    with pytest.raises(InvalidArgument, match="no output"):
        plots.draw_plane(cell_complex(diamond), colouring=Colouring.GRADIENT, output=output)


def test_an_empty_boundary_is_no_picture_in_space():
    everywhere = enumerate_regions(relu_network([[[1, 0, 0]], [[1]]], [None, [5]]), Box.cube(3))
    with pytest.raises(InvalidArgument, match="empty"):
        plots.draw_mesh(decision_boundary(everywhere))


def test_a_surface_without_creases_is_drawn():
    flat = skeleton(enumerate_regions(relu_network([[[1, 2]]]), Box.cube(2)), output=0)
    (axes,) = plots.draw_surface(flat).axes
    (surface,) = axes.collections
    assert not flat.creases and len(surface.get_facecolor()) == 1


def test_a_picture_of_what_no_float_reaches_is_refused():
    with pytest.raises(InvalidArgument, match="too large for a float"):
        plots.draw_plane(cell_complex(enumerate_regions(DIAMOND, Box.cube(2, radius=10**400))))


def test_frequencies_are_shares_of_images_and_what_a_class_keeps_is_marked():
    images = [point(h) for h in ((3, 1, 0), (2, 0, 1), (0, 0, 5), (0, 0, 0))]
    figure = plots.draw_frequencies(class_features(images, [0, 0, 1, 1], classes=2, top=1))
    (drawn,), (marks,) = figure.axes[0].images, figure.axes[0].collections
    assert drawn.get_array().tolist() == [[1, 0, 0], [0, 0, 1]]
    assert sorted(map(tuple, marks.get_offsets().tolist())) == [(0, 0), (2, 1)]
    empty = plots.draw_frequencies(class_features(images[3:], [0], classes=2, top=1))
    assert not empty.axes[0].collections


def test_a_difference_shows_features_logits_and_the_image():
    first, second = LastLayer.of([[1, 0], [0, 1]]), LastLayer.of([[1, 0], [0, 3]])
    figure = plots.draw_difference(first, second, point((2, 1)), image=np.eye(2), text="below")
    picture, features, logits = figure.axes
    assert picture.images[0].get_array().tolist() == [[1, 0], [0, 1]]
    assert [bar.get_width() for bar in features.patches] == [2, 1]
    assert [bar.get_width() for bar in logits.patches] == [2, 1, 2, 3]
    assert [entry.get_text() for entry in logits.get_legend().get_texts()] == [
        "original: class 0",
        "decomposed: class 1",
    ]
    assert len(plots.draw_difference(first, second, point((2, 1))).axes) == 2

"""Pictures of jumps: what is in them, and what is refused."""

import numpy as np
import pytest

from exactgeo import Box, Polyhedron, cell_complex, enumerate_regions, gated_network, relu_network, skeleton
from exactgeo.errors import InvalidArgument

pytest.importorskip("matplotlib")

from matplotlib.collections import LineCollection, TriMesh

from exactgeo import plots


def _skeleton(program, domain):
    return skeleton(cell_complex(enumerate_regions(program, domain)), output=0)


def _lines(figure):
    return [part for part in figure.axes[0].collections if isinstance(part, LineCollection)]


def test_a_line_is_as_thick_as_the_jump_is_high():
    """1[x > 0] y on the square of radius 2 jumps by y: by nothing at 0, by 2 at both ends."""
    figure = plots.draw_jumps(_skeleton(gated_network([[[1, 0]]], [[[0, 1]], [[1]]]), Box.cube(2, 2)))
    bends, jumping = _lines(figure)
    assert not bends.get_segments()
    heights = np.array([abs(segment[:, 1].mean()) for segment in jumping.get_segments()])
    widths = np.array(jumping.get_linewidths())
    assert all(segment[:, 0].tolist() == [0, 0] for segment in jumping.get_segments())
    shares = [(values - values.min()) / np.ptp(values) for values in (widths, heights)]
    assert np.allclose(*shares) and widths.max() > 5 * widths.min()
    assert "1 of 1 creases jump, by 2 at most" in figure.get_supxlabel()
    assert figure.axes[0].get_legend().get_texts()[0].get_text() == "jump of 2"


def test_the_values_are_those_of_the_cells_at_their_corners():
    figure = plots.draw_jumps(_skeleton(gated_network([[[1, 0]]], [[[0, 1]], [[1]]]), Box.cube(2, 2)))
    (mesh,) = [part for part in figure.axes[0].collections if isinstance(part, TriMesh)]
    triangulation = mesh._triangulation
    corners = sorted(zip(triangulation.x, triangulation.y, mesh.get_array(), strict=True))
    left = [(x, y, 0) for x in (-2, 0) for y in (-2, 2)]
    right = [(x, y, y) for x in (0, 2) for y in (-2, 2)]
    assert corners == sorted(left + right)


def test_a_continuous_output_has_thin_lines_only():
    figure = plots.draw_jumps(_skeleton(relu_network([[[1, 0], [0, 1]], [[1, 1]]]), Box.cube(2)))
    (bends,) = _lines(figure)
    assert len(bends.get_segments()) == 4 and figure.axes[0].get_legend() is None
    assert "0 of 4 creases jump" in figure.get_supxlabel()


def test_the_picture_is_the_same_each_time(tmp_path):
    program = gated_network([[[1, 0]]], [[[0, 1]], [[1]]])
    for name in ("a.svg", "b.svg"):
        plots.save(plots.draw_jumps(_skeleton(program, Box.cube(2))), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_constant_is_drawn():
    figure = plots.draw_jumps(_skeleton(relu_network([[[0, 0]]], [[3]]), Box.cube(2)))
    assert "0 of 0 creases" in figure.get_supxlabel()


def test_what_cannot_be_drawn_is_refused():
    gate = gated_network([[[1, 0]]], [[[0, 1]], [[1], [2]]])
    with pytest.raises(InvalidArgument, match="the skeleton of one"):
        plots.draw_jumps(skeleton(enumerate_regions(gate, Box.cube(2))))
    with pytest.raises(InvalidArgument, match="bounded domain"):
        plots.draw_jumps(_skeleton(gate, Polyhedron(2)))
    with pytest.raises(InvalidArgument, match="two inputs"):
        plots.draw_jumps(_skeleton(relu_network([[[1]]]), Box.cube(1)))

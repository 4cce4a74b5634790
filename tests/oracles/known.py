"""Networks whose boundaries everybody knows."""

from exactgeo import relu_network

DIAMOND = relu_network([[[1, 0], [-1, 0], [0, 1], [0, -1]], [[1, 1, 1, 1]]], [None, [-1]])
"""|x1| + |x2| - 1: its boundary is a diamond."""

OCTAHEDRON = relu_network(
    [[[s * (k == axis) for k in range(3)] for axis in range(3) for s in (1, -1)], [[1] * 6]], [None, [-1]]
)
"""|x1| + |x2| + |x3| - 1: its boundary is an octahedron."""

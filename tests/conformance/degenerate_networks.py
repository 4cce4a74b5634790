"""Networks on which float tools are known to fail, each kind from a seed."""

import random
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from exactgeo import Box, Polyhedron, Program, relu_network
from exactgeo.arithmetic.rationals import Rational

Question = tuple[Program, Box | Polyhedron]
Matrix = list[list[Rational]]  # rows (bias, weights)


def _exactly(value: float) -> Rational:
    return Rational(*float(value).as_integer_ratio())


def _single(value: float) -> Rational:
    return _exactly(np.float32(value))


def _layers(widths: Sequence[int], draw: Callable[[], Rational], bias: Callable[[], Rational]) -> list[Matrix]:
    return [
        [[bias(), *(draw() for _ in range(columns))] for _ in range(rows)] for columns, rows in pairwise((*widths, 1))
    ]


def _program(layers: Sequence[Matrix]) -> Program:
    return relu_network(
        [[row[1:] for row in layer] for layer in layers], [[row[0] for row in layer] for layer in layers]
    )


def _normal(chance: random.Random) -> Callable[[], Rational]:
    return lambda: _single(chance.gauss(0, 1))


def _zero() -> Rational:
    return Rational(0)


def without_biases(chance: random.Random) -> Question:
    """Every layer's hyperplanes meet in the origin."""
    return _program(_layers((2, 5, 5, 3), _normal(chance), _zero)), Box.cube(2)


def without_biases_in_space(chance: random.Random) -> Question:
    """The same with six inputs."""
    return _program(_layers((6, 5, 2), _normal(chance), _zero)), Box.cube(6)


def without_biases_of(widths: Sequence[int], chance: random.Random) -> Question:
    """The same of any shape."""
    return _program(_layers(widths, _normal(chance), _zero)), Box.cube(widths[0])


def ternary(chance: random.Random) -> Question:
    """Weights -1, 0 and 1."""
    draw = lambda: Rational(chance.randint(-1, 1))  # noqa: E731
    return _program(_layers((3, 6, 4), draw, draw)), Box.cube(3)


def of_four_bits(chance: random.Random) -> Question:
    """Weights that are eighths."""
    draw = lambda: Rational(chance.randint(-8, 7), 8)  # noqa: E731
    return _program(_layers((3, 6, 4), draw, draw)), Box.cube(3)


def pruned(chance: random.Random) -> Question:
    """Seven weights in ten are 0."""
    draw = lambda: _single(chance.gauss(0, 1)) if chance.random() < 0.3 else _zero()  # noqa: E731
    return _program(_layers((3, 8, 5), draw, _normal(chance))), Box.cube(3)


def repeated(chance: random.Random) -> Question:
    """Neurons come back at three times and a third of their scale, rounded to float32."""
    layers = _layers((2, 4, 3), _normal(chance), _normal(chance))
    for layer in layers[:-1]:
        layer += [[_single(float(value) * factor) for value in row] for row in layer[:2] for factor in (3, 1 / 3)]
    for before, layer in pairwise(layers):
        for row in layer:
            row += [_single(chance.gauss(0, 1)) for _ in range(len(before) + 1 - len(row))]
    return _program(layers), Box.cube(2)


def through_corners(chance: random.Random) -> Question:
    """Hyperplanes pass through corners of the box, and contain edges of it."""
    layers = _layers((3, 6, 3), lambda: Rational(chance.randint(-3, 3)), _zero)
    for row in layers[0]:
        row[0] = sum((chance.choice((-1, 1)) * value for value in row[1:]), Rational(0))
    return _program(layers), Box.cube(3)


def of_many_scales(chance: random.Random) -> Question:
    """Rows between 1e-6 and 1e6."""
    layers = _layers((2, 6, 5), _normal(chance), _normal(chance))
    layers = [
        [[_exactly(float(value) * scale) for value in row] for row in layer for scale in [10 ** chance.uniform(-6, 6)]]
        for layer in layers
    ]
    return _program(layers), Box.cube(2)


def in_a_tiny_triangle(chance: random.Random) -> Question:
    """A domain of side 1e-8 around a point at which two hyperplanes nearly meet."""
    layers = _layers((2, 6, 4), _normal(chance), _normal(chance))
    centre = [_exactly(chance.uniform(-1, 1)) for _ in range(2)]
    for row in layers[0][:4]:
        row[0] = _exactly(-float(sum(a * x for a, x in zip(row[1:], centre, strict=True))))
    (x, y), side = centre, _exactly(1e-8)
    rows = ((side - x, 1, 0), (side - y, 0, 1), (x + y + side, -1, -1))
    return _program(layers), Polyhedron(2, rows)


def rescaled(chance: random.Random) -> Question:
    """One layer is 2^40 times as large, the next 2^40 times as small."""
    layers = _layers((2, 5, 4, 3), _normal(chance), _normal(chance))
    layers[0] = [[value * 2**40 for value in row] for row in layers[0]]
    layers[1] = [[row[0], *(value / 2**40 for value in row[1:])] for row in layers[1]]
    return _program(layers), Box.cube(2)


def nearly_without_biases(chance: random.Random) -> Question:
    """Biases of 1e-12."""
    bias = lambda: _exactly(chance.choice((-1e-12, 1e-12)))  # noqa: E731
    return _program(_layers((2, 6, 4), _normal(chance), bias)), Box.cube(2)


def nearly_equal(chance: random.Random) -> Question:
    """Rows that differ by the last bit of a float32 or of a float64."""
    layers = _layers((2, 3, 3), _normal(chance), _normal(chance))
    layers[0] += [
        [value * (1 + Rational(chance.randint(-1, 1), 2**bits)) for value in row]
        for row in layers[0]
        for bits in (23, 52)
    ]
    for row in layers[1]:
        row += [_single(chance.gauss(0, 1)) for _ in range(6)]
    return _program(layers), Box.cube(2)


def in_a_pyramid_times_a_square(chance: random.Random) -> Question:
    """Four facets meet in a square, as many as meet in an edge."""
    layers = _layers((5, 3, 2), _normal(chance), _normal(chance))
    for row in layers[0]:
        row[0] = _single(0.1 * chance.gauss(0, 1)) - row[3]  # near the square, which lies over the apex (0, 0, 1)
    sides = [(1, *(sign if k == axis else 0 for k in range(2)), -1, 0, 0) for axis in range(2) for sign in (1, -1)]
    square = [(1, 0, 0, 0, *(sign if k == axis else 0 for k in range(2))) for axis in range(2) for sign in (1, -1)]
    return _program(layers), Polyhedron(5, ((0, 0, 0, 1, 0, 0), *sides, *square))


KINDS = (
    without_biases,
    without_biases_in_space,
    ternary,
    of_four_bits,
    pruned,
    repeated,
    through_corners,
    of_many_scales,
    in_a_tiny_triangle,
    rescaled,
    nearly_without_biases,
    nearly_equal,
    in_a_pyramid_times_a_square,
)

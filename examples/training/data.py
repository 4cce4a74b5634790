"""The data: each function draws `n` points, nearly all of them in [-1, 1]^d, together with their targets."""

import numpy as np
from numpy.random import Generator

from training.task import Array, Data


def polar(radius: Array, angle: Array) -> Array:
    """Points (n, 2) of the plane from polar coordinates; angles in radians."""
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def two_moons(rng: Generator, n: int) -> Data:
    """Two interleaved half circles with noise; target 1 on the lower one."""
    lower = rng.integers(0, 2, n)[:, None]
    upper_moon = polar(np.ones(n), rng.uniform(0, np.pi, n))
    lower_moon = [1.0, 0.5] - upper_moon
    points = np.where(lower == 1, lower_moon, upper_moon) + rng.normal(0, 0.16, (n, 2))
    return 0.4 * (points - [0.5, 0.25]), lower.astype(np.float64)  # centred and shrunk to fit into the square


def moons_as_classes(rng: Generator, n: int) -> Data:
    """The same half circles; targets are one-hot rows (n, 2)."""
    points, lower = two_moons(rng, n)
    return points, np.eye(2)[lower[:, 0].astype(int)]


def two_spirals(rng: Generator, n: int) -> Data:
    """Two spiral arms of a whole turn each, with noise; targets are one-hot rows (n, 2)."""
    arm = rng.integers(0, 2, n)
    along = rng.uniform(0, 1, n)
    points = polar(0.1 + 0.65 * along, np.pi * arm + 2 * np.pi * along)
    return points + rng.normal(0, 0.04, (n, 2)), np.eye(2)[arm]


def three_spirals(rng: Generator, n: int) -> Data:
    """Three spiral arms of half a turn each, with noise; targets are one-hot rows (n, 3)."""
    arm = rng.integers(0, 3, n)
    along = rng.uniform(0, 1, n)  # 0 at the inner end of an arm, 1 at the outer end
    points = polar(0.1 + 0.65 * along, 2 * np.pi * arm / 3 + np.pi * along)
    return points + rng.normal(0, 0.06, (n, 2)), np.eye(3)[arm]


def smooth_function(rng: Generator, n: int) -> Data:
    """The target is sin(2a + b)/2 + cd/2 at uniform points (a, b, c, d)."""
    points = rng.uniform(-1, 1, (n, 4))
    a, b, c, d = points.T
    return points, (0.5 * np.sin(2 * a + b) + 0.5 * c * d)[:, None]


def torus(rng: Generator, n: int) -> Data:
    """The target is the signed distance of uniform points (n, 3) from a torus with the radii 0.6 and 0.25."""
    points = rng.uniform(-1, 1, (n, 3))
    from_circle = np.hypot(np.hypot(points[:, 0], points[:, 1]) - 0.6, points[:, 2])
    return points, (from_circle - 0.25)[:, None]


def rosette(rng: Generator, n: int) -> Data:
    """The target is r cos(3t) at polar coordinates r, t of uniform points.

    Multiplying a point by a positive factor multiplies the target by it, as in every ReLU network without biases.
    """
    points = rng.uniform(-1, 1, (n, 2))
    radius, angle = np.hypot(points[:, 0], points[:, 1]), np.arctan2(points[:, 1], points[:, 0])
    return points, (radius * np.cos(3 * angle))[:, None]


def above_wave(rng: Generator, n: int) -> Data:
    """Uniform points (a, b) of the square; target 1 above the curve b = sin(pi a)/2."""
    points = rng.uniform(-1, 1, (n, 2))
    above = points[:, 1] > 0.5 * np.sin(np.pi * points[:, 0])
    return points, above.astype(np.float64)[:, None]


def disc_in_ring(rng: Generator, n: int) -> Data:
    """A disc (target 0) surrounded by a ring (target 1), both with noise."""
    outside = rng.integers(0, 2, n)
    radius = np.where(outside == 1, 0.7, 0.35 * np.sqrt(rng.uniform(0, 1, n)))  # the root fills the disc evenly
    points = polar(radius, rng.uniform(0, 2 * np.pi, n))
    return points + rng.normal(0, 0.08, (n, 2)), outside.astype(np.float64)[:, None]

"""Operators that resize arrays by interpolation: Resize, and Upsample before it. Linear, with exact coefficients."""

from collections.abc import Sequence
from math import prod

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from onnx_import.lowering.interpolation import (
    along_axis,
    axis_matrix,
    cubic,
    floor,
    places_array,
    rationals,
    round_half_up,
    tent,
)
from onnx_import.lowering.nodes import Node
from onnx_import.lowering.registry import operator
from onnx_import.lowering.resampling import CROP, ROUNDINGS, Sampling, Stretch, positions, rows
from onnx_import.lowering.tensors import Real, Value, add, linear_image, rearrange, stored_numbers

_MOST_LENGTH = 2**20  # the weights along an axis are worked out one by one
_SINCE_18 = 18  # axes, antialias, keep_aspect_ratio_policy
_SINCE_19 = 19  # half_pixel_symmetric
_LAST_OLD = 10  # Resize without a choice of coordinates; Upsample ends before it


@operator("Upsample")
def upsample(node: Node) -> Sequence[Value]:
    """The nearest entries, or linear interpolation, with result i at i / scale; an operator of opsets 7 to 9."""
    if node.opset >= _LAST_OLD:
        node.malformed("is an operator that ended with opset 9; Resize came instead")
    if node.opset < 7:  # noqa: PLR2004 (the opset that gave each axis a scale)
        node.refuse("is the Upsample of images of opset 6, which is not supported; convert the model to opset 7")
    if node.opset < 9:  # noqa: PLR2004 (the opset that made the scales an input)
        given = node.stored_attribute("scales", list)
        if given is None or not all(isinstance(value, float) for value in given):
            node.malformed("needs the attribute 'scales', a list of floats")
        stored = np.array(given, dtype=np.float32)
        scales = rationals(stored_numbers(stored, f"{node.record} reads attribute 'scales'"))
    else:
        scales = _scales(node, 1)
    if min(scales, default=1) < 1:
        node.malformed("has a scale below 1")
    return [_resized_without_choices(node, scales)]


@operator("Resize")
def resize(node: Node) -> Sequence[Value]:
    """Each axis interpolated in turn: nearest entries, linear or cubic weights; the schema's text is the definition."""
    if node.opset <= _LAST_OLD:
        return [_resized_without_choices(node, _scales(node, 1))]
    shape = node.value(0).shape
    axes = _axes(node, len(shape))
    sampling = _sampling(node)
    stretches = _stretches(node, shape, axes, crops=sampling.coordinates == CROP)
    filling = rationals(node.real_attribute("extrapolation_value", 0.0))[0]
    return [_resized(node, stretches, sampling, filling)]


def _resized_without_choices(node: Node, scales: list[Rational]) -> Value:
    """Resize as before opset 11: the text is silent on coordinates, its examples and the runtimes take i / scale."""
    shape = node.value(0).shape
    linear = _mode(node, ("nearest", "linear")) == "linear"
    sampling = Sampling("asymmetric", None if linear else floor, tent, 1)
    stretches = _by_scales(node, shape, list(range(len(shape))), scales)
    for stretch in stretches:
        exact = not linear and stretch.scale < 1
        if exact and any(position.denominator != 1 for position in positions(node, stretch, sampling)):
            node.refuse(
                "takes nearest entries at positions between entries: before opset 11 the standard does not say which, "
                "and runtimes differ; convert the model to opset 11 or newer"
            )
    return _resized(node, stretches, sampling, Rational(0))


def _resized(node: Node, stretches: list[Stretch], sampling: Sampling, filling: Rational) -> Value:
    value = node.value(0)
    shape = list(value.shape)
    matrices = []
    outside = np.zeros((1,) * len(shape), dtype=np.bool_)
    for stretch in stretches:
        shape[stretch.axis] = stretch.after
    node.demand_size(shape)
    for stretch in stretches:
        where = positions(node, stretch, sampling)
        beyond = np.array([sampling.coordinates == CROP and not 0 <= x <= stretch.before - 1 for x in where])
        weights = iter(rows(node, stretch, sampling, [x for x, out in zip(where, beyond, strict=True) if not out]))
        matrices.append([{} if out else next(weights) for out in beyond])
        outside = outside | beyond.reshape([-1 if axis == stretch.axis else 1 for axis in range(len(shape))])
    if sampling.rounding is not None and not outside.any():
        for stretch, matrix in zip(stretches, matrices, strict=True):
            places = places_array([place for row in matrix for place in row])
            value = rearrange(value, lambda array, at=places, axis=stretch.axis: np.take(array, at, axis=axis))
        return value
    data = _interpolated(node, stretches, matrices)
    if not outside.any() or filling == 0:
        return data
    numerators = np.broadcast_to(outside, shape) * np.array(int(filling.numerator), dtype=object)
    return add(data, ExactArray(numerators, int(filling.denominator)))


def _interpolated(node: Node, stretches: list[Stretch], matrices: list[list[dict[int, Rational]]]) -> Real:
    data = node.floats(0)
    for stretch, weights in zip(stretches, matrices, strict=True):
        if stretch.keeps:
            continue
        before, after = data.shape, list(data.shape)
        after[stretch.axis] = stretch.after
        node.demand_size((prod(after), max(map(len, weights))))
        matrix = along_axis(axis_matrix(weights), before, stretch.axis)
        data = linear_image(data, matrix, tuple(after))
    return data


def _sampling(node: Node) -> Sampling:
    mode = _mode(node, ("nearest", "linear", "cubic"))
    coordinates = node.stored_attribute("coordinate_transformation_mode", str) or "half_pixel"
    known = {"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", CROP}
    known |= {"tf_half_pixel_for_nn"} if node.opset < _SINCE_18 else set()
    known |= {"half_pixel_symmetric"} if node.opset >= _SINCE_19 else set()
    rounding = node.stored_attribute("nearest_mode", str) or "round_prefer_floor"
    if coordinates not in known or rounding not in ROUNDINGS:
        node.malformed(f"has the coordinate_transformation_mode '{coordinates}' and the nearest_mode '{rounding}'")
    antialias = node.flag("antialias", 0, since=_SINCE_18)
    if antialias and (mode == "nearest" or coordinates == CROP):
        node.refuse(f"has antialias in the mode '{mode}' with '{coordinates}', for which nothing defines it")
    coefficient = rationals(node.real_attribute("cubic_coeff_a", -0.75))[0]
    return Sampling(
        coordinates,
        ROUNDINGS[rounding] if mode == "nearest" else None,
        cubic(coefficient) if mode == "cubic" else tent,
        2 if mode == "cubic" else 1,
        node.flag("exclude_outside", 0),
        antialias,
    )


def _mode(node: Node, known: tuple[str, ...]) -> str:
    mode = node.stored_attribute("mode", str) or "nearest"
    if mode not in known:
        node.malformed(f"has the mode '{mode}'; {', '.join(known)} were expected")
    return mode


def _axes(node: Node, rank: int) -> list[int]:
    axes = (node.integer_list("axes") if node.opset >= _SINCE_18 else None) or list(range(rank))
    if any(not -rank <= axis < rank for axis in axes) or len({axis % rank for axis in axes}) != len(axes):
        node.malformed(f"resizes the axes {axes} of an array with {rank}")
    return [axis % rank for axis in axes]


def _stretches(node: Node, shape: tuple[int, ...], axes: list[int], *, crops: bool) -> list[Stretch]:
    by_scales, by_sizes = _is_given(node, 2), _is_given(node, 3)
    if by_scales == by_sizes:
        node.malformed(f"has {'both' if by_scales else 'neither'} scales and sizes; one of them was expected")
    region = _region(node, len(axes)) if crops else []
    if node.has(1):
        node.value(1)  # the region makes no difference in the other modes
    if by_scales:
        _aspect_policy(node)
        return _by_scales(node, shape, axes, _scales(node, 2), region)
    return _by_sizes(node, shape, axes, region)


def _by_scales(
    node: Node, shape: tuple[int, ...], axes: list[int], scales: list[Rational], region: Sequence[Rational] = ()
) -> list[Stretch]:
    if len(scales) != len(axes) or 0 in shape:
        node.malformed(f"has {len(scales)} scales for {len(axes)} axes of an array of shape {shape}")
    starts, ends = _bounds(region, len(axes))
    stretches = []
    for axis, scale, start, end in zip(axes, scales, starts, ends, strict=True):
        length = shape[axis] * scale
        after = _whole_length(node, axis, shape[axis], scale)
        cropped = length * (end - start)
        if floor(cropped) != after:
            node.refuse(
                f"crops axis {axis} by a region of interest and scales it: by the standard's text {floor(cropped)} "
                f"results are left, in runtimes {after}; give the sizes instead of the scales"
            )
        stretches.append(Stretch(axis, shape[axis], after, scale, (Rational(after), length, cropped), start, end))
    return stretches


def _by_sizes(node: Node, shape: tuple[int, ...], axes: list[int], region: Sequence[Rational]) -> list[Stretch]:
    sizes = node.integers(3, "its sizes")
    if len(sizes) != len(axes) or min(sizes, default=1) < 1 or 0 in shape:
        node.malformed(f"has the sizes {sizes} for {len(axes)} axes of an array of shape {shape}")
    scales = [Rational(size, shape[axis]) for size, axis in zip(sizes, axes, strict=True)]
    policy = _aspect_policy(node)
    if policy != "stretch" and scales:
        scales = [min(scales) if policy == "not_larger" else max(scales)] * len(scales)
        sizes = [round_half_up(scale * shape[axis]) for scale, axis in zip(scales, axes, strict=True)]
    _demand_lengths(node, sizes)
    starts, ends = _bounds(region, len(axes))
    return [
        Stretch(axis, shape[axis], size, scale, (Rational(size), scale * shape[axis]), start, end)
        for axis, size, scale, start, end in zip(axes, sizes, scales, starts, ends, strict=True)
    ]


def _whole_length(node: Node, axis: int, before: int, scale: Rational) -> int:
    """Return floor(before * scale); where float32 arithmetic would give another length, refuse."""
    after = floor(before * scale)
    _demand_lengths(node, [after])
    rounded = int(np.float32(before) * np.float32(float(scale)))
    if rounded != after:
        node.refuse(
            f"scales the {before} entries of axis {axis} by {float(scale)!r}, exactly to {after} and in float32 "
            f"arithmetic to {rounded}; give the sizes instead of the scales"
        )
    return after


def _demand_lengths(node: Node, lengths: list[int]) -> None:
    if min(lengths, default=1) < 1 or max(lengths, default=1) > _MOST_LENGTH:
        node.refuse(f"resizes axes to {lengths} entries; 1 to {_MOST_LENGTH} are supported")


def _aspect_policy(node: Node) -> str:
    policy = (node.stored_attribute("keep_aspect_ratio_policy", str) if node.opset >= _SINCE_18 else None) or "stretch"
    if policy not in ("stretch", "not_larger", "not_smaller"):
        node.malformed(f"has the keep_aspect_ratio_policy '{policy}'")
    return policy


def _region(node: Node, count: int) -> list[Rational]:
    if not _is_given(node, 1):
        node.malformed("crops without a region of interest")
    region = rationals(node.constant(1, "its region of interest"))
    if len(region) != 2 * count:
        node.malformed(f"has a region of interest of {len(region)} numbers for {count} axes")
    return region


def _bounds(region: Sequence[Rational], count: int) -> tuple[Sequence[Rational], Sequence[Rational]]:
    return (region[:count], region[count:]) if region else ([Rational(0)] * count, [Rational(1)] * count)


def _scales(node: Node, index: int) -> list[Rational]:
    scales = rationals(node.constant(index, "its scales"))
    if min(scales, default=1) <= 0:
        node.malformed("has a scale that is not positive")
    return scales


def _is_given(node: Node, index: int) -> bool:
    """Whether an optional input is there and not empty, which says the same."""
    return node.has(index) and prod(node.value(index).shape) > 0

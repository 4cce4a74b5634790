"""Sampling and unpooling: against their definitions taken literally, the standard's reference and its own examples.

The literal definitions work in fractions, entry by entry, and share nothing with the importer. The reference computes
in float64, where dyadic positions do not round. Both are compared as rationals, without any tolerance. The standard's
own examples have expected outputs in float32 or in a few decimals.
"""

import importlib
import math
from fractions import Fraction

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from oracles.sampling import literal_roi_align, literal_sample
from unit.onnx_import.models import (
    NEWEST,
    assert_agrees_with_reference,
    assert_computes,
    assert_refuses,
    assert_same,
    dyadics,
    fractions,
    imported,
    integers,
    model,
    node,
    run_exactly,
)

from exactgeo.errors import MalformedModel, NotPiecewiseAffine, UnsupportedOperator

MODES = ("nearest", "linear", "cubic")
PADDINGS = ("zeros", "border", "reflection")


def floats(*values):
    return np.array(values, dtype=np.float32)


def one(operator, shape, constants, opset=NEWEST, **attributes):
    """A model of one node with the name 'n', whose other inputs are constants."""
    made = node(operator, ["x", *constants], ["y"], name="n", **attributes)
    return model([made], {"x": shape}, ["y"], constants, opset=opset)


# GridSample, AffineGrid


def _random_grid(seed, count, rank, within=False):
    """Positions of float32, also beyond the border."""
    drawn = np.random.default_rng(seed).uniform(
        -1 if within else -3, 1 if within else 3, (*(count, 2, 3, 2)[: rank + 1], rank)
    )
    return drawn.astype(np.float32)


@pytest.mark.parametrize("aligned", [0, 1])
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", [(2, 2, 3, 4), (1, 1, 5, 2), (1, 2, 4), (1, 1, 2, 3, 2)])
def test_grid_sample_is_what_the_schema_says(shape, mode, padding, aligned):
    grid = _random_grid(5, shape[0], len(shape) - 2, within=(mode, padding) == ("cubic", "border"))
    made = one("GridSample", shape, {"grid": grid}, mode=mode, padding_mode=padding, align_corners=aligned)
    assert_computes(made, lambda x: literal_sample(x, fractions(grid), mode, padding, bool(aligned)))


@pytest.mark.parametrize("aligned", [0, 1])
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("old, new", [("bilinear", "linear"), ("nearest", "nearest"), ("bicubic", "cubic")])
def test_grid_sample_of_opset_16_has_the_old_names(old, new, padding, aligned):
    grid = _random_grid(7, 1, 2, within=True)
    options = {"padding_mode": padding, "align_corners": aligned}
    made = one("GridSample", (1, 2, 3, 4), {"grid": grid}, opset=16, mode=old, **options)
    assert_computes(made, lambda x: literal_sample(x, fractions(grid), new, padding, bool(aligned)))
    assert_refuses(
        one("GridSample", (1, 2, 3, 4), {"grid": grid}, mode=old if old != new else "area"), MalformedModel, "mode"
    )


@pytest.mark.parametrize("aligned", [0, 1])
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", [1, 2])
def test_grid_sample_agrees_with_the_reference_at_dyadic_positions(seed, mode, padding, aligned):
    # Sizes are chosen so that quarters become quarters and eighths of pixels; halves make ties for the nearest mode.
    # Where the standard is ambiguous beyond the border, positions stay inside of it.
    open_beyond = (mode, padding) in {("cubic", "border"), ("nearest", "reflection")}
    grid = dyadics(seed, 1, 3, 4, 2, largest=1 if open_beyond else 3)
    made = one("GridSample", (1, 2, 4, 3), {"grid": grid}, mode=mode, padding_mode=padding, align_corners=aligned)
    assert_agrees_with_reference(made)


def test_grid_sample_of_a_single_entry_is_that_entry_when_corners_are_aligned():
    grid = floats(-3, 0.25, 7).reshape(1, 3, 1)
    for mode in MODES:
        made = one("GridSample", (1, 1, 1), {"grid": grid}, mode=mode, padding_mode="reflection", align_corners=1)
        assert_same(run_exactly(imported(made), [np.full((1, 1, 1), 0.5)]), [np.full((1, 1, 3), 0.5)])


def test_grid_sample_refuses_cubics_across_a_border_that_is_repeated():
    grid = floats(1.1875).reshape(1, 1, 1)
    made = one("GridSample", (1, 1, 4), {"grid": grid}, mode="cubic", padding_mode="border")
    assert_refuses(made, UnsupportedOperator, "by cubics across the border")
    far = one("GridSample", (1, 1, 4), {"grid": 8 * grid}, mode="cubic", padding_mode="border")
    assert_same(run_exactly(imported(far), [np.arange(4.0).reshape(1, 1, 4)]), [np.full((1, 1, 1), 3.0)])


def test_grid_sample_refuses_ties_beyond_a_border_that_mirrors():
    # Position -3/2: rounded first it is -2, mirrored 1; mirrored first it is 1/2, rounded 0.
    made = one(
        "GridSample", (1, 1, 4), {"grid": floats(-1.5).reshape(1, 1, 1)}, mode="nearest", padding_mode="reflection"
    )
    assert_refuses(made, UnsupportedOperator, "rounded or mirrored first")


def test_grid_sample_refuses_positions_from_the_data():
    made = model(
        [node("GridSample", ["c", "x"], ["y"], name="n")], {"x": (1, 1, 1, 2)}, ["y"], {"c": np.ones((1, 1, 2, 2))}
    )
    assert_refuses(made, NotPiecewiseAffine, "the positions of its samples from the data")


@pytest.mark.parametrize("shape, grid", [((1, 1, 2, 2), (1, 1, 1, 3)), ((1, 1, 2, 2), (2, 1, 1, 2)), ((1, 2), (1, 0))])
def test_grid_sample_says_what_does_not_fit(shape, grid):
    assert_refuses(one("GridSample", shape, {"grid": np.zeros(grid)}), MalformedModel, "samples an array of shape")


@pytest.mark.parametrize("aligned", [0, 1])
@pytest.mark.parametrize("sizes", [(3, 5), (2, 3, 5), (2, 2)])
def test_affine_grid_maps_evenly_spaced_points(sizes, aligned):
    rank = len(sizes)

    def literal(theta):
        out = np.empty((2, *sizes, rank), dtype=object)
        for place in np.ndindex(*out.shape):
            inner = place[1:-1]
            point = [
                Fraction(2 * i, n - 1) - 1 if aligned else Fraction(2 * i + 1, n) - 1
                for i, n in zip(inner, sizes, strict=True)
            ]
            homogeneous = [*reversed(point), Fraction(1)]
            row = theta[place[0], place[-1]]
            out[place] = sum((a * b for a, b in zip(row, homogeneous, strict=True)), Fraction(0))
        return out

    made = one("AffineGrid", (2, rank, rank + 1), {"size": integers(2, 1, *sizes)}, align_corners=aligned)
    assert_computes(made, literal)


def test_affine_grid_agrees_with_the_reference():
    for aligned, size in ((0, (2, 3, 4, 2)), (1, (2, 3, 3, 5)), (0, (1, 1, 2, 4, 2)), (1, (1, 1, 2, 3, 5))):
        rank = len(size) - 2
        made = one("AffineGrid", (size[0], rank, rank + 1), {"size": integers(*size)}, align_corners=aligned)
        assert_agrees_with_reference(made)


def test_a_spatial_transformer_with_constant_maps_is_linear():
    theta = np.array([[[0.5, 0, 0.25], [0, -1, 0]]])
    nodes = [
        node("AffineGrid", ["theta", "size"], ["grid"], align_corners=1),
        node("GridSample", ["x", "grid"], ["y"], align_corners=1),
    ]
    made = model(nodes, {"x": (1, 2, 3, 5)}, ["y"], {"theta": theta, "size": integers(1, 2, 3, 3)})
    assert_agrees_with_reference(made)


def test_affine_grid_refuses_aligned_corners_of_a_single_point():
    made = one("AffineGrid", (1, 2, 3), {"size": integers(1, 1, 1, 4)}, align_corners=1)
    assert_refuses(made, UnsupportedOperator, "a single point along an axis")
    assert_refuses(one("AffineGrid", (1, 2, 3), {"size": integers(2, 1, 1, 4)}), MalformedModel, "for the size")


# RoiAlign


ROIS = [[0.1, 0.2, 3.3, 2.7], [-2.5, 1, 6, 9], [1, 1, 1.5, 1.25], [3.5, -1.75, 7.25, 0.5]]
TRANSFORMS = [(10, None), (16, None), (16, "output_half_pixel"), (NEWEST, "half_pixel"), (NEWEST, "output_half_pixel")]


@pytest.mark.parametrize("opset, mode", TRANSFORMS)
@pytest.mark.parametrize("ratio", [0, 1, 2, 3])
@pytest.mark.parametrize("bins, scale", [((1, 1), 1.0), ((2, 3), 0.5), ((3, 1), 0.3)])
def test_roi_align_takes_means_of_samples(bins, scale, ratio, opset, mode):
    rois, images = floats(*ROIS), [0, 1, 1, 0]
    attributes = {"output_height": bins[0], "output_width": bins[1], "sampling_ratio": ratio, "spatial_scale": scale}
    attributes |= {} if mode is None else {"coordinate_transformation_mode": mode}
    made = one("RoiAlign", (2, 2, 3, 4), {"rois": rois, "images": integers(*images)}, opset, **attributes)
    exact = Fraction(float(np.float32(scale)))
    shifted = opset >= 16 and mode != "output_half_pixel"
    assert_computes(made, lambda x: literal_roi_align(x, fractions(rois), images, bins, ratio, exact, shifted))


@pytest.mark.parametrize("mode", ["half_pixel", "output_half_pixel"])
@pytest.mark.parametrize("ratio", [0, 1, 2, 4])
def test_roi_align_agrees_with_the_reference_at_dyadic_positions(ratio, mode):
    rois = floats([0, 0, 2, 4], [-2, 1, 6, 3], [0.5, 0.25, 2.5, 4.25]).reshape(3, 4)
    constants = {"rois": rois.astype(np.float64), "images": integers(0, 1, 0)}
    attributes = {"output_height": 2, "output_width": 2, "coordinate_transformation_mode": mode}
    assert_agrees_with_reference(one("RoiAlign", (2, 2, 4, 3), constants, sampling_ratio=ratio, **attributes))


def test_roi_align_refuses_maxima_empty_regions_and_regions_from_the_data():
    images = integers(0)
    made = one("RoiAlign", (1, 1, 2, 2), {"rois": floats([0, 0, 1, 1]), "images": images}, mode="max")
    assert_refuses(made, UnsupportedOperator, "takes maxima")
    made = one("RoiAlign", (1, 1, 2, 2), {"rois": floats([1, 1, 1, 2]), "images": images})
    assert_refuses(made, UnsupportedOperator, "empty region of interest")
    made = one("RoiAlign", (1, 1, 2, 2), {"rois": floats([0, 0, 1, 1]), "images": integers(1)})
    assert_refuses(made, MalformedModel, "an image outside")
    made = one("RoiAlign", (1, 1, 2, 2), {"rois": floats([0, 0, 1e30, 1]), "images": images})
    assert_refuses(made, UnsupportedOperator, "are the most")
    constants = {"rois": floats([0, 0, 1, 1]), "images": images}
    made = one("RoiAlign", (1, 1, 64, 64), constants, output_height=2000, output_width=2000)
    assert_refuses(made, UnsupportedOperator, "are the most")
    constants = {"c": np.ones((1, 1, 2, 2)), "images": images}
    made = model([node("RoiAlign", ["c", "x", "images"], ["y"])], {"x": (1, 4)}, ["y"], constants)
    assert_refuses(made, NotPiecewiseAffine, "its regions of interest from the data")


# CenterCropPad, Col2Im, MaxUnpool


@pytest.mark.parametrize("sizes", [(3, 4), (1, 1), (5, 7), (2, 6), (4, 3), (0, 4)])
def test_center_crop_pad_agrees_with_the_reference(sizes):
    made = one("CenterCropPad", (3, 4), {"shape": integers(*sizes)})
    if 0 in sizes:
        nodes = [*made.graph.node, node("Shape", ["y"], ["s"]), node("Gather", ["x", "s"], ["z"])]
        made = model(nodes, {"x": (5, 4)}, ["z"], {"shape": integers(*sizes)})
    assert_agrees_with_reference(made)


@pytest.mark.parametrize("axes, sizes", [([0], [2]), ([-1], [7]), ([2, 0], [1, 4]), ([-2, -3], [6, 1])])
def test_center_crop_pad_takes_axes(axes, sizes):
    assert_agrees_with_reference(one("CenterCropPad", (3, 4, 2), {"shape": integers(*sizes)}, axes=axes))


def test_center_crop_pad_of_stored_integers_keeps_integers():
    nodes = [node("CenterCropPad", ["c", "shape"], ["i"]), node("Gather", ["x", "i"], ["y"])]
    made = model(nodes, {"x": (3,)}, ["y"], {"c": integers(2, 1), "shape": integers(5)})
    assert_same(run_exactly(imported(made), [np.array([1.0, 2.0, 4.0])]), [np.array([1.0, 4.0, 2.0, 1.0, 1.0])])


def test_center_crop_pad_says_what_does_not_fit():
    assert_refuses(one("CenterCropPad", (3,), {"shape": integers(1, 1)}), MalformedModel, "the sizes")
    assert_refuses(one("CenterCropPad", (3, 3), {"shape": integers(1, 1)}, axes=[0, -2]), MalformedModel, "the axes")
    assert_refuses(one("CenterCropPad", (3,), {"shape": integers(2**40)}), UnsupportedOperator, "more than")


@pytest.mark.parametrize(
    "image, block, attributes",
    [
        ((5, 5), (1, 5), {}),
        ((5, 5), (2, 3), {}),
        ((5, 4), (2, 2), {"strides": [2, 1]}),
        ((6, 6), (2, 2), {"dilations": [1, 5]}),
        ((5, 5), (2, 3), {"pads": [0, 1, 0, 2]}),
        ((4, 5, 3), (1, 2, 2), {"strides": [2, 1, 1], "pads": [1, 0, 0, 0, 1, 1]}),
    ],
)
def test_col2im_agrees_with_the_reference(image, block, attributes):
    rank = len(image)
    strides, dilations = (attributes.get(name, [1] * rank) for name in ("strides", "dilations"))
    pads = attributes.get("pads", [0] * (2 * rank))
    counts = [
        (image[k] + pads[k] + pads[rank + k] - dilations[k] * (block[k] - 1) - 1) // strides[k] + 1 for k in range(rank)
    ]
    shape = (2, 2 * math.prod(block), math.prod(counts))
    made = one("Col2Im", shape, {"image": integers(*image), "block": integers(*block)}, **attributes)
    assert_agrees_with_reference(made)


def test_col2im_says_what_does_not_fit():
    constants = {"image": integers(4, 4), "block": integers(2, 2)}
    assert_refuses(one("Col2Im", (1, 4, 8), constants), MalformedModel, "adds 9 blocks")
    assert_refuses(one("Col2Im", (1, 5, 9), constants), MalformedModel, "adds 9 blocks")
    constants = {"image": integers(4, 4), "block": integers(5, 2)}
    assert_refuses(one("Col2Im", (1, 10, 3), constants), MalformedModel, "do not fit")


@pytest.mark.parametrize("opset", [9, 11, NEWEST])
@pytest.mark.parametrize("whole", [False, True])
def test_max_unpool_agrees_with_the_reference(whole, opset):
    places = np.array([[[[4, 7], [9, 16]], [[20, 22], [31, 39]]]])
    constants = {"places": places} | ({"shape": integers(1, 2, 4, 5)} if whole else {})
    attributes = {"kernel_shape": [2, 3], "strides": [2, 2]}
    assert_agrees_with_reference(one("MaxUnpool", (1, 2, 2, 2), constants, opset, **attributes))


def test_max_unpool_refuses_what_the_standard_leaves_open():
    places = integers(0, 3).reshape(1, 1, 2)
    attributes = {"kernel_shape": [2], "strides": [2]}
    made = one("MaxUnpool", (1, 1, 2), {"places": places, "shape": integers(1, 1, 5)}, **attributes)
    assert_refuses(made, UnsupportedOperator, "has the output shape")
    assert_refuses(
        one("MaxUnpool", (1, 1, 2), {"places": 0 * places}, **attributes), UnsupportedOperator, "at one place"
    )
    assert_refuses(
        one("MaxUnpool", (1, 1, 2), {"places": 2 * places}, **attributes), MalformedModel, "outside of an array"
    )


# The standard's own examples

_FAMILIES = ("affinegrid", "center_crop_pad", "col2im", "gridsample", "maxunpool", "resize", "roialign", "upsample")
_OPERATORS = {"AffineGrid", "CenterCropPad", "Col2Im", "GridSample", "MaxUnpool", "Resize", "RoiAlign", "Upsample"}
REFUSED = {
    "test_resize_downsample_scales_cubic_align_corners",
    "test_resize_downsample_scales_linear_align_corners",
    "test_maxunpool_export_with_output_shape",
    "test_roialign_mode_max",
}
IN_FOUR_DECIMALS = {"test_gridsample_bicubic", "test_roialign_aligned_false", "test_roialign_aligned_true"}


def _examples():
    for family in _FAMILIES:
        importlib.import_module(f"onnx.backend.test.case.node.{family}")
    cases = importlib.import_module("onnx.backend.test.case.node")._NodeTestCases
    return [case for case in cases if {node.op_type for node in case.model.graph.node} & _OPERATORS]


def _with_constants(example):
    made = onnx.ModelProto.FromString(example.model.SerializeToString())
    names = [value.name for value in made.graph.input]
    for name, array in zip(names[1:], example.data_sets[0][0][1:], strict=False):
        made.graph.initializer.append(numpy_helper.from_array(np.asarray(array), name))
    return made


@pytest.mark.parametrize("example", _examples(), ids=lambda example: example.name)
def test_the_standards_examples(example):
    made = _with_constants(example)
    if example.name in REFUSED:
        assert_refuses(made, UnsupportedOperator, "standard")
        return
    inputs, (expected,) = example.data_sets[0]
    (found,) = run_exactly(imported(made), inputs[:1])
    assert found.shape == expected.shape
    off = Fraction(1, 10**4) if example.name in IN_FOUR_DECIMALS else Fraction(1, 2**20)
    for value, wanted in zip(found.ravel(), fractions(expected).ravel(), strict=True):
        assert abs(value - wanted) <= off * (1 + abs(wanted))


def test_all_operators_have_examples():
    names = {node.op_type for example in _examples() for node in example.model.graph.node}
    assert names >= _OPERATORS and {example.name for example in _examples()} >= REFUSED | IN_FOUR_DECIMALS

"""Resize and Upsample: against the schema's definition taken literally, and the standard's reference.

The literal definition works in fractions, entry by entry, and shares nothing with the importer. The reference computes
in float64, where dyadic scales and positions do not round. Both are compared as rationals, without any tolerance.
"""

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from oracles.sampling import HALF, literal_resize
from unit.onnx_import.models import (
    NEWEST,
    assert_agrees_with_reference,
    assert_computes,
    assert_refuses,
    assert_same,
    imported,
    integers,
    model,
    node,
    run_exactly,
)

from exactgeo.errors import MalformedModel, NonFiniteWeight, NotPiecewiseAffine, UnsupportedOperator

MODES = ("nearest", "linear", "cubic")
COORDINATES = ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "half_pixel_symmetric")
NEAREST = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")


def floats(*values):
    return np.array(values, dtype=np.float32)


def resized(shape, opset=NEWEST, *, scales=None, sizes=None, roi=None, **attributes):
    """A model of one Resize of opset 11 or newer."""
    absent = floats() if opset < 13 else None
    given = {"roi": roi, "scales": scales, "sizes": None if sizes is None else integers(*sizes)}
    given = {name: absent if value is None and name != "sizes" else value for name, value in given.items()}
    constants = {name: value for name, value in given.items() if value is not None}
    names = ["x", *(name if name in constants else "" for name in given)]
    while names[-1] == "":
        names.pop()
    return model([node("Resize", names, ["y"], name="n", **attributes)], {"x": shape}, ["y"], constants, opset=opset)


def one(operator, shape, constants, opset=NEWEST, **attributes):
    """A model of one node with the name 'n', whose other inputs are constants."""
    made = node(operator, ["x", *constants], ["y"], name="n", **attributes)
    return model([made], {"x": shape}, ["y"], constants, opset=opset)


@pytest.mark.parametrize("coordinates", COORDINATES)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11])
def test_resize_to_sizes_is_what_the_schema_says(size, mode, coordinates):
    sizes, shape = [1, 2, size, 3], (1, 2, 5, 4)
    scales = [Fraction(new, old) for new, old in zip(sizes, shape, strict=True)]
    made = resized(shape, sizes=sizes, mode=mode, coordinate_transformation_mode=coordinates)
    assert_computes(made, lambda x: literal_resize(x, sizes, scales, coordinates, mode=mode))


@pytest.mark.parametrize("coordinates", ["half_pixel", "asymmetric", "half_pixel_symmetric", "tf_half_pixel_for_nn"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("scale", [0.3, 0.45, 0.6, 1.3, 1.7, 2.2, 1 / 3])
def test_resize_by_float32_scales_is_what_the_schema_says(scale, mode, coordinates):
    opset = 13 if coordinates.startswith("tf") else NEWEST
    scales = floats(1, scale)
    sizes = [1, math.floor(7 * Fraction(float(scales[1])))]
    exact = [Fraction(float(value)) for value in scales]
    made = resized((1, 7), opset, scales=scales, mode=mode, coordinate_transformation_mode=coordinates)
    assert_computes(made, lambda x: literal_resize(x, sizes, exact, coordinates, mode=mode))


@pytest.mark.parametrize("nearest", NEAREST)
@pytest.mark.parametrize("coordinates", ["half_pixel", "asymmetric", "align_corners"])
@pytest.mark.parametrize("size", [2, 3, 4, 8, 9, 12, 13])
def test_resize_rounds_to_the_nearest_entry_as_it_is_told(size, coordinates, nearest):
    scales = [Fraction(1), Fraction(size, 6)]
    attributes = {"mode": "nearest", "coordinate_transformation_mode": coordinates, "nearest_mode": nearest}
    made = resized((1, 6), sizes=[1, size], **attributes)
    assert_computes(made, lambda x: literal_resize(x, [1, size], scales, coordinates, mode="nearest", nearest=nearest))


@pytest.mark.parametrize("antialias", [0, 1])
@pytest.mark.parametrize("exclude", [0, 1])
@pytest.mark.parametrize("mode", ["linear", "cubic"])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 8, 11])
def test_resize_leaves_out_what_is_outside_and_widens_its_kernel(size, mode, exclude, antialias):
    scales = [Fraction(3, 2), Fraction(size, 8)]
    made = resized((2, 8), sizes=[3, size], mode=mode, exclude_outside=exclude, antialias=antialias)
    options = {"mode": mode, "exclude": bool(exclude), "antialias": bool(antialias)}
    assert_computes(made, lambda x: literal_resize(x, [3, size], scales, "half_pixel", **options))


@pytest.mark.parametrize("a", [-0.5, -0.75, -1.0, 0.1])
@pytest.mark.parametrize("opset", [11, 13, 18, NEWEST])
def test_resize_takes_the_cubic_coefficient_as_the_float32_that_it_is(opset, a):
    exact = Fraction(float(np.float32(a)))
    made = resized((5,), opset, sizes=[7], mode="cubic", cubic_coeff_a=a)
    assert_computes(made, lambda x: literal_resize(x, [7], [Fraction(7, 5)], "half_pixel", mode="cubic", a=exact))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "size, start, end",
    [(4, 0.25, 0.75), (3, -0.25, 0.5), (6, 0.5, 1.5), (1, 0.25, 0.75), (1, -2, 1), (5, 0.9, 0.2), (6, 0, 1)],
)
@pytest.mark.parametrize("opset", [11, 13, 18, NEWEST])
def test_resize_crops_and_fills_what_lies_outside(opset, size, start, end, mode):
    roi = floats(0, start, 1, end)
    exact = [Fraction(float(value)) for value in roi]
    attributes = {"coordinate_transformation_mode": "tf_crop_and_resize", "extrapolation_value": -2.5}
    made = resized((2, 6), opset, sizes=[2, size], roi=roi, mode=mode, **attributes)
    scales = [Fraction(1), Fraction(size, 6)]
    filling = Fraction(-5, 2)
    assert_computes(
        made, lambda x: literal_resize(x, [2, size], scales, "tf_crop_and_resize", exact, filling, mode=mode)
    )


@pytest.mark.parametrize(
    "policy, sizes, expected, scale",
    [
        ("not_larger", [2, 5], [2, 3], Fraction(2, 4)),
        ("not_smaller", [2, 5], [3, 5], Fraction(5, 6)),
        ("not_larger", [3, 4], [3, 4], Fraction(4, 6)),
        ("not_larger", [9, 9], [6, 9], Fraction(9, 6)),
        ("not_smaller", [1, 4], [3, 4], Fraction(4, 6)),
    ],
)
@pytest.mark.parametrize("mode", MODES)
def test_resize_keeps_the_aspect_ratio(mode, policy, sizes, expected, scale):
    made = resized((1, 4, 6), sizes=sizes, axes=[1, 2], mode=mode, keep_aspect_ratio_policy=policy)
    scales = [Fraction(1), scale, scale]
    assert_computes(made, lambda x: literal_resize(x, [1, *expected], scales, "half_pixel", mode=mode))


@pytest.mark.parametrize("policy", ["not_larger", "not_smaller"])
def test_resize_rounds_halves_up_where_it_keeps_the_aspect_ratio(policy):
    # Axis 0 is to be halved, axis 1 too: 5 entries become 2.5, so 3.
    made = resized(
        (4, 5), sizes=[2, 2] if policy == "not_smaller" else [2, 3], mode="linear", keep_aspect_ratio_policy=policy
    )
    assert_computes(made, lambda x: literal_resize(x, [2, 3], [HALF, HALF], "half_pixel", mode="linear"))


@pytest.mark.parametrize("axes", [[2, 3], [3, 2], [-1, -2], [-2, 3]])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("opset", [18, 19, NEWEST])
def test_resize_matches_sizes_and_regions_to_axes(opset, mode, axes):
    sizes, regions = {2: 5, 3: 2}, {2: (0.25, 1), 3: (0, 0.75)}
    numbers = [axis % 4 for axis in axes]
    roi = floats(*(regions[axis][0] for axis in numbers), *(regions[axis][1] for axis in numbers))
    made = resized(
        (2, 1, 3, 4),
        opset,
        sizes=[sizes[axis] for axis in numbers],
        roi=roi,
        axes=axes,
        mode=mode,
        coordinate_transformation_mode="tf_crop_and_resize",
    )
    exact = [Fraction(value) for value in (0, 0, 0.25, 0, 1, 1, 1, 0.75)]
    scales = [Fraction(1), Fraction(1), Fraction(5, 3), Fraction(1, 2)]
    assert_computes(made, lambda x: literal_resize(x, [2, 1, 5, 2], scales, "tf_crop_and_resize", exact, mode=mode))


def test_resize_of_constants_gives_constants():
    nodes = [node("Resize", ["c", "", "", "sizes"], ["r"], mode="linear"), node("Mul", ["x", "r"], ["y"])]
    made = model(nodes, {"x": (3,)}, ["y"], {"c": np.array([1.0, 5.0]), "sizes": integers(3)})
    assert_same(run_exactly(imported(made), [np.array([1.0, 2.0, 4.0])]), [np.array([1.0, 6.0, 20.0])])


def test_resize_of_integers_to_nearest_entries_keeps_integers():
    nodes = [node("Resize", ["c", "", "", "sizes"], ["r"], mode="nearest"), node("Gather", ["x", "r"], ["y"])]
    made = model(nodes, {"x": (3,)}, ["y"], {"c": integers(2, 0), "sizes": integers(4)})
    assert_same(run_exactly(imported(made), [np.array([1.0, 2.0, 4.0])]), [np.array([4.0, 4.0, 1.0, 1.0])])


def _random_resize(seed):
    """A Resize whose scales and positions are dyadic, and lengths whole: float64 does not round them."""
    chosen = random.Random(seed)
    mode = chosen.choice(MODES)
    shape = [chosen.choice([2, 4]) for _ in range(chosen.choice([1, 2, 3]))]
    scales = [chosen.choice([0.5, 1, 2, 4]) for _ in shape]
    attributes = {"mode": mode, "coordinate_transformation_mode": chosen.choice(["half_pixel", "asymmetric"])}
    attributes |= {"nearest_mode": chosen.choice(NEAREST)} if mode == "nearest" else {}
    attributes |= {"cubic_coeff_a": chosen.choice([-0.5, -0.75])} if mode == "cubic" else {}
    return resized(shape, chosen.choice([11, 13, 18, 19, NEWEST]), scales=floats(*scales), **attributes)


@pytest.mark.parametrize("seed", range(60))
def test_resize_agrees_with_the_reference(seed):
    assert_agrees_with_reference(_random_resize(seed))


@pytest.mark.parametrize("mode", ["linear", "cubic"])
@pytest.mark.parametrize("size", [2, 4, 8])
def test_resize_with_antialias_agrees_with_the_reference(size, mode):
    # Halving and quartering, the widened kernels' weights add up to 2 and 4: nothing rounds.
    assert_agrees_with_reference(resized((2, 8), sizes=[2, size], mode=mode, antialias=1))


@pytest.mark.parametrize("opset", [11, 13, 18, NEWEST])
def test_resize_with_aligned_corners_agrees_with_the_reference(opset):
    made = resized((3, 5), opset, sizes=[5, 9], mode="linear", coordinate_transformation_mode="align_corners")
    assert_agrees_with_reference(made)


# Where the standard has two readings, or does not define the result


@pytest.mark.parametrize("mode", ["align_corners", "tf_crop_and_resize"])
def test_resize_refuses_lengths_that_are_not_whole_where_they_matter(mode):
    made = resized((8,), scales=floats(0.6875), roi=floats(0, 1), mode="linear", coordinate_transformation_mode=mode)
    assert_refuses(made, UnsupportedOperator, r"node 'n' \(Resize.*does not give a whole length.*give the sizes")


def test_resize_refuses_a_length_between_1_and_2_in_the_mode_that_asks_whether_it_is_1():
    made = resized((8,), scales=floats(0.1875), mode="linear", coordinate_transformation_mode="pytorch_half_pixel")
    assert_refuses(made, UnsupportedOperator, "does not give a whole length")


def test_resize_refuses_a_scale_whose_length_is_rounding():
    made = resized((10,), scales=floats(0.7), mode="linear")
    assert_refuses(made, UnsupportedOperator, "exactly to 6 and in float32 arithmetic to 7")


def test_resize_refuses_a_region_and_scales_of_which_the_length_depends():
    attributes = {"mode": "linear", "coordinate_transformation_mode": "tf_crop_and_resize"}
    made = resized((8,), scales=floats(0.5), roi=floats(0.25, 0.75), **attributes)
    assert_refuses(made, UnsupportedOperator, "text 2 results are left, in runtimes 4")


def test_resize_refuses_formulas_that_change_an_axis_of_scale_1():
    attributes = {"mode": "linear", "coordinate_transformation_mode": "tf_half_pixel_for_nn"}
    assert_refuses(resized((3, 2), 13, scales=floats(1, 2), **attributes), UnsupportedOperator, "axis 0 .*scale is 1")


def test_resize_refuses_results_without_any_weight():
    made = resized((4,), scales=floats(2), mode="nearest", nearest_mode="floor", exclude_outside=1)
    assert_refuses(made, UnsupportedOperator, "weights of the entries add up to 0")


def test_resize_fills_what_lies_outside_without_asking_for_its_weights():
    made = resized(
        (4,),
        sizes=[3],
        roi=floats(-2, 1),
        mode="linear",
        exclude_outside=1,
        extrapolation_value=0.5,
        coordinate_transformation_mode="tf_crop_and_resize",
    )
    assert_same(run_exactly(imported(made), [np.arange(4.0)]), [np.array([0.5, 0.5, 3.0])])


def test_resize_refuses_antialias_where_nothing_defines_it():
    assert_refuses(resized((4,), sizes=[2], mode="nearest", antialias=1), UnsupportedOperator, "antialias")


@pytest.mark.parametrize(
    "options, match",
    [
        ({}, "neither scales and sizes"),
        ({"sizes": [3], "scales": floats(2)}, "both scales and sizes"),
        ({"sizes": [3, 3]}, "has the sizes"),
        ({"sizes": [0]}, "has the sizes"),
        ({"scales": floats(2, 2)}, "2 scales for 1 axes"),
        ({"scales": floats(-1)}, "not positive"),
        ({"sizes": [3], "mode": "area"}, "has the mode 'area'"),
        ({"sizes": [3], "coordinate_transformation_mode": "tf_half_pixel_for_nn"}, "coordinate_transformation_mode"),
        ({"sizes": [3], "nearest_mode": "even"}, "nearest_mode 'even'"),
        ({"sizes": [3], "axes": [1]}, "resizes the axes"),
        ({"sizes": [3, 3], "axes": [0, -1]}, "resizes the axes"),
        ({"sizes": [3], "keep_aspect_ratio_policy": "wide"}, "keep_aspect_ratio_policy 'wide'"),
        ({"sizes": [3], "coordinate_transformation_mode": "tf_crop_and_resize"}, "without a region"),
    ],
)
def test_resize_says_what_is_malformed(options, match):
    assert_refuses(resized((2,), **options), MalformedModel, match)


def test_resize_refuses_what_is_too_large_before_memory_is_taken():
    assert_refuses(resized((2,), sizes=[2**40]), UnsupportedOperator, "are supported")
    assert_refuses(resized((2, 2, 2), sizes=[2**15] * 3), UnsupportedOperator, "more than")


def test_resize_refuses_scales_that_are_not_numbers_or_not_constants():
    assert_refuses(resized((2,), scales=floats(np.inf)), NonFiniteWeight, "node 'n'")
    made = model([node("Resize", ["x", "", "x"], ["y"], name="n")], {"x": (1,)}, ["y"])
    assert_refuses(made, NotPiecewiseAffine, "its scales from the data")


@pytest.mark.parametrize("name", ["antialias", "axes", "keep_aspect_ratio_policy"])
def test_resize_refuses_attributes_that_its_opset_does_not_have(name):
    value = {"antialias": 1, "axes": [0], "keep_aspect_ratio_policy": "stretch"}[name]
    assert_refuses(resized((2,), 13, sizes=[4], mode="linear", **{name: value}), UnsupportedOperator, name)


# Resize before opset 11, and Upsample


def _old_resize(shape, opset, scales, mode):
    constants = {"s": floats(*scales)} if opset >= 9 else {}
    attributes = {} if opset >= 9 else {"scales": [float(scale) for scale in scales]}
    operator = "Resize" if opset >= 10 else "Upsample"
    made = node(operator, ["x", *constants], ["y"], name="n", mode=mode, **attributes)
    return model([made], {"x": shape}, ["y"], constants, opset=opset)


@pytest.mark.parametrize("opset", [7, 8, 9, 10])
@pytest.mark.parametrize("mode", ["nearest", "linear"])
@pytest.mark.parametrize("scales", [(1, 2), (2, 3), (1, 1.5), (1.25, 2.75)])
def test_operators_before_opset_11_lay_results_from_the_first_entry_on(scales, mode, opset):
    sizes = [math.floor(size * Fraction(scale)) for size, scale in zip((3, 4), scales, strict=True)]
    options = {"mode": mode, "nearest": "floor"}
    exact = [Fraction(scale) for scale in scales]
    made = _old_resize((3, 4), opset, scales, mode)
    assert_computes(made, lambda x: literal_resize(x, sizes, exact, "asymmetric", **options))


@pytest.mark.parametrize("opset", [7, 9, 10])
def test_operators_before_opset_11_repeat_entries(opset):
    made = _old_resize((1, 1, 2, 2), opset, (1, 1, 2, 3), "nearest")
    x = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    assert_same(run_exactly(imported(made), [x]), [x.repeat(2, axis=2).repeat(3, axis=3)])


def test_resize_before_opset_11_takes_every_other_entry_but_refuses_entries_between():
    made = _old_resize((6,), 10, (0.5,), "nearest")
    assert_same(run_exactly(imported(made), [np.arange(6.0)]), [np.array([0.0, 2.0, 4.0])])
    assert_refuses(_old_resize((6,), 10, (0.75,), "nearest"), UnsupportedOperator, "before opset 11")


def test_resize_before_opset_11_interpolates_as_in_the_standards_example():
    # The example of Resize, opset 10: scales 0.6, and results 1 and 2.66666651 from 1, 2, 3, 4 in the first row.
    made = _old_resize((1, 1, 2, 4), 10, (1, 1, 0.6, 0.6), "linear")
    found = run_exactly(imported(made), [np.array([[[[1.0, 2, 3, 4], [5, 6, 7, 8]]]])])[0]
    assert found.shape == (1, 1, 1, 2) and found[0, 0, 0, 0] == 1
    assert abs(found[0, 0, 0, 1] - Fraction("2.66666651")) < Fraction(1, 10**6)


def test_upsample_is_no_operator_after_opset_9():
    made = one("Upsample", (2,), {"s": floats(2)}, opset=13)
    assert_refuses(made, MalformedModel, "Upsample, opset 13.*ended with opset 9")


def test_upsample_of_opset_6_is_refused():
    made = one("Upsample", (1, 1, 2, 2), {}, opset=6, height_scale=2.0, width_scale=2.0)
    assert_refuses(made, UnsupportedOperator, "Upsample, opset 6.*convert the model to opset 7")


def test_upsample_refuses_to_shrink():
    assert_refuses(_old_resize((2,), 9, (0.5,), "linear"), MalformedModel, "below 1")
    assert_refuses(one("Upsample", (2,), {}, opset=7), MalformedModel, "needs the attribute 'scales'")

"""Products of quantised numbers with constants, against sums of integers written out."""

from fractions import Fraction

import numpy as np
import pytest
from unit.onnx_import.models import assert_refuses, dyadics, fractions, imported, model, node, run_exactly

from exactgeo.errors import ImportFailure, MalformedModel, UnsupportedOperator

RANGES = {np.dtype(np.uint8): (0, 255), np.dtype(np.int8): (-128, 127)}
TYPES = [np.uint8, np.int8]


def _bytes(seed, kind, *shape):
    low, high = RANGES[np.dtype(kind)]
    return np.random.default_rng(seed).integers(low, high + 1, shape).astype(kind)


def _whole(array):
    """An array of stored integers as Python's."""
    return np.asarray(array).astype(object)


def _quantised(values, scale, zero, kind):
    """The standard's formula, entry by entry: rounded, halves to even, then the zero point, then saturated."""
    low, high = RANGES[np.dtype(kind)]
    spread = np.broadcast_arrays(values, scale, zero)
    found = np.empty(spread[0].shape, dtype=object)
    for place in np.ndindex(*found.shape):
        value, step, offset = (array[place] for array in spread)
        found[place] = min(max(round(Fraction(value) / Fraction(step)) + int(offset), low), high)
    return found


def _product(a, b):
    """A matrix product by numpy's rules, of Python's numbers."""
    return np.matmul(a, b)


def _correlation(x, w, *, pads=(0, 0, 0, 0), strides=(1, 1), dilations=(1, 1), group=1):
    padded = np.zeros((*x.shape[:2], x.shape[2] + pads[0] + pads[2], x.shape[3] + pads[1] + pads[3]), dtype=object)
    padded[:, :, pads[0] : pads[0] + x.shape[2], pads[1] : pads[1] + x.shape[3]] = x
    reach = [(size - 1) * d + 1 for size, d in zip(w.shape[2:], dilations, strict=True)]
    out = [(padded.shape[2 + k] - reach[k]) // strides[k] + 1 for k in (0, 1)]
    found = np.zeros((x.shape[0], w.shape[0], *out), dtype=object)
    for n, m, i, j in np.ndindex(*found.shape):
        first = m // (w.shape[0] // group) * w.shape[1]
        for c, k, h in np.ndindex(*w.shape[1:]):
            row, column = i * strides[0] + k * dilations[0], j * strides[1] + h * dilations[1]
            found[n, m, i, j] += padded[n, first + c, row, column] * w[m, c, k, h]
    return found


STEP = 0.5
"""The scale that quantises the data in all models of these tests."""


def _model(operator, names, shape, constants, zero, **attributes):
    """Data that is quantised and multiplied; 'q' is the data in the names."""
    nodes = [node("QuantizeLinear", ["x", "step", "zero"], ["q"]), node(operator, names, ["y"], name="n", **attributes)]
    given = {name: value for name, value in constants.items() if value is not None}
    return model(nodes, {"x": shape}, ["y"], {**given, "step": np.float32(STEP), "zero": zero})


def _run(made, *feeds):
    return run_exactly(imported(made, staircases=True), list(feeds))[0]


def _data(seed, zero, *shape):
    """Data, and what it is quantised to."""
    x = dyadics(seed, *shape, step=0.125, largest=80)
    return x, _quantised(fractions(x), Fraction(STEP), int(zero), zero.dtype)


# MatMulInteger


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("other", TYPES)
@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("zeros", [(False, False), (True, False), (True, True)])
def test_integers_are_multiplied_as_matrices(kind, other, left, zeros):
    zero = np.array(5, dtype=kind)
    x, q = _data(1, zero, *((2, 3) if left else (3, 4)))
    weights = _bytes(2, other, *((3, 4) if left else (2, 3)))
    own = np.array(3, dtype=other)
    constants = {"w": weights, "qz": zero if zeros[0] else None, "wz": own if zeros[1] else None}
    names = ["q", "w", "qz", "wz"] if left else ["w", "q", "wz", "qz"]
    names = [name if name in ("q", "w") or constants[name] is not None else "" for name in names]
    data, factor = q - int(zero) * zeros[0], _whole(weights) - int(own) * zeros[1]
    expected = _product(data, factor) if left else _product(factor, data)
    assert _run(_model("MatMulInteger", names, x.shape, constants, zero), x).tolist() == expected.tolist()


@pytest.mark.parametrize("as_list", [True, False])
def test_zero_points_by_rows_and_by_columns(as_list):
    """Square, so that rows and columns could be taken for each other."""
    zero = np.array(7, dtype=np.uint8)
    x, q = _data(3, zero, 3, 3)
    weights, rows, columns = _bytes(4, np.int8, 3, 3), _bytes(5, np.uint8, 3), _bytes(6, np.int8, 3)
    shaped = (rows, columns) if as_list else (rows[:, None], columns[None, :])
    made = _model(
        "MatMulInteger", ["q", "w", "r", "c"], x.shape, dict(zip("wrc", (weights, *shaped), strict=True)), zero
    )
    expected = _product(q - _whole(rows)[:, None], _whole(weights) - _whole(columns)[None, :])
    assert _run(made, x).tolist() == expected.tolist()


@pytest.mark.parametrize(
    "shapes", [((3,), (3, 2)), ((2, 3), (3,)), ((3,), (3,)), ((2, 2, 3), (3, 2)), ((2, 3), (2, 3, 2))]
)
def test_stacks_and_vectors_are_multiplied_by_numpy_s_rules(shapes):
    zero = np.array(1, dtype=np.int8)
    x, q = _data(7, zero, *shapes[0])
    weights = _bytes(8, np.uint8, *shapes[1])
    made = _model("MatMulInteger", ["q", "w", "zero", "wz"], x.shape, {"w": weights, "wz": np.uint8(9)}, zero)
    expected = np.array(_product(q - 1, _whole(weights) - 9))
    assert np.array(_run(made, x)).tolist() == expected.tolist()


def test_products_are_integers_that_may_be_cast_and_dequantised():
    zero, weights = np.array(0, dtype=np.uint8), np.array([[1], [2]], dtype=np.int8)
    nodes = [
        node("QuantizeLinear", ["x", "step", "zero"], ["q"]),
        node("MatMulInteger", ["q", "w"], ["p"]),
        node("Cast", ["p"], ["f"], to=1),
        node("DequantizeLinear", ["p", "half"], ["d"]),
        node("Add", ["f", "d"], ["y"]),
    ]
    constants = {"w": weights, "half": np.float32(0.5), "step": np.float32(1), "zero": zero}
    made = model(nodes, {"x": (1, 2)}, ["y"], constants)
    assert _run(made, np.array([[3.0, 5.0]])).tolist() == [[Fraction(39, 2)]]


def test_constants_are_multiplied_too():
    a, b = _bytes(1, np.uint8, 2, 3), _bytes(2, np.int8, 3, 2)
    made = model([node("MatMulInteger", ["a", "b"], ["y"])], {"x": (1,)}, ["y"], {"a": a, "b": b})
    assert _run(made, np.zeros(1)).tolist() == _product(_whole(a), _whole(b)).tolist()


# ConvInteger

MOVES = [
    {},
    {"pads": [1, 0, 2, 1]},
    {"strides": [2, 1]},
    {"dilations": [1, 2]},
    {"pads": [0, 1, 1, 1], "strides": [2, 2], "group": 2},
]


@pytest.mark.parametrize("attributes", MOVES)
@pytest.mark.parametrize("by_filters", [None, False, True])
def test_integers_are_convolved_with_zeros_around_what_is_left_without_the_zero_point(attributes, by_filters):
    zero = np.array(4, dtype=np.uint8)
    x, q = _data(11, zero, 2, 2, 3, 4)
    weights = _bytes(12, np.int8, 4, 2 // attributes.get("group", 1), 2, 2)
    own = None if by_filters is None else _bytes(13, np.int8, *((4,) if by_filters else ()))
    names = ["q", "w", "zero"] if own is None else ["q", "w", "zero", "wz"]
    made = _model("ConvInteger", names, x.shape, {"w": weights, "wz": own}, zero, **attributes)
    spread = 0 if own is None else _whole(own).reshape(-1, 1, 1, 1)
    expected = _correlation(q - 4, _whole(weights) - spread, **attributes)
    assert _run(made, x).tolist() == expected.tolist()


# QLinearMatMul


def _float(value):
    return np.array(value, dtype=np.float32)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("out", TYPES)
@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("by_lines", [True, False])
def test_products_are_scaled_and_quantised(kind, out, left, by_lines):
    zero = np.array(5, dtype=kind)
    x, q = _data(21, zero, *((2, 3) if left else (3, 2)))
    weights = _bytes(22, np.int8, *((3, 2) if left else (2, 3)))
    scales, zeros = (
        (dyadics(23, 2) + 4.125, _bytes(24, np.int8, 2)) if by_lines else (np.array(0.75), np.array(3, np.int8))
    )
    constants = {
        "w": weights,
        "qs": _float(0.1),
        "ws": _float(scales),
        "wz": zeros,
        "ys": _float(12.5),
        "yz": np.array(101, dtype=out),
    }
    data, factor = ["q", "qs", "zero"], ["w", "ws", "wz"]
    names = [*(data + factor if left else factor + data), "ys", "yz"]
    spread = (lambda array: array[None, :] if left else array[:, None]) if by_lines else (lambda array: array)
    a = (q - int(zero)) * fractions(_float(0.1)).item()
    b = (_whole(weights) - spread(_whole(zeros))) * spread(fractions(_float(scales)))
    expected = _quantised(_product(a, b) if left else _product(b, a), Fraction(25, 2), 101, out)
    assert _run(_model("QLinearMatMul", names, x.shape, constants, zero), x).tolist() == expected.tolist()


@pytest.mark.parametrize("left", [True, False])
def test_scales_by_lines_beside_a_vector(left):
    """The product has no axis for the vector, so that a scale's axes are not the product's."""
    zero = np.array(0, dtype=np.uint8)
    x, q = _data(25, zero, 2)
    weights, scales = _bytes(26, np.int8, 2, 2), _float([0.5, 4.0])
    constants = {
        "w": weights,
        "one": _float(1),
        "ws": scales,
        "wz": np.zeros(2, np.int8),
        "ys": _float(8),
        "yz": np.array(0, np.int8),
    }
    names = ["q", "one", "zero", "w", "ws", "wz"] if left else ["w", "ws", "wz", "q", "one", "zero"]
    made = _model("QLinearMatMul", [*names, "ys", "yz"], x.shape, constants, zero)
    product = _product(q, _whole(weights)) if left else _product(_whole(weights), q)
    assert _run(made, x).tolist() == _quantised(product * fractions(scales), 8, 0, np.int8).tolist()


@pytest.mark.parametrize("zero, expected", [(0, [0, 0, 1, 2, 2]), (1, [1, 1, 2, 3, 3])])
def test_halves_go_to_even_numbers_before_the_zero_point_is_added(zero, expected):
    made = _model(
        "QLinearMatMul",
        ["q", "one", "zero", "w", "one", "wz", "two", "yz"],
        (5, 1),
        {
            "w": np.ones((1, 1), np.int8),
            "one": _float(1),
            "two": _float(2),
            "wz": np.array(0, np.int8),
            "yz": np.array(zero, np.uint8),
        },
        np.array(0, dtype=np.uint8),
    )
    assert _run(made, np.arange(5).reshape(5, 1) * STEP).ravel().tolist() == expected


# QLinearConv


@pytest.mark.parametrize("attributes", MOVES)
@pytest.mark.parametrize("by_filters", [True, False])
@pytest.mark.parametrize("biased", [True, False])
def test_convolutions_are_scaled_and_quantised(attributes, by_filters, biased):
    zero = np.array(9, dtype=np.uint8)
    x, q = _data(31, zero, 1, 2, 3, 4)
    weights = _bytes(32, np.int8, 4, 2 // attributes.get("group", 1), 2, 2)
    many = (4,) if by_filters else ()
    scales, zeros = _float(dyadics(33, *many) + 4.125), _bytes(34, np.int8, *many)
    bias = np.array([1000, -2000, 0, 77], dtype=np.int32)
    constants = {
        "w": weights,
        "qs": _float(0.1),
        "ws": scales,
        "wz": zeros,
        "ys": _float(9.0),
        "yz": np.array(99, dtype=np.uint8),
        "b": bias if biased else None,
    }
    names = ["q", "qs", "zero", "w", "ws", "wz", "ys", "yz", *(["b"] if biased else [])]
    sums = _correlation(q - 9, _whole(weights) - _whole(zeros).reshape(-1, 1, 1, 1), **attributes)
    sums = sums + (_whole(bias) if biased else _whole(np.zeros(4, np.int8))).reshape(1, 4, 1, 1)
    scaled = sums * fractions(_float(0.1)).item() * fractions(scales).reshape(1, -1, 1, 1)
    made = _model("QLinearConv", names, x.shape, constants, zero, **attributes)
    assert _run(made, x).tolist() == _quantised(scaled, 9, 99, np.uint8).tolist()


# Refusals


def _linear(changed=(), **attributes):
    """A QLinearMatMul whose parameters may be changed."""
    constants = {
        "w": np.ones((3, 2), np.int8),
        "qs": _float(1),
        "ws": _float(1),
        "wz": np.array(0, np.int8),
        "ys": _float(1),
        "yz": np.array(0, np.uint8),
    }
    names = ["q", "qs", "zero", "w", "ws", "wz", "ys", "yz"]
    return _model("QLinearMatMul", names, (2, 3), {**constants, **dict(changed)}, np.array(0, np.uint8), **attributes)


@pytest.mark.parametrize(
    "changed",
    [
        {"w": np.ones((2, 2), np.int8)},
        {"ws": _float([1, 1])},
        {"wz": np.zeros(2, np.int8)},
        {"ws": _float([1, 1, 1]), "wz": np.zeros(3, np.int8)},
        {"ws": np.ones((3, 1), np.float32), "wz": np.zeros((3, 1), np.int8)},
        {"qs": _float([1, 1])},
        {"ys": _float([1, 1]), "yz": np.zeros(2, np.uint8)},
        {"ys": _float(0)},
    ],
)
def test_parameters_that_do_not_fit_are_refused(changed):
    with pytest.raises(MalformedModel, match=r"^node 'n' \(QLinearMatMul"):
        imported(_linear(changed), staircases=True)


@pytest.mark.parametrize(
    "changed",
    [
        {"w": np.ones((3, 2), np.float32)},
        {"w": np.ones((3, 2), np.int32)},
        {"yz": np.array(0, np.int32)},
        {"wz": np.array(0, np.float32)},
        {"ys": np.array(1)},
    ],
)
def test_other_types_are_refused(changed):
    with pytest.raises(UnsupportedOperator, match=r"^node 'n' \(QLinearMatMul"):
        imported(_linear(changed), staircases=True)


def test_a_product_of_data_needs_staircases():
    made = _linear()
    assert_refuses(made, UnsupportedOperator, "--staircases")
    del made.graph.node[0]
    made.graph.node[0].input[0] = "x"
    with pytest.raises(UnsupportedOperator, match=r"^node 'n' \(QLinearMatMul.*not quantised"):
        imported(made, staircases=True)


def test_quantised_data_is_not_multiplied_by_quantised_data():
    made = _model("MatMulInteger", ["q", "q"], (2, 2), {}, np.array(0, np.uint8))
    with pytest.raises(UnsupportedOperator, match=r"^node 'n' \(MatMulInteger.*quantised data by quantised data"):
        imported(made, staircases=True)
    made = _model("ConvInteger", ["w", "q"], (1, 1, 2), {"w": np.ones((1, 1, 4), np.int8)}, np.array(0, np.uint8))
    with pytest.raises(UnsupportedOperator, match=r"^node 'n' \(ConvInteger.*kernel"):
        imported(made, staircases=True)


def test_a_scale_of_data_is_refused():
    made = _linear()
    names = [tensor.name for tensor in made.graph.initializer]
    del made.graph.initializer[names.index("ys")]
    made.graph.input.extend(model([], {"ys": ()}, []).graph.input)
    with pytest.raises(UnsupportedOperator, match=r"^node 'n' \(QLinearMatMul.*scale"):
        imported(made, staircases=True)


@pytest.mark.parametrize("operator", ["MatMulInteger", "QLinearMatMul"])
def test_sums_that_32_bits_may_not_hold_are_refused(operator):
    size = 2**31 // (255 * 127) + 1
    constants = {"w": np.full((size, 1), 127, np.int8), "one": _float(1), "wz": np.array(0, np.int8)}
    names = ["t", "w"] if operator == "MatMulInteger" else ["t", "one", "zero", "w", "one", "wz", "one", "zero"]
    made = _model(operator, names, (1, 1), constants | {"often": np.array([1, size])}, np.array(0, np.uint8))
    made.graph.node.insert(1, node("Tile", ["q", "often"], ["t"]))
    with pytest.raises(UnsupportedOperator, match=rf"^node 'n' \({operator}.* 31 bits"):
        imported(made, staircases=True)


def test_sums_of_constants_that_32_bits_do_not_hold_are_refused():
    size = 2**31 // (255 * 127) + 1
    constants = {"a": np.full((1, size), 255, np.uint8), "b": np.full((size, 1), 127, np.int8)}
    made = model([node("MatMulInteger", ["a", "b"], ["y"], name="n")], {"x": (1,)}, ["y"], constants)
    assert_refuses(made, UnsupportedOperator, r"^node 'n' \(MatMulInteger.* 32 bits")


def test_a_bias_of_fractions_is_refused():
    names = ["q", "one", "zero", "w", "one", "wz", "one", "zero", "b"]
    constants = {
        "w": np.ones((1, 1, 1), np.int8),
        "one": _float(1),
        "wz": np.array(0, np.int8),
        "b": np.array([0.5], np.float32),
    }
    with pytest.raises(MalformedModel, match=r"^node 'n' \(QLinearConv.*bias"):
        imported(_model("QLinearConv", names, (1, 1, 2), constants, np.array(0, np.uint8)), staircases=True)


@pytest.mark.parametrize("operator", ["MatMulInteger", "ConvInteger", "QLinearMatMul", "QLinearConv"])
def test_nodes_that_lack_inputs_are_refused(operator):
    with pytest.raises(ImportFailure, match=rf"^node 'n' \({operator}"):
        imported(_model(operator, ["q"], (1, 1, 2), {}, np.array(0, np.uint8)), staircases=True)


def test_units_of_many_coefficients_are_refused_before_they_are_made():
    constants = {"w": np.ones((1024, 512), np.int8), "one": _float(1), "wz": np.array(0, np.int8)}
    names = ["q", "one", "zero", "w", "one", "wz", "one", "zero"]
    made = _model("QLinearMatMul", names, (1, 1024), constants, np.array(0, np.uint8))
    with pytest.raises(UnsupportedOperator, match=r"^node 'n' \(QLinearMatMul.* 512 units of 256 pieces each"):
        imported(made, staircases=True)

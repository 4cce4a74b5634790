"""Random nodes, an operator family each: (operator, opset, inputs, attributes, number of outputs).

Entries are multiples of a quarter, so that float64 holds every sum and product of them.
"""

import numpy as np
from unit.onnx_import.evaluator.running import dyadics

AUTOMATIC = ("SAME_UPPER", "SAME_LOWER", "VALID")


def row(*entries):
    return np.array(entries, dtype=np.int64)


def whole(random, *shape):
    size = int(np.prod(shape, dtype=int))
    return np.array([random.randint(-9, 9) for _ in range(size)], dtype=np.int64).reshape(shape)


def indices(random, length, shape):
    size = int(np.prod(shape, dtype=int))
    return np.array([random.randint(-length, length - 1) for _ in range(size)], dtype=np.int64).reshape(shape)


def lengths(random, low=1, high=4, least=1, most=4):
    return [random.randint(low, high) for _ in range(random.randint(least, most))]


def sometimes(random, share=0.5):
    return random.random() < share


def signed(random, axes, rank, allowed=True):
    """The same axes, some of them counted from the back."""
    return [a - rank if allowed and sometimes(random, 0.4) else a for a in axes]


def broadcastable(random, shape):
    return [1 if sometimes(random, 0.3) else n for n in shape][random.randint(0, len(shape)) :]


def arithmetic(random):
    operator = random.choice(("Add", "Sub", "Mul", "Div", "Max", "Min", "Mod", "Pow"))
    shape = lengths(random, least=0)
    integral = sometimes(random, 0.4)
    make = whole if integral else dyadics
    a, b = make(random, *shape), make(random, *broadcastable(random, shape))
    attributes = {}
    if operator in {"Div", "Mod"}:
        b = np.where(b == 0, 1, b) if integral else np.where(b < 0, -1, 1) * 2.0 ** random.randint(-3, 3)
    if operator == "Mod" and (not integral or sometimes(random)):
        attributes = {"fmod": 1}
    if operator == "Pow":
        b = np.asarray(np.abs(b) % 4 // 1, dtype=a.dtype)
    if sometimes(random) and operator in {"Add", "Sub", "Mul", "Max", "Min"}:
        a, b = b, a
    return operator, random.choice((13, 16, 22)), [a, b], attributes, 1


def comparisons(random):
    operator = random.choice(("Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "Where"))
    shape = lengths(random, least=0)
    make = random.choice((whole, dyadics))
    inputs = [make(random, *shape), make(random, *broadcastable(random, shape))]
    if operator == "Where":
        inputs.insert(0, dyadics(random, *shape) > 0)
    return operator, random.choice((16, 19, 22)), inputs, {}, 1


def activations(random):
    operator, attributes, opset = random.choice(
        (
            ("Relu", {}, 7),
            ("LeakyRelu", {"alpha": 0.25}, 7),
            ("LeakyRelu", {"alpha": 0.5}, 16),
            ("HardSigmoid", {"alpha": 0.125, "beta": 0.25}, 7),
            ("HardSigmoid", {"alpha": 0.5, "beta": 0.5}, 22),
            ("ThresholdedRelu", {"alpha": 1.25}, 10),
            ("ThresholdedRelu", {}, 22),
            ("Shrink", {"lambd": 1.0, "bias": 0.5}, 9),
            ("Clip", {"min": -1.0, "max": 1.5}, 7),
            ("Abs", {}, 7),
            ("Sign", {}, 9),
            ("Floor", {}, 7),
            ("Ceil", {}, 13),
            ("Round", {}, 11),
            ("Neg", {}, 7),
        )
    )
    return operator, opset, [dyadics(random, *lengths(random))], attributes, 1


def reductions(random):
    name = random.choice(("Sum", "Mean", "Max", "Min", "L1", "SumSquare", "Prod", "L2", "LogSum", "LogSumExp"))
    shape, opset, attributes = lengths(random), random.choice((7, 11, 13, 18, 20, 22)), {}
    array = np.abs(dyadics(random, *shape)) + 0.25 if name.startswith("Log") else dyadics(random, *shape)
    inputs = [array / 4 if name in {"Prod", "LogSumExp"} else array]
    if sometimes(random, 0.6):
        attributes["keepdims"] = random.choice((0, 1))
    as_input = opset >= (13 if name == "Sum" else 18)
    axes = signed(random, random.sample(range(len(shape)), random.randint(1, len(shape))), len(shape), opset >= 11)
    if sometimes(random, 0.7):
        if as_input:
            inputs.append(row(*axes))
        else:
            attributes["axes"] = axes
    elif as_input and sometimes(random):
        attributes["noop_with_empty_axes"] = 1
    return f"Reduce{name}", opset, inputs, attributes, 1


def extrema(random):
    operator, opset = random.choice(("ArgMax", "ArgMin", "TopK")), random.choice((11, 12, 13))
    shape = lengths(random, least=1, most=3, low=2)
    attributes = {"axis": random.randint(-len(shape), len(shape) - 1)}
    array = np.round(dyadics(random, *shape) / 2)
    if operator == "TopK":
        k = random.randint(1, shape[attributes["axis"]])
        return operator, opset, [array, row(k)], {**attributes, "largest": random.choice((0, 1))}, 2
    if opset >= 12 and sometimes(random):
        attributes["select_last_index"] = random.choice((0, 1))
    return operator, opset, [array], {**attributes, "keepdims": random.choice((0, 1))}, 1


def slices(random):
    shape, opset = lengths(random, 1, 6, 1, 3), random.choice((10, 11, 13))
    axes = random.sample(range(len(shape)), random.randint(1, len(shape)))
    starts = [random.randint(-shape[a], 8) for a in axes]
    ends = [random.choice((random.randint(-8, 8), 2**31 - 1, -(2**31))) for _ in axes]
    steps = [random.choice((1, 2, -1, -2, 3)) for _ in axes]
    given = signed(random, axes, len(shape), opset >= 11)
    return "Slice", opset, [dyadics(random, *shape), row(*starts), row(*ends), row(*given), row(*steps)], {}, 1


def gathers(random):
    operator, opset = random.choice(("Gather", "GatherElements", "GatherND")), random.choice((12, 13))
    shape = lengths(random, 1, 4, 1, 3)
    data, axis = dyadics(random, *shape), random.randint(-len(shape), len(shape) - 1)
    if operator == "GatherND":
        batch = int(len(shape) > 1 and sometimes(random))
        outer = shape[:batch] + lengths(random, 1, 3, 0, 1)
        width = random.randint(1, len(shape) - batch)
        columns = [indices(random, shape[batch + j], outer) for j in range(width)]
        return operator, opset, [data, np.stack(columns, axis=-1)], {"batch_dims": batch}, 1
    picked = lengths(random, 1, 3, 0, 2)
    if operator == "GatherElements":
        picked = [random.randint(1, n) for n in shape]
        picked[axis] = random.randint(1, 4)
    return operator, opset, [data, indices(random, shape[axis], picked)], {"axis": axis}, 1


def scatters(random):
    operator, opset = random.choice(("ScatterElements", "ScatterND")), random.choice((11, 13, 16, 18))
    shape = lengths(random, 2, 4, 1, 3)
    axis = random.randint(-len(shape), len(shape) - 1)
    known = ("add", "mul", "max", "min") if opset >= 18 else ("add", "mul")
    attributes = {"reduction": random.choice(known)} if opset >= 16 and sometimes(random, 0.8) else {}
    data = dyadics(random, *shape)
    if operator == "ScatterND":
        width, outer = random.randint(1, len(shape)), lengths(random, 1, 2, 1, 2)
        columns = [indices(random, shape[j], outer) for j in range(width)]
        return operator, opset, [data, np.stack(columns, -1), dyadics(random, *outer, *shape[width:])], attributes, 1
    updated = [random.randint(1, n) for n in shape]
    updates = dyadics(random, *updated)
    return operator, opset, [data, indices(random, shape[axis], updated), updates], {**attributes, "axis": axis}, 1


def products(random):
    inner, opset = random.randint(1, 4), random.choice((9, 11, 13))
    if sometimes(random):
        left = [*lengths(random, 1, 3, 0, 2), random.randint(1, 3), inner]
        right = [*broadcastable(random, left[:-2]), inner, random.randint(1, 3)]
        a, b = dyadics(random, *left), dyadics(random, *right)
        return "MatMul", opset, [a if sometimes(random, 0.8) else a[(0,) * (a.ndim - 1)], b], {}, 1
    m, n, transposed = random.randint(1, 4), random.randint(1, 4), [random.choice((0, 1)) for _ in range(2)]
    a = dyadics(random, *((inner, m) if transposed[0] else (m, inner)))
    b = dyadics(random, *((n, inner) if transposed[1] else (inner, n)))
    c = random.choice((None, (n,), (m, n), (1, n), (m, 1), (1,), ()))
    attributes = {"transA": transposed[0], "transB": transposed[1], "alpha": 0.5, "beta": random.choice((1.0, 2.0))}
    inputs = [a, b] if c is None else [a, b, dyadics(random, *c)]
    return "Gemm", max(opset, 11), inputs, attributes, 1


EQUATIONS = (
    "ij,jk->ik",
    "ij,jk",
    "bij,bjk->bik",
    "ii->i",
    "ii",
    "ij->ji",
    "i,j->ij",
    "...ij,...jk->...ik",
    "ij,j",
    "abc,cd,d->ab",
    "ab,ab",
    "...a->...",
    "aab->b",
    "a...,a...->...",
    "ij,ij,ij->i",
    "b...i,...ij->b...j",
    "ij,ji->",
    "iij,j->i",
    "Ab,bA->",
)


def einsums(random):
    equation = random.choice(EQUATIONS)
    sizes = {label: random.randint(1, 3) for label in "abcdijkA"}
    hidden, arrays = [random.randint(1, 2) for _ in range(random.randint(0, 2))], []
    for term in equation.split("->")[0].split(","):
        before, dots, after = term.partition("...")
        middle = [n if sometimes(random, 0.8) else 1 for n in hidden] if dots else []
        arrays.append(dyadics(random, *(sizes[c] for c in before), *middle, *(sizes[c] for c in after)))
    return "Einsum", random.choice((12, 13)), arrays, {"equation": equation}, 1


def convolutions(random):
    rank, group, channels, maps = random.choice((1, 2, 2, 3)), random.choice((1, 1, 2, 3)), 2, random.choice((1, 2))
    spatial = [random.randint(3, 6) for _ in range(rank)]
    kernel = [random.randint(1, 2) for _ in range(rank)]
    attributes = {"group": group, "strides": [random.randint(1, 3) for _ in kernel]}
    attributes["dilations"] = [random.randint(1, 2) for _ in kernel]
    if sometimes(random):
        attributes["kernel_shape"] = kernel
    if sometimes(random):
        attributes["auto_pad"] = random.choice(AUTOMATIC)
    elif sometimes(random, 0.7):
        attributes["pads"] = [random.randint(0, 2) for _ in range(2 * rank)]
    x = dyadics(random, random.choice((1, 2)), group * channels, *spatial)
    weights = dyadics(random, group * maps, channels, *kernel)
    bias = dyadics(random, group * maps) if sometimes(random) else None
    return "Conv", random.choice((7, 11, 22)), [x, weights, bias], attributes, 1


def transposed_convolutions(random):
    rank, group, channels, maps = random.choice((1, 2, 2, 3)), random.choice((1, 1, 2)), 2, random.choice((1, 2))
    spatial = [random.randint(2, 4) for _ in range(rank)]
    kernel = [random.randint(2, 3) for _ in range(rank)]
    strides, dilations = ([random.randint(1, high) for _ in kernel] for high in (3, 2))
    attributes = {"group": group, "strides": strides, "dilations": dilations}
    if sometimes(random):
        attributes["output_padding"] = [random.randint(0, s - 1) for s in strides]
    if sometimes(random):
        attributes["pads"] = [random.randint(0, 1) for _ in range(2 * rank)]
    elif sometimes(random):
        full = [(n - 1) * s + (k - 1) * d + 1 for n, s, k, d in zip(spatial, strides, kernel, dilations, strict=True)]
        attributes["output_shape"] = [max(n - random.randint(0, 2), 1) for n in full]
    x = dyadics(random, random.choice((1, 2)), group * channels, *spatial, dtype=np.float32)
    weights = dyadics(random, group * channels, maps, *kernel, dtype=np.float32)
    bias = dyadics(random, group * maps, dtype=np.float32) if sometimes(random) else None
    return "ConvTranspose", random.choice((11, 22)), [x, weights, bias], attributes, 1


def pools(random):
    operator, opset = random.choice(("MaxPool", "AveragePool", "LpPool")), random.choice((7, 8, 10, 12, 18, 19, 22))
    spatial = lengths(random, 3, 7, 1, 3)
    kernel = [random.randint(1, 3) for _ in spatial]
    attributes = {"kernel_shape": kernel, "strides": [random.randint(1, 3) for _ in kernel]}
    if sometimes(random, 0.3):
        attributes["auto_pad"] = random.choice(AUTOMATIC)
    else:
        if opset >= {"MaxPool": 10, "AveragePool": 19, "LpPool": 18}[operator] and sometimes(random):
            attributes["dilations"] = [random.randint(1, 2) for _ in kernel]
        if opset >= {"MaxPool": 10, "AveragePool": 10, "LpPool": 18}[operator] and sometimes(random):
            attributes["ceil_mode"] = 1
        if sometimes(random, 0.6):
            attributes["pads"] = [random.randint(0, k - 1) for k in kernel * 2]
    if operator == "AveragePool" and sometimes(random):
        attributes["count_include_pad"] = 1
    if operator == "LpPool":
        attributes["p"] = random.choice((1, 2, 3))
    outputs = 2 if operator == "MaxPool" and opset >= 8 and sometimes(random) else 1
    x = dyadics(random, random.choice((1, 2)), random.choice((1, 2)), *spatial, dtype=np.float32)
    return operator, opset, [x], attributes, outputs


def pads(random):
    opset, shape = random.choice((11, 13, 18, 19, 21)), lengths(random, 2, 4, 1, 3)
    mode = random.choice(("constant", "reflect", "edge") + (("wrap",) if opset >= 19 else ()))
    axes = list(range(len(shape)))
    if opset >= 18 and sometimes(random):
        axes = random.sample(axes, random.randint(1, len(axes)))
    least = -1 if mode == "constant" else 0
    amounts = [random.randint(least, 1 if mode == "reflect" else 2) for _ in range(2 * len(axes))]
    fill = np.array(1.5) if mode == "constant" and sometimes(random) else None
    inputs = [dyadics(random, *shape), row(*amounts), fill]
    if len(axes) < len(shape):
        inputs.append(row(*signed(random, axes, len(shape))))
    return "Pad", opset, inputs, {"mode": mode}, 1


def layouts(random):  # noqa: PLR0911
    operator = random.choice(
        ("Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Expand", "Tile", "Concat", "Split", "CumSum")
    )
    shape, opset = lengths(random), random.choice((11, 13))
    rank, x = len(shape), dyadics(random, *shape)
    axis = random.randint(-rank, rank - 1)
    if operator == "Transpose":
        return operator, opset, [x], {"perm": random.sample(range(rank), rank)}, 1
    if operator == "Reshape":
        wanted = random.sample(shape, rank)
        wanted[random.randrange(rank)] = -1
        return operator, opset, [x, row(*wanted)], {}, 1
    if operator == "Flatten":
        return operator, opset, [x], {"axis": random.randint(-rank, rank)}, 1
    if operator in {"Squeeze", "Unsqueeze"}:
        axes = sorted(random.sample(range(rank + 2), 2))
        if operator == "Squeeze":
            x = np.expand_dims(x, axes)
        axes = signed(random, axes, rank + 2)
        return (operator, 11, [x], {"axes": axes}, 1) if opset < 13 else (operator, 13, [x, row(*axes)], {}, 1)
    if operator == "Expand":
        wanted = [1 if sometimes(random, 0.3) else random.choice((n, 2 if n == 1 else n)) for n in shape]
        return operator, 13, [x, row(*wanted)], {}, 1
    if operator == "Tile":
        return operator, opset, [x, row(*(random.randint(0, 3) for _ in shape))], {}, 1
    if operator == "Concat":
        other = list(shape)
        other[axis] = random.randint(1, 3)
        return operator, opset, [x, dyadics(random, *other)], {"axis": axis}, 1
    if operator == "Split":
        parts = [random.randint(0, 2), random.randint(1, 2)]
        shape[axis] = sum(parts)
        return operator, 13, [dyadics(random, *shape), row(*parts)], {"axis": axis}, 2
    attributes = {"exclusive": random.choice((0, 1)), "reverse": random.choice((0, 1))}
    return operator, random.choice((11, 14)), [x, np.array(axis)], attributes, 1


def blocks(random):  # noqa: PLR0911
    operator = random.choice(
        ("DepthToSpace", "SpaceToDepth", "Trilu", "OneHot", "ReverseSequence", "Compress", "Unique")
    )
    x, block = dyadics(random, *lengths(random, 1, 3, 1, 3)), random.choice((1, 2))
    axis = random.randint(-x.ndim, x.ndim - 1)
    if operator == "DepthToSpace":
        return operator, 13, [dyadics(random, 2, 3 * block**2, 2, 3)], {"blocksize": block, "mode": "CRD"}, 1
    if operator == "SpaceToDepth":
        return operator, 13, [dyadics(random, 2, 3, 2 * block, 3 * block)], {"blocksize": block}, 1
    if operator == "Trilu":
        k, upper = np.array(random.randint(-4, 5)), random.choice((0, 1))
        return operator, 14, [dyadics(random, 2, 3, 4), k], {"upper": upper}, 1
    if operator == "OneHot":
        inputs = [whole(random, *x.shape), np.array(random.randint(1, 4)), np.array([2.0, 5.0], dtype=np.float32)]
        return operator, 11, inputs, {"axis": random.randint(-x.ndim - 1, x.ndim)}, 1
    if operator == "ReverseSequence":
        batch = random.choice((0, 1))
        counts = row(*(random.randint(1, 3) for _ in range(3)))
        return operator, 10, [dyadics(random, 3, 3, 2), counts], {"batch_axis": batch, "time_axis": 1 - batch}, 1
    if operator == "Compress":
        condition = np.array([sometimes(random) for _ in range(x.shape[axis])])
        return operator, 11, [x, condition], {"axis": axis}, 1
    attributes = {"axis": axis} if sometimes(random) else {"sorted": random.choice((0, 1))}
    return operator, 11, [np.round(x / 4) + 0.0], attributes, 4


def quantisations(random):
    opset = random.choice((13, 19, 21))
    per_axis, axis = sometimes(random), random.choice((0, 1))
    count = (3, 4)[axis] if per_axis else 1
    scale = np.array([random.choice((0.5, 1, 0.25, 2)) for _ in range(count)], dtype=np.float32)
    kind = random.choice((np.int8, np.uint8))
    zero = np.array([random.randint(0, 20) for _ in range(count)], dtype=kind)
    if not per_axis:
        scale, zero = scale.reshape(()), zero.reshape(())
    attributes = {"axis": axis} if per_axis else {}
    if sometimes(random):
        return "QuantizeLinear", opset, [dyadics(random, 3, 4, dtype=np.float32) * 8, scale, zero], attributes, 1
    stored = np.array([random.randint(0, 100) for _ in range(12)], dtype=kind).reshape(3, 4)
    return "DequantizeLinear", opset, [stored, scale, zero], attributes, 1


def normalisations(random):
    shape = [random.choice((1, 2)), 2, *lengths(random, 1, 3, 0, 3)]
    scale, bias, mean = (dyadics(random, 2, dtype=np.float32) for _ in range(3))
    variance = np.abs(dyadics(random, 2, dtype=np.float32))
    inputs = [dyadics(random, *shape, dtype=np.float32), scale, bias, mean, variance]
    return "BatchNormalization", random.choice((9, 14, 15)), inputs, {"epsilon": random.choice((1e-5, 0.25))}, 1


def resizes(random):
    opset, rank = random.choice((11, 13, 18, 19)), random.choice((1, 2, 3))
    shape, mode = [random.randint(1, 5) for _ in range(rank)], random.choice(("nearest", "linear", "cubic"))
    known = ["half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel", "tf_crop_and_resize"]
    coordinates = random.choice(known + (["half_pixel_symmetric"] if opset >= 19 else []))
    attributes = {"mode": mode, "coordinate_transformation_mode": coordinates}
    if mode == "nearest":
        attributes["nearest_mode"] = random.choice(("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"))
    if mode == "cubic":
        attributes |= {"cubic_coeff_a": -0.5, "exclude_outside": random.choice((0, 1))}
    axes = list(range(rank))
    crop = coordinates == "tf_crop_and_resize"
    if opset >= 18 and mode != "nearest" and not crop and sometimes(random, 0.3):
        attributes["antialias"] = 1
    roi = np.array([], dtype=np.float64) if opset == 11 else None
    if crop:
        starts = [random.choice((0, 0.25, -0.25)) for _ in axes]
        roi = np.array(starts + [s + random.choice((0.5, 0.75, 1.25)) for s in starts])
        attributes["extrapolation_value"] = 2.5
    x = dyadics(random, *shape)
    empty = np.array([], dtype=np.float32) if opset == 11 else None
    if crop or coordinates == "pytorch_half_pixel" or sometimes(random):
        sizes = row(*(random.randint(2 if coordinates == "pytorch_half_pixel" else 1, 7) for _ in axes))
        if opset >= 18 and not crop and coordinates != "pytorch_half_pixel" and sometimes(random, 0.4):
            attributes["keep_aspect_ratio_policy"] = random.choice(("not_larger", "not_smaller"))
        return "Resize", opset, [x, roi, empty, sizes], attributes, 1
    scales = np.array([random.choice((0.5, 2, 1.5, 1, 3, 0.75)) for _ in axes], dtype=np.float32)
    return "Resize", opset, [x, roi, scales], attributes, 1


def samples(random):
    opset, rank, batch = random.choice((16, 20, 22)), 2, random.choice((1, 2))
    names = ("bilinear", "nearest") if opset < 20 else ("linear", "nearest")
    attributes = {
        "mode": random.choice(names),
        "padding_mode": random.choice(("zeros", "border", "reflection")),
        "align_corners": random.choice((0, 1)),
    }
    grid = dyadics(random, batch, 3, 2, rank, dtype=np.float32, largest=40, step=16)
    x = dyadics(random, batch, 2, random.randint(1, 4), random.randint(1, 4), dtype=np.float32)
    return "GridSample", opset, [x, grid], attributes, 1


def old_resizes(random):
    opset, rank = random.choice((7, 9, 10)), random.choice((2, 4))
    x = dyadics(random, *(random.randint(1, 4) for _ in range(rank)), dtype=np.float32)
    scales = [random.choice((1, 2, 3, 1.5, 2.5)) for _ in range(rank)]
    if rank == 4:
        scales[:2] = [1, 1]
    attributes = {"mode": random.choice(("nearest", "linear"))}
    if opset == 7:
        return "Upsample", opset, [x], {**attributes, "scales": [float(s) for s in scales]}, 1
    return "Resize" if opset == 10 else "Upsample", opset, [x, np.array(scales, dtype=np.float32)], attributes, 1


def transforms(random):
    """Cosines are rounded once, to float64: the sums of a few small numbers are much nearer than 1e-9."""
    operator, opset, width = random.choice(("DFT", "DFT", "STFT")), random.choice((17, 20, 22)), random.choice((1, 2))
    if operator == "STFT":
        x, length = dyadics(random, 2, random.randint(5, 12), width), random.randint(1, 5)
        window = random.choice((None, dyadics(random, length)))
        attributes = {"onesided": 0} if width == 2 or sometimes(random) else {}
        return operator, 17, [x, np.array(random.randint(1, 3)), window, np.array(length)], attributes, 1
    attributes = {"inverse": random.choice((0, 1))}
    if sometimes(random, 0.4):
        attributes["onesided"], width = 1, 1 + attributes["inverse"]
    shape = lengths(random, 2, 6, 1, 3)
    axis = random.choice([a - len(shape) - 1 for a in range(len(shape))] + list(range(len(shape))))
    inputs = [dyadics(random, *shape, width), np.array(random.randint(1, 8)) if sometimes(random) else None]
    if opset < 20:
        attributes["axis"] = axis
    else:
        inputs.append(np.array(axis))
    return operator, opset, inputs, attributes, 1


def deformed_convolutions(random, dtype=np.float64):
    group, offset_group = random.choice((1, 2)), random.choice((1, 2, 4))
    kernel, shape = [random.randint(1, 3) for _ in range(2)], [random.randint(5, 6) for _ in range(2)]
    strides, dilations = ([random.randint(1, 2) for _ in kernel] for _ in range(2))
    pads = [random.randint(0, 1) for _ in range(4)]
    geometry = zip(shape, kernel, strides, dilations, pads[:2], pads[2:], strict=True)
    counts = [(n + b + e - (k - 1) * d - 1) // s + 1 for n, k, s, d, b, e in geometry]
    size, batch = kernel[0] * kernel[1], random.choice((1, 2))
    inputs = [
        dyadics(random, batch, 4, *shape, dtype=dtype),
        dyadics(random, 2, 4 // group, *kernel, dtype=dtype),
        dyadics(random, batch, offset_group * size * 2, *counts, dtype=dtype, step=8),
        dyadics(random, 2, dtype=dtype) if sometimes(random) else None,
        dyadics(random, batch, offset_group * size, *counts, dtype=dtype) if sometimes(random) else None,
    ]
    attributes = {"strides": strides, "dilations": dilations, "pads": pads}
    return (
        "DeformConv",
        random.choice((19, 22)),
        inputs,
        {**attributes, "group": group, "offset_group": offset_group},
        1,
    )


def deformed_images(random):
    return deformed_convolutions(random, np.float32)


def quantised_products(random):
    """Scales are powers of two, so that float32 holds every number on the way."""

    def scale(*shape):
        return np.array([2.0 ** random.randint(-3, 3) for _ in range(int(np.prod(shape)))], np.float32).reshape(shape)

    def steps(*shape, dtype):
        return np.array([random.randint(0, 127) for _ in range(int(np.prod(shape)))], dtype).reshape(shape)

    kinds = [np.uint8, random.choice((np.uint8, np.int8))]
    out, y_scale = random.choice((np.uint8, np.int8)) if kinds[1] is np.int8 else np.uint8, scale() * np.float32(64)
    kinds = [np.int8, np.int8] if out is np.int8 else kinds
    y = [y_scale, steps(dtype=out)]
    if sometimes(random):
        m, k, n = (random.randint(1, 4) for _ in range(3))
        left = [steps(m, k, dtype=kinds[0]), scale(), steps(dtype=kinds[0])]
        columns = (n,) if sometimes(random) else ()
        right = [steps(k, n, dtype=kinds[1]), scale(*columns), steps(*columns, dtype=kinds[1])]
        return "QLinearMatMul", random.choice((10, 21)), [*left, *right, *y], {}, 1
    group, maps = random.choice((1, 2)), 2
    left = [steps(1, 2 * group, 5, 4, dtype=kinds[0]), scale(), steps(dtype=kinds[0])]
    per_map = (maps * group,) if sometimes(random) else ()
    weights = [steps(maps * group, 2, 2, 3, dtype=kinds[1]), scale(*per_map), np.zeros(per_map, kinds[1])]
    bias = [whole(random, maps * group).astype(np.int32) * 100] if sometimes(random) else []
    attributes = {"group": group, "strides": [random.randint(1, 2) for _ in range(2)], "pads": [1, 0, 0, 1]}
    return "QLinearConv", 10, [*left, *weights, *y, *bias], attributes, 1

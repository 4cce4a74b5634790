"""Random chains of supported operators, computed exactly and by the standard's reference implementation.

In the chains, the numbers are so short that float64 does not round: entries start as multiples of 1/4 up to 4, every
operator adds at most two bits behind the point, and sums have at most 24 terms, which makes less than 53 bits after six
operators. Networks of arbitrary floats are compared with formulas of numpy on arrays of Fractions.
"""

import math
from dataclasses import dataclass, field

import numpy as np
import onnx
from hypothesis import given, note
from hypothesis import strategies as st
from unit.onnx_import.models import (
    NEWEST,
    assert_agrees_with_reference,
    fractions,
    imported,
    integers,
    model,
    node,
    run_exactly,
)

LARGEST_SIZE = 24
HALVES = st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0])
SIGNED_POWERS = st.sampled_from([-2.0, -1.0, 1.0, 2.0])


@dataclass
class Chain:
    """A model in the making: its nodes, its constants, the shapes of its data tensors, the last one being `last`."""

    draw: st.DrawFn
    opset: int
    shapes: dict[str, tuple[int, ...]]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def last(self):
        return next(reversed(self.shapes))

    @property
    def shape(self):
        return self.shapes[self.last]

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(array)
        return name

    def numbers(self, shape, entries=HALVES):
        size = math.prod(shape)
        return self.constant(np.array(self.draw(st.lists(entries, min_size=size, max_size=size))).reshape(shape))

    def append(self, operator, inputs, *shapes, **attributes):
        outputs = [f"t{len(self.shapes) + k}" for k in range(len(shapes))]
        self.nodes.append(node(operator, inputs, outputs, **attributes))
        self.shapes.update(zip(outputs, shapes, strict=True))

    def append_with_list(self, operator, since, name, values, *shapes, **attributes):
        """Append a node with a list of integers, which is an attribute before opset `since` and an input since."""
        if self.opset < since:
            self.append(operator, [self.last], *shapes, **{name: values}, **attributes)
        else:
            self.append(operator, [self.last, self.constant(integers(*values))], *shapes, **attributes)

    def partner_shape(self):
        """A shape that broadcasts to the last tensor's."""
        kept = self.shape[self.draw(st.integers(0, len(self.shape))) :]
        return tuple(size if self.draw(st.booleans()) else 1 for size in kept)

    def axis(self):
        rank = len(self.shape)
        return self.draw(st.integers(-rank if self.opset >= 11 else 0, rank - 1))


def _gemm(chain):
    rows, terms = chain.shape
    columns = chain.draw(st.integers(1, 4))
    trans_b = chain.draw(st.booleans())
    weights = chain.numbers((columns, terms) if trans_b else (terms, columns))
    addend = chain.draw(st.sampled_from([(), (1,), (columns,), (rows, 1), (1, columns), (rows, columns)]))
    scales = {name: chain.draw(SIGNED_POWERS) for name in ("alpha", "beta")}
    inputs = [chain.last, weights, chain.numbers(addend)]
    chain.append("Gemm", inputs, (rows, columns), transB=int(trans_b), **scales)


def _transposed_gemm(chain):
    terms, rows = chain.shape
    weights = chain.numbers((terms, 2))
    chain.append("Gemm", [chain.last, weights, chain.numbers((2,))], (rows, 2), transA=1)


def _matmul(chain):
    *stack, terms = chain.shape
    columns = chain.draw(st.integers(1, 3))
    chain.append("MatMul", [chain.last, chain.numbers((terms, columns))], (*stack, columns))


def _matmul_from_the_left(chain):
    *stack, terms, columns = chain.shape
    rows = chain.draw(st.integers(1, 3))
    chain.append("MatMul", [chain.numbers((rows, terms)), chain.last], (*stack, rows, columns))


def _inner_product(chain):
    *stack, terms = chain.shape
    chain.append("MatMul", [chain.last, chain.numbers((terms,))], tuple(stack))


def _arithmetic(chain):
    operator = chain.draw(st.sampled_from(["Add", "Sub", "Mul", "Div"]))
    other = chain.numbers(chain.partner_shape(), SIGNED_POWERS)
    swapped = operator != "Div" and chain.draw(st.booleans())
    chain.append(operator, [other, chain.last] if swapped else [chain.last, other], chain.shape)


def _residual(chain):
    other = chain.draw(st.sampled_from([name for name, shape in chain.shapes.items() if shape == chain.shape]))
    operator = chain.draw(st.sampled_from(["Add", "Sub", "Max", "Min"]))
    chain.append(operator, [chain.last, other], chain.shape)


def _extremum(chain):
    operator = chain.draw(st.sampled_from(["Max", "Min"]))
    others = [chain.numbers(chain.partner_shape()) for _ in range(chain.draw(st.integers(0, 3)))]
    chain.append(operator, chain.draw(st.permutations([chain.last, *others])), chain.shape)


def _activation(chain):
    operator = chain.draw(st.sampled_from(["Relu", "Abs", "Neg", "Identity", "Dropout", "LeakyRelu", "PRelu"]))
    inputs = [chain.last, chain.numbers(chain.partner_shape())] if operator == "PRelu" else [chain.last]
    slope = st.sampled_from([0.25, 0.5, -0.5, 2.0])
    attributes = {"alpha": chain.draw(slope)} if operator == "LeakyRelu" else {}
    chain.append(operator, inputs, chain.shape, **attributes)


def _clip(chain):
    low, high = chain.draw(st.sampled_from([(-1.0, 1.0), (0.0, None), (None, 0.5), (0.5, 0.5), (-0.25, 2.0)]))
    bounds = {name: value for name, value in (("min", low), ("max", high)) if value is not None}
    if chain.opset < 11:
        chain.append("Clip", [chain.last], chain.shape, **bounds)
    else:
        inputs = [chain.constant(bounds[name]) if name in bounds else "" for name in ("min", "max")]
        chain.append("Clip", [chain.last, *inputs], chain.shape)


def _reshape(chain):
    size = math.prod(chain.shape)
    rows = chain.draw(st.sampled_from([n for n in range(1, size + 1) if size % n == 0]))
    target = chain.draw(st.sampled_from([(rows, -1), (-1, rows), (-1,), (1, rows, -1)]))
    shape = np.zeros(size).reshape(target).shape
    chain.append("Reshape", [chain.last, chain.constant(integers(*target))], shape)


def _flatten(chain):
    axis = chain.draw(st.integers(0, len(chain.shape)))
    shape = math.prod(chain.shape[:axis]), math.prod(chain.shape[axis:])
    chain.append("Flatten", [chain.last], shape, axis=axis)


def _transpose(chain):
    order = chain.draw(st.permutations(range(len(chain.shape))))
    chain.append("Transpose", [chain.last], tuple(chain.shape[k] for k in order), perm=order)


def _unsqueeze(chain):
    axis = chain.draw(st.integers(0, len(chain.shape)))
    shape = (*chain.shape[:axis], 1, *chain.shape[axis:])
    chain.append_with_list("Unsqueeze", 13, "axes", [axis], shape)


def _squeeze(chain):
    axis = chain.shape.index(1)
    chain.append_with_list("Squeeze", 13, "axes", [axis], (*chain.shape[:axis], *chain.shape[axis + 1 :]))


def _concat(chain):
    axis = chain.axis()
    shape = tuple(2 * size if k == axis % len(chain.shape) else size for k, size in enumerate(chain.shape))
    other = chain.last if chain.draw(st.booleans()) else chain.numbers(chain.shape)
    chain.append("Concat", chain.draw(st.permutations([chain.last, other])), shape, axis=axis)


def _split(chain):
    axis = chain.axis()
    length = chain.shape[axis]
    first = chain.draw(st.integers(1, length))
    where = axis % len(chain.shape)
    shapes = [(*chain.shape[:where], size, *chain.shape[where + 1 :]) for size in (length - first, first)]
    chain.append_with_list("Split", 13, "split", [length - first, first], *shapes, axis=axis)


def _slice(chain):
    axis = chain.axis()
    length = chain.shape[axis]
    start, end = sorted(chain.draw(st.lists(st.integers(0, length), min_size=2, max_size=2, unique=True)))
    step = chain.draw(st.sampled_from([1, 2, -1, -2])) if chain.opset >= 10 else 1
    taken = np.zeros(chain.shape).take(range(start, end, abs(step)), axis).shape
    if chain.opset < 10:
        chain.append("Slice", [chain.last], taken, starts=[start], ends=[end], axes=[axis])
        return
    if step < 0:
        start, end = end - 1, start - 1 if start else -(length + 1)
    lists = [chain.constant(integers(value)) for value in (start, end, axis, step)]
    chain.append("Slice", [chain.last, *lists], taken)


def _gather(chain):
    axis = chain.axis()
    length = chain.shape[axis]
    least = -length if chain.opset >= 11 else 0
    rank = chain.draw(st.integers(0, 2))
    picked = chain.draw(st.lists(st.integers(least, length - 1), min_size=2**rank // 2, max_size=2**rank // 2 or 1))
    indices = np.array(picked or [0], dtype=np.int64).reshape([1] * (rank - 1) + [-1] if rank else ())
    where = axis % len(chain.shape)
    shape = (*chain.shape[:where], *indices.shape, *chain.shape[where + 1 :])
    chain.append("Gather", [chain.last, chain.constant(indices)], shape, axis=axis)


def _shape_chain(chain):
    """Shape, Gather, Concat, Reshape: the first dimension is kept, the others are joined."""
    names = [f"s{len(chain.nodes)}", f"g{len(chain.nodes)}", f"r{len(chain.nodes)}"]
    chain.nodes += [
        node("Shape", [chain.last], names[:1]),
        node("Gather", [names[0], chain.constant(integers(0))], names[1:2]),
        node("Concat", [names[1], chain.constant(integers(-1))], names[2:], axis=0),
    ]
    chain.append("Reshape", [chain.last, names[2]], (chain.shape[0], math.prod(chain.shape[1:])))


def _steps(chain):
    """The operators that fit the last tensor."""
    shape = chain.shape
    steps = [_arithmetic, _residual, _activation, _clip, _extremum, _reshape, _flatten, _unsqueeze]
    if len(shape) >= 1:
        steps += [_transpose, _matmul, _inner_product, _slice, _split, _gather, _shape_chain]
    if len(shape) >= 2:
        steps += [_matmul_from_the_left]
    if len(shape) == 2:
        steps += [_gemm, _transposed_gemm]
    if 1 in shape:
        steps += [_squeeze]
    if shape and 2 * math.prod(shape) <= LARGEST_SIZE:
        steps += [_concat]
    return steps


@st.composite
def chains(draw):
    """Models of one to six operators, of which several tensors are outputs."""
    shape = draw(st.lists(st.integers(1, 3), max_size=3).map(tuple))
    chain = Chain(draw, draw(st.sampled_from([9, 11, 13, NEWEST])), {"x": shape})
    for _ in range(draw(st.integers(1, 6))):
        draw(st.sampled_from(_steps(chain)))(chain)
    computed = list(chain.shapes)[1:]
    outputs = sorted(draw(st.sets(st.sampled_from(computed))) | {computed[-1]})
    return model(chain.nodes, {"x": shape}, outputs, chain.constants, opset=chain.opset)


@given(chains(), st.lists(st.integers(0, 1000), min_size=3, max_size=3, unique=True))
def test_random_chains_compute_exactly_what_the_reference_computes(made, seeds):
    note(onnx.printer.to_text(made))
    assert_agrees_with_reference(made, seeds)


FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def float_arrays(draw, *shape):
    size = math.prod(shape)
    return np.array(draw(st.lists(FLOATS, min_size=size, max_size=size)), dtype=np.float64).reshape(shape)


@given(st.data(), st.lists(st.integers(1, 3), min_size=3, max_size=3))
def test_networks_of_any_finite_floats_are_computed_exactly(data, widths):
    first, hidden, last = widths
    w, b, v, x = (data.draw(float_arrays(*shape)) for shape in ((hidden, first), (hidden,), (hidden, last), (2, first)))
    nodes = [
        node("Gemm", ["x", "w", "b"], ["h"], transB=1),
        node("LeakyRelu", ["h"], ["r"]),
        node("MatMul", ["r", "v"], ["y"]),
    ]
    made = imported(model(nodes, {"x": (2, first)}, ["y"], {"w": w, "b": b, "v": v}))
    slope = fractions(np.float32(0.01)).item()
    before = fractions(x) @ fractions(w).T + fractions(b)
    expected = np.where(before > 0, before, slope * before) @ fractions(v)
    assert run_exactly(made, [x])[0].tolist() == expected.tolist()

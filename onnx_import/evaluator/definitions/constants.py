"""Tensors that a node makes by itself."""

import numpy as np
from gmpy2 import mpq
from onnx import AttributeProto, TensorProto

from onnx_import.evaluator.definitions.numbers import entries, numeric
from onnx_import.evaluator.definitions.registry import defines
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import FLOATS, INTEGERS, Tensor, integers, kind_name, objects, reals


@defines("Constant", 1, 9, 11, 12, 13, 19, 21, 23, 24, 25)
def constant(call: Call) -> Tensor:
    """The tensor that an attribute holds."""
    if len(call.attributes) != 1:
        raise call.malformed(f"{len(call.attributes)} values are given, one is wanted")
    name = next(iter(call.attributes))
    if name == "value":
        return call.stored(call.proto(name, AttributeProto.TENSOR, "t"))
    if name == "sparse_value":
        return call.stored(call.proto(name, AttributeProto.SPARSE_TENSOR, "sparse_tensor"))
    if name in {"value_float", "value_floats"}:
        single = name == "value_float"
        values = [call.number(name)] if single else call.real_row(name)
        return reals(objects(values, () if single else (len(values),)), TensorProto.FLOAT)
    if name in {"value_int", "value_ints"}:
        return integers(np.array(call.integer(name) if name == "value_int" else call.integer_row(name), dtype=np.int64))
    texts = [call.text(name)] if name == "value_string" else call.text_row(name)
    return Tensor(TensorProto.STRING, objects(texts, () if name == "value_string" else (len(texts),)))


@defines("ConstantOfShape", 9, 20, 21, 23, 24, 25)
def constant_of_shape(call: Call) -> Tensor:
    """A tensor of one value everywhere."""
    shape = tuple(call.integer_list(0))
    value = reals([0], TensorProto.FLOAT)
    if call.given("value"):
        value = call.stored(call.proto("value", AttributeProto.TENSOR, "t"))
    if value.array.size != 1 or min(shape, default=0) < 0:
        raise call.malformed(f"a value of shape {value.shape} for a tensor of shape {shape}")
    return value.with_fill(np.zeros(shape, dtype=np.int64), value.array.reshape(-1)[0])


@defines("Range", 11, 27)
def range_(call: Call) -> Tensor:
    """Numbers from a start, by a step, as long as they are before a limit."""
    call.ignore("stash_type")
    start, limit, delta = (_scalar(call, index) for index in range(3))
    if delta == 0:
        raise call.malformed("a step of 0")
    steps = mpq(limit - start) / mpq(delta)
    count = max(-int(-steps.numerator // steps.denominator), 0)
    return numeric(call.tensor(0).kind, objects((start + i * delta for i in range(count)), (count,)))


def _scalar(call: Call, index: int) -> mpq:
    array = entries(call, index)
    if array.size != 1:
        raise call.malformed(f"input {index} has shape {array.shape}, a scalar is wanted")
    return mpq(array.reshape(-1)[0])


@defines("EyeLike", 9, 22)
def eye_like(call: Call) -> Tensor:
    """Ones on a diagonal of a matrix."""
    like = call.tensor(0)
    if like.array.ndim != 2:
        raise call.malformed(f"an input of shape {like.shape} is no matrix")
    kind = call.integer("dtype") if call.given("dtype") else like.kind
    rows, columns = np.indices(like.shape)
    marked = columns - rows == call.integer("k")
    if kind == TensorProto.BOOL:
        return Tensor(kind, marked)
    if kind not in FLOATS and kind not in INTEGERS:
        raise call.unsupported(f"a matrix of type {kind_name(kind)}")
    return numeric(kind, objects(map(int, marked.reshape(-1)), like.shape))


@defines("OneHot", 9, 11, 28)
def one_hot(call: Call) -> Tensor:
    """Along a new axis, one value at the index that is given and another elsewhere."""
    indices, values = entries(call, 0), call.tensor(2)
    depth = _integral(call, _scalar(call, 1))
    if values.shape != (2,) or depth < 1:
        raise call.malformed(f"values of shape {values.shape}, depth {depth}")
    axis = call.axis(call.integer("axis"), indices.ndim + 1)
    positions = objects((_integral(call, mpq(i)) for i in indices.reshape(-1)), indices.shape)
    if call.version < 11 and any(i < 0 for i in positions.reshape(-1)):
        raise call.unsupported("negative indices, which this opset leaves open")
    positions = objects((i + depth if -depth <= i < 0 else i for i in positions.reshape(-1)), indices.shape)
    classes = np.arange(depth).reshape([-1 if a == axis else 1 for a in range(indices.ndim + 1)])
    chosen = np.asarray(np.expand_dims(positions, axis) == classes).astype(np.int64)
    return values.rearranged(values.array[chosen])


def _integral(call: Call, number: mpq) -> int:
    if number.denominator != 1:
        raise call.unsupported(f"the fraction {number} as an index")
    return int(number)

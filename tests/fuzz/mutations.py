"""Changes to a model that know its fields: each keeps it a protocol buffer, few keep it a valid model."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import onnx
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from onnx import AttributeProto, TensorProto, helper, numpy_helper

from onnx_import.lowering.registry import known_operators

INTEGERS = [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    10,
    16,
    64,
    1000,
    2**16,
    2**20,
    2**27,
    2**31 - 1,
    2**31,
    2**32,
    2**40,
    2**62,
    2**63 - 1,
]
FLOATS = [0.0, -0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 0.1, 1e-45, 1e-30, 1e30, 3.4e38, float("inf"), float("nan")]
EXTREMES = [*FLOATS, 5e-324, 2.0**-1000, 1e308, 1.7976931348623157e308]
TYPES = [np.float16, np.float32, np.float64, np.int8, np.uint8, np.int16, np.int32, np.int64, np.uint64, np.bool_]
TEXTS = ["", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID", "constant", "reflect", "edge", "wrap", "linear", "nearest"]
TEXTS += [
    "cubic",
    "floor",
    "ij,jk->ik",
    "...a->a...",
    "ii",
    "RIGHT",
    "\x00",
    "é" * 40,
    "/etc/passwd",
    "../secret.bin",
    "link.bin",
]
TEXTS += ["away", "weights.bin", "0", "18446744073709551616", "-1", "add", "mul", "max", "align_corners", "half_pixel"]

Mutation = Callable[[onnx.ModelProto, random.Random], None]
_INTEGRAL = {
    *(FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64),
    *(FieldDescriptor.CPPTYPE_UINT32, FieldDescriptor.CPPTYPE_UINT64, FieldDescriptor.CPPTYPE_ENUM),
}
_LIMITS = {FieldDescriptor.CPPTYPE_INT32: 2**31, FieldDescriptor.CPPTYPE_UINT32: 2**32}


def mutated(made: onnx.ModelProto, rng: random.Random) -> bytes:
    """The model after a few changes; one time in eight, its bytes changed."""
    for _ in range(rng.choice([0, 1, 1, 1, 2, 2, 3, 5])):
        mutation = rng.choice(MUTATIONS)
        try:
            mutation(made, rng)
        except (LookupError, ValueError, TypeError, OverflowError):  # nothing there to change, or not in this way
            continue
    content = made.SerializeToString()
    return _changed_bytes(content, rng) if rng.random() < 1 / 8 else content


def messages(message: Message) -> Iterator[Message]:
    """The message and all in it."""
    yield message
    for field, value in message.ListFields():
        if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
            for part in value if _is_list(field) else [value]:
                yield from messages(part)


def _is_list(field: Any) -> bool:
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == FieldDescriptor.LABEL_REPEATED


def _all(made: onnx.ModelProto, kind: type) -> list[Any]:
    return [message for message in messages(made) if isinstance(message, kind)]


def _names(made: onnx.ModelProto) -> list[str]:
    nodes = _all(made, onnx.NodeProto)
    read = [name for one in nodes for name in (*one.input, *one.output)]
    return ["", "x", *read, *(tensor.name for tensor in made.graph.initializer)]


def change_a_field(made: onnx.ModelProto, rng: random.Random) -> None:
    """Any field of any message: another value, one entry more or fewer, entries swapped, or nothing at all."""
    message = rng.choice([one for one in messages(made) if one.ListFields()])
    field, value = rng.choice(message.ListFields())
    if not _is_list(field):
        if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE or rng.random() < 0.1:
            message.ClearField(field.name)
        else:
            setattr(message, field.name, _other(made, field, value, rng))
        return
    place, action = rng.randrange(len(value)), rng.choice(["change", "drop", "repeat", "swap", "change"])
    if action == "drop":
        del value[place]
    elif action == "repeat":
        value.extend([value[place]])
    elif field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
        value.extend(list(value)[::-1])
        del value[: len(value) // 2]
    elif action == "swap":
        second = rng.randrange(len(value))
        value[place], value[second] = value[second], value[place]
    else:
        value[place] = _other(made, field, value[place], rng)


def _other(made: onnx.ModelProto, field: Any, value: Any, rng: random.Random) -> Any:
    if field.cpp_type in _INTEGRAL:
        if rng.random() < 0.5:
            return value + rng.choice([-2, -1, 1, 2])
        number = rng.choice(INTEGERS) * rng.choice([1, 1, -1])
        return number % _LIMITS.get(field.cpp_type, 2**63) if number > 0 else number
    if field.cpp_type in (FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE):
        return rng.choice(FLOATS) * rng.choice([1, -1])
    if isinstance(value, bytes):
        return rng.choice([_changed_bytes(value, rng), rng.choice(TEXTS).encode()])
    if field.name == "op_type":
        return rng.choice(known_operators())
    return rng.choice(rng.choice([TEXTS, _names(made), _names(made)]))


def rename_an_input(made: onnx.ModelProto, rng: random.Random) -> None:
    """A node reads something else."""
    one = rng.choice(_all(made, onnx.NodeProto))
    one.input[rng.randrange(len(one.input))] = rng.choice(_names(made))


def add_an_input(made: onnx.ModelProto, rng: random.Random) -> None:
    rng.choice(_all(made, onnx.NodeProto)).input.append(rng.choice(_names(made)))


def drop_an_input(made: onnx.ModelProto, rng: random.Random) -> None:
    one = rng.choice(_all(made, onnx.NodeProto))
    del one.input[rng.randrange(len(one.input))]


def change_an_opset(made: onnx.ModelProto, rng: random.Random) -> None:
    entries = _all(made, onnx.OperatorSetIdProto)
    rng.choice(entries).version = rng.randint(5, onnx.defs.onnx_opset_version() + 1)


def change_an_operator(made: onnx.ModelProto, rng: random.Random) -> None:
    rng.choice(_all(made, onnx.NodeProto)).op_type = rng.choice(known_operators())


def give_an_attribute(made: onnx.ModelProto, rng: random.Random) -> None:
    """An attribute that the operator knows, of any value."""
    one = rng.choice(_all(made, onnx.NodeProto))
    schema = onnx.defs.get_schema(one.op_type) if onnx.defs.has(one.op_type) else onnx.defs.get_schema("Pad")
    name = rng.choice(sorted(schema.attributes))
    values: list[Any] = [rng.choice(INTEGERS[:8]), rng.choice(INTEGERS), -rng.choice(INTEGERS), rng.choice(FLOATS)]
    values += [[rng.choice(INTEGERS[:5]) for _ in range(rng.randint(1, 5))], [rng.choice(INTEGERS)], rng.choice(TEXTS)]
    values += [-rng.choice(INTEGERS[:4]), rng.randint(0, 1), rng.choice(FLOATS[2:7])]
    kept = [attribute for attribute in one.attribute if attribute.name != name]
    one.ClearField("attribute")
    one.attribute.extend([*kept, helper.make_attribute(name, rng.choice(values))])


def change_numbers(made: onnx.ModelProto, rng: random.Random) -> None:
    """A stored tensor: some entries, its type, or its shape."""
    tensor = rng.choice([one for one in _all(made, TensorProto) if not one.external_data])
    array = np.array(numpy_helper.to_array(tensor))
    action = rng.choice(["entry", "entry", "extreme", "type", "shape", "empty", "all"])
    with np.errstate(all="ignore"):
        if action in ("entry", "extreme", "all"):
            options = INTEGERS if array.dtype.kind in "iu" else EXTREMES
            options = options[:9] if action == "entry" else options
            value = np.array(rng.choice(options) * rng.choice([1, -1])).astype(array.dtype)
            array.flat[slice(None) if action == "all" else rng.randrange(array.size)] = value
        elif action == "type":
            array = array.astype(rng.choice(TYPES))
        elif action == "empty":
            array = array[:0] if array.ndim else array.reshape(1)[:0]
        else:
            array = rng.choice([array.reshape(-1), array[None], array[..., None], array.T, np.repeat(array, 2, 0)])
    tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(array), tensor.name))


def change_a_type(made: onnx.ModelProto, rng: random.Random) -> None:
    value = rng.choice(_all(made, onnx.TypeProto.Tensor))
    value.elem_type = rng.choice([0, 1, 1, 10, 11, 11, 16, 7, 9, 3, 99])


def resize_an_input(made: onnx.ModelProto, rng: random.Random) -> None:
    value = rng.choice(made.graph.input).type.tensor_type.shape
    action = rng.randrange(3)
    if action == 0:
        value.dim.add(dim_value=rng.choice(INTEGERS[:4]))
    elif action == 1:
        del value.dim[rng.randrange(len(value.dim))]
    else:
        value.dim[rng.randrange(len(value.dim))].dim_value = rng.choice(INTEGERS[:8])


def chain_a_node(made: onnx.ModelProto, rng: random.Random) -> None:
    """An operator more behind the first output, with any inputs."""
    graph = made.graph
    last, result = graph.output[0].name, f"more{len(graph.node)}"
    others = [rng.choice(_names(made)) for _ in range(rng.choice([0, 0, 1, 1, 2, 3]))]
    graph.node.append(helper.make_node(rng.choice(known_operators()), [last, *others], [result], name=result))
    graph.output[0].name = result


def halve_integers(made: onnx.ModelProto, rng: random.Random) -> None:
    """Behind the first output: its places of largest entries, any operator on them, and half of what that makes."""
    graph = made.graph
    last, mark = graph.output[0].name, f"h{len(graph.node)}"
    numbers = [np.array(2), np.array([1, 0]), np.array([[0], [1]]), np.array(rng.choice([1, 3, 2**31]))]
    graph.initializer.extend(numpy_helper.from_array(array, f"{mark}c{k}") for k, array in enumerate(numbers))
    others = [f"{mark}{rng.choice(['c0', 'c1', 'c2', 'c3', 'a', 'a'])}" for _ in range(rng.choice([0, 1, 1, 2, 2]))]
    axis = rng.choice([0, 1, -1])
    attributes = rng.choice([{}, {}, {"axis": 0}, {"largest": 0}, {"reduction": "add"}, {"keepdims": 0}])
    steps = [
        helper.make_node("ArgMax", [last], [f"{mark}a"], axis=axis, keepdims=rng.randint(0, 1)),
        helper.make_node(rng.choice(known_operators()), [f"{mark}a", *others], [f"{mark}b"], **attributes),
        helper.make_node("Div", [f"{mark}b", f"{mark}c0"], [f"{mark}d"]),
        helper.make_node("Cast", [f"{mark}{rng.choice('bbd')}"], [mark], to=TensorProto.DOUBLE),
    ]
    if rng.random() < 1 / 3:  # of constants alone
        steps[0] = helper.make_node("Identity", [f"{mark}c1"], [f"{mark}a"])
    graph.node.extend(steps)
    graph.output.add(name=mark)


def make_an_output_of_it(made: onnx.ModelProto, rng: random.Random) -> None:
    made.graph.output.add(name=rng.choice(_names(made)))


def move_into_another(made: onnx.ModelProto, rng: random.Random) -> None:
    """A part of the model in the place of another of its kind, such as a subgraph inside of itself."""
    kind = rng.choice([onnx.NodeProto, onnx.GraphProto, AttributeProto, TensorProto, onnx.ValueInfoProto])
    parts = _all(made, kind)
    target, source = rng.choice(parts), kind.FromString(rng.choice(parts).SerializeToString())
    target.CopyFrom(source)


def _changed_bytes(content: bytes, rng: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 8])):
        place, action = rng.randrange(len(data) or 1), rng.randrange(4)
        if action == 0:
            data[place : place + 1] = bytes([rng.randrange(256)])
        elif action == 1:
            del data[place : place + rng.choice([1, 1, 8, len(data)])]
        elif action == 2:
            data[place:place] = data[rng.randrange(len(data) or 1) :][: rng.choice([1, 8, 64])]
        else:
            data[place:place] = rng.randbytes(rng.choice([1, 4]))
    return bytes(data)


MUTATIONS: list[Mutation] = [
    *[change_a_field] * 4,
    *[change_numbers] * 4,
    *[give_an_attribute] * 3,
    *[chain_a_node] * 3,
    *[halve_integers] * 2,
    *(rename_an_input, add_an_input, drop_an_input, change_an_opset, change_an_operator, change_a_type),
    *(resize_an_input, make_an_output_of_it, move_into_another),
]

"""A model in the making. A node is added only if the standard's own schemas and shape inference accept it."""

import math
from dataclasses import dataclass, field

import ml_dtypes
import numpy as np
import onnx
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper, shape_inference

IR_VERSION = 10
LARGEST = 48
FLOATS = {TensorProto.DOUBLE, TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16}
FLOAT_TYPES = (np.float64, np.float32, np.float16, ml_dtypes.bfloat16)
NUMBERS = st.sampled_from([0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 0.25, 1.5, -2.0, 0.1, -0.3, 1 / 3, 0.7])
INFERENCE_ERRORS = (shape_inference.InferenceError, onnx.checker.ValidationError, RuntimeError, ValueError, IndexError)


@dataclass(frozen=True)
class Tensor:
    """What is known of a tensor that depends on the inputs, or is computed from constants."""

    name: str
    shape: tuple[int, ...]
    kind: int

    @property
    def size(self):
        return math.prod(self.shape)


@dataclass
class Sketch:
    """The nodes so far, and their tensors."""

    draw: st.DrawFn
    opset: int
    dtype: np.dtype
    data: dict[str, Tensor] = field(default_factory=dict)
    stored: dict[str, np.ndarray] = field(default_factory=dict)
    computed: dict[str, Tensor] = field(default_factory=dict)
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    functions: list[onnx.FunctionProto] = field(default_factory=list)
    count: int = 0

    def name(self, letter):
        self.count += 1
        return f"{letter}{self.count}"

    @property
    def kind(self):
        return helper.np_dtype_to_tensor_dtype(self.dtype)

    def choose(self, *values):
        return self.draw(st.sampled_from(values))

    def whole(self, low, high):
        return self.draw(st.integers(low, high))

    def maybe(self):
        return self.draw(st.booleans())

    def some_data(self, kind=None, shape=None, least_rank=0):
        """Return a tensor of data (None: there is none), later ones being likelier."""
        kind = self.kind if kind is None else kind
        found = [
            t
            for t in self.data.values()
            if t.kind == kind and t.size and len(t.shape) >= least_rank and shape in {None, t.shape}
        ]
        return self.draw(st.sampled_from(found[::-1][:4])) if found else None

    def constant(self, array):
        """Store an array and return its name."""
        name = self.name("c")
        self.stored[name] = np.asarray(array)
        return name

    def whole_numbers(self, *values):
        return self.constant(np.array(values, dtype=np.int64))

    def floats(self, shape, entries=NUMBERS):
        """Return the name of a constant of floats, which may be stored in another type of floats and cast."""
        size = math.prod(shape)
        if size > LARGEST // 4:
            seed = self.whole(0, 9)
            numbers = np.random.default_rng(seed).choice([0, 1, -1, 0.5, -0.25, 0.1, -0.7, 1 / 3], size)
        else:
            numbers = np.array(self.draw(st.lists(entries, min_size=size, max_size=size)), dtype=np.float64)
        return self.typed(numbers.reshape(shape))

    def typed(self, array):
        """Return the name of an array in the graph's type."""
        kinds = [d for d in FLOAT_TYPES if self.opset >= 13 or d is not ml_dtypes.bfloat16]
        kind = np.dtype(self.choose(*kinds)) if self.whole(0, 7) == 7 else self.dtype
        name = self.constant(np.asarray(array).astype(kind))
        if kind == self.dtype:
            return name
        return (self.add("Cast", [name], to=self.kind) or [self.constant(np.asarray(array).astype(self.dtype))])[0]

    def partner_shape(self, shape):
        """Return a shape that broadcasts to this one."""
        kept = shape[self.whole(0, len(shape)) :]
        return tuple(n if self.maybe() else 1 for n in kept)

    def axis(self, rank):
        return self.whole(-rank if self.opset >= 11 else 0, rank - 1)

    def type_of(self, name):
        if name in self.stored:
            array = self.stored[name]
            return helper.np_dtype_to_tensor_dtype(array.dtype), array.shape
        known = self.data.get(name) or self.computed[name]
        return known.kind, known.shape

    def takes(self, operator):
        """Whether the operator, in this operator set, has inputs or outputs of the graph's type of floats."""
        schema = self.schema(operator)
        return schema is not None and any(_written(self.kind) in p.types for p in (*schema.inputs, *schema.outputs))

    def schema(self, operator):
        """Return the operator's definition in this operator set, None if there is none."""
        try:
            return onnx.defs.get_schema(operator, self.opset, "")
        except onnx.defs.SchemaError:
            return None

    def add(self, operator, inputs, outputs=1, **attributes):
        """Append a node and return its outputs' names; None where the standard does not allow it."""
        schema, names = self.schema(operator), [self.name("t") for _ in range(outputs)]
        if schema is None or schema.deprecated or not set(attributes) <= set(schema.attributes):
            return None
        node = helper.make_node(operator, inputs, names, **attributes)
        if self.draw(st.integers(0, 3)):
            node.name = self.name("n")
        types = {name: self.type_of(name) for name in inputs if name}
        if not _fits(schema, inputs, types):
            return None
        protos = {name: helper.make_tensor_type_proto(*kind) for name, kind in types.items()}
        tensors = {name: numpy_helper.from_array(self.stored[name], name) for name in inputs if name in self.stored}
        sets = [helper.make_opsetid("", self.opset)]
        try:
            found = shape_inference.infer_node_outputs(schema, node, protos, tensors, None, sets, IR_VERSION)
        except INFERENCE_ERRORS:
            return None
        made = [_tensor(name, found.get(name)) for name in names]
        if None in made or sum(t.size for t in made) > LARGEST:
            return None
        if operator == "ConvTranspose" and len(made[0].shape) != len(types[inputs[0]][1]):
            return None  # the inference gives up halfway, and says what it has
        return self.append(node, made)

    def append(self, node, made):
        """Append a node whose outputs are known."""
        self.nodes.append(node)
        from_data = any(name in self.data for name in _read(node))
        for tensor in made:
            (self.data if from_data else self.computed)[tensor.name] = tensor
        return [tensor.name for tensor in made]

    def fitted(self, shape, kind=None):
        """Return the name of data of this shape, picked (with repetitions) from what there is; None if not possible."""
        source = self.some_data(kind, shape) or self.some_data(kind)
        if source is None:
            return None
        if source.shape == tuple(shape):
            return source.name
        flat = self.add("Reshape", [source.name, self.whole_numbers(-1)])
        start, stride = self.whole(0, source.size - 1), self.choose(1, 1, 2, 3)
        places = (start + stride * np.arange(math.prod(shape), dtype=np.int64)) % source.size
        picked = flat and self.add("Gather", [flat[0], self.constant(places.reshape(shape))], axis=0)
        return picked and picked[0]


def _read(node):
    inner = [attribute.g for attribute in node.attribute if attribute.HasField("g")]
    return {*node.input, *(name for graph in inner for part in graph.node for name in _read(part))}


def _tensor(name, proto):
    if proto is None or not proto.HasField("tensor_type") or not proto.tensor_type.HasField("shape"):
        return None
    dimensions = proto.tensor_type.shape.dim
    if not all(d.HasField("dim_value") for d in dimensions):
        return None
    return Tensor(name, tuple(d.dim_value for d in dimensions), proto.tensor_type.elem_type)


def _written(kind):
    return f"tensor({TensorProto.DataType.Name(kind).lower()})"


def _fits(schema, inputs, types):
    """Whether the inputs' element types are those that the definition allows."""
    variadic = onnx.defs.OpSchema.FormalParameterOption.Variadic
    parameters, bound = list(schema.inputs), {}
    for index, name in enumerate(inputs):
        parameter = parameters[min(index, len(parameters) - 1)]
        if index >= len(parameters) and parameter.option != variadic:
            return False
        if not name:
            continue
        written = _written(types[name][0])
        if written not in parameter.types:
            return False
        alone = parameter.option == variadic and not parameter.is_homogeneous
        if not alone and bound.setdefault(parameter.type_str, written) != written:
            return False
    return True

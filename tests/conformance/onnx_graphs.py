"""Whole ONNX graphs, drawn at random: all families of operators, all operator sets from 6 on, all types of floats."""

from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np
import onnx
from conformance.onnx_node_families import generated
from conformance.onnx_sketch import IR_VERSION, Sketch, Tensor
from conformance.onnx_steps import STEPS
from conformance.onnx_structures import DOMAIN, STRUCTURES
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

OLDEST, NEWEST = 6, onnx.defs.onnx_opset_version()
OPSETS = st.one_of(st.sampled_from([11, 13, 18, 22, 7, 9, 16]), st.integers(OLDEST, NEWEST))
SHAPES = st.one_of(
    st.lists(st.integers(1, 3), max_size=3).map(tuple), st.sampled_from([(1, 2, 3), (1, 1, 3, 3), (1, 2, 2, 2), (4,)])
)
TYPES = (np.float64, np.float64, np.float32, np.float32, np.float16, ml_dtypes.bfloat16)
POLICIES = ("exact-if-square", "fold-float32", "fold-float64", "fold-float32")
KINDS = (TensorProto.BOOL, TensorProto.INT64)


@dataclass(frozen=True)
class Drawn:
    """A model, and how it is imported."""

    model: onnx.ModelProto
    options: dict[str, Any]

    def __repr__(self):
        return f"{self.options}\n{onnx.printer.to_text(self.model)}"


@st.composite
def graphs(draw, least=1, most=12):
    """Models of at least one node, with options to import them; most of them are imported."""
    opset = draw(OPSETS)
    known = TYPES if opset >= 13 else TYPES[:-1]
    sketch = Sketch(draw, opset, np.dtype(draw(st.sampled_from(known))))
    inputs = [Tensor(f"x{i}", draw(SHAPES), sketch.kind) for i in range(draw(st.integers(1, 2)))]
    sketch.data.update({tensor.name: tensor for tensor in inputs})
    steps = st.sampled_from([*STEPS, *[generated] * len(STEPS), *STRUCTURES])
    for _ in range(draw(st.integers(least, most))):
        if len(sketch.nodes) < most:
            draw(steps)(sketch)
    if not sketch.nodes:
        sketch.add("Neg", [inputs[0].name])
    options = {"irrational": draw(st.sampled_from(POLICIES)), "staircases": draw(st.booleans())}
    return Drawn(_model(sketch, inputs), options)


def _model(sketch, inputs):
    """Return the model, whose outputs are all that no node reads, and some that are read."""
    plain = [t for t in sketch.data.values() if t.kind != TensorProto.UNDEFINED and t not in inputs]
    read = {name for node in sketch.nodes for name in node.input}
    outputs = [t for t in plain if t.name not in read] or plain[-1:]
    if len(plain) > len(outputs) and sketch.maybe():
        outputs.append(sketch.choose(*(t for t in plain if t not in outputs)))
    outputs = outputs or [sketch.computed[sketch.nodes[-1].output[0]]]
    given = [helper.make_tensor_value_info(t.name, t.kind, t.shape) for t in inputs]
    listed = sketch.maybe()
    constants, initializers = [], []
    for name, array in sketch.stored.items():
        tensor = numpy_helper.from_array(array, name)
        if sketch.opset >= 9 and len(constants) < 3 and sketch.whole(0, 5) == 5:
            constants.append(helper.make_node("Constant", [], [name], value=tensor))
        else:
            initializers.append(tensor)
            if listed:
                given.append(helper.make_tensor_value_info(name, tensor.data_type, array.shape))
    graph = helper.make_graph(
        [*constants, *sketch.nodes],
        "drawn",
        given,
        [helper.make_tensor_value_info(t.name, t.kind, t.shape) for t in outputs],
        initializers,
    )
    sets = [helper.make_opsetid("", sketch.opset)]
    if sketch.functions:
        sets.append(helper.make_opsetid(DOMAIN, 1))
    made = helper.make_model(graph, opset_imports=sets, functions=sketch.functions)
    made.ir_version = IR_VERSION
    return made

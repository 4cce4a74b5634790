"""Operators that the standard composes of others, by that composition."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from onnx import AttributeProto, FunctionProto, NodeProto

from exactgeo.errors import InternalError
from onnx_import.evaluator.environment import Environment
from onnx_import.evaluator.irrational import Irrational
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.signatures import type_of

# Those that are rational on some inputs at least.
_EVALUATED: Final = frozenset(
    {
        "CenterCropPad",
        "DynamicQuantizeLinear",
        "GroupNormalization",
        "LayerNormalization",
        "LogSoftmax",
        "MeanVarianceNormalization",
        "RMSNormalization",
        "Softmax",
    }
)


def has_body(call: Call) -> bool:
    """Whether an operator is evaluated by its body."""
    schema: Any = call.schema
    return call.node.op_type in _EVALUATED and (schema.has_function or schema.has_context_dependent_function)


def standard_body(call: Call) -> FunctionProto:
    """The newest composition that the standard gives for the operator, of those the operator set has."""
    schema: Any = call.schema
    opset = call.opset
    if schema.has_context_dependent_function:
        version = max(v for v in schema.context_dependent_function_opset_versions if v <= opset)
        types = [type_of(value).SerializeToString() for value in call.inputs]
        node = _with_bound_attributes(call).SerializeToString()
        content = schema.get_context_dependent_function_with_opset_version(version, node, types)
    else:
        version = max(v for v in schema.function_opset_versions if v <= opset)
        content = schema.get_function_with_opset_version(version)
    body = FunctionProto()
    body.ParseFromString(content)
    if body.name != call.node.op_type:
        raise InternalError(f"{call.where}: the body found for it is that of {body.name!r}")
    return body


def body_attributes(call: Call, body: FunctionProto) -> Mapping[str, AttributeProto]:
    """The attributes to call a body with: the node's, and the operator's defaults."""
    attributes = {
        name: declared.default_value
        for name, declared in call.schema.attributes.items()
        if declared.default_value.type != AttributeProto.UNDEFINED
    }
    attributes.update(call.attributes)
    return {name: attribute for name, attribute in attributes.items() if name in body.attribute}


def body_environment(environment: Environment) -> Environment:
    """Where a body is evaluated: one composition of many for the same function, so nothing may be rounded in it."""
    exact = replace(environment.settings, irrational=Irrational("exact-if-square", offered=False))
    return replace(environment, settings=exact, functions={})


def _with_bound_attributes(call: Call) -> NodeProto:
    node = NodeProto()
    node.CopyFrom(call.node)
    del node.attribute[:]
    for name, attribute in call.attributes.items():
        filled = node.attribute.add()
        filled.CopyFrom(attribute)
        filled.name = name
    return node

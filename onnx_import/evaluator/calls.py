"""A node's operator looked up in the standard, and evaluated by the definition that is written for it."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

import onnx
from onnx import AttributeProto, GraphProto, NodeProto, SparseTensorProto, TensorProto
from onnx.defs import OpSchema

from exactgeo.errors import ExactGeoError, ImportFailure, MalformedModel, UnsupportedOperator
from onnx_import.evaluator.definitions import definition
from onnx_import.evaluator.environment import Environment, domain_name
from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.signatures import check_types
from onnx_import.evaluator.stored import read_sparse, read_tensor
from onnx_import.evaluator.values import Tensor, Value

Run: TypeAlias = Callable[[GraphProto, Iterable[Value]], tuple[Value, ...]]

_LEAST_OPSET = 6


def make_call(node: NodeProto, inputs: tuple[Value | None, ...], environment: Environment, run: Run) -> Call:
    """A node of the standard's own operators, with the definition that the imported operator set gives it."""
    schema, opset = _schema(node, environment)
    if not schema.min_input <= len(inputs) <= schema.max_input or len(node.output) > schema.max_output:
        raise MalformedModel(f"{where(node)}: {len(inputs)} inputs and {len(node.output)} outputs do not suit it")

    def stored(message: object) -> Tensor:
        if isinstance(message, SparseTensorProto):
            return read_sparse(message, environment.folder)
        assert isinstance(message, TensorProto)  # noqa: S101
        return read_tensor(message, environment.folder)

    call = Call(
        node=node,
        schema=schema,
        opset=opset,
        inputs=inputs,
        attributes=bound_attributes(node, environment),
        settings=environment.settings,
        run=run,
        stored=stored,
    )
    try:
        check_types(schema, inputs)
    except TypeError as error:
        raise call.unsupported(str(error)) from error
    return call


def evaluate_call(call: Call) -> tuple[Value, ...]:
    """The outputs of a call, by the definition that is written for its operator.

    Raises:
        UnsupportedOperator: there is none, or it leaves out something that the node asks for.
        MalformedModel: its inputs do not fit together.
    """
    known = definition(call.node.op_type, call.version)
    if known is None:
        raise call.unsupported("this operator is not evaluated")
    try:
        values = known(call)
    except ImportFailure as error:
        if str(error).startswith("node "):
            raise
        raise type(error)(f"{call.where}: {error}") from error
    except ExactGeoError:
        raise
    except (ValueError, IndexError) as error:
        raise call.malformed(f"its inputs do not fit together: {error}") from error
    call.check_all_read()
    outputs = values if isinstance(values, tuple) else (values,)
    if any(call.wants(index) for index in range(len(outputs), call.outputs)):
        raise call.unsupported(f"output {len(outputs)} is not evaluated")
    return outputs


def where(node: NodeProto) -> str:
    """A node and its operator, for messages."""
    return f"node {node.name or next((o for o in node.output if o), '?')!r} ({node.op_type})"


def _schema(node: NodeProto, environment: Environment) -> tuple[OpSchema, int]:
    """The operator's definition in the operator set that is imported, and that set's version."""
    domain = domain_name(node.domain)
    opset = environment.opsets.get(domain)
    if opset is None:
        raise MalformedModel(f"{where(node)}: operator set {domain or 'ai.onnx'!r} is not imported")
    if domain:
        raise UnsupportedOperator(f"{where(node)}: operators of {domain!r} (version {opset}) are not evaluated")
    newest = onnx.defs.onnx_opset_version()
    if not _LEAST_OPSET <= opset <= newest:
        raise UnsupportedOperator(f"{where(node)}: opset {opset} is not evaluated, only {_LEAST_OPSET} to {newest}")
    try:
        schema = onnx.defs.get_schema(node.op_type, max_inclusive_version=opset, domain=domain)
    except onnx.defs.SchemaError as error:
        raise UnsupportedOperator(f"{where(node)}: opset {opset} has no such operator") from error
    if schema.deprecated:
        raise UnsupportedOperator(f"{where(node)}: opset {opset} has it no more")
    for attribute in node.attribute:
        if attribute.name not in schema.attributes:
            raise UnsupportedOperator(f"{where(node)}: opset {opset} has no attribute {attribute.name!r} for it")
    return schema, opset


def bound_attributes(node: NodeProto, environment: Environment) -> dict[str, AttributeProto]:
    """A node's attributes by name, those that refer to a function's attribute replaced by it."""
    attributes: dict[str, AttributeProto] = {}
    for attribute in node.attribute:
        if attribute.name in attributes:
            raise MalformedModel(f"{where(node)}: attribute {attribute.name!r} is given twice")
        bound: AttributeProto | None = attribute
        if attribute.ref_attr_name:
            if environment.bound is None or attribute.ref_attr_name not in environment.bound:
                raise MalformedModel(f"{where(node)}: there is no function attribute {attribute.ref_attr_name!r}")
            bound = environment.bound[attribute.ref_attr_name]
        if bound is not None:
            if attribute.type not in {bound.type, AttributeProto.UNDEFINED}:
                raise MalformedModel(f"{where(node)}: attribute {attribute.name!r} has two types")
            attributes[attribute.name] = bound
    return attributes

"""The types that the standard gives to an operator's inputs and attributes."""

from collections.abc import Sequence
from typing import Any

from onnx import AttributeProto, TypeProto
from onnx.defs import OpSchema

from onnx_import.evaluator.values import Tensor, TensorSequence, Value, kind_name


def check_types(schema: OpSchema, inputs: Sequence[Value | None]) -> None:
    """Find tensors of types that the operator's definition does not list, or that should be the same and are not.

    Raises:
        TypeError: saying which.
    """
    bound: dict[str, str] = {}
    formal = schema.inputs
    allowed = {constraint.type_param_str: constraint.allowed_type_strs for constraint in schema.type_constraints}
    for index, value in enumerate(inputs):
        if not isinstance(value, Tensor):
            continue
        parameter = formal[min(index, len(formal) - 1)]
        seen, wanted = type_name(value), parameter.type_str
        if seen not in allowed.get(wanted, (wanted,)) and f"optional({seen})" not in allowed.get(wanted, (wanted,)):
            raise TypeError(f"input {index} is a {seen}, which this version of the operator does not take")
        if parameter.is_homogeneous and wanted in allowed and bound.setdefault(wanted, seen) != seen:
            raise TypeError(f"input {index} is a {seen}; {bound[wanted]} is wanted, like another input")


def gives(schema: OpSchema, kind: int) -> bool:
    """Whether an operator's first output can be a tensor of an element type."""
    wanted = schema.outputs[0].type_str
    allowed = {constraint.type_param_str: constraint.allowed_type_strs for constraint in schema.type_constraints}
    return f"tensor({kind_name(kind).lower()})" in allowed.get(wanted, (wanted,))


def type_name(tensor: Tensor) -> str:
    """The type of a tensor as the standard's definitions spell it."""
    return f"tensor({kind_name(tensor.kind).lower()})"


def type_of(value: Value | None) -> TypeProto:
    """The type of a value, as a message; an empty one where there is no value."""
    message = TypeProto()
    if isinstance(value, Tensor):
        message.tensor_type.elem_type = value.kind
        for length in value.shape:
            message.tensor_type.shape.dim.add().dim_value = length
    elif isinstance(value, TensorSequence):
        message.sequence_type.elem_type.tensor_type.elem_type = value.kind
    return message


def attribute_value(
    given: AttributeProto | None, schema: OpSchema, name: str, declared: tuple[int, str], default: Any
) -> Any:
    """What an attribute holds: as the node gives it, by the operator's default, or else by the caller's.

    Args:
        given: the node's attribute.
        schema: the operator's definition.
        name: the attribute's name.
        declared: its type, and the field of AttributeProto that holds values of that type.
        default: used where the definition has none; None where there must be a value.

    Raises:
        ValueError: there is no value, or one of another type.
    """
    kind, field = declared
    if given is not None:
        if given.type != kind:
            seen, wanted = (AttributeProto.AttributeType.Name(t) for t in (given.type, kind))
            raise ValueError(f"attribute {name!r} is of type {seen}, not {wanted}")
        return getattr(given, field)
    formal = schema.attributes.get(name)
    if formal is not None and formal.default_value.type == kind:
        return getattr(formal.default_value, field)
    if default is None:
        raise ValueError(f"attribute {name!r} is missing")
    return default

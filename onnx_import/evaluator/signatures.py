"""The types that the standard allows at an operator's inputs."""

from onnx import TensorProto, TypeProto

from onnx_import.evaluator.nodes import Call
from onnx_import.evaluator.values import Tensor, TensorSequence, Value


def check_types(call: Call) -> None:
    """Refuse tensors of types that the operator's definition does not list, or that should be the same and are not."""
    bound: dict[str, str] = {}
    formal = call.schema.inputs
    allowed = {constraint.type_param_str: constraint.allowed_type_strs for constraint in call.schema.type_constraints}
    for index, value in enumerate(call.inputs):
        if not isinstance(value, Tensor):
            continue
        parameter = formal[min(index, len(formal) - 1)]
        seen, wanted = type_name(value), parameter.type_str
        if seen not in allowed.get(wanted, (wanted,)) and f"optional({seen})" not in allowed.get(wanted, (wanted,)):
            raise call.unsupported(f"input {index} is a {seen}, which this version of the operator does not take")
        if parameter.is_homogeneous and wanted in allowed and bound.setdefault(wanted, seen) != seen:
            raise call.malformed(f"input {index} is a {seen}; {bound[wanted]} is wanted, like another input")


def type_name(tensor: Tensor) -> str:
    """The type of a tensor as the standard's definitions spell it."""
    return f"tensor({TensorProto.DataType.Name(tensor.kind).lower()})"


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

"""A step of a sketch: one node of any family, as the tests of the evaluator draw them."""

import onnx
from hypothesis import strategies as st
from unit.onnx_import.evaluator import generators

FAMILIES = (
    *("arithmetic", "activations", "reductions", "extrema", "slices", "gathers", "scatters", "products", "einsums"),
    *("convolutions", "transposed_convolutions", "pools", "pads", "layouts", "blocks", "normalisations", "resizes"),
    *("samples", "old_resizes", "comparisons", "quantisations"),
)
TRIES = 20


def generated(sketch):
    """A node of any family, whose attributes fit its input; the input is data."""
    family = getattr(generators, sketch.draw(st.sampled_from(FAMILIES)))
    random = sketch.draw(st.randoms(use_true_random=False))
    for _ in range(TRIES):
        operator, opset, arrays, attributes, outputs = family(random)
        schema = sketch.schema(operator)
        if schema and schema.since_version == _since(operator, opset) and arrays[0].dtype.kind != "i":
            break
    else:
        return
    place = 1 if operator == "Where" else 0
    data = sketch.fitted(arrays[place].shape)
    if data is None or _is_open(attributes, sketch.opset):
        return
    variable = schema.inputs[place].type_str
    factor = sketch.draw(st.sampled_from([1.0, 1.0, 0.1, 1 / 3]))
    inputs = []
    for index, array in enumerate(arrays):
        same = array is not None and schema.inputs[min(index, len(schema.inputs) - 1)].type_str == variable
        if index == place:
            inputs.append(data)
        elif array is None:
            inputs.append("")
        elif same and array.dtype.kind == "f":
            inputs.append(sketch.typed(array * factor))
        elif operator == "BatchNormalization" and array.dtype.kind == "f":
            inputs.append(sketch.constant(array.astype(sketch.dtype)))
        else:
            inputs.append(sketch.constant(array))
    while inputs and not inputs[-1]:
        inputs.pop()
    sketch.add(operator, inputs, outputs, **attributes)


def _is_open(attributes, opset):
    """Whether windows may lie in the padding behind the data, which the standard counts in the shape before version 22.

    Runtimes, and the standard from then on, leave them out.
    """
    wide = zip(attributes.get("strides", []), attributes.get("kernel_shape", []), strict=True)
    rounded = opset < 22 and attributes.get("ceil_mode")
    return bool(rounded) and ("pads" in attributes or any(stride > kernel for stride, kernel in wide))


def _since(operator, opset):
    return onnx.defs.get_schema(operator, opset, "").since_version

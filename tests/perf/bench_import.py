"""How long a convolutional network of 100,000 units takes: to import, to name by its hash, and to evaluate exactly.

    python tests/perf/bench_import.py

The network (random weights, 3 x 32 x 32 inputs) is made in a temporary folder. Times are printed beside that of one
pass of onnx's float reference over the same network, in the same run: the ratios are what can be compared.
"""

import resource
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import exactgeo as eg
import onnx_import

CONVOLUTIONS = ((3, 32, 1), (32, 32, 1), (32, 64, 2), (64, 64, 1))
DENSE = (4096, 1024, 512, 10)


def model() -> onnx.ModelProto:
    """Return four 3 x 3 convolutions, an average pool and three dense layers: 99,840 ReLUs."""
    source = np.random.default_rng(1)
    nodes, weights = [], []

    def add(operator: str, reads: list[str], shapes: list[tuple[int, ...]], **attributes: Any) -> str:
        name = f"t{len(nodes)}"
        for index, shape in enumerate(shapes):
            values = source.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))
            weights.append(numpy_helper.from_array(values.astype(np.float32), f"{name}w{index}"))
        own = [f"{name}w{index}" for index in range(len(shapes))]
        nodes.append(helper.make_node(operator, [*reads, *own], [name], **attributes))
        return name

    last = "x"
    for channels, filters, stride in CONVOLUTIONS:
        shapes = [(filters, channels, 3, 3), (filters,)]
        last = add("Relu", [add("Conv", [last], shapes, pads=[1] * 4, strides=[stride] * 2)], [])
    last = add("Flatten", [add("AveragePool", [last], [], kernel_shape=[2, 2], strides=[2, 2])], [])
    for index, (width, size) in enumerate(pairwise(DENSE)):
        last = add("Gemm", [last], [(size, width), (size,)], transB=1)
        last = last if index == len(DENSE) - 2 else add("Relu", [last], [])
    graph = helper.make_graph(
        nodes,
        "convolutional",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 32, 32])],
        [helper.make_tensor_value_info(last, TensorProto.FLOAT, [1, 10])],
        weights,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    made.ir_version = 10
    return made


def timed(what: str, work: Callable[[], Any], unit: float | None = None) -> tuple[Any, float]:
    """Run, print how long it took, and return the result and the seconds."""
    started = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - started
    ratio = "" if unit is None else f"  {seconds / unit:8.1f} x"
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{what:<32}{seconds:8.2f} s{ratio}   peak memory {memory:.2f} GiB")
    return result, seconds


def main() -> None:
    """Print the table."""
    made = model()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "convolutional.onnx"
        onnx.save(made, path)
        x = np.random.default_rng(2).integers(-256, 257, (1, 3, 32, 32)) / 256
        reference = ReferenceEvaluator(made)
        floats, unit = timed("onnx's reference, float32", lambda: reference.run(None, {"x": x.astype(np.float32)}))
        program, _ = timed("import", lambda: onnx_import.load(path), unit)
        timed("SHA-256 of the program", lambda: program.sha256, unit)
        found, _ = timed("evaluate, exactly", lambda: eg.evaluate(program, eg.exact_array(x).flat()), unit)
    print(f"{program.unit_count:,} units, {program.units.forms.nonzeros:,} coefficients")
    apart = max(abs(float(value) - rounded) for value, rounded in zip(found.outputs, floats[0][0], strict=True))
    print(f"float32 is off by at most {apart:.1e}")


if __name__ == "__main__":
    main()

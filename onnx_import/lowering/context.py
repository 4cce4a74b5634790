"""What lowering a model shares among its nodes: the program under construction, the choices, the functions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exactgeo.errors import UnsupportedOperator
from exactgeo.networks.programs import ProgramBuilder
from onnx_import.choices import Choices
from onnx_import.files.graph import Function, FunctionKey, Model, NodeRecord
from onnx_import.lowering.gates import Gates

_MOST_NODES = 2**17
_MOST_MADE = 2**28  # of 16 bytes each, at least
_MOST_READ = 2**33


@dataclass(slots=True)
class Context:
    """One model's lowering.

    Attributes:
        builder: takes the units.
        gates: knows which units are piecewise constant.
        choices: of the caller.
        functions: that the model defines.
        nodes: how many nodes were lowered, those of functions and unrolled loops included.
        outermost: the node of the model's graph that is lowered, be it by way of a function or a subgraph.
        rounded: how many irrational constants were rounded, under the policies that do so.
        stored: how many numbers the model stores.
        made: how many numbers were made by the nodes so far.
        read: how many numbers were read by them.
    """

    builder: ProgramBuilder
    choices: Choices = field(default_factory=Choices)
    functions: Mapping[FunctionKey, Function] = field(default_factory=dict)
    nodes: int = 0
    outermost: NodeRecord | None = None
    rounded: int = 0
    stored: int = 0
    made: int = 0
    read: int = 0
    gates: Gates = field(init=False)

    def __post_init__(self) -> None:
        self.gates = Gates(self.builder)

    @classmethod
    def of(cls, model: Model, builder: ProgramBuilder, choices: Choices) -> "Context":
        """Return the context in which a model is lowered into a builder."""
        context = cls(builder, choices, model.functions)
        context.stored = sum(array.size for array in model.graph.constants.values())
        return context

    def count_node(self) -> None:
        """Count a node that is lowered. Raises UnsupportedOperator if there are too many."""
        self.nodes += 1
        if self.nodes > _MOST_NODES:
            raise UnsupportedOperator(f"the model unrolls into more than {_MOST_NODES} nodes")

    def count_numbers(self, node: NodeRecord, read: int, made: int) -> None:
        """Count what a node reads and makes. Raises UnsupportedOperator if that is too much, all nodes together."""
        self.read, self.made = self.read + read, self.made + made
        if self.made > _MOST_MADE + 4 * self.stored or self.read > _MOST_READ + 16 * self.stored:
            raise UnsupportedOperator(
                f"{node} is where the model, of {self.stored} stored numbers, has read {self.read} and made "
                f"{self.made}: that is too much to go on"
            )

"""The layers of a value network, from its nodes: each lowered on variables, its weights on labels.

Every unit of a layer is a variable. What is linear without weights - averages, sums, other shapes - stays forms in them
until a layer or gates read it; then it becomes a layer of its own, unless it only moves units, which weights then read
where they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import InternalError, InvalidArgument
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.gated import LayersBuilder, Node
from exactgeo.networks.gated.layers import ONE, Numbers
from exactgeo.networks.programs import ProgramBuilder
from onnx_import.files.graph import NodeRecord
from onnx_import.gated.gating import WEIGHTED, Gating, Structure
from onnx_import.lowering.context import Context
from onnx_import.lowering.graphs import lower_nodes
from onnx_import.lowering.tensors import Edge, Tensor, broadcast_shape, stored_numbers

_NOTHING = -1  # the place of a unit that is always 0
_STORED = ("Constant", "ConstantOfShape")
_SAME_ENTRIES = ("Identity", "Cast", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "DequantizeLinear")


class LayersReader:
    """Turns nodes of the value network into layers, in order.

    Args:
        structure: the value network.
        known: the constants that its nodes read, by name, and the network's input.
        context: of the model; its choices and functions are used.

    Attributes:
        builder: holds the layers.
        gatings: the gates, in the order of their layers.
    """

    def __init__(self, structure: Structure, known: Mapping[str, Edge], context: Context) -> None:
        self.builder = LayersBuilder()
        self.gatings: list[Gating] = []
        self._structure, self._known, self._context = structure, known, context
        self._tensors: dict[str, Tensor] = {}  # forms in the layers' units
        self._made: dict[str, Node] = {}  # layers that tensors have become
        self._layers: list[Node] = []  # those with variables
        self._starts: list[int] = [1]  # the variables of each, and the next one
        self._owners: dict[str, NodeRecord] = {}  # of weights
        self._joined: set[str] = set()

    def read(self) -> Node:
        """Read all nodes, and return the output.

        Raises:
            InvalidArgument: for a node of which no layer can be made; it is named.
        """
        nodes = self._structure.nodes
        wanted = {self._structure.output} | {name for node in nodes for name in node.reads}
        for node in nodes:
            names = [name for name in node.outputs if name in wanted]
            if self._joined & set(names):
                continue  # the biases of a product that has been read
            gating = next((self._structure.gatings[n] for n in names if n in self._structure.gatings), None)
            if gating is not None:
                self._gate(gating, names[0])
            elif node.operator in WEIGHTED:
                self._weighted(node)
            else:
                self._fixed(node, names)
        if self._structure.output not in self._tensors:
            raise InvalidArgument(f"the output '{self._structure.output}' comes before every layer")
        return self._layer(self._structure.output)

    def _gate(self, gating: Gating, name: str) -> None:
        self._tensor(gating.value, gating.node)
        value = self._layer(gating.value)
        if gating.otherwise is not None:
            closed = self._constant(gating.otherwise, gating.node)
            if np.any(closed.numerators):
                raise InvalidArgument(f"{gating.node} has other values than 0 where its gates are closed")
            if broadcast_shape(value.shape, closed.shape) != value.shape:
                raise InvalidArgument(
                    f"{gating.node} repeats an array of shape {value.shape} along one of {closed.shape}"
                )
        self.gatings.append(replace(gating, shape=value.shape))
        self._add(name, self.builder.gate(value))

    def _tensor(self, name: str, reader: NodeRecord) -> Tensor:
        """Return what has been read, or the input, or ones in its place."""
        if name not in self._tensors:
            value = self._known.get(name)
            if not isinstance(value, Tensor):
                given = self._constant(name, reader)
                if any(entry != 1 for entry in given.flat()):
                    raise InvalidArgument(
                        f"{reader} reads the constants '{name}' in the place of data; ones were expected"
                    )
                value = given
            self._add(name, self.builder.source(value.shape, is_ones=not isinstance(value, Tensor)))
        return self._tensors[name]

    def _add(self, name: str, node: Node) -> None:
        """Give a layer's units variables, and the layer a name."""
        start = self._starts[-1]
        self._layers.append(node)
        self._starts.append(start + node.size)
        self._tensors[name] = Tensor(node.shape, SparseForms.variables(np.arange(start, start + node.size)))
        self._made[name] = node

    def _layer(self, name: str) -> Node:
        """Return the layer of a tensor, which is made if there is none."""
        if name not in self._made:
            tensor = self._tensors[name]
            parts = [self._part(tensor, place) for place in self._bases(tensor)]
            total = parts[0] if parts else self._part(tensor, 0)
            for part in parts[1:]:
                total = self.builder.add(total, part)
            self._made[name] = total
        return self._made[name]

    def _bases(self, tensor: Tensor) -> list[int]:
        """Return the places of the layers in whose units forms are."""
        found: list[int] = np.unique(np.searchsorted(self._starts, tensor.forms.entries, side="right") - 1).tolist()
        return found

    def _part(self, tensor: Tensor, place: int) -> Node:
        """Return what a linear map makes of one of the layers that it reads."""
        forms, source = tensor.forms, self._layers[place]
        own = np.flatnonzero((forms.entries >= self._starts[place]) & (forms.entries < self._starts[place + 1]))
        units, inputs = forms.row_numbers[own], forms.entries[own] - self._starts[place]
        numerators, denominators = forms.numerators[own], forms.denominators[units]
        coefficients = [Rational(int(a), int(b)) for a, b in zip(numerators, denominators, strict=True)]
        everything = np.arange(source.size)
        is_same = np.array_equal(units, everything) and np.array_equal(inputs, everything)
        if is_same and len(forms) == source.size and all(value == 1 for value in coefficients):
            return Node(source.number, tensor.shape)
        matrix = list(zip(units.tolist(), inputs.tolist(), coefficients, strict=True))
        return self.builder.fixed(source, matrix, tensor.shape)

    def _moved(self, tensor: Tensor) -> tuple[Node, Numbers] | None:
        """Return the layer whose units forms are, and which, or none; None if they are not single units of one."""
        forms, bases = tensor.forms, self._bases(tensor)
        counts = np.diff(forms.starts)
        if len(bases) != 1 or counts.max(initial=0) > 1:
            return None
        if np.any(forms.numerators != forms.denominators[forms.row_numbers]):
            return None
        places = np.full(len(forms), _NOTHING)
        places[counts > 0] = forms.entries - self._starts[bases[0]]
        return self._layers[bases[0]], places

    def _constant(self, name: str, reader: NodeRecord) -> ExactArray:
        value = self._known.get(name)
        if isinstance(value, np.ndarray):
            return stored_numbers(value, f"{reader} reads '{name}'")
        if isinstance(value, ExactArray):
            return value
        raise InvalidArgument(f"{reader} reads '{name}', which is not constant")

    def _read_layers(self, node: NodeRecord) -> list[str]:
        """Return the names that a node reads of data, or of layers of ones in its place."""
        known = (self._structure.data, self._tensors)
        return [name for name in dict.fromkeys(node.reads) if any(name in own for own in known)]

    def _weighted(self, node: NodeRecord) -> None:
        """Read a product with weights, together with the biases that are added to nothing but it."""
        name = self._factor(node)
        tensor = self._tensor(name, node)
        chain = [node, *self._biases_of(node)]
        names = [other for record in chain for other in record.reads if other not in (name, node.outputs[0])]
        weights = [self._constant(other, node) for other in names]
        self._demand_own(names, node)
        labels: dict[str, Edge] = {}
        count = 0
        for other, array in zip(names, weights, strict=True):
            size = array.numerators.size
            labels[other] = ExactArray(np.arange(count + 1, count + size + 1).reshape(array.shape), 1)
            count += size
        variables = Tensor(tensor.shape, SparseForms.variables(np.arange(1, 1 + len(tensor.forms))))
        result = self._lowered(chain, {name: variables}, labels, chain[-1].outputs[0], len(tensor.forms))
        entries = [value for array in weights for value in array.flat()]
        self._add(chain[-1].outputs[0], self._with_taps(name, result, entries, node))

    def _factor(self, node: NodeRecord) -> str:
        """Return the name of the factor that is no weight: data, or ones in its place.

        Raises:
            InvalidArgument: if there is not just one, or data is something else to the node, such as its bias.
        """
        factors = list(node.inputs[:1] if node.operator == "Conv" else node.inputs[:2])
        data = self._read_layers(node)
        if not data:
            return next((name for name in factors if self._are_ones(name, node)), factors[0])
        if len(data) > 1 or list(node.inputs).count(data[0]) > 1 or data[0] not in factors:
            raise InvalidArgument(f"{node} has weights that are not constant: one factor is data, all else is stored")
        return data[0]

    def _are_ones(self, name: str, node: NodeRecord) -> bool:
        return all(entry == 1 for entry in self._constant(name, node).flat())

    def _biases_of(self, node: NodeRecord) -> list[NodeRecord]:
        """Return the node that adds constants to a product without biases, and is alone in reading it."""
        if len([name for name in node.inputs if name]) > 2 or node.outputs[0] == self._structure.output:  # noqa: PLR2004
            return []
        readers = [other for other in self._structure.graph.nodes if node.outputs[0] in other.reads]
        if len(readers) != 1 or readers[0].operator != "Add" or len(self._read_layers(readers[0])) > 1:
            return []
        if len(set(readers[0].inputs)) < 2:  # noqa: PLR2004 (the product to itself)
            return []
        self._joined.add(readers[0].outputs[0])
        return readers

    def _demand_own(self, names: Sequence[str], node: NodeRecord) -> None:
        """Raise InvalidArgument if weights are those of another layer, too, or one of them stands in two places."""
        for root in [self._root(name, node) for name in names]:
            owner = self._owners.get(root)
            if owner is not None:
                raise InvalidArgument(f"{node} has the weights '{root}' of {owner}: paths are of different weights")
            self._owners[root] = node

    def _root(self, name: str, node: NodeRecord) -> str:
        """Return the name of the stored array whose entries weights are, each once."""
        writer = next((other for other in self._structure.graph.nodes if name in other.outputs), None)
        if writer is None or writer.operator in _STORED:
            return name
        if writer.operator not in _SAME_ENTRIES:
            raise InvalidArgument(
                f"{node} has weights that {writer} computes: paths are of stored weights, each by itself"
            )
        return self._root(writer.inputs[0], node)

    def _with_taps(self, name: str, tensor: Tensor, entries: Sequence[Rational], node: NodeRecord) -> Node:
        """Add the layer whose taps are in forms that have labels, times Gemm's factors, for weights."""
        factors = [Rational(Fraction(node.attributes.get(key, 1))) for key in ("alpha", "beta")]
        if len([other for other in node.inputs if other]) < 3:  # noqa: PLR2004 (no bias of its own, which beta is of)
            factors[1] = Rational(1)
        if not all(factors):
            raise InvalidArgument(f"{node} multiplies by 0: leave it out")
        units, inputs = tensor.forms.row_numbers, tensor.forms.entries + ONE
        values, parameters = list(entries), np.zeros(len(units), dtype=np.int64)
        pairs = zip(inputs.tolist(), tensor.forms.numerators, tensor.forms.denominators[units], strict=True)
        for tap, (read, numerator, denominator) in enumerate(pairs):
            factor = factors[read == ONE]
            label = Rational(int(numerator), int(denominator)) / factor
            if label.denominator != 1 or not 1 <= label <= len(entries):
                raise InternalError(f"{node}: {label} is no label of {len(entries)} weights")
            parameters[tap] = int(label) - 1
            values[int(label) - 1] = entries[int(label) - 1] * factor
        source, inputs = self._source(name, inputs)
        kept = inputs >= ONE
        weights = ExactArray.of(values, (len(values),))
        return self.builder.weighted(source, tensor.shape, (units[kept], parameters[kept], inputs[kept]), weights)

    def _source(self, name: str, inputs: Numbers) -> tuple[Node, Numbers]:
        """Return the layer that weights read, and where there; less than ONE for what is always 0."""
        moved = self._moved(self._tensors[name])
        if moved is None:
            return self._layer(name), inputs
        source, places = moved
        return source, np.where(inputs == ONE, ONE, np.where(places[inputs] == _NOTHING, ONE - 1, places[inputs]))

    def _fixed(self, node: NodeRecord, names: Sequence[str]) -> None:
        """Read a node that is linear in the data that it reads, and learns nothing: averages, sums, other shapes."""
        sources = {name: self._tensor(name, node) for name in self._read_layers(node)}
        for name in names:
            tensor = self._lowered([node], sources, {}, name, self._starts[-1])
            if np.any(tensor.forms.entries == 0):
                raise InvalidArgument(
                    f"{node} adds constants to what has no weights of its own: make it a layer's bias"
                )
            self._tensors[name] = tensor

    def _lowered(
        self,
        chain: Sequence[NodeRecord],
        sources: Mapping[str, Tensor],
        labels: Mapping[str, Edge],
        last: str,
        variables: int,
    ) -> Tensor:
        """Return what nodes make of forms in so many variables. Raises InvalidArgument if that is not linear."""
        builder = ProgramBuilder(max(variables, 1))
        context = Context(builder, self._context.choices, self._context.functions)
        context.stored = self._context.stored
        read = {other for node in chain for other in node.reads}
        scope: dict[str, Edge] = {other: self._known[other] for other in read if other in self._known}
        scope.update({**sources, **labels})
        for _ in lower_nodes(chain, scope, context, [last]):
            pass
        result = scope[last]
        if builder.unit_count or not isinstance(result, Tensor):
            raise InvalidArgument(
                f"{chain[0]} is not linear, and no gate: Relu, or Greater and Mul or Where, are gates"
            )
        return result

"""The layers of a value network, from its nodes: each lowered on variables, its weights on labels."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational
from exactgeo.errors import InternalError, InvalidArgument
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.gated import LayersBuilder, Node
from exactgeo.networks.gated.layers import ONE
from exactgeo.networks.programs import ProgramBuilder
from onnx_import.files.graph import NodeRecord
from onnx_import.gated.gating import WEIGHTED, Gating, Structure
from onnx_import.lowering.context import Context
from onnx_import.lowering.graphs import lower_nodes
from onnx_import.lowering.tensors import Edge, Tensor, stored_numbers


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
        self._nodes: dict[str, Node] = {}
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
            elif node.operator in WEIGHTED and len(self._read_data(node)) <= 1:
                self._weighted(node)
            else:
                self._fixed(node, names)
        return self._nodes[self._structure.output]

    def _gate(self, gating: Gating, name: str) -> None:
        value = self._node(gating.value, gating.node)
        if gating.otherwise is not None and np.any(self._constant(gating.otherwise, gating.node).numerators):
            raise InvalidArgument(f"{gating.node} has other values than 0 where its gates are closed")
        self.gatings.append(replace(gating, shape=value.shape))
        self._nodes[name] = self.builder.gate(value)

    def _node(self, name: str, reader: NodeRecord) -> Node:
        """Return the layer of a name: one that has been read, or the input, or ones in its place."""
        if name in self._nodes:
            return self._nodes[name]
        value = self._known.get(name)
        if isinstance(value, Tensor):
            found = self.builder.source(value.shape)
        else:
            given = self._constant(name, reader)
            if any(entry != 1 for entry in given.flat()):
                raise InvalidArgument(f"{reader} reads the constants '{name}' in the place of data; ones were expected")
            found = self.builder.source(given.shape, is_ones=True)
        self._nodes[name] = found
        return found

    def _constant(self, name: str, reader: NodeRecord) -> ExactArray:
        value = self._known.get(name)
        if isinstance(value, np.ndarray):
            return stored_numbers(value, f"{reader} reads '{name}'")
        if isinstance(value, ExactArray):
            return value
        raise InvalidArgument(f"{reader} reads '{name}', which is not constant")

    def _read_data(self, node: NodeRecord) -> list[str]:
        return [name for name in dict.fromkeys(node.reads) if name in self._structure.data]

    def _weighted(self, node: NodeRecord) -> None:
        """Read a product with weights, together with the biases that are added to nothing but it."""
        name = next(iter(self._read_data(node)), node.inputs[0])
        source = self._node(name, node)
        chain = [node, *self._biases_of(node)]
        names = [other for record in chain for other in record.reads if other not in (name, node.outputs[0])]
        weights = [self._own(other, node) for other in names]
        labels, count = {}, 0
        for other, array in zip(names, weights, strict=True):
            size = array.numerators.size
            labels[other] = ExactArray(np.arange(count + 1, count + size + 1).reshape(array.shape), 1)
            count += size
        tensor = self._lowered(chain, {name: source}, labels)
        entries = [value for array in weights for value in array.flat()]
        self._nodes[chain[-1].outputs[0]] = self._with_taps(source, tensor, entries, node)

    def _biases_of(self, node: NodeRecord) -> list[NodeRecord]:
        """Return the node that adds constants to a product without biases, and is alone in reading it."""
        if len([name for name in node.inputs if name]) > 2 or node.outputs[0] == self._structure.output:  # noqa: PLR2004
            return []
        readers = [other for other in self._structure.graph.nodes if node.outputs[0] in other.reads]
        if len(readers) != 1 or readers[0].operator != "Add" or len(self._read_data(readers[0])) > 1:
            return []
        if len(set(readers[0].inputs)) < 2:  # noqa: PLR2004 (the product to itself)
            return []
        self._joined.add(readers[0].outputs[0])
        return readers

    def _own(self, name: str, node: NodeRecord) -> ExactArray:
        """Return weights. Raises InvalidArgument if another layer has them, too."""
        for root in self._roots(name):
            owner = self._owners.setdefault(root, node)
            if owner is not node:
                raise InvalidArgument(f"{node} has the weights '{root}' of {owner}: paths are of different weights")
        return self._constant(name, node)

    def _roots(self, name: str) -> set[str]:
        """Return the names of the stored arrays that constants are computed from."""
        graph = self._structure.graph
        if name in graph.constants:
            return {name}
        read = [other for node in graph.nodes if name in node.outputs for other in node.reads]
        return set().union(*map(self._roots, read)) if read else {name}

    def _with_taps(self, source: Node, tensor: Tensor, entries: Sequence[Rational], node: NodeRecord) -> Node:
        """Add the layer whose taps are in forms that have labels, times Gemm's factors, for weights."""
        factors = [Rational(Fraction(node.attributes.get(key, 1.0))) for key in ("alpha", "beta")]
        if not all(factors):
            raise InvalidArgument(f"{node} multiplies by 0: leave it out")
        units, labels, inputs = tensor.forms.row_numbers, [], tensor.forms.entries + ONE
        denominators = tensor.forms.denominators[units]
        for read, numerator, denominator in zip(inputs, tensor.forms.numerators, denominators, strict=True):
            labels.append(Rational(int(numerator), int(denominator)) / factors[int(read == ONE)])
        values = list(entries)
        for label, read in zip(labels, inputs, strict=True):
            if label.denominator != 1 or not 1 <= label <= len(entries):
                raise InternalError(f"{node}: {label} is no label of {len(entries)} weights")
            values[int(label) - 1] = entries[int(label) - 1] * factors[int(read == ONE)]
        parameters = np.array([int(label) - 1 for label in labels], dtype=np.int64)
        weights = ExactArray.of(values, (len(values),))
        return self.builder.weighted(source, tensor.shape, (units, parameters, inputs), weights)

    def _fixed(self, node: NodeRecord, names: Sequence[str]) -> None:
        """Read a node that is linear in the data that it reads, and learns nothing: averages, sums, other shapes."""
        read = self._read_data(node)
        sources = {name: self._node(name, node) for name in read}
        for name in names:
            tensor = self._lowered([node], sources, {}, name)
            parts, start = [], 1
            for source in sources.values():
                parts.append(self._part(source, tensor, start))
                start += source.size
            total = parts[0]
            for part in parts[1:]:
                total = self.builder.add(total, part)
            self._nodes[name] = total

    def _part(self, source: Node, tensor: Tensor, start: int) -> Node:
        """Return what a linear map makes of one of the layers that it reads, whose variables begin at an entry."""
        forms = tensor.forms
        own = np.flatnonzero((forms.entries >= start) & (forms.entries < start + source.size))
        units, inputs = forms.row_numbers[own], forms.entries[own] - start
        numerators, denominators = forms.numerators[own], forms.denominators[units]
        coefficients = [Rational(int(a), int(b)) for a, b in zip(numerators, denominators, strict=True)]
        everything = np.arange(source.size)
        is_same = np.array_equal(units, everything) and np.array_equal(inputs, everything)
        if is_same and len(forms) == source.size and all(value == 1 for value in coefficients):
            return Node(source.number, tensor.shape)
        matrix = list(zip(units.tolist(), inputs.tolist(), coefficients, strict=True))
        return self.builder.fixed(source, matrix, tensor.shape)

    def _lowered(
        self, chain: Sequence[NodeRecord], sources: Mapping[str, Node], labels: Mapping[str, Edge], name: str = ""
    ) -> Tensor:
        """Return what nodes make of variables in the place of data.

        Raises:
            InvalidArgument: if that is not linear, up to constants among the labels.
        """
        builder = ProgramBuilder(max(sum(source.size for source in sources.values()), 1))
        context = Context(builder, self._context.choices, self._context.functions)
        context.stored = self._context.stored
        read = {other for node in chain for other in node.reads}
        scope: dict[str, Edge] = {other: self._known[other] for other in read if other in self._known}
        start = 1
        for other, source in sources.items():
            scope[other] = Tensor(source.shape, SparseForms.variables(np.arange(start, start + source.size)))
            start += source.size
        scope.update(labels)
        last = name or chain[-1].outputs[0]
        for _ in lower_nodes(chain, scope, context, [last]):
            pass
        result = scope[last]
        if builder.unit_count or not isinstance(result, Tensor):
            raise InvalidArgument(
                f"{chain[0]} is not linear, and no gate: Relu, or Greater and Mul or Where, are gates"
            )
        if not labels and np.any(result.forms.entries == 0):
            raise InvalidArgument(
                f"{chain[0]} adds constants to what has no weights of its own: make it a layer's bias"
            )
        return result

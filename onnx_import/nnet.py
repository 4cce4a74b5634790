"""The `.nnet` format, in which the ACAS Xu networks are published: text, its decimals read as the rationals they are.

Comment lines `//…`; then lines of numbers that end in commas: how many layers of weights, inputs, outputs, and the size
of the largest layer; the sizes of all layers, the inputs first; a flag, 0; the minima of the inputs; their maxima; the
means of the inputs, and one of the outputs; their ranges likewise. Then layer after layer the rows of its weights, a
line each, and its biases, a line each. Between layers there are ReLUs, behind the last there is none.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NoReturn

import numpy as np

from exactgeo.arithmetic.arrays import ExactArray
from exactgeo.arithmetic.rationals import Rational, rational
from exactgeo.errors import ImportFailure, InvalidArgument, MalformedModel, NonFiniteWeight, UnsupportedOperator
from exactgeo.networks.builders import affine_layer
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.programs import Program, ProgramBuilder
from onnx_import.choices import Choices, Normalisation
from onnx_import.files.stored import demand_size
from onnx_import.imported import ImportedModel, Origin, content_of
from onnx_import.lowering.tensors import demand_moderate

_MOST_DIGITS = 9  # of a count; no file is long enough for more
_LONGEST_SHOWN = 40


def read_nnet(path: str | os.PathLike[str], *, normalisation: Normalisation = "none") -> ImportedModel:
    """Import a network in the `.nnet` format.

    Every decimal becomes the rational number that it is, without passing through a float.

    Args:
        path: the file.
        normalisation: what of the normalisation that the file holds belongs to the network. "none": nothing, it takes
            inputs and gives outputs that are normalised. "affine": (x - mean) / range before it, y * range + mean
            behind it. "clipped": the same with x moved into [minimum, maximum] first, one unit an input, as the
            published evaluators do.

    Raises:
        MalformedModel: for a missing or broken file, naming the line.
        NonFiniteWeight: for NaN and infinities.
        UnsupportedOperator: for a network that is symmetrised (its flag is not 0), or too large.
        InvalidArgument: for another normalisation.

    **Exactness**: exact.
    """
    choices = Choices(normalisation=normalisation)
    content = content_of(path)
    try:
        network = _network(content)
        program = _program(network, normalisation)
    except ImportFailure as error:
        error.add_note(f"while importing {os.fspath(path)}")
        raise
    layers = len(network.weights)
    origins = [Origin(f"layer {k}", "Relu", rows.shape[0]) for k, rows in enumerate(network.weights[:-1], start=1)]
    if normalisation == "clipped":
        origins.insert(0, Origin("normalisation", "Clip", program.inputs))
    counts = {"Clip": int(normalisation == "clipped"), "Gemm": layers, "Relu": layers - 1}
    return ImportedModel(
        program,
        hashlib.sha256(content).hexdigest(),
        (("x", (program.inputs,)),),
        (("y", (program.output_count,)),),
        {name: count for name, count in counts.items() if count},
        tuple(origins),
        None,
        None,
        "",
        choices,
        0,
        {},
    )


@dataclass(frozen=True, slots=True)
class _Network:
    """A file's content: for each layer the weights (out, in) and the biases (out,); and the normalisation."""

    weights: tuple[ExactArray, ...]
    biases: tuple[ExactArray, ...]
    minima: list[Rational]
    maxima: list[Rational]
    means: list[Rational]
    ranges: list[Rational]


@dataclass(slots=True)
class _Lines:
    """The lines of a file, read one after the other."""

    lines: list[bytes]
    number: int = field(default=0)

    @classmethod
    def of(cls, content: bytes) -> "_Lines":
        """Return the lines behind the comments, without the empty ones at the end."""
        lines = content.split(b"\n")
        while lines and not lines[-1].strip():
            lines.pop()
        comments = 0
        while comments < len(lines) and lines[comments].startswith(b"//"):
            comments += 1
        return cls(lines, comments)

    @property
    def left(self) -> int:
        """How many lines there still are."""
        return len(self.lines) - self.number

    def tokens(self, what: str, count: int) -> list[str]:
        """Return the next line's entries, which must be so many."""
        self.number += 1
        if self.number > len(self.lines):
            self.malformed(f"is missing: {what} were expected, and the file ends")
        try:
            tokens = [token.strip() for token in self.lines[self.number - 1].decode("ascii").split(",")]
        except UnicodeDecodeError:
            self.malformed(f"is not ASCII text; {what} were expected")
        if tokens[-1] == "":
            tokens.pop()
        if len(tokens) != count:
            self.malformed(f"has {len(tokens)} entries; {what} were expected: {count}")
        return tokens

    def counts(self, what: str, count: int) -> list[int]:
        """Return the next line's entries as natural numbers."""
        tokens = self.tokens(what, count)
        if any(not token.isdigit() or len(token) > _MOST_DIGITS for token in tokens):
            self.malformed(f"holds {_shown(tokens)}; {what} were expected: natural numbers below 10^{_MOST_DIGITS}")
        return [int(token) for token in tokens]

    def decimals(self, what: str, count: int) -> list[Rational]:
        """Return the next line's entries as the rationals that these decimals are."""
        numbers = [self._decimal(token, what) for token in self.tokens(what, count)]
        demand_moderate(ExactArray.of(numbers, (count,)), f"line {self.number} of the file")
        return numbers

    def _decimal(self, token: str, what: str) -> Rational:
        if token.lower().lstrip("+-").startswith(("nan", "inf")):
            raise NonFiniteWeight(f"line {self.number} of the file holds {_shown([token])} among {what}")
        try:
            if "/" in token:
                self.malformed(f"holds {_shown([token])} among {what}; decimals were expected")
            return rational(token)
        except InvalidArgument:
            self.malformed(f"holds {_shown([token])} among {what}; decimals were expected")

    def malformed(self, reason: str) -> NoReturn:
        """Raise MalformedModel with the number of the line that was read last."""
        raise MalformedModel(f"line {self.number} of the file {reason}")


def _network(content: bytes) -> _Network:
    lines = _Lines.of(content)
    sizes = _sizes(lines)
    (flag,) = lines.counts("the flag", 1)
    if flag != 0:
        raise UnsupportedOperator(
            f"line {lines.number} of the file has the flag {flag}, of a network that is mirrored for some inputs; "
            "0 was expected"
        )
    minima, maxima = lines.decimals("the inputs' minima", sizes[0]), lines.decimals("the inputs' maxima", sizes[0])
    if any(low > high for low, high in zip(minima, maxima, strict=True)):
        lines.malformed("holds a maximum that is below the minimum of its input")
    means = lines.decimals("the means of the inputs and of the outputs", sizes[0] + 1)
    ranges = lines.decimals("the ranges of the inputs and of the outputs", sizes[0] + 1)
    if min(ranges) <= 0:
        lines.malformed("holds a range that is not positive")
    needed = 2 * sum(sizes[1:])
    if lines.left < needed:
        raise MalformedModel(
            f"the file ends with line {len(lines.lines)}: after line {lines.number} there are {lines.left} lines of "
            f"weights and biases; {needed} were expected, two for each of the {needed // 2} units and outputs"
        )
    weights, biases = [], []
    for layer, (width, height) in enumerate(pairwise(sizes), start=1):
        demand_size((height, width), f"layer {layer} of the file")
        weights.append(_array(lines, f"the weights of layer {layer}", height, width).reshaped((height, width)))
        biases.append(_array(lines, f"a bias of layer {layer}", height, 1))
    if lines.left:
        lines.number += 1
        lines.malformed("comes after the last bias; the end of the file was expected")
    return _Network(tuple(weights), tuple(biases), minima, maxima, means, ranges)


def _sizes(lines: _Lines) -> list[int]:
    layers, inputs, outputs, largest = lines.counts("the numbers of layers, inputs, outputs and largest layer", 4)
    if min(layers, inputs, outputs) < 1:
        lines.malformed(f"describes {layers} layers, {inputs} inputs and {outputs} outputs; at least 1 was expected")
    sizes = lines.counts("the sizes of the layers, the inputs first", layers + 1)
    if min(sizes) < 1 or (sizes[0], sizes[-1]) != (inputs, outputs) or max(sizes) > largest:
        lines.malformed(
            f"has the sizes {_shown(sizes)}; from {inputs} to {outputs} were expected, each of them from 1 to {largest}"
        )
    return sizes


def _array(lines: _Lines, what: str, height: int, width: int) -> ExactArray:
    entries = [entry for _ in range(height) for entry in lines.decimals(what, width)]
    return ExactArray.of(entries, (len(entries),))


def _program(network: _Network, normalisation: Normalisation) -> Program:
    inputs = network.weights[0].shape[1]
    builder = ProgramBuilder(inputs)
    entries: Sequence[int] = range(1, 1 + inputs)
    if normalisation == "clipped":
        entries = _clipped(builder, network)
    tensor = SparseForms.variables(np.array(entries, dtype=np.int64))
    last, offset = network.weights[-1], network.biases[-1]
    if normalisation != "none":
        pairs = zip(entries, network.means, network.ranges, strict=False)
        tensor = SparseForms.of({0: -mean / range_, entry: 1 / range_} for entry, mean, range_ in pairs)
        mean, range_ = (ExactArray.of([values[-1]], (1,)) for values in (network.means, network.ranges))
        last, offset = last * range_, offset * range_ + mean
    for weights, biases in zip(network.weights[:-1], network.biases, strict=False):
        tensor = SparseForms.variables(builder.add_relus(affine_layer(weights, biases, tensor)))
    return builder.build(affine_layer(last, offset, tensor))


def _clipped(builder: ProgramBuilder, network: _Network) -> list[int]:
    """Return the entries of new units that hold the inputs, moved into their bounds: units as those of a Clip."""
    bounds = zip(network.minima, network.maxima, strict=True)
    return [
        builder.add_unit([({0: low, x: -1}, {0: low}), ({}, {x: 1}), ({0: -high, x: 1}, {0: high})])
        for x, (low, high) in enumerate(bounds, start=1)
    ]


def _shown(tokens: Sequence[str | int]) -> str:
    written = ", ".join(repr(token) for token in tokens[:_LONGEST_SHOWN])
    return written if len(written) <= _LONGEST_SHOWN else f"{written[:_LONGEST_SHOWN]}…"

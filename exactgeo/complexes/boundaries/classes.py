"""Networks with their class as a last unit."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from exactgeo.arithmetic.rationals import Rational, rational, text
from exactgeo.errors import InvalidArgument
from exactgeo.networks.forms import SparseForms
from exactgeo.networks.programs import Program, ProgramBuilder, demand_number


@dataclass(frozen=True, slots=True)
class Rule:
    """How a network's outputs decide on a class.

    Attributes:
        output: the one whose sign, minus the threshold, decides: class 0 where it is at most the threshold, class 1
            where it is more. None: the class is the least output among the greatest ones.
        threshold: None where there is none.
    """

    output: int | None
    threshold: Rational | None

    @classmethod
    def of(cls, program: Program, output: int | None, threshold: Any | None) -> "Rule":  # noqa: ANN401 (anything rational)
        """Return the rule: by default the greatest output, or of a single output its sign.

        Raises:
            InvalidArgument: for an output that there is not, or a threshold of several outputs.
        """
        if output is None and threshold is None and program.output_count > 1:
            return cls(None, None)
        if output is None and program.output_count != 1:
            raise InvalidArgument(
                f"a threshold is one output's, and the network has {program.output_count}: say which one (output=0)"
            )
        number = 0 if output is None else output
        demand_number("output", number, program.output_count)
        return cls(number, rational(threshold if threshold is not None else 0))

    def record(self) -> dict[str, Any]:
        """Return the rule as JSON values."""
        return {"output": self.output, "threshold": None if self.threshold is None else text(self.threshold)}

    def names(self, program: Program) -> tuple[str, ...]:
        """Return what the classes are called."""
        if self.output is None:
            return tuple(f"output {k}" for k in range(program.output_count))
        return f"output {self.output} <= {self.threshold}", f"output {self.output} > {self.threshold}"

    def applied(self, program: Program) -> Program:
        """Return the network with one more unit, the last one, whose piece is the class.

        Its value is the greatest selector, so that the network is continuous if it was.
        """
        builder = ProgramBuilder(program.inputs)
        inputs = SparseForms.variables(np.arange(1, 1 + program.inputs))
        outputs = builder.add_program(program, inputs)
        selectors = outputs if self.output is None else self._signs(outputs)
        rows = np.arange(len(selectors))
        builder.add_units(selectors, rows, rows, np.array([len(rows)]))
        return builder.build(outputs)

    def _signs(self, outputs: SparseForms) -> SparseForms:
        forms: Iterable[dict[int, Rational]] = ({}, {0: -(self.threshold or Rational(0))})
        nothing, shift = (SparseForms.of([form]) for form in forms)
        return SparseForms.concatenate([nothing, outputs.take(np.array([self.output])) + shift])

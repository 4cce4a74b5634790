"""Products with gates: what they compute, and which units they leave."""

import random
from fractions import Fraction

import numpy as np
import pytest
from onnx import TensorProto
from unit.onnx_import.models import assert_refuses, imported, integers, model, node

import exactgeo as eg
from exactgeo.errors import NotPiecewiseAffine, UnsupportedOperator

SIZE = 3
COMPARISONS = {
    "Greater": lambda a, b: a > b,
    "GreaterOrEqual": lambda a, b: a >= b,
    "Less": lambda a, b: a < b,
    "LessOrEqual": lambda a, b: a <= b,
    "Equal": lambda a, b: a == b,
}
CONNECTIVES = {"And": lambda a, b: a & b, "Or": lambda a, b: a | b, "Xor": lambda a, b: a ^ b}


class Expressions:
    """Random expressions in a vector, as nodes and as what they are: functions of an array of fractions."""

    def __init__(self, seed):
        self.random, self.nodes, self.constants = random.Random(seed), [], {}

    def _add(self, operator, names, meaning, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(node(operator, names, [name], **attributes))
        return name, meaning

    def _constant(self):
        values = [self.random.randint(-4, 4) / 2 for _ in range(SIZE)]
        name = f"c{len(self.constants)}"
        self.constants[name] = np.array(values)
        return name, lambda _: np.array([Fraction(value) for value in values], dtype=object)

    def truth(self, depth):
        """A condition on the data."""
        if depth and self.random.random() < 0.5:
            name, meaning = self.truth(depth - 1)
            if self.random.random() < 0.3:
                return self._add("Not", [name], lambda x: ~meaning(x))
            other, other_meaning = self.truth(depth - 1)
            operator = self.random.choice(sorted(CONNECTIVES))
            return self._add(operator, [name, other], lambda x: CONNECTIVES[operator](meaning(x), other_meaning(x)))
        (name, meaning), (other, other_meaning) = self.real(max(depth - 1, 0)), self.real(0)
        operator = self.random.choice(sorted(COMPARISONS))
        return self._add(
            operator,
            [name, other],
            lambda x: COMPARISONS[operator](meaning(x), other_meaning(x)).astype(bool),
        )

    def gate(self, depth):
        """Numbers that are piecewise constant in the data."""
        name, meaning = self.truth(depth)
        result = self._add("Cast", [name], lambda x: meaning(x) * Fraction(1), to=TensorProto.DOUBLE)
        if depth and self.random.random() < 0.5:
            other, other_meaning = self.random.choice([self.gate, lambda _: self._constant()])(depth - 1)
            operator = self.random.choice(["Mul", "Add", "Sub"])
            own, own_meaning = result
            return self._add(operator, [own, other], lambda x: _combined(operator, own_meaning(x), other_meaning(x)))
        return result

    def real(self, depth):
        """Numbers of any kind."""
        kind = self.random.choice(["sum", "gated", "chosen", "rectified"]) if depth else "input"
        if kind == "input":
            return self.random.choice([lambda: ("x", lambda x: x), self._constant])()
        name, meaning = self.real(depth - 1)
        if kind == "rectified":
            return self._add("Relu", [name], lambda x: np.maximum(meaning(x), 0))
        other, other_meaning = self.real(depth - 1) if kind != "gated" else self.gate(depth - 1)
        if kind == "chosen":
            condition, condition_meaning = self.truth(depth - 1)
            return self._add(
                "Where",
                [condition, name, other],
                lambda x: np.where(condition_meaning(x), meaning(x), other_meaning(x)),
            )
        operator = "Mul" if kind == "gated" else self.random.choice(["Add", "Sub"])
        pair = [(name, meaning), (other, other_meaning)]
        if operator == "Mul":
            self.random.shuffle(pair)
        (first, of_first), (second, of_second) = pair
        return self._add(operator, [first, second], lambda x: _combined(operator, of_first(x), of_second(x)))


def _combined(operator, first, second):
    return {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply}[operator](first, second)


@pytest.mark.parametrize("seed", range(60))
def test_random_products_with_gates_are_what_they_say_at_rational_points(seed):
    made = Expressions(seed)
    name, meaning = made.real(3)
    read = imported(model([*made.nodes, node("Identity", [name], ["y"])], {"x": (SIZE,)}, ["y"], made.constants))
    for _ in range(12):  # halves of small integers, so that there are ties
        x = np.array([Fraction(made.random.randint(-4, 4), 2) for _ in range(SIZE)], dtype=object)
        assert list(eg.evaluate(read.program, list(x)).outputs) == meaning(x).tolist()


# Units


def _program(nodes, outputs=("y",), constants=None, inputs=None):
    constants = {"zero": np.zeros(1), "w": np.array([[1.0], [-2.0]]), **(constants or {})}
    return imported(model(nodes, inputs or {"x": (1, 2)}, outputs, constants)).program


GATE = [
    node("MatMul", ["x", "w"], ["z"]),
    node("Greater", ["z", "zero"], ["t"]),
    node("Cast", ["t"], ["g"], to=TensorProto.DOUBLE),
]


def test_a_gate_is_absorbed_by_what_it_gates():
    program = _program([*GATE, node("Mul", ["g", "z"], ["y"])])
    assert len(program.units) == 1
    assert [eg.evaluate(program, point).outputs for point in ([3, 1], [2, 1], [1, 1])] == [(1,), (0,), (0,)]


@pytest.mark.parametrize("names", [["g", "x"], ["x", "g"]])
def test_a_gate_of_two_numbers_becomes_two_units(names):
    assert len(_program([*GATE, node("Mul", names, ["y"])]).units) == 2


def test_a_gate_times_a_constant_is_no_new_unit():
    program = _program([*GATE, node("Mul", ["g", "c"], ["y"])], constants={"c": np.array([5.0])})
    assert len(program.units) == 1
    assert eg.evaluate(program, [3, 1]).outputs == (5,)


def test_a_gate_that_is_an_output_too_is_kept():
    program = _program([*GATE, node("Mul", ["g", "z"], ["y"])], ["y", "g"])
    assert len(program.units) == 2
    assert eg.evaluate(program, [5, 1]).outputs == (3, 1)


def test_a_gate_that_another_unit_uses_is_kept():
    nodes = [*GATE, node("Mul", ["g", "z"], ["p"]), node("Sub", ["g", "z"], ["d"]), node("Relu", ["d"], ["r"])]
    assert len(_program([*nodes, node("Add", ["p", "r"], ["y"])]).units) == 3


def test_a_unit_that_nothing_uses_and_nothing_absorbed_is_kept():
    nodes = [node("Relu", ["x"], ["r"]), node("Mul", ["r", "zero"], ["n"]), *GATE]
    nodes += [node("Mul", ["g", "z"], ["p"]), node("Add", ["n", "p"], ["y"])]
    assert len(_program(nodes).units) == 3


def test_the_gates_of_a_gate_are_absorbed_with_it():
    nodes = [*GATE, node("Greater", ["x", "zero"], ["s"]), node("And", ["s", "t"], ["b"])]
    nodes += [node("Cast", ["b"], ["q"], to=TensorProto.DOUBLE), node("Mul", ["q", "z"], ["y"])]
    program = _program(nodes, inputs={"x": (1, 2)})
    for point in ([3, 1], [2, 1], [-1, -1], [0, -1], [1, 0]):
        z = point[0] - 2 * point[1]
        assert list(eg.evaluate(program, point).outputs) == [z * (entry > 0 and z > 0) for entry in point]


def test_the_cells_of_a_gated_network_are_those_of_its_gates():
    """Of two gates, each with its own hyperplane through the square, and products of both: four cells."""
    nodes = [
        node("Greater", ["x", "zero"], ["t"]),
        node("Cast", ["t"], ["g"], to=TensorProto.DOUBLE),
        node("MatMul", ["x", "v"], ["u"]),
        node("Mul", ["g", "u"], ["y"]),
    ]
    program = _program(nodes, constants={"v": np.array([[1.0, 2.0], [3.0, -1.0]])})
    assert len(program.units) == 2
    assert len(eg.enumerate_regions(program, eg.Box.cube(2, radius=1))) == 4


# What is no gate


@pytest.mark.parametrize("operator", ["Relu", "Abs", "LeakyRelu", "Identity"])
def test_products_of_what_is_not_piecewise_constant_are_refused(operator):
    made = model([node(operator, ["x"], ["r"]), node("Mul", ["r", "x"], ["y"], name="n")], {"x": (2,)}, ["y"])
    assert_refuses(made, NotPiecewiseAffine, r"^node 'n' \(Mul, .*data by data")


def test_a_gated_number_is_no_gate():
    nodes = [*GATE, node("Mul", ["g", "z"], ["p"]), node("Mul", ["p", "z"], ["y"], name="n")]
    constants = {"zero": np.zeros(1), "w": np.array([[1.0], [-2.0]])}
    assert_refuses(model(nodes, {"x": (1, 2)}, ["y"], constants), NotPiecewiseAffine, r"^node 'n' \(Mul")


@pytest.mark.parametrize("operator", ["Floor", "Ceil", "Round"])
def test_steps_are_not_rounded(operator):
    nodes = [*GATE, node(operator, ["g"], ["y"], name="n")]
    constants = {"zero": np.zeros(1), "w": np.array([[1.0], [-2.0]])}
    assert_refuses(model(nodes, {"x": (1, 2)}, ["y"], constants), UnsupportedOperator, rf"^node 'n' \({operator}")


def test_places_are_gates():
    """ArgMax times anything is piecewise affine."""
    nodes = [node("ArgMax", ["x"], ["a"], axis=0), node("Cast", ["a"], ["g"], to=TensorProto.DOUBLE)]
    nodes += [node("Gather", ["x", "first"], ["u"]), node("Mul", ["g", "u"], ["y"])]
    program = imported(model(nodes, {"x": (3,)}, ["y"], {"first": integers(0)})).program
    for point in ([5, 1, 2], [5, 5, 5], [5, 7, 6], [5, 7, 7], [5, 6, 8]):
        assert eg.evaluate(program, point).outputs == (5 * point.index(max(point)),)

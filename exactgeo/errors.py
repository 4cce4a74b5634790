"""The errors that exactgeo raises: one root, and a class for each thing a caller may want to tell apart.

Infeasible, empty and unbounded polyhedra are results, not errors.
"""


class ExactGeoError(Exception):
    """The root of every error raised on purpose by exactgeo and onnx_import."""


class InvalidArgument(ExactGeoError, ValueError):
    """An argument has the wrong type, form or value."""


class DimensionMismatch(InvalidArgument):
    """Two things that must have the same number of coordinates do not."""


class InexactNumber(InvalidArgument):
    """A binary float, a NaN or an infinity stands where an exact rational number is wanted."""


class EmptyDomain(InvalidArgument):
    """A domain has no interior point, so that it holds no full-dimensional cell."""


class ImportFailure(ExactGeoError):
    """A model file cannot be turned into a program."""


class MalformedModel(ImportFailure):
    """The file is not a valid model: truncated, inconsistent, or not ONNX at all."""


class UnsupportedOperator(ImportFailure):
    """An operator, an attribute or an operator-set version that the importer does not know."""


class NotPiecewiseAffine(ImportFailure):
    """A node computes something that is not piecewise affine in the network's inputs."""


class IrrationalConstant(ImportFailure):
    """A constant that the graph defines is not a rational number."""


class NonFiniteWeight(ImportFailure):
    """A stored weight is NaN or infinite."""


class BudgetExhausted(ExactGeoError):
    """A budget ended before the answer was complete.

    Attributes:
        partial: what was found until then.
    """

    def __init__(self, message: str, partial: object) -> None:
        super().__init__(message)
        self.partial = partial


class CertificateError(ExactGeoError):
    """A certificate does not prove what it claims."""


class MalformedCertificate(CertificateError):
    """A certificate is not well formed.

    Attributes:
        line: the line of the text, counted from 1.
    """

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class CertificateRejected(CertificateError):
    """A well-formed certificate breaks a rule.

    Attributes:
        step: the step of the tree, counted from 1 (0: the header).
        rule: the name of the rule in proofs/RULES.md.
    """

    def __init__(self, message: str, step: int, rule: str) -> None:
        super().__init__(message)
        self.step = step
        self.rule = rule


class MissingDependency(ExactGeoError, ImportError):
    """An optional library is not installed."""


class InternalError(ExactGeoError):
    """An invariant of exactgeo does not hold: a bug of ours, never the caller's."""

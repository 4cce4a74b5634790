"""What a network does along a one-parameter family of inputs, as JSON documents."""

from typing import Any

from exactgeo.analyses.families import Along, Bounds, Extreme, Interval, PiecewiseLinear
from exactgeo.arithmetic.rationals import Rational, text
from exactgeo.reports.documents import program_document

Document = dict[str, Any]


def along_document(found: Along) -> Document:
    """Return the functions, whole and in figures. Numbers are texts of rationals."""
    return {
        "interval": [text(found.path.breaks[0]), text(found.path.breaks[-1])],
        "segments": len(found.path.segments),
        "is_continuous": found.path.is_continuous,
        "functions": [
            {"output": k, "error": text(error), **function_document(function)}
            for k, (function, error) in enumerate(zip(found.functions, found.errors, strict=True))
        ],
    }


def function_document(function: PiecewiseLinear) -> Document:
    """Return a function, and what is known of it."""
    collision = function.collision()
    return {
        "pieces": len(function.lines),
        "supremum": _extreme(function.supremum()),
        "infimum": _extreme(function.infimum()),
        "zeros": [_interval(interval) for interval in function.zeros()],
        "total_variation": text(function.total_variation()),
        "lipschitz_constant": _optional(function.lipschitz_constant()),
        "monotonicity": function.monotonicity(),
        "same_value_at": None if collision is None else [text(r) for r in collision],
        "breaks": [text(r) for r in function.breaks],
        "values": [text(value) for value in function.values],
        "lines": [[text(slope), text(intercept)] for slope, intercept in function.lines],
    }


def bounds_document(found: Bounds, path: str, *, is_checked: bool) -> Document:
    """Return what a certificate of bounds proves: of the network along the path, whose input is the parameter.

    Args:
        found: the bounds.
        path: of the certificate.
        is_checked: whether it was checked.
    """
    return {
        "path": path,
        "checked": is_checked,
        "program": program_document(found.safe.arrangement.program),
        "regions": len(found.safe.arrangement),
        "rows": found.safe.property.record(),
        "is_everywhere": found.is_everywhere,
        "places": [[text(r), [text(value) for value in outputs]] for r, outputs in found.places],
    }


def _extreme(extreme: Extreme) -> Document:
    return {"value": text(extreme.value), "place": text(extreme.place), "is_attained": extreme.is_attained}


def _interval(interval: Interval) -> Document:
    return {
        "low": text(interval.low),
        "high": text(interval.high),
        "has_low": interval.has_low,
        "has_high": interval.has_high,
    }


def _optional(value: Rational | None) -> str | None:
    return None if value is None else text(value)

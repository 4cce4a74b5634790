"""What a caller may choose at import. Reports and certificates name it beside the model's hash."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from exactgeo.errors import InvalidArgument

IrrationalPolicy = Literal["exact-if-square", "fold-float32", "fold-float64"]
IRRATIONAL_POLICIES: tuple[str, ...] = get_args(IrrationalPolicy)

Normalisation = Literal["none", "affine", "clipped"]
NORMALISATIONS: tuple[str, ...] = get_args(Normalisation)


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices, each of which changes what network is read.

    Attributes:
        cut_at: the node before which the network ends; None for the whole network.
        irrational: what becomes of irrational constants, such as the 1/sqrt(variance + epsilon) of a batch
            normalisation. "exact-if-square": they are refused; rational values of such functions are taken as they
            are. "fold-float32", "fold-float64": every constant that such a function gives is rounded once, to the
            nearest float (ties to even); the network with these floats is the network that is named.
        staircases: whether data is rounded to types of 16 bits or fewer, by QuantizeLinear and its like: in
            discontinuous units with a piece for each number of the type, up to 65,536.
        normalisation: what of the normalisation that a .nnet file holds belongs to the network. "none": nothing, it
            takes inputs and gives outputs that are normalised. "affine": (x - mean) / range before it, y * range + mean
            behind it. "clipped": the same with x moved into [minimum, maximum] first, as published evaluators do.
    """

    cut_at: str | None = None
    irrational: IrrationalPolicy = "exact-if-square"
    staircases: bool = False
    normalisation: Normalisation = "none"

    def __post_init__(self) -> None:
        if self.irrational not in IRRATIONAL_POLICIES:
            raise InvalidArgument(
                f"{self.irrational!r} is no policy for irrational constants; there are {', '.join(IRRATIONAL_POLICIES)}"
            )

        if self.normalisation not in NORMALISATIONS:
            raise InvalidArgument(f"{self.normalisation!r} is no normalisation; there are {', '.join(NORMALISATIONS)}")

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Choices":
        """Return the choices that a JSON object names, as in a certificate. Raises InvalidArgument for others."""
        kinds: dict[str, tuple[type, ...]] = {
            "cut_at": (str, type(None)),
            "irrational": (str,),
            "staircases": (bool,),
            "normalisation": (str,),
        }
        for name, value in record.items():
            if name not in kinds or not isinstance(value, kinds[name]):
                raise InvalidArgument(f"{name!r}: {value!r} is no import choice that is known")
        return cls(**record)

    def remarks(self) -> str:
        """Return what differs from an import as it stands, as the end of a sentence."""
        cut = "" if self.cut_at is None else f", cut before the node '{self.cut_at}'"
        folded = "" if self.irrational == "exact-if-square" else f", irrational constants {self.irrational}"
        stairs = ", with staircases" if self.staircases else ""
        return cut + folded + stairs + (f", normalisation {self.normalisation}" if self.normalisation != "none" else "")

    def demand_none_for_onnx(self) -> None:
        """Refuse, for a .nnet file, what can be chosen for ONNX models alone."""
        if self != Choices(normalisation=self.normalisation):
            raise InvalidArgument(
                "a .nnet file has no nodes to cut at, no irrational constants and no staircases: "
                "the only choice for it is its normalisation"
            )

    def demand_none_for_nnet(self) -> None:
        """Refuse, for an ONNX model, what can be chosen for .nnet files alone."""
        if self.normalisation != "none":
            raise InvalidArgument(
                f"the normalisation {self.normalisation!r} was chosen for an ONNX model, which holds none: "
                "that is for files whose names end in .nnet"
            )

    def record(self) -> dict[str, Any]:
        """Return the choices as a JSON object."""
        return asdict(self)

"""Pictures of a last layer's features: how frequent they are in each class, and where two layers differ."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from exactgeo.analyses.features import ClassFeatures, LastLayer
from exactgeo.arithmetic.rationals import Rational
from exactgeo.plots import colours
from exactgeo.plots.pictures import as_float, new_figure, write_below

Image = npt.NDArray[np.float64]

_MOST_LABELS = 32


def draw_frequencies(classes: Sequence[ClassFeatures], *, text: str = "") -> Figure:
    """Draw in what share of each class's images each feature is among the greatest; those of I_c are marked.

    Args:
        classes: what is frequent in each.
        text: to stand below.
    """
    figure = new_figure(wide=True)
    axes = figure.add_subplot()
    shares = np.array([[count / max(own.images, 1) for count in own.counts] for own in classes])
    drawn = axes.imshow(shares, cmap="cividis", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    places = [(j, number) for number, own in enumerate(classes) for j in own.chosen]
    if places:
        columns, rows = zip(*places, strict=True)
        axes.scatter(columns, rows, s=18, marker="o", facecolors="white", edgecolors=colours.INK, linewidths=0.6)
    axes.set(xlabel="feature", ylabel="class")
    axes.set_yticks(range(len(classes)))
    if shares.shape[1] <= _MOST_LABELS:
        axes.set_xticks(range(shares.shape[1]))
    figure.colorbar(drawn, ax=axes, label="share of the class's images in which it is among the greatest")
    write_below(figure, text)
    return figure


def draw_difference(
    original: LastLayer,
    decomposed: LastLayer,
    features: Sequence[Rational],
    *,
    image: Image | None = None,
    text: str = "",
) -> Figure:
    """Draw features to which two layers give different classes, and the logits that do so.

    Args:
        original: the layer.
        decomposed: the other one.
        features: h.
        image: whose features they are, (height, width), if they are an image's.
        text: to stand below.

    Raises:
        InvalidArgument: if a number is too large for a float.
    """
    figure = new_figure(wide=True)
    count = 2 if image is None else 3
    axes = [figure.add_subplot(1, count, k + 1) for k in range(count)]
    if image is not None:
        axes[0].imshow(image, cmap="gray_r", interpolation="nearest")
        axes[0].set_axis_off()
    axes[-2].barh(range(len(features)), [as_float(value) for value in features], color=colours.BRIGHT[0])
    axes[-2].set(xlabel="features", ylabel="feature")
    axes[-2].invert_yaxis()
    places = np.arange(original.classes)
    for shift, (name, layer) in enumerate({"original": original, "decomposed": decomposed}.items()):
        logits = [as_float(value) for value in layer.logits(features)]
        label = f"{name}: class {layer.classify(features)}"
        axes[-1].barh(places + 0.4 * shift - 0.2, logits, height=0.4, color=colours.BRIGHT[shift], label=label)
    axes[-1].set(xlabel="logits", ylabel="class")
    axes[-1].set_yticks(places)
    axes[-1].invert_yaxis()
    axes[-1].legend(fontsize=8)
    write_below(figure, text)
    return figure

"""Which features of a small classifier of digits each class needs: frequent ones, decomposed layers, sufficient sets.

    python examples/05_features.py                # into the folder `build`: digits.onnx, digits.npz, pictures, evidence
    python examples/05_features.py --output DIR

Needs numpy, onnx, matplotlib, and scikit-learn for its images of digits. The network averages each of its last filters
over the image. Keeping, for each class, only the filters that are most often the greatest in its images is a way to
decompose it; how often that gives the same class, and for which features it does not, is found out exactly.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from training import digits

import exactgeo as eg
import onnx_import
from exactgeo import plots
from exactgeo.analyses.features import (
    Comparison,
    LastLayer,
    Study,
    class_subspace,
    compare,
    feature_box,
    features_of,
    lead,
    orthant,
    study,
)

CLASSES, SIDE, HELD_OUT, STEPS, SEED, TOP = 10, 8, 360, 2000, 5, 8
GREY = 16  # levels of the images, which become numbers from 0 to 1


def trained(folder: Path) -> tuple[Path, Path]:
    """Train the network, write it and the images that it has not seen, and return both paths."""
    known = load_digits()
    images, labels = known.images / GREY, known.target
    rng = np.random.default_rng(SEED)
    order = rng.permutation(len(images))
    seen, held_out = order[:-HELD_OUT], order[-HELD_OUT:]
    model, data = folder / "digits.onnx", folder / "digits.npz"
    digits.save(model, digits.train(images[seen], labels[seen], CLASSES, STEPS, rng), SIDE, SIDE)
    np.savez(data, x=images[held_out].astype(np.float32), labels=labels[held_out])
    return model, data


def draw(found: Study, images: np.ndarray, folder: Path) -> None:
    """Draw how frequent features are, and the first image that the decomposed layer puts into another class."""
    text = f"circles: the {found.top} features that each class keeps"
    plots.save(plots.draw_frequencies(found.classes, text=text), folder / "frequencies.svg")
    number = found.agreement.differing[0]
    picture = plots.draw_difference(
        found.layer, found.decomposed, found.images[number], image=images[number], text=f"image {number}"
    )
    plots.save(picture, folder / "difference.svg")


def show(name: str, comparison: Comparison) -> None:
    """Say where two layers differ, after replaying the evidence."""
    count = len(comparison.counterexamples)
    if not comparison.verify():
        raise SystemExit(f"the evidence on {name} does not hold")
    print(f"on {name}: counterexamples for {count} of {len(comparison.verdicts)} pairs of classes, proofs for the rest")


def certify(found: Study, split: onnx_import.Split, path: Path) -> None:
    """Certify the smallest sufficient subset, and have it checked by the independent program."""
    smallest = min((own for own in found.subsets if own is not None), key=lambda own: len(own.subset))
    proved = lead(smallest)
    model = split.whole
    source = eg.ModelSource(
        model.sha256, model.choices.record(), proved.cut, None, proved.safe.property, starts_at=split.node
    )
    eg.certify(proved.safe, source=source).save_checked(path)
    print(f"certified: features {', '.join(map(str, smallest.subset))} settle class {smallest.situation.label}")


def main() -> None:
    """Read the command line, train, and say what each class needs."""
    parser = argparse.ArgumentParser(description="Which features of a classifier of digits each class needs.")
    parser.add_argument("--output", type=Path, default=Path("build"), metavar="DIR", help="where files go (build)")
    folder: Path = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    model, data = trained(folder)
    split = onnx_import.split_last_layer(model)
    layer = LastLayer.of(split.weights, split.bias)
    with np.load(data) as stored:
        images, labels = stored["x"], stored["labels"].tolist()
    exact = eg.exact_array(images.reshape(len(images), SIDE * SIDE))
    features = features_of(split.body, [tuple(exact[k].flat()) for k in range(len(images))])
    right = sum(layer.classify(h) == label for h, label in zip(features, labels, strict=True))
    print(f"{right} of {len(labels)} images that it has not seen are classified correctly")
    found = study(layer, features, TOP, labels)
    for number, own in enumerate(found.classes):
        print(f"class {number} keeps the features {', '.join(map(str, own.chosen))}")
    print(f"the decomposed layer gives the same class to {found.agreement.agreed} of {len(images)} images")
    show("the box of these images' features", compare(layer, found.decomposed, feature_box(found.upper)))
    show("all features >= 0", compare(layer, found.decomposed, orthant(layer.features)))
    space = class_subspace(layer)
    print(
        f"classes differ in {space.rank} directions of {space.features}; at most {space.greatest_rank} for any weights"
    )
    subsets = [own for own in found.subsets if own is not None]
    if not all(own.verify() for own in subsets):
        raise SystemExit("the evidence of a sufficient subset does not hold")
    sizes, bounds = ([len(own.subset) for own in subsets], [own.bound.size for own in subsets])
    print(
        f"minimal sufficient sets have {min(sizes)} to {max(sizes)} features, {sum(sizes) / len(sizes):.1f} on average"
    )
    print(
        f"no sufficient set has fewer than {min(bounds)} to {max(bounds)}, {sum(bounds) / len(bounds):.1f} on average"
    )
    certify(found, split, folder / "sufficient.cert")
    draw(found, images, folder)


if __name__ == "__main__":
    main()

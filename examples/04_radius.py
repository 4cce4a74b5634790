"""A network that measures the radius of a disk: how well between the radii that it was trained on, exactly.

    python examples/04_radius.py                # into the folder `build`: radius.onnx, radius.svg, radius.cert
    python examples/04_radius.py --output DIR

Needs numpy, onnx and matplotlib. The network sees disks of whole radii only, and gets these right. Between them it is a
piecewise-linear function of the radius, whose greatest error is known exactly: that is another number. The certificate
proves that the error is nowhere greater; the radius at which it is as great is printed.
"""

import argparse
from pathlib import Path

import numpy as np
from training import convolution

import exactgeo as eg
import onnx_import
from exactgeo import plots
from exactgeo.analyses.families import Family, along, bounds, smooth_disk
from exactgeo.arithmetic.rationals import Rational

SIZE, LEAST, MOST = 15, 1, 6
STEPS, SEED = 6000, 3


def trained(folder: Path) -> Path:
    """Train the network on disks of whole radii, write it as an ONNX file, and return the path."""
    disks = smooth_disk(SIZE, SIZE, LEAST, MOST)
    radii = list(range(LEAST, MOST + 1))
    images = np.array([[float(value) for value in disks.at(r)] for r in radii]).reshape(-1, SIZE, SIZE)
    parameters = convolution.train(images, np.array(radii, dtype=float), STEPS, np.random.default_rng(SEED))
    path = folder / "radius.onnx"
    convolution.save(path, parameters, SIZE, SIZE)
    return path


def main() -> None:
    """Read the command line, train, and say how well the network measures."""
    parser = argparse.ArgumentParser(description="A network that measures the radius of a disk.")
    parser.add_argument("--output", type=Path, default=Path("build"), metavar="DIR", help="where files go (build)")
    folder: Path = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    family = Family("smooth-disk", (SIZE, SIZE), LEAST, MOST)
    model = onnx_import.read(trained(folder))
    found = along(model.program, family.path())
    (measured,), (doubt,) = found.functions, found.errors
    known = max(abs(measured(r) - r) for r in range(LEAST, MOST + 1))
    error = measured.greatest_error()
    print(
        f"{len(measured.lines)} pieces between radius {LEAST} and {MOST}, {measured.monotonicity() or 'not monotone'}"
    )
    print(f"error at the radii that it was trained on: at most {float(known):.6f}")
    print(f"error at all radii between them: {float(error.value):.6f}, at radius {float(error.place):.6f}")
    print(f"(so much is certain up to {float(doubt):.1e}: pixels' distances are roots, which are rounded)")
    if known + doubt > error.value or doubt > Rational(1, 10**20):
        raise SystemExit("the greatest error is no less than any other")
    proved = bounds(model.program, found, measures=True)
    source = eg.ModelSource(model.sha256, model.choices.record(), property=proved.safe.property, path=family)
    verdict = eg.certify(proved.safe, source=source).save_checked(folder / "radius.cert")
    print(f"certified at every radius between {LEAST} and {MOST}, and checked in {verdict.steps:,} steps: radius.cert")
    text = "the output of a network trained on disks of whole radii, beside the radius; computed exactly"
    picture = plots.draw_functions({"measured": measured}, parameter="radius", measured=True, text=text)
    plots.save(picture, folder / "radius.svg")


if __name__ == "__main__":
    main()

"""First steps: import a trained network, count its regions, and have the count checked by an independent program."""

import sys
from pathlib import Path

import exactgeo as eg
import onnx_import

MODEL = Path(__file__).parent / "models" / "moons.onnx"


def main(folder: Path) -> None:
    """Count the regions of the two-moons classifier on a small square; write the certificate into a folder."""
    net = onnx_import.load(MODEL)  # float weights become exact rationals
    square = eg.Box.cube(2, radius="1/4")  # [-1/4, 1/4]^2
    regions = eg.enumerate_regions(net, square)  # every activation region, none twice
    print(f"{net} has {len(regions)} activation regions in the square")
    print(f"and is one affine map on each of {len(eg.linear_regions(regions))} linear regions")

    here = regions.locate(("1/8", "-1/7"))  # the region that holds this point
    if here is not None:
        slope = regions.affine_map(here)[0].coefficients[1:]
        print(f"at (1/8, -1/7) the gradient is about ({', '.join(f'{float(value):.3f}' for value in slope)})")
        print(f"and exactly ({', '.join(map(str, slope))})")

    path = eg.certify(regions).save(folder / "moons.cert")
    verdict = eg.check(path, model=MODEL)  # by a separate program
    print(f"{path}: {verdict.regions} regions, verified in {verdict.steps:,} steps")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())

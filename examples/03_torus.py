"""The surface that a network takes for a torus: where a trained signed distance is 0, as a mesh, exactly.

    python examples/03_torus.py                # into the folder `build`: torus.onnx, torus.ply, torus.png
    python examples/03_torus.py --output DIR

Needs numpy, onnx and matplotlib, and some minutes.
"""

import argparse
from pathlib import Path

import numpy as np
from training import data
from training.losses import squared_error
from training.network import train
from training.onnx_file import onnx_model, write_atomically
from training.task import Task

import exactgeo as eg
import onnx_import
from exactgeo import plots
from exactgeo.reports import exports

TASK = Task("torus", "Signed distance from a torus", (3, 32, 32, 1), "Gemm", data.torus, squared_error, 1, steps=8000)
POINTS = 20000


def trained(folder: Path) -> Path:
    """Train the network, write it as an ONNX file, and return the path."""
    rng = np.random.default_rng(TASK.seed)
    path = folder / "torus.onnx"
    write_atomically(path, onnx_model(TASK, train(TASK, TASK.draw(rng, POINTS), rng)).SerializeToString())
    return path


def main() -> None:
    """Read the command line, train, and say what the surface is."""
    parser = argparse.ArgumentParser(description="The surface that a network takes for a torus.")
    parser.add_argument("--output", type=Path, default=Path("build"), metavar="DIR", help="where files go (build)")
    folder: Path = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    regions = eg.enumerate_regions(onnx_import.load(trained(folder)), eg.Box.cube(3))
    boundary = eg.decision_boundary(regions)
    surface = eg.mesh(boundary)
    exports.write_ply(surface, folder / "torus.ply")
    plots.save(plots.draw_mesh(boundary), folder / "torus.png")
    print(f"{len(regions):,} regions, of which a surface of {len(surface.polygons):,} polygons is the boundary")
    print(f"watertight: {'yes' if surface.is_watertight else 'no'}")
    print(f"Betti numbers: {boundary.faces.betti_numbers}, Euler characteristic {boundary.faces.euler_characteristic}")
    print(f"area: about {float(eg.measure(boundary)):.6f}; of the torus {4 * np.pi**2 * 0.6 * 0.25:.6f}")


if __name__ == "__main__":
    main()

"""Train six small ReLU networks with numpy alone and write them as ONNX files.

    python examples/train_models.py                  # all models, into examples/models
    python examples/train_models.py --only moons     # one model
    python examples/train_models.py --output DIR     # somewhere else

Needs numpy and onnx. Every model has its own fixed seed, so a second run on the same machine writes the same bytes.
The parts are in the folder `training`: task.py, data.py, losses.py, adam.py, network.py and onnx_file.py, best read in
this order.
"""

import argparse
from pathlib import Path

import numpy as np
from training import data
from training.losses import cross_entropy, logistic, score, squared_error
from training.network import forward, keep_largest_weights, round_to_grid, train
from training.onnx_file import onnx_model, write_atomically
from training.task import Task

POINTS = 2000  # training points of each task, and as many held-out points

TASKS = [
    Task(
        name="moons",
        summary="Two moons; y is a logit",
        sizes=(2, 16, 16, 1),
        spelling="Gemm",
        draw=data.two_moons,
        loss=logistic,
        seed=1,
    ),
    Task(
        name="three_classes",
        summary="Three spiral arms; y are logits",
        sizes=(2, 12, 12, 3),
        spelling="MatMul+Add",
        draw=data.three_spirals,
        loss=cross_entropy,
        seed=2,
    ),
    Task(
        name="regression",
        summary="sin(2a + b)/2 + cd/2",
        sizes=(4, 10, 10, 1),
        spelling="Gemm",
        draw=data.smooth_function,
        loss=squared_error,
        seed=3,
    ),
    Task(
        name="zero_bias",
        summary="r cos(3t) in polar form, no biases",
        sizes=(2, 12, 12, 1),
        spelling="MatMul",
        draw=data.rosette,
        loss=squared_error,
        seed=4,
    ),
    Task(
        name="quantised",
        summary="Above a sine wave, weights on a grid",
        sizes=(2, 10, 10, 1),
        spelling="Gemm",
        draw=data.above_wave,
        loss=logistic,
        seed=5,
        restrict=lambda _: round_to_grid,
    ),
    Task(
        name="pruned",
        summary="Disc in a ring, 70 % of weights zero",
        sizes=(2, 16, 16, 1),
        spelling="Gemm",
        draw=data.disc_in_ring,
        loss=logistic,
        seed=6,
        restrict=keep_largest_weights,
    ),
]


def build(task: Task, folder: Path) -> str:
    """Train one model, write it, and return its row of the table."""
    rng = np.random.default_rng(task.seed)
    seen, held_out = task.draw(rng, POINTS), task.draw(rng, POINTS)
    parameters = train(task, seen, rng)
    loss, _ = task.loss(forward(parameters, seen[0])[-1], seen[1])
    result = score(task.loss, forward(parameters, held_out[0])[-1], held_out[1])
    content = onnx_model(task, parameters).SerializeToString()
    write_atomically(folder / f"{task.name}.onnx", content)
    return f"{task.name:13}  {task.shape:9}  {task.summary:36}  {loss:8.5f}  {result:34}  {len(content):5}"


def main() -> None:
    """Read the command line, build the models and print the table."""
    parser = argparse.ArgumentParser(description="Train the example networks and write them as ONNX files.")
    parser.add_argument("--only", metavar="NAME", choices=[t.name for t in TASKS], help="build this model only")
    parser.add_argument(
        "--output",
        metavar="DIR",
        type=Path,
        default=Path(__file__).parent / "models",
        help="folder for the models (default: the folder 'models' beside this script)",
    )
    arguments = parser.parse_args()
    print(f"{'model':13}  {'shape':9}  {'task':36}  {'loss':>8}  {'on held-out points':34}  bytes")
    try:
        arguments.output.mkdir(parents=True, exist_ok=True)
        for task in TASKS:
            if arguments.only in (None, task.name):
                print(build(task, arguments.output), flush=True)
    except OSError as error:
        parser.exit(1, f"cannot write the models: {error}\n")


if __name__ == "__main__":
    main()

"""Networks as torch exports them: replayed exactly, and compared with torch's own floats within a computed bound."""

import warnings

import numpy as np
import onnx
import pytest
from conformance.agreement import Network
from conformance.modes import imported as imported_in
from oracles.precisions import PRECISIONS
from oracles.rounding import Rounding

from onnx_import.replay import random_points, replay

torch = pytest.importorskip("torch")
nn, functional = torch.nn, torch.nn.functional

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore"),  # the exporters' warnings are about themselves
]
POINTS = 5
SMALL = 1e-3
"""What the computed bounds stay below, so that they say something."""


class Residual(nn.Module):
    """Two blocks that add what they read."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 4)) for _ in range(2))

    def forward(self, x):
        for block in self.blocks:
            x = functional.leaky_relu(x + block(x), 0.1)
        return x.sum(dim=1, keepdim=True) - x.mean(dim=-1, keepdim=True)


class Patterns(nn.Module):
    """Chunks, bounds, indices, and the largest of several."""

    def forward(self, x):
        first, second = torch.chunk(x, 2, dim=1)
        bounded = torch.clamp(first, -0.5, 0.75) + torch.clamp(second, min=0.25)
        picked = x[:, [0, 2, 2]] - x[..., 1:4:1].flip(1)
        return torch.cat([bounded, picked, torch.maximum(first, second), x.amax(dim=1, keepdim=True)], dim=1)


class Shapes(nn.Module):
    """Shapes that are computed, and windows of a size that is."""

    def forward(self, x):
        pooled = functional.adaptive_avg_pool2d(x, 2)
        flat = pooled.reshape(x.shape[0], -1)
        return functional.hardtanh(flat) + functional.adaptive_max_pool2d(x, 1).view(x.size(0), -1).repeat(1, 4)


def _convolutional():
    return nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1, bias=False),
        nn.BatchNorm2d(2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(2, 2, 2, stride=2, groups=2),
        nn.BatchNorm2d(2),
        nn.PReLU(),
        nn.AvgPool2d(2, stride=1, padding=1),
        nn.Flatten(),
        nn.Linear(18, 3),
    )


MODELS = {
    "perceptron": (
        lambda: nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 5), nn.ReLU6(), nn.Linear(5, 2)),
        (3,),
    ),
    "convolutional": (_convolutional, (1, 8, 8)),
    "residual": (Residual, (4,)),
    "adaptive": (lambda: nn.Sequential(nn.Conv2d(1, 2, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten()), (1, 5, 5)),
    "shapes": (Shapes, (1, 4, 4)),
    "patterns": (Patterns, (6,)),
}
EXPORTS = {
    "dynamo": {"dynamo": True},
    "dynamo, opset 20": {"dynamo": True, "opset_version": 20},
    "script, opset 11": {"dynamo": False, "opset_version": 11},
    "script, opset 13": {"dynamo": False, "opset_version": 13},
    "script, opset 17": {"dynamo": False, "opset_version": 17},
    "script, not folded": {"dynamo": False, "opset_version": 18, "do_constant_folding": False},
}


def _seeded(name):
    """Return a network in evaluation mode whose weights and running statistics are drawn, not trained."""
    torch.manual_seed(1)
    make, shape = MODELS[name]
    network = make()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
    return network.eval(), shape


def _exported(network, shape, path, options):
    """Write a network as a model file of one example a batch."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, (torch.zeros(1, *shape),), path, external_data=False, **options)
    return onnx.load(path)


@pytest.mark.parametrize("export", EXPORTS)
@pytest.mark.parametrize("name", MODELS)
def test_an_export_is_replayed_and_is_what_torch_computes_up_to_rounding(name, export, tmp_path):
    pytest.importorskip("onnxscript")
    network, shape = _seeded(name)
    path = tmp_path / "network.onnx"
    model = _exported(network, shape, path, EXPORTS[export])
    agreed = Network.of(model)
    again = imported_in(model, agreed.binding.mode, path)
    assert replay(path, again.imported, random_points(agreed.program.inputs, POINTS)) == POINTS
    rounding = Rounding(PRECISIONS["float32"])
    for feeds in agreed.points(POINTS):
        (given,) = feeds.values()
        with torch.no_grad():
            computed = network(torch.from_numpy(np.ascontiguousarray(given))).numpy()
        assert agreed.excess(feeds, [computed], rounding, exactly=True) <= 0
        assert agreed.bounds(feeds, rounding)[1].errors.max() < SMALL


def test_a_batch_that_is_open_is_one_example(tmp_path):
    network, shape = _seeded("perceptron")
    path = tmp_path / "network.onnx"
    options = {"dynamo": False, "opset_version": 17, "input_names": ["x"], "dynamic_axes": {"x": {0: "batch"}}}
    assert Network.of(_exported(network, shape, path, options)).binding.imported.inputs == (("x", (1, *shape)),)
